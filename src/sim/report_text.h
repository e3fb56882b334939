#pragma once

#include <cstdint>
#include <string>

namespace stargate::sim {

// Numbers as people read them in the table and in the report. The JSON has them exact instead.

/// "28,481".
std::string count_text(std::uint64_t count);
/// A number that need not be whole: "123,457", "6,815.00", "12.35", "0.0123".
std::string number_text(double value);
/// The two greatest units: "0 s", "0.35 s", "42 s", "4 min 21 s", "4 h 21 min", "3 d 14 h",
/// "340 d". Rounded to what it shows. "-" for what is not a finite length.
std::string duration_text(double seconds);
/// "15,696.8": one decimal up to a million, none above.
std::string seconds_text(double seconds);
/// "70.4%" for 0.704.
std::string percent_text(double fraction);
/// "1.2 GiB".
std::string bytes_text(std::uint64_t bytes);
/// "2017-10-03 14:05" in UTC.
std::string instant_text(double unix_seconds);

/// Whether a time of a log is a date: many logs count from 0 instead.
bool is_date(double unix_seconds);

}  // namespace stargate::sim
