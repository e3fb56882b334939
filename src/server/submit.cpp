#include "server/submit.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace stargate::server {
namespace {

/// What others call their things is not told to tenants.
bool hides_names(const Token& token) { return token.role == Role::kTenant; }

[[noreturn]] void unknown(const char* pointer, const std::string& found,
                          const std::vector<std::string>& known) {
  std::string names;
  for (const std::string& name : known) names += (names.empty() ? "" : ", ") + name;
  const std::string detail =
      fmt::format("found {}, expected {}", found,
                  known.empty() ? "none: the world has none" : "one of " + names);
  throw Problem(422, "unknown_name", std::string(pointer) + ": " + detail, {{pointer, detail}});
}

template <class Things>
std::vector<std::string> names_of(const Things& things) {
  std::vector<std::string> names;
  for (const auto& thing : things) {
    if (!thing.name.empty()) names.push_back(thing.name);
  }
  return names;
}

template <class Things>
std::optional<std::size_t> find_named(const Things& things, const std::string& name) {
  for (std::size_t i = 0; i < things.size(); ++i) {
    if (things[i].name == name) return i;
  }
  return std::nullopt;
}

template <class Things>
std::size_t index_of(const Things& things, const std::string& name, const char* pointer) {
  if (const auto index = find_named(things, name)) return *index;
  unknown(pointer, name, names_of(things));
}

/// The same, but says nothing of the others.
template <class Things>
std::size_t secret_index_of(const Things& things, const std::string& name, const char* pointer) {
  if (const auto index = find_named(things, name)) return *index;
  const std::string detail = fmt::format("found {}, which there is not", name);
  throw Problem(422, "unknown_name", std::string(pointer) + ": " + detail, {{pointer, detail}});
}

/// The lab of a tenant or of the nearest parent that has one.
PartyId lab_of(const Plane& plane, TenantId tenant) {
  const PartyId lab = plane.tables().tenants()[tenant.value].lab;
  if (is_set(lab)) return lab;
  const auto& parties = plane.state().scheduling().market.book.parties();
  for (std::uint32_t i = 0; i < parties.size(); ++i) {
    if (parties[i].is_lab) return {i};
  }
  throw Problem(409, "no_lab", "the world has no lab");
}

}  // namespace

JobSpec new_job_spec_of(const JsonView& value) {
  JobSpec spec = job_spec_of(value);
  const auto time_limit = value.find("time_limit");
  if (time_limit && spec.time_limit.us == 0) {
    throw problem_of(
        422, "invalid",
        {{"/time_limit", fmt::format("found {}, expected more than nothing", time_limit->text())}});
  }
  return spec;
}

Submission submission_of(const JsonView& value) {
  return {std::make_shared<const JobSpec>(new_job_spec_of(value)), value.json()};
}

