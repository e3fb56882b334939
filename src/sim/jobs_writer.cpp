#include "sim/jobs_writer.h"

#include <charconv>

#include "base/input_error.h"
#include "sim/field.h"

namespace stargate::sim {
namespace {

constexpr JobsColumns kNeeded =
    jobs_column(JobsKey::kId) | jobs_column(JobsKey::kSubmit) | jobs_column(JobsKey::kRun);

bool is_json_path(std::string_view path) {
  for (std::string_view ending : {".gz", ".xz", ".zst", ".bz2"}) {
    if (path.ends_with(ending)) path.remove_suffix(ending.size());
  }
  return path.ends_with(".ndjson") || path.ends_with(".jsonl");
}

template <class Integer>
void append_number(std::string& out, Integer value) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append(digits, static_cast<std::size_t>(end - digits));
}

/// Seconds with as many decimals as are not zero. REQUIRES: us >= 0.
void append_seconds(std::string& out, std::int64_t us) {
  append_number(out, us / kMicrosPerSecond);
  auto rest = static_cast<int>(us % kMicrosPerSecond);
  if (rest == 0) return;
  char decimals[7] = {'.', '0', '0', '0', '0', '0', '0'};
  for (int i = 6; i > 0; --i, rest /= 10) decimals[i] = static_cast<char>('0' + rest % 10);
  std::size_t length = 7;
  while (decimals[length - 1] == '0') --length;
  out.append(decimals, length);
}

void append_json_text(std::string& out, std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace

JobsColumns jobs_columns_of(const TraceTables& tables) {
  using enum JobsKey;
  JobsColumns columns = kNeeded | jobs_column(kEstimate) | jobs_column(kPriority) |
                        jobs_column(kCheckpoint) | jobs_column(kEligible);
  const auto add_names = [&](const NameTable& names, JobsKey key) {
    if (names.size() > 1 || (names.size() == 1 && !names[0].empty())) columns |= jobs_column(key);
  };
  add_names(tables.tenants, kTenant);
  add_names(tables.queues, kQueue);
  add_names(tables.models, kModel);
  for (std::size_t i = 0; i < tables.requests.size(); ++i) {
    const Request& request = tables.requests[{static_cast<std::uint32_t>(i)}];
    if (!(request.locality == Locality{})) columns |= jobs_column(kLocality);
    if (request.accepts_degraded) columns |= jobs_column(kAcceptsDegraded);
    for (const Part& part : request.parts) {
      columns |= jobs_column(part.nodes > 0 ? kNodes : kGpus);
      if (part.gpus_per_node > 0) columns |= jobs_column(kGpusPerNode);
      if (part.kinds != kAnyKind) columns |= jobs_column(kKinds);
      if (part.segment_nodes > 0) {
        columns |= jobs_column(kSegmentNodes) | jobs_column(kSegmentLevel);
      }
    }
  }
  return columns;
}

JobsWriter::JobsWriter(const std::string& path, const TraceTables& tables, JobsColumns columns)
    : path_(path),
      tables_(tables),
      columns_(columns | kNeeded),
      json_(is_json_path(path)),
      sink_(create_bytes(path)) {
  if (json_) return;
  for (std::size_t i = 0; i < kJobsKeyCount; ++i) {
    if ((columns_ >> i & 1) == 0) continue;
    if (!line_.empty()) line_ += ',';
    line_ += kJobsKeyNames[i];
  }
  line_ += '\n';
  sink_->write(line_);
}

void JobsWriter::write(const TraceJob& job) {
  using enum JobsKey;
  line_.clear();
  at_column_ = 0;
  first_in_object_ = true;
  if (json_) line_ += '{';
  if (job.has_label) {
    text(kId, tables_.labels[job.id]);
  } else {
    number(kId, job.id);
  }
  micros(kSubmit, job.submit.us);
  micros(kRun, job.run.us);
  if (job.requested != job.run) micros(kEstimate, job.requested.us);
  const Request& asked = tables_.requests[job.request];
  if (!json_) {
    if (asked.parts.size() != 1) {
      fail("a job of several parts needs a file that ends with .ndjson");
    }
    const Part& only = asked.parts[0];
    if (only.nodes > 0) {
      number(kNodes, std::uint64_t{only.nodes});
    } else {
      number(kGpus, std::uint64_t{only.gpus});
    }
    if (only.gpus_per_node > 0) number(kGpusPerNode, std::uint64_t{only.gpus_per_node});
  } else if (asked.parts.size() == 1) {
    part(asked.parts[0]);
  }
  text(kTenant, tables_.tenants[job.tenant]);
  text(kQueue, tables_.queues[job.queue]);
  if (job.priority != 0) number(kPriority, std::int64_t{job.priority});
  if (!(asked.locality == Locality{})) {
    text(kLocality,
         std::string(asked.locality.must ? "must:" : "should:") + name_of(asked.locality.level));
  }
  if (!json_) {
    const Part& only = asked.parts[0];
    if (only.kinds != kAnyKind) text(kKinds, kinds_text(only.kinds));
    if (only.segment_nodes > 0) {
      number(kSegmentNodes, std::uint64_t{only.segment_nodes});
      text(kSegmentLevel, name_of(only.segment_level));
    }
  }
  if (job.checkpoint_interval.us > 0) micros(kCheckpoint, job.checkpoint_interval.us);
  if (job.eligible != job.submit) micros(kEligible, job.eligible.us);
  if (asked.accepts_degraded) truth(kAcceptsDegraded, true);
  if (tables_.models.size() > 0) text(kModel, tables_.models[job.model]);
  if (json_ && asked.parts.size() > 1) {
    line_ += ",\"parts\":[";
    for (const Part& each : asked.parts) {
      if (line_.back() == '}') line_ += ',';
      line_ += '{';
      first_in_object_ = true;
      part(each);
      line_ += '}';
    }
    line_ += ']';
  }
  if (json_) {
    line_ += "}\n";
  } else {
    for (++at_column_; at_column_ < kJobsKeyCount; ++at_column_) {
      if ((columns_ >> at_column_ & 1) != 0) line_ += ',';
    }
    line_ += '\n';
  }
  sink_->write(line_);
}

void JobsWriter::finish() { sink_->finish(); }

/// Goes to where the value of `key` is written. In CSV, keys come in the order of JobsKey.
void JobsWriter::begin(JobsKey key) {
  const auto wanted = static_cast<std::uint32_t>(key);
  if (json_) {
    if (!first_in_object_) line_ += ',';
    first_in_object_ = false;
    line_ += '"';
    line_ += kJobsKeyNames[wanted];
    line_ += "\":";
    return;
  }
  if ((columns_ >> wanted & 1) == 0) {
    fail("found a value for " + std::string(kJobsKeyNames[wanted]) +
         ", expected only columns that are written");
  }
  for (; at_column_ < wanted; ++at_column_) {
    // One separator behind each column that is written and left.
    if ((columns_ >> at_column_ & 1) != 0) line_ += ',';
  }
}

void JobsWriter::number(JobsKey key, std::uint64_t value) {
  begin(key);
  append_number(line_, value);
}

void JobsWriter::number(JobsKey key, std::int64_t value) {
  begin(key);
  append_number(line_, value);
}

void JobsWriter::micros(JobsKey key, std::int64_t us) {
  begin(key);
  append_seconds(line_, us);
}

void JobsWriter::truth(JobsKey key, bool value) {
  begin(key);
  line_ += value ? "true" : "false";
}

void JobsWriter::text(JobsKey key, std::string_view value) {
  if (value.empty() && key != JobsKey::kId) return;
  begin(key);
  if (json_) {
    append_json_text(line_, value);
    return;
  }
  if (value.find_first_of("\r\n") != std::string_view::npos) {
    fail("found a line end in " + quoted(value) + ", expected none or a file ending with .ndjson");
  }
  if (value.find_first_of("\",") == std::string_view::npos) {
    line_ += value;
    return;
  }
  line_ += '"';
  for (char c : value) {
    if (c == '"') line_ += '"';
    line_ += c;
  }
  line_ += '"';
}

/// The keys of a part, in NDJSON.
void JobsWriter::part(const Part& part) {
  using enum JobsKey;
  if (part.nodes > 0) {
    number(kNodes, std::uint64_t{part.nodes});
  } else {
    number(kGpus, std::uint64_t{part.gpus});
  }
  if (part.gpus_per_node > 0) number(kGpusPerNode, std::uint64_t{part.gpus_per_node});
  if (part.kinds != kAnyKind) text(kKinds, kinds_text(part.kinds));
  if (part.segment_nodes > 0) {
    number(kSegmentNodes, std::uint64_t{part.segment_nodes});
    text(kSegmentLevel, name_of(part.segment_level));
  }
}

std::string JobsWriter::kinds_text(KindMask kinds) const {
  std::string out;
  for (std::uint32_t i = 0; i < 64; ++i) {
    if ((kinds >> i & 1) == 0) continue;
    if (!out.empty()) out += '+';
    out += tables_.kinds[i];
  }
  return out;
}

void JobsWriter::fail(const std::string& message) const {
  throw InputError(path_, 0, 0, "cannot be written: " + message);
}

void write_jobs(const JobSource& jobs, const std::string& path) {
  JobsWriter writer(path, jobs.tables(), jobs_columns_of(jobs.tables()));
  const auto cursor = jobs.open();
  while (const TraceJob* job = cursor->next()) writer.write(*job);
  writer.finish();
}

}  // namespace stargate::sim
