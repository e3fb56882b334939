// The tables as bytes, and back: part of the control plane's snapshot.

#include <algorithm>
#include <utility>

#include "event/bytes.h"
#include "event/codec.h"
#include "server/tables.h"

namespace stargate::server {
namespace {

/// Version 1 knew of no lost contacts, version 2 of no devices, version 3 not who took nodes out of service,
/// version 4 not who made a token.
constexpr std::uint64_t kVersion = 5;

void write(ByteWriter& out, Instant at) { out.zigzag(at.us); }
void write(ByteWriter& out, Duration length) { out.zigzag(length.us); }
void write(ByteWriter& out, const std::vector<std::string>& texts) {
  out.varint(texts.size());
  for (const std::string& text : texts) out.text(text);
}
void write(ByteWriter& out, const std::map<std::string, std::string>& texts) {
  out.varint(texts.size());
  for (const auto& [name, value] : texts) {
    out.text(name);
    out.text(value);
  }
}

Instant read_instant_of(ByteReader& in) { return {in.zigzag()}; }
Duration read_duration(ByteReader& in) { return {in.zigzag()}; }
std::string read_text(ByteReader& in) { return std::string(in.text()); }
std::vector<std::string> read_texts(ByteReader& in) {
  std::vector<std::string> texts(in.count(1));
  for (std::string& text : texts) text = in.text();
  return texts;
}
std::map<std::string, std::string> read_map(ByteReader& in) {
  std::map<std::string, std::string> texts;
  for (std::uint64_t i = in.count(2); i > 0; --i) {
    std::string name = read_text(in);
    texts[std::move(name)] = in.text();
  }
  return texts;
}

void write(ByteWriter& out, const JobSpec& spec) {
  out.text(spec.name);
  out.text(spec.tenant);
  out.text(spec.workload);
  out.enumerator(spec.use);
  out.text(spec.product);
  write(out, spec.accelerators);
  write(out, spec.data);
  write_request(out, spec.request());
  out.zigzag(spec.priority);
  write(out, spec.time_limit);
  write(out, spec.checkpoint_interval);
  write(out, spec.command);
  write(out, spec.environment);
  out.text(spec.directory);
  out.varint(spec.processes_per_node);
  out.varint(spec.memory_bytes_max);
  out.text(spec.signal);
  write(out, spec.grace);
  out.varint(spec.restarts);
}

JobSpec read_spec(ByteReader& in) {
  JobSpec spec;
  spec.name = in.text();
  spec.tenant = in.text();
  spec.workload = in.text();
  spec.use = in.enumerator(Use::kNationalSecurityApi);
  spec.product = in.text();
  spec.accelerators = read_texts(in);
  spec.data = read_texts(in);
  const Request request = read_request(in);
  if (request.parts.size() != 1) in.fail("a job has one part");
  spec.part = request.parts[0];
  spec.within = request.locality.level;
  spec.must_be_within = request.locality.must;
  spec.priority = static_cast<std::int32_t>(in.zigzag());
  spec.time_limit = read_duration(in);
  spec.checkpoint_interval = read_duration(in);
  spec.command = read_texts(in);
  spec.environment = read_map(in);
  spec.directory = in.text();
  spec.processes_per_node = in.varint32();
  spec.memory_bytes_max = in.varint();
  spec.signal = in.text();
  spec.grace = read_duration(in);
  spec.restarts = in.varint32();
  return spec;
}

void write(ByteWriter& out, const Job& job) {
  write(out, *job.spec);
  out.text(job.submitted_by);
  out.varint(job.tenant.value);
  out.varint(job.workload.value);
  write(out, job.submitted);
  write(out, job.started);
  write(out, job.ended);
  out.varint(job.epoch);
  out.varint(job.queue.value);
  write_ranges(out, job.ranges);
  write(out, job.devices);
  out.enumerator(job.state);
  out.enumerator(job.reason);
  out.varint(job.clause.value);
  out.zigzag(job.exit_status);
  out.zigzag(job.exit_rank);
  out.varint(job.failures);
  out.flag(job.timed_out);
  out.text(job.detail);
}

Job read_job(ByteReader& in, JobId id) {
  Job job;
  job.id = id;
  job.spec = std::make_shared<const JobSpec>(read_spec(in));
  job.submitted_by = in.text();
  job.tenant = {in.varint32()};
  job.workload = {in.varint32()};
  job.submitted = read_instant_of(in);
  job.started = read_instant_of(in);
  job.ended = read_instant_of(in);
  job.epoch = in.varint();
  job.queue = {in.varint32()};
  read_ranges(in, job.ranges);
  job.devices = read_texts(in);
  job.state = in.enumerator(JobState::kCancelled);
  job.reason = in.enumerator(kLastReason);
  job.clause = {in.varint32()};
  job.exit_status = static_cast<std::int32_t>(in.zigzag());
  job.exit_rank = static_cast<std::int32_t>(in.zigzag());
  job.failures = in.varint32();
  job.timed_out = in.flag();
  job.detail = in.text();
  return job;
}

}  // namespace

void Tables::write_image(std::string& bytes) const {
  ByteWriter out(bytes);
  out.varint(kVersion);
  out.varint(first_job_);
  out.varint(jobs_.size());
  for (const Job& job : jobs_) write(out, job);
  out.varint(tenants_.size());
  for (const Tenant& tenant : tenants_) {
    out.text(tenant.name);
    out.varint(tenant.lab.value);
  }
  out.varint(tokens_.size());
  for (const Token& token : tokens_) {
    out.text(token.name);
    out.text(token.sha256);
    out.enumerator(token.role);
    out.varint(token.tenant.value);
    out.varint(token.supplier.value);
    out.varint(token.made_by ? *token.made_by + 1 : 0);
    write(out, token.made);
    write(out, token.revoked);
  }
  out.varint(answered_order_.size());
  for (const std::string& key : answered_order_) {
    const Answered& answered = answered_.at(key);
    out.text(key);
    out.text(answered.digest);
    out.zigzag(answered.status);
    out.text(answered.body);
  }
  out.varint(approvals_.size());
  for (const Approval& approval : approvals_) {
    out.text(approval.operation);
    out.varint(approval.path.size());
    for (const auto& [name, value] : approval.path) {
      out.text(name);
      out.text(value);
    }
    out.text(approval.body);
    out.varint(approval.by);
    write(out, approval.asked);
    out.varint(approval.tokens_then);
    write(out, approval.decided);
    out.varint(approval.decided_by);
    out.flag(approval.approved);
  }
  out.varint(lost_contacts_.size());
  for (const LostContact& lost : lost_contacts_) {
    out.text(lost.runner);
    write(out, lost.since);
    out.flag(lost.is_over);
    out.varint(lost.nodes.size());
    for (const command::SetHealth& nodes : lost.nodes) {
      out.varint(nodes.queue.value);
      out.varint(nodes.first.value);
      out.varint(nodes.count);
      out.enumerator(nodes.health);
    }
  }
  out.varint(out_of_service_.size());
  for (const OutOfService& nodes : out_of_service_) {
    out.varint(nodes.queue.value);
    out.varint(nodes.first.value);
    out.varint(nodes.count);
    out.enumerator(nodes.health);
    out.text(nodes.by);
    write(out, nodes.since);
  }
}

Tables Tables::from_image(std::string_view bytes) {
  ByteReader in(bytes);
  const std::uint64_t version = in.varint();
  if (version == 0 || version > kVersion) in.fail("the tables are of another version");
  Tables tables;
  tables.first_job_ = in.varint();
  const std::uint64_t jobs = in.count(1);
  for (std::uint64_t i = 0; i < jobs; ++i) {
    const Job& job = tables.jobs_.emplace_back(read_job(in, {tables.first_job_ + i}));
    ++tables.counts_[static_cast<std::size_t>(job.state)];
  }
  tables.tenants_.resize(in.count(1));
  for (Tenant& tenant : tables.tenants_) {
    tenant.name = in.text();
    tenant.lab = {in.varint32()};
  }
  for (std::uint64_t i = in.count(1); i > 0; --i) {
    Token token;
    token.id = tables.tokens_.size();
    token.name = in.text();
    token.sha256 = in.text();
    token.role = in.enumerator(Role::kAuditor);
    token.tenant = {in.varint32()};
    token.supplier = {in.varint32()};
    if (const std::uint64_t maker = version >= 5 ? in.varint() : 0; maker > 0) {
      if (maker > token.id) in.fail("a token is made with an earlier one");
      token.made_by = maker - 1;
    }
    token.made = read_instant_of(in);
    token.revoked = read_instant_of(in);
    tables.token_of_hash_.emplace(token.sha256, tables.tokens_.size());
    tables.tokens_.push_back(std::move(token));
  }
  for (std::uint64_t i = in.count(1); i > 0; --i) {
    std::string key = read_text(in);
    Answered answered;
    answered.digest = in.text();
    answered.status = static_cast<int>(in.zigzag());
    answered.body = in.text();
    tables.answered_.emplace(key, std::move(answered));
    tables.answered_order_.push_back(std::move(key));
  }
  for (std::uint64_t i = in.count(1); i > 0; --i) {
    Approval approval;
    approval.id = tables.approvals_.size();
    approval.operation = in.text();
    for (auto& [name, value] : read_map(in)) approval.path.emplace(name, value);
    approval.body = in.text();
    approval.by = in.varint();
    approval.asked = read_instant_of(in);
    approval.tokens_then = version >= 5 ? in.varint()
                                        : static_cast<std::uint64_t>(std::ranges::count_if(
                                              tables.tokens_, [&](const Token& token) {
                                                return token.made <= approval.asked;
                                              }));
    approval.decided = read_instant_of(in);
    approval.decided_by = in.varint();
    approval.approved = in.flag();
    tables.approvals_.push_back(std::move(approval));
  }
  for (std::uint64_t i = version >= 2 ? in.count(1) : 0; i > 0; --i) {
    LostContact lost;
    lost.runner = in.text();
    lost.since = read_instant_of(in);
    lost.is_over = in.flag();
    lost.nodes.resize(in.count(1));
    for (command::SetHealth& nodes : lost.nodes) {
      nodes.queue = {in.varint32()};
      nodes.first = {in.varint32()};
      nodes.count = in.varint32();
      nodes.health = in.enumerator(Health::kFailed);
    }
    tables.lost_contacts_.push_back(std::move(lost));
  }
  for (std::uint64_t i = version >= 4 ? in.count(1) : 0; i > 0; --i) {
    OutOfService nodes;
    nodes.queue = {in.varint32()};
    nodes.first = {in.varint32()};
    nodes.count = in.varint32();
    nodes.health = in.enumerator(Health::kFailed);
    nodes.by = in.text();
    nodes.since = read_instant_of(in);
    tables.out_of_service_.push_back(std::move(nodes));
  }
  in.expect_end();
  return tables;
}

}  // namespace stargate::server
