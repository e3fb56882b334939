#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace stargate::cli {

// Values of options, from their text. Each throws UsageError that names the option, what was given
// and what was expected. `option` is spelled as on the command line: "--order".

/// "a, b or c".
std::string one_of(const std::vector<std::string>& names);

/// Does nothing where the text is one of them.
void check_word(const std::string& option, const std::string& text,
                const std::vector<std::string>& known);

/// The items of "a,b,c", each one of `known`, none of them empty or given twice. `noun` says what
/// they are: "unknown order 'foo': expected one of ...".
std::vector<std::string> parse_names(const std::string& option, const std::string& noun,
                                     const std::string& text,
                                     const std::vector<std::string>& known);

/// "90", "90s", "1.5h", "7d": seconds unless a unit (s, m or min, h, d, w) says otherwise; not
/// negative; at most 100,000 days.
Duration parse_duration(const std::string& option, std::string_view text);

/// A whole number in [least, greatest].
std::uint64_t parse_count(const std::string& option, std::string_view text, std::uint64_t least,
                          std::uint64_t greatest);

/// "FORMAT:FILE", cut at the first colon; both not empty and FORMAT one of `known`.
struct FormatAndFile {
  std::string format;
  std::string file;
};
FormatAndFile parse_trace(const std::string& option, const std::string& text,
                          const std::vector<std::string>& known);

}  // namespace stargate::cli
