#pragma once

#include <cstdint>
#include <stdexcept>
#include <string_view>

#include "base/money.h"
#include "base/time.h"
#include "model/contract.h"

// Quantities as a world writes them, read exactly: no reading goes through floating point, and what
// does not come out in whole units of the type is refused. docs/worlds.md has the grammar.

namespace stargate::world {

/// Why a text is no such quantity, in a few words: "unknown unit dayz".
class QuantityError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// All of these throw QuantityError.

/// "90 days", "1.5 hours".
Duration parse_duration(std::string_view text);

/// A length of time, or a number of days that are business days: "10 business days".
struct ReplyTime {
  Duration length;  ///< of business days: so many times 24 hours
  bool business_days = false;

  friend bool operator==(const ReplyTime&, const ReplyTime&) = default;
};
ReplyTime parse_reply_time(std::string_view text);

/// "1.2 GW": whole watts.
std::int64_t parse_power_w(std::string_view text);
/// "4000 gpus".
std::int64_t parse_gpus(std::string_view text);

/// "4000 gpus" or "1.2 GW"; whose power it is stands beside it.
struct Amount {
  std::int64_t value = 0;
  bool is_power = false;

  friend bool operator==(const Amount&, const Amount&) = default;
};
Amount parse_amount(std::string_view text);

/// "$250B", "EUR 5M".
Money parse_money(std::string_view text);
/// "$2.35/GPU-h"; the basis of a price of power stands beside it.
Price parse_price(std::string_view text);
/// "20 %": millionths, at most all.
std::uint32_t parse_share_ppm(std::string_view text);
/// "2 PB".
std::int64_t parse_bytes(std::string_view text);
/// "100 Gbit/s", "10 GB/s": bytes a second.
std::int64_t parse_byte_rate(std::string_view text);
/// "$0.02/GB": the price of 10^12 bytes.
Money parse_price_per_tb(std::string_view text);

/// "3/2", "2".
struct Rational {
  std::uint32_t numerator = 1;
  std::uint32_t denominator = 1;

  friend bool operator==(const Rational&, const Rational&) = default;
};
Rational parse_rational(std::string_view text);

/// A whole number without sign or leading zeros, at most `max`.
std::int64_t parse_whole(std::string_view text, std::int64_t max);

/// "2025-01-21" (00:00 UTC), "2025-01-21T18:00:00Z", "2025-01-21T18:00 America/New_York".
Instant parse_instant(std::string_view text);

}  // namespace stargate::world
