#include "sim/jobs_out.h"

#include <cerrno>
#include <cstring>

#include "base/input_error.h"

namespace stargate::sim {
namespace {

void append_seconds(std::string& line, Duration at) {
  const std::int64_t whole = at.us / kMicrosPerSecond;
  const std::int64_t part = at.us % kMicrosPerSecond;
  if (part == 0) {
    line += std::to_string(whole);
    return;
  }
  std::string digits = std::to_string(1'000'000 + (part < 0 ? -part : part)).substr(1);
  while (digits.back() == '0') digits.pop_back();
  if (at.us < 0 && whole == 0) line += '-';
  line += std::to_string(whole) + "." + digits;
}

void append_run(std::string& line, std::uint32_t first, std::uint32_t last) {
  line += std::to_string(first);
  if (last > first) line += "-" + std::to_string(last);
}

void append_range(std::string& line, const NodeRange& range) {
  append_run(line, range.first, range.first + range.count - 1);
  line += ':';
  const char* separator = "";
  for (std::uint32_t gpu = 0; gpu < 64;) {
    if ((range.mask >> gpu & 1) == 0) {
      ++gpu;
      continue;
    }
    std::uint32_t end = gpu;
    while (end < 64 && (range.mask >> end & 1) != 0) ++end;
    line += separator;
    append_run(line, gpu, end - 1);
    separator = ",";
    gpu = end;
  }
}

}  // namespace

JobsOut::JobsOut(const std::string& path, Instant clock_zero)
    : path_(path), clock_zero_(clock_zero), file_(std::fopen(path.c_str(), "wb")) {
  if (!file_)
    throw InputError(path, 0, 0, std::string("cannot be written: ") + std::strerror(errno));
  std::fputs("id,submit,start,end,nodes\n", file_.get());
}

void JobsOut::write(const std::string& id, Instant submit, Instant start, Instant end,
                    std::span<const NodeRange> nodes) {
  line_ = id;
  for (Instant at : {submit, start, end}) {
    line_ += ',';
    append_seconds(line_, at - clock_zero_);
  }
  line_ += ',';
  const char* separator = "";
  for (const NodeRange& range : nodes) {
    line_ += separator;
    append_range(line_, range);
    separator = ";";
  }
  line_ += '\n';
  std::fwrite(line_.data(), 1, line_.size(), file_.get());
}

void JobsOut::close() {
  const bool failed = std::ferror(file_.get()) != 0;
  const bool not_closed = std::fclose(file_.release()) != 0;
  if (failed || not_closed) throw InputError(path_, 0, 0, "could not be written in full");
}

}  // namespace stargate::sim
