#include "world/quantity.h"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

#include "base/wide.h"

namespace stargate::world {
namespace {

constexpr int kDigitsMax = 30;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

[[noreturn]] void fail(const std::string& why) { throw QuantityError(why); }

/// A decimal number: digits / 10^decimals.
struct Decimal {
  Int128 digits = 0;
  Int128 divisor = 1;
};

/// Takes a number off the front of `text`.
Decimal take_decimal(std::string_view& text) {
  if (text.empty()) fail("its number is missing");
  if (text.front() == '-') fail("it is negative");
  if (text.front() == '+') fail("a sign is not written");
  if (!is_digit(text.front())) fail("its number is missing");
  if (text.size() > 1 && text[0] == '0' && is_digit(text[1])) fail("a leading zero");
  Decimal number;
  int digits = 0;
  bool point = false;
  std::size_t i = 0;
  for (; i < text.size(); ++i) {
    if (text[i] == '.' && !point && i + 1 < text.size() && is_digit(text[i + 1])) {
      point = true;
      continue;
    }
    if (!is_digit(text[i])) break;
    if (++digits > kDigitsMax) fail("it has too many digits");
    number.digits = number.digits * 10 + (text[i] - '0');
    if (point) number.divisor *= 10;
  }
  if (i < text.size() && (text[i] == ',' || text[i] == '_' || text[i] == '.')) {
    fail(fmt::format("a number has digits and at most one point, not {}", text[i]));
  }
  text.remove_prefix(i);
  return number;
}

/// number * unit in whole units.
std::int64_t scaled(Decimal number, std::int64_t unit, std::int64_t max, const char* finest) {
  if (number.digits > (Int128{1} << 100) / std::max<std::int64_t>(unit, 1)) fail("it is too large");
  const Int128 product = number.digits * unit;
  if (product % number.divisor != 0) fail(fmt::format("it is finer than {}", finest));
  const Int128 value = product / number.divisor;
  if (value > max) fail("it is too large");
  return static_cast<std::int64_t>(value);
}

struct Unit {
  std::string_view name;
  std::int64_t size;
};

template <std::size_t kCount>
std::int64_t unit_size(const std::array<Unit, kCount>& units, std::string_view name) {
  for (const Unit& unit : units) {
    if (unit.name == name) return unit.size;
  }
  if (name.empty()) fail("its unit is missing");
  fail(fmt::format("unknown unit {}", name));
}

/// Takes the blank between a number and its unit, if there is one.
void skip_blank(std::string_view& text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
}

constexpr std::int64_t kSecond = kMicrosPerSecond;
constexpr std::int64_t kYear = 365 * days(1).us;
constexpr std::array<Unit, 14> kTimes{{{"seconds", kSecond},
                                       {"second", kSecond},
                                       {"minutes", 60 * kSecond},
                                       {"minute", 60 * kSecond},
                                       {"hours", 3'600 * kSecond},
                                       {"hour", 3'600 * kSecond},
                                       {"days", days(1).us},
                                       {"day", days(1).us},
                                       {"weeks", days(7).us},
                                       {"week", days(7).us},
                                       {"months", kYear / 12},
                                       {"month", kYear / 12},
                                       {"years", kYear},
                                       {"year", kYear}}};
constexpr std::array<Unit, 5> kPowers{
    {{"W", 1}, {"kW", 1'000}, {"MW", 1'000'000}, {"GW", 1'000'000'000}, {"TW", 1'000'000'000'000}}};
constexpr std::array<Unit, 2> kGpuUnits{{{"gpus", 1}, {"gpu", 1}}};
constexpr std::array<Unit, 7> kBytes{{{"B", 1},
                                      {"kB", 1'000},
                                      {"MB", 1'000'000},
                                      {"GB", 1'000'000'000},
                                      {"TB", 1'000'000'000'000},
                                      {"PB", 1'000'000'000'000'000},
                                      {"EB", 1'000'000'000'000'000'000}}};
constexpr std::array<Unit, 4> kBits{
    {{"kbit", 1'000}, {"Mbit", 1'000'000}, {"Gbit", 1'000'000'000}, {"Tbit", 1'000'000'000'000}}};

constexpr std::int64_t kAnyValue = INT64_MAX / 4;

/// The codes of ISO 4217 that are money of a country.
constexpr std::string_view kCurrencies =
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP "
    "BYN "
    "BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL "
    "GHS "
    "GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW "
    "KRW "
    "KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN "
    "NAD "
    "NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK "
    "SGD "
    "SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS "
    "VED "
    "VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWL";

Currency take_currency(std::string_view& text) {
  struct Symbol {
    std::string_view sign;
    Currency currency;
  };
  constexpr std::array<Symbol, 3> kSymbols{
      {{"$", {{'U', 'S', 'D'}}}, {"€", {{'E', 'U', 'R'}}}, {"£", {{'G', 'B', 'P'}}}}};
  for (const Symbol& symbol : kSymbols) {
    if (!text.starts_with(symbol.sign)) continue;
    text.remove_prefix(symbol.sign.size());
    return symbol.currency;
  }
  const std::string_view code = text.substr(0, 3);
  const bool letters =
      code.size() == 3 && std::ranges::all_of(code, [](char c) { return c >= 'A' && c <= 'Z'; });
  if (!letters) {
    if (text.starts_with('-')) fail("it is negative");
    fail("its currency is missing");
  }
  if (kCurrencies.find(code) == std::string_view::npos) {
    fail(fmt::format("unknown currency {}", code));
  }
  text.remove_prefix(3);
  if (!text.starts_with(' ')) fail("a blank is between a currency and its number");
  skip_blank(text);
  return {{code[0], code[1], code[2]}};
}

Money take_money(std::string_view& text) {
  Money money;
  money.currency = take_currency(text);
  const Decimal number = take_decimal(text);
  std::int64_t unit = 1'000'000;
  const std::string_view letters = "KMBT";
  const std::size_t letter = text.empty() ? std::string_view::npos : letters.find(text.front());
  if (letter != std::string_view::npos) {
    for (std::size_t i = 0; i <= letter; ++i) unit *= 1'000;
    text.remove_prefix(1);
  }
  money.micros = scaled(number, unit, INT64_MAX, "a millionth of the currency");
  return money;
}

void require_end(std::string_view text) {
  if (!text.empty()) fail(fmt::format("what is \"{}\"?", text));
}

}  // namespace

Duration parse_duration(std::string_view text) {
  const Decimal number = take_decimal(text);
  skip_blank(text);
  if (text.starts_with("business")) fail("business days are not counted here");
  return {scaled(number, unit_size(kTimes, text), kLongest.us, "a microsecond")};
}

ReplyTime parse_reply_time(std::string_view text) {
  std::string_view rest = text;
  const Decimal number = take_decimal(rest);
  skip_blank(rest);
  if (rest != "business days" && rest != "business day") return {parse_duration(text), false};
  constexpr std::int64_t kDaysMax = 10'000;
  return {days(scaled(number, 1, kDaysMax, "a business day")), true};
}

std::int64_t parse_power_w(std::string_view text) {
  const Decimal number = take_decimal(text);
  skip_blank(text);
  return scaled(number, unit_size(kPowers, text), kAnyValue, "a watt");
}

std::int64_t parse_gpus(std::string_view text) {
  constexpr std::int64_t kGpusMax = 1LL << 30;
  const Decimal number = take_decimal(text);
  skip_blank(text);
  return scaled(number, unit_size(kGpuUnits, text), kGpusMax, "a whole GPU");
}

Amount parse_amount(std::string_view text) {
  std::string_view unit = text;
  take_decimal(unit);
  skip_blank(unit);
  if (unit == "gpus" || unit == "gpu") return {parse_gpus(text), false};
  return {parse_power_w(text), true};
}

Money parse_money(std::string_view text) {
  const Money money = take_money(text);
  if (text.starts_with('/')) fail("it is a price");
  require_end(text);
  return money;
}

Price parse_price(std::string_view text) {
  Price price;
  price.amount = take_money(text);
  if (!text.starts_with('/')) fail(text.empty() ? "what it is paid for is missing" : "no /");
  text.remove_prefix(1);
  for (const RateUnit unit :
       {RateUnit::kGpuHour, RateUnit::kKwMonth, RateUnit::kGwYear, RateUnit::kMonth}) {
    if (text != name_of(unit)) continue;
    price.unit = unit;
    return price;
  }
  fail(fmt::format("unknown unit {}", text));
}

std::uint32_t parse_share_ppm(std::string_view text) {
  const Decimal number = take_decimal(text);
  skip_blank(text);
  if (text.empty()) fail("its % is missing");
  if (text != "%") fail(fmt::format("unknown unit {}", text));
  constexpr std::int64_t kPercent = kWhole / 100;
  const std::int64_t ppm = scaled(number, kPercent, kAnyValue, "a millionth");
  if (ppm > kWhole) fail("it is more than all");
  return static_cast<std::uint32_t>(ppm);
}

std::int64_t parse_bytes(std::string_view text) {
  const Decimal number = take_decimal(text);
  skip_blank(text);
  return scaled(number, unit_size(kBytes, text), kAnyValue, "a byte");
}

std::int64_t parse_byte_rate(std::string_view text) {
  Decimal number = take_decimal(text);
  skip_blank(text);
  if (text.empty()) fail("its unit is missing");
  if (!text.ends_with("/s")) fail(fmt::format("unknown unit {}", text));
  text.remove_suffix(2);
  if (text.ends_with("bit")) {
    number.divisor *= 8;
    return scaled(number, unit_size(kBits, text), kAnyValue, "a byte a second");
  }
  return scaled(number, unit_size(kBytes, text), kAnyValue, "a byte a second");
}

Money parse_price_per_tb(std::string_view text) {
  Money money = take_money(text);
  if (!text.starts_with('/')) fail("the data that it is paid for is missing");
  text.remove_prefix(1);
  constexpr std::int64_t kTb = 1'000'000'000'000;
  const std::int64_t size = unit_size(kBytes, text);
  const Int128 product = Int128{money.micros} * kTb;
  if (product % size != 0) fail("it is finer than a millionth of the currency a TB");
  if (product / size > kAnyValue) fail("it is too large");
  money.micros = static_cast<std::int64_t>(product / size);
  return money;
}

Rational parse_rational(std::string_view text) {
  const std::size_t slash = text.find('/');
  Rational value;
  value.numerator = static_cast<std::uint32_t>(parse_whole(text.substr(0, slash), UINT32_MAX));
  if (slash != std::string_view::npos) {
    value.denominator = static_cast<std::uint32_t>(parse_whole(text.substr(slash + 1), UINT32_MAX));
  }
  if (value.numerator == 0 || value.denominator == 0) fail("it is zero");
  return value;
}

std::int64_t parse_whole(std::string_view text, std::int64_t max) {
  const Decimal number = take_decimal(text);
  if (number.divisor != 1) fail("it is no whole number");
  require_end(text);
  return scaled(number, 1, max, "1");
}

}  // namespace stargate::world