Resolved resolve(const Plane& plane, const Token& token, const JobSpec& spec) {
  Resolved resolved;
  const auto& tenants = plane.tables().tenants();
  const agreement::Book& book = plane.state().scheduling().market.book;
  if (token.role == Role::kTenant) {
    if (!spec.tenant.empty() && spec.tenant != tenants[token.tenant.value].name) {
      throw Problem(403, "not_allowed",
                    fmt::format("tenant: the token is of {}, and submits for no other",
                                tenants[token.tenant.value].name));
    }
    resolved.tenant = token.tenant;
  } else if (spec.tenant.empty()) {
    if (tenants.size() < 2) throw Problem(409, "no_tenant", "the world has no tenant");
    resolved.tenant = {1};
  } else {
    resolved.tenant = {static_cast<std::uint32_t>(index_of(tenants, spec.tenant, "/tenant"))};
  }
  if (!spec.workload.empty()) {
    const std::size_t known = hides_names(token)
                                  ? secret_index_of(book.workloads(), spec.workload, "/workload")
                                  : index_of(book.workloads(), spec.workload, "/workload");
    resolved.known = {static_cast<std::uint32_t>(known)};
    resolved.workload = book.workloads()[resolved.known.value];
    return resolved;
  }
  Workload& workload = resolved.workload;
  workload.lab = lab_of(plane, resolved.tenant);
  workload.use = spec.use;
  workload.product = spec.product;
  const std::vector<std::string>& accelerators =
      spec.accelerators.empty() ? plane.default_accelerators() : spec.accelerators;
  if (!accelerators.empty()) {
    workload.kinds = 0;
    for (std::size_t i = 0; i < accelerators.size(); ++i) {
      const std::string pointer = fmt::format("/accelerators/{}", i);
      workload.kinds |= KindMask{1}
                        << index_of(book.accelerators(), accelerators[i], pointer.c_str());
    }
  }
  for (std::size_t i = 0; i < spec.data.size(); ++i) {
    const std::string pointer = fmt::format("/data/{}", i);
    const std::size_t known = hides_names(token)
                                  ? secret_index_of(book.data(), spec.data[i], pointer.c_str())
                                  : index_of(book.data(), spec.data[i], pointer.c_str());
    workload.data.push_back({static_cast<std::uint32_t>(known)});
  }
  workload.name = fmt::format("{}-{}", tenants[resolved.tenant.value].name, name_of(spec.use));
  if (!spec.product.empty()) workload.name += "-" + spec.product;
  // One that differs in kinds or data alone has a number after its name.
  const std::string name = workload.name;
  for (std::uint32_t twin = 2;; ++twin) {
    const auto found = find_named(book.workloads(), workload.name);
    if (!found) break;
    if (book.workloads()[*found] == workload) {
      resolved.known = {static_cast<std::uint32_t>(*found)};
      break;
    }
    workload.name = fmt::format("{}-{}", name, twin);
  }
  return resolved;
}

Request request_of(const JobSpec& spec, const Resolved& resolved) {
  Request request = spec.request();
  request.parts[0].kinds = resolved.workload.kinds;
  if (!is_valid(request)) {
    throw Problem(422, "invalid", "gpus, nodes and gpus_per_node fit no request");
  }
  return request;
}

command::SubmitWorkload submission_of(const core::State& state, const JobSpec& spec,
                                      const Resolved& resolved, WorkloadId workload) {
  command::SubmitWorkload command;
  command.job = {std::max<std::uint64_t>(state.scheduling().jobs.next_id(), 1)};
  command.workload = workload;
  command.tenant = resolved.tenant;
  command.priority = spec.priority;
  command.estimate = spec.estimate();
  command.checkpoint_interval = spec.checkpoint_interval;
  return command;
}

WorkloadId define_workload(Plane& plane, const Resolved& resolved) {
  if (is_set(resolved.known)) return resolved.known;
  const WorkloadId id{
      static_cast<std::uint32_t>(plane.state().scheduling().market.book.workloads().size())};
  const Reason refusal = plane.execute(command::Define{resolved.workload});
  if (refusal != Reason::kNone) {
    throw Problem(422, "invalid", fmt::format("the workload is refused: {}", name_of(refusal)));
  }
  return id;
}

RequestId define_request(Plane& plane, const Request& request) {
  const RequestId known = plane.number_of(request);
  if (is_set(known)) return known;
  const RequestId id{static_cast<std::uint32_t>(plane.state().scheduling().requests.size())};
  if (plane.execute(command::DefineRequest{id, request}) != Reason::kNone) {
    throw Problem(422, "invalid", "gpus, nodes and gpus_per_node fit no request");
  }
  return id;
}

JobId submit(Plane& plane, const Token& token, Submission submission, const Resolved& resolved) {
  const JobSpec& spec = *submission.spec;
  Request request = request_of(spec, resolved);
  const WorkloadId workload = define_workload(plane, resolved);
  command::SubmitWorkload command = submission_of(plane.state(), spec, resolved, workload);
  command.request = define_request(plane, request);
  request.accepts_degraded = true;
  command.early_request = define_request(plane, request);
  const Reason refusal =
      plane.execute(command, {std::move(submission.spec), token.name}, submission.json);
  if (refusal != Reason::kNone) {
    throw Problem(422, "invalid", fmt::format("the job is refused: {}", name_of(refusal)));
  }
  return command.job;
}

}  // namespace stargate::server
