#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "explain/explain.h"

// Text for a terminal.

namespace stargate::explain {

inline constexpr std::size_t kColumns = 80;

/// How many columns UTF-8 text takes, a character each.
std::size_t width_of(std::string_view text);

/// Lines no wider than `width`, cut at spaces, else after hyphens, else anywhere.
std::vector<std::string> wrap(std::string_view text, std::size_t width);

/// Appends the text in lines of at most kColumns: the first begins with `first`, others with `others`.
void put(std::string_view text, std::string_view first, std::string_view others, std::string& out);

/// "1.2 GW facility", "4096 GPUs": exact.
std::string amount_text(const CapacityAmount& amount);

/// "USD 1,989,534,246.58": to the hundredth, halves away from zero.
std::string money_text(const Currency& currency, Int128 micros);

/// "60 days", "1.5 days"; "6 hours", "0.25 hours" of what is less than a day.
std::string length_text(Duration length);

/// The last section of an answer: what it rests on; nothing where it rests on nothing.
void put_assumptions(const std::vector<AssumptionText>& assumptions, std::string& out);

}  // namespace stargate::explain
