#pragma once

#include <string>

#include "sim/report.h"

namespace stargate::sim {

// What a report says in words, as plain text. REQUIRES: at least one run.

/// "KTH-SP2-1996-2.2.swf.xz on 100 GPUs".
std::string report_title(const Report& report);
/// What was replayed, on what, and what came out; a few sentences.
std::string report_headline(const Report& report);
/// "fifo order, easy backfill by queue, requested run times, best-fit placement".
std::string policy_words(const RunResult& run);

}  // namespace stargate::sim
