#include "sim/report_text.h"

#include <array>
#include <chrono>
#include <cmath>

#include <fmt/format.h>

namespace stargate::sim {
namespace {

/// Puts a comma before each group of three digits of the whole part.
std::string grouped(const std::string& digits) {
  const std::size_t begin = digits.find_first_of("0123456789");
  std::size_t end = digits.find('.');
  if (end == std::string::npos) end = digits.size();
  std::string text = digits.substr(0, begin);
  for (std::size_t i = begin; i < digits.size(); ++i) {
    if (i > begin && i < end && (end - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

struct Unit {
  std::int64_t seconds;
  const char* name;
};
constexpr std::array<Unit, 4> kUnits{{{86'400, "d"}, {3'600, "h"}, {60, "min"}, {1, "s"}}};

/// From here on the days alone say enough.
constexpr double kDaysOnly = 100 * 86'400.0;

/// The civil date of a number of days since the Unix epoch.
std::chrono::year_month_day date_of(std::int64_t days_since_epoch) {
  return std::chrono::year_month_day(std::chrono::sys_days(
      std::chrono::days(static_cast<std::chrono::days::rep>(days_since_epoch))));
}

}  // namespace

std::string count_text(std::uint64_t count) { return grouped(fmt::format("{}", count)); }

std::string number_text(double value) {
  if (!std::isfinite(value)) return "-";
  const double size = std::fabs(value);
  if (size == 0) return "0";
  if (size < 0.1) return fmt::format("{:.3g}", value);
  const int decimals = size < 100'000 ? 2 : 0;
  return grouped(fmt::format("{:.{}f}", value, decimals));
}

std::string duration_text(double seconds) {
  if (!std::isfinite(seconds)) return "-";
  if (seconds < 0) return "-" + duration_text(-seconds);
  if (seconds == 0) return "0 s";
  if (seconds < 9.995) return fmt::format("{:.2g} s", seconds);
  if (seconds >= kDaysOnly) return grouped(fmt::format("{:.0f}", seconds / 86'400)) + " d";

  // Round to the smaller of the two units first: 59.7 s is one minute, not 60 s.
  double rounded = std::round(seconds);
  if (rounded >= 3'600) rounded = std::round(seconds / 60) * 60;
  if (rounded >= 86'400) rounded = std::round(seconds / 3'600) * 3'600;
  const auto whole = static_cast<std::int64_t>(rounded);
  for (std::size_t i = 0; i < kUnits.size(); ++i) {
    if (whole < kUnits[i].seconds) continue;
    std::string text = fmt::format("{} {}", whole / kUnits[i].seconds, kUnits[i].name);
    if (i + 1 < kUnits.size()) {
      const std::int64_t rest = whole % kUnits[i].seconds / kUnits[i + 1].seconds;
      if (rest != 0) text += fmt::format(" {} {}", rest, kUnits[i + 1].name);
    }
    return text;
  }
  return "0 s";
}

std::string seconds_text(double seconds) {
  if (!std::isfinite(seconds)) return "-";
  return grouped(fmt::format("{:.{}f}", seconds, std::fabs(seconds) < 1e6 ? 1 : 0));
}

std::string percent_text(double fraction) {
  if (!std::isfinite(fraction)) return "-";
  return fmt::format("{:.1f}%", 100 * fraction);
}

std::string bytes_text(std::uint64_t bytes) {
  constexpr std::array<const char*, 5> kNames{"B", "KiB", "MiB", "GiB", "TiB"};
  double size = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (size >= 1024 && unit + 1 < kNames.size()) {
    size /= 1024;
    ++unit;
  }
  return fmt::format("{:.{}f} {}", size, unit == 0 || size >= 100 ? 0 : 1, kNames[unit]);
}

std::string instant_text(double unix_seconds) {
  if (!std::isfinite(unix_seconds) || std::fabs(unix_seconds) > 9e11) return "-";
  const auto minute = static_cast<std::int64_t>(std::floor(unix_seconds / 60));
  const std::int64_t day = minute >= 0 ? minute / 1'440 : -((1'439 - minute) / 1'440);
  const std::int64_t of_day = minute - day * 1'440;
  const auto date = date_of(day);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     of_day / 60, of_day % 60);
}

bool is_date(double unix_seconds) {
  constexpr double kYear1990 = 631'152'000;
  return unix_seconds >= kYear1990;
}

}  // namespace stargate::sim
