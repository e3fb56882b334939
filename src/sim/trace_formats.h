#pragma once

#include <memory>

#include "sim/trace_reader.h"

namespace stargate::sim {

// One reader a format, each in its own read_*.cpp and described in docs/formats. All throw InputError.

std::unique_ptr<TraceReader> read_swf(const TraceOptions& options, LineReader lines,
                                      TraceTables& tables);
std::unique_ptr<TraceReader> read_philly(const TraceOptions& options, LineReader lines,
                                         TraceTables& tables);
std::unique_ptr<TraceReader> read_muri(const TraceOptions& options, LineReader lines,
                                       TraceTables& tables);
std::unique_ptr<TraceReader> read_sacct(const TraceOptions& options, LineReader lines,
                                        TraceTables& tables);
std::unique_ptr<TraceReader> read_jobs(const TraceOptions& options, LineReader lines,
                                       TraceTables& tables);

}  // namespace stargate::sim
