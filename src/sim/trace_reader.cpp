#include "sim/trace_reader.h"

#include <cstdio>
#include <utility>

#include "base/input_error.h"
#include "sim/trace_formats.h"

namespace stargate::sim {
namespace {

struct Format {
  const char* name;
  std::unique_ptr<TraceReader> (*read)(const TraceOptions&, LineReader, TraceTables&);
};

constexpr Format kFormats[] = {
    {"swf", read_swf},     {"philly", read_philly}, {"muri", read_muri},
    {"sacct", read_sacct}, {"jobs", read_jobs},
};

const Format& format_named(const std::string& name) {
  for (const Format& format : kFormats) {
    if (name == format.name) return format;
  }
  std::string expected;
  for (const Format& format : kFormats) {
    expected += (expected.empty() ? "" : ", ") + std::string(format.name);
  }
  throw InputError("format: found " + quoted(name) + ", expected one of " + expected);
}

}  // namespace

void TraceReader::skip(std::string_view reason, const LineReader& at, std::string_view what) {
  auto place = skips_.find(reason);
  if (place == skips_.end()) place = skips_.emplace(std::string(reason), SkipCount{}).first;
  SkipCount& skipped = place->second;
  if (skipped.count++ != 0 && !verbose_) return;
  const std::string where =
      at.file() + ":" + std::to_string(at.number()) + ": " + std::string(what);
  if (skipped.count == 1) skipped.first = where;
  if (verbose_) {
    std::fprintf(stderr, "%s: skipped: %s\n", where.c_str(), place->first.c_str());
  }
}

const std::vector<std::string>& trace_format_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const Format& format : kFormats) all.emplace_back(format.name);
    return all;
  }();
  return names;
}

std::unique_ptr<TraceReader> open_trace(const TraceOptions& options, TraceTables& tables) {
  const Format& format = format_named(options.format);
  return format.read(options, LineReader::open(options.path), tables);
}

std::unique_ptr<TraceReader> open_trace(const TraceOptions& options, LineReader lines,
                                        TraceTables& tables) {
  return format_named(options.format).read(options, std::move(lines), tables);
}

}  // namespace stargate::sim
