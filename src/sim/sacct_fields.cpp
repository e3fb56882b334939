#include "sim/sacct_fields.h"

#include <chrono>
#include <stdexcept>

#include <date/tz.h>

#include "base/input_error.h"
#include "sim/field.h"

namespace stargate::sim {
namespace {

/// Calls `take` for each piece of a list with commas.
template <class Take>
void for_each_item(const Field& field, Take take) {
  std::size_t begin = 0;
  while (begin < field.text.size()) {
    const std::size_t comma = field.text.find(',', begin);
    const std::size_t end = comma == std::string_view::npos ? field.text.size() : comma;
    take(Field{field.text.substr(begin, end - begin), field.column + begin});
    begin = end + 1;
  }
}

/// Typed and untyped counts of GPUs in one list.
struct GpuCount {
  std::optional<std::uint32_t> untyped;
  std::uint64_t typed = 0;
  bool has_typed = false;

  std::optional<std::uint32_t> total(const LineReader& at, const Field& field) const {
    if (untyped) return untyped;
    if (!has_typed) return std::nullopt;
    if (typed > kMostUnits) at.fail(field, "at most " + std::to_string(kMostUnits) + " GPUs");
    return static_cast<std::uint32_t>(typed);
  }
};

}  // namespace

SacctSize parse_tres(const LineReader& at, const Field& field) {
  SacctSize size;
  GpuCount gpus;
  for_each_item(field, [&](const Field& item) {
    const std::size_t equals = item.text.find('=');
    if (equals == std::string_view::npos) at.fail(item, "NAME=COUNT");
    const std::string_view name = item.text.substr(0, equals);
    const Field count{item.text.substr(equals + 1), item.column + equals + 1};
    if (name == "cpu") {
      size.cpus = parse_count(at, count, "a number of CPUs");
    } else if (name == "node") {
      size.nodes = parse_count(at, count, "a number of nodes");
    } else if (name == "gres/gpu") {
      gpus.untyped = parse_count(at, count, "a number of GPUs");
    } else if (name.starts_with("gres/gpu:")) {
      gpus.typed += parse_count(at, count, "a number of GPUs");
      gpus.has_typed = true;
    }
  });
  size.gpus = gpus.total(at, field);
  return size;
}

SacctSize parse_gres(const LineReader& at, const Field& field) {
  GpuCount gpus;
  for_each_item(field, [&](const Field& item) {
    std::string_view text = item.text;
    if (text.starts_with("gres:")) text.remove_prefix(5);
    if (text != "gpu" && !text.starts_with("gpu:")) return;
    const std::size_t colon = text.rfind(':');
    const bool counted = colon != std::string_view::npos;
    std::string_view digits = counted ? text.substr(colon + 1) : std::string_view("1");
    // "gpu:4(IDX:0-3)" and "gpu:4(S:0)" name the devices behind the count.
    digits = digits.substr(0, digits.find('('));
    if (text.find('(') != std::string_view::npos) {
      const std::string_view before = text.substr(0, text.find('('));
      digits = before.substr(before.rfind(':') + 1);
      text = before;
    }
    const std::size_t offset = static_cast<std::size_t>(digits.data() - item.text.data());
    const std::uint32_t count =
        counted ? parse_count(at, {digits, item.column + offset}, "a number of GPUs") : 1;
    const bool typed = text.find(':') != text.rfind(':');
    if (typed) {
      gpus.typed += count;
      gpus.has_typed = true;
    } else {
      gpus.untyped = count;
    }
  });
  SacctSize size;
  size.gpus = gpus.total(at, field);
  return size;
}

bool is_no_sacct_time(std::string_view text) {
  return text.empty() || text == "Unknown" || text == "None" || text == "N/A";
}

SacctClock::SacctClock(const std::string& time_zone) : zone_(nullptr) {
  try {
    zone_ = date::locate_zone(time_zone);
  } catch (const std::runtime_error&) {
    throw InputError("time zone: found " + quoted(time_zone) +
                     ", expected a name of the time zone database such as Europe/Berlin");
  }
}

Instant SacctClock::parse(const LineReader& at, const Field& field, const char* expected,
                          Instant not_before) {
  if (const auto unix_time = parse_plain_number(field.text);
      unix_time && *unix_time <= static_cast<std::uint64_t>(kLatest.us / kMicrosPerSecond)) {
    return Instant{} + seconds(static_cast<std::int64_t>(*unix_time));
  }
  const auto civil = parse_civil_time(field.text, 'T');
  if (!civil) at.fail(field, std::string(expected) + ", YYYY-MM-DDTHH:MM:SS from 1970 on");
  const std::int64_t local_s = civil->day * 86'400 + civil->us_of_day / kMicrosPerSecond;
  const std::int64_t rest_us = civil->us_of_day % kMicrosPerSecond;
  std::int64_t offset_s = offset_s_;
  if (local_s < from_s_ || local_s >= until_s_) {
    const date::local_seconds local{std::chrono::seconds{local_s}};
    const date::local_info info = zone_->get_info(local);
    offset_s = info.first.offset.count();
    if (info.result == date::local_info::unique) {
      // Far enough from the changes at both ends, the zone's clock runs evenly. The ends are kept
      // within a range in which adding to them cannot overflow.
      constexpr std::int64_t kFar = std::int64_t{1} << 40;
      constexpr std::int64_t kMargin = 2 * 86'400;
      const auto within = [](std::int64_t s) { return s < -kFar ? -kFar : s > kFar ? kFar : s; };
      from_s_ = within(info.first.begin.time_since_epoch().count()) + kMargin;
      until_s_ = within(info.first.end.time_since_epoch().count()) - kMargin;
      offset_s_ = offset_s;
    } else if (info.result == date::local_info::ambiguous) {
      const Instant earlier = Instant{rest_us} + seconds(local_s - offset_s);
      if (earlier < not_before) offset_s = info.second.offset.count();
    }
    // In a gap, the offset before it puts the time as far behind the change as it is behind the
    // start of the gap.
  }
  const Instant instant = Instant{rest_us} + seconds(local_s - offset_s);
  if (instant.us < 0) at.fail(field, std::string(expected) + " from 1970 on");
  return instant;
}

}  // namespace stargate::sim
