// Instants, lengths and nodes as text.

#include <chrono>

#include "event/describe.h"

namespace stargate {
namespace {

void append_padded(std::string& out, std::uint64_t value, std::size_t width) {
  const std::string digits = std::to_string(value);
  if (digits.size() < width) out.append(width - digits.size(), '0');
  out += digits;
}

constexpr std::int64_t kSecondsPerDay = 86'400;
constexpr std::int64_t kFirstSecond = -62'167'219'200;  // 0000-01-01T00:00:00Z
constexpr std::int64_t kLastSecond = 253'402'300'799;   // 9999-12-31T23:59:59Z

}  // namespace

std::string text_of(Instant at) {
  if (at == kNever) return "never";
  std::int64_t second = at.us / kMicrosPerSecond;
  std::int64_t fraction = at.us % kMicrosPerSecond;
  if (fraction < 0) {
    --second;
    fraction += kMicrosPerSecond;
  }
  if (second < kFirstSecond || second > kLastSecond) return "@" + std::to_string(at.us) + "us";
  std::int64_t day = second / kSecondsPerDay;
  std::int64_t rest = second % kSecondsPerDay;
  if (rest < 0) {
    --day;
    rest += kSecondsPerDay;
  }
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day}}};
  const auto time = static_cast<std::uint64_t>(rest);
  std::string out;
  append_padded(out, static_cast<std::uint64_t>(static_cast<int>(date.year())), 4);
  out += '-';
  append_padded(out, static_cast<unsigned>(date.month()), 2);
  out += '-';
  append_padded(out, static_cast<unsigned>(date.day()), 2);
  out += 'T';
  append_padded(out, time / 3600, 2);
  out += ':';
  append_padded(out, time / 60 % 60, 2);
  out += ':';
  append_padded(out, time % 60, 2);
  if (fraction != 0) {
    out += '.';
    append_padded(out, static_cast<std::uint64_t>(fraction), 6);
  }
  out += 'Z';
  return out;
}

std::string text_of(Duration length) {
  const bool negative = length.us < 0;
  const auto bits = static_cast<std::uint64_t>(length.us);
  const std::uint64_t us = negative ? ~bits + 1 : bits;
  std::string out = negative ? "-" : "";
  out += std::to_string(us / kMicrosPerSecond);
  if (us % kMicrosPerSecond != 0) {
    out += '.';
    append_padded(out, us % kMicrosPerSecond, 6);
    while (out.back() == '0') out.pop_back();
  }
  return out + "s";
}

std::string text_of(std::span<const NodeRange> ranges) {
  std::string out;
  for (const NodeRange& range : ranges) {
    if (!out.empty()) out += ',';
    out += std::to_string(range.first);
    if (range.count != 1) {
      out += '-' + std::to_string(std::int64_t{range.first} + range.count - 1);
    }
    if ((range.mask & (range.mask + 1)) == 0) continue;
    out += ':';
    std::string digits;
    for (GpuMask mask = range.mask; mask != 0; mask >>= 4) digits += "0123456789abcdef"[mask & 15];
    out.append(digits.rbegin(), digits.rend());
  }
  return out;
}

}  // namespace stargate
