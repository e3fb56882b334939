#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "base/input_error.h"
#include "model/request.h"
#include "sim/trace_reader.h"

namespace stargate::sim {

/// Reads bytes as a log: whatever they are, reading ends with an InputError or with jobs that the
/// core can take.
inline void fuzz_reader(const char* format, const std::uint8_t* bytes, std::size_t size) {
  TraceTables tables;
  try {
    LineReader lines("log", owned_bytes(std::string(reinterpret_cast<const char*>(bytes), size)));
    const TraceOptions options{.format = format, .path = "", .time_zone = "Europe/Berlin"};
    const auto reader = open_trace(options, std::move(lines), tables);
    for (TraceJob job; reader->next(job);) {
      STARGATE_CHECK(job.run.us > 0 && job.requested.us > 0, "a job takes time");
      STARGATE_CHECK(job.run <= kLongest && job.requested <= kLongest, "lengths are bounded");
      STARGATE_CHECK(job.submit.us >= 0 && job.submit <= kLatest, "instants are bounded");
      STARGATE_CHECK(job.eligible >= job.submit && job.eligible <= kLatest, "in this order");
      STARGATE_CHECK(is_valid(tables.requests[job.request]), "a request is valid");
      STARGATE_CHECK(job.tenant < tables.tenants.size(), "a tenant has a name");
      STARGATE_CHECK(job.queue < tables.queues.size(), "a queue has a name");
      STARGATE_CHECK(!job.has_label || job.id < tables.labels.size(), "a label has a text");
    }
  } catch (const InputError&) {
  }
}

}  // namespace stargate::sim
