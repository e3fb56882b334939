#include "world/readers.h"

#include <algorithm>
#include <array>

#include "world/deadline.h"

namespace stargate::world {
namespace {

#define STARGATE_NUMBER R"((0|[1-9][0-9]*)(\.[0-9]+)?)"
constexpr std::string_view kIdPattern = "^[a-z0-9][a-z0-9_-]*$";
constexpr std::string_view kInstantPattern =
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z| +[A-Za-z_/+-]+[0-9]*))?$";
constexpr std::string_view kLengthPattern =
    "^" STARGATE_NUMBER " *(second|minute|hour|day|week|month|year)s?$";
#define STARGATE_MONEY R"((\$|€|£|[A-Z]{3} +))" STARGATE_NUMBER "[KMBT]?"

/// Words that other readers of YAML take for truth values or nothing.
bool is_surprising(std::string_view word) {
  constexpr std::array<std::string_view, 9> kSurprises{"yes",   "no",   "on", "off", "true",
                                                       "false", "null", "y",  "n"};
  return std::ranges::find(kSurprises, word) != kSurprises.end() ||
         std::ranges::all_of(word, [](char c) { return c >= '0' && c <= '9'; });
}

bool read_word(Binder& binder, const Node& node, const Type& type, std::string& value) {
  if (!binder.plain(node, type.expected)) return false;
  if (!is_id(node.text) || is_surprising(node.text)) {
    binder.mismatch(node, type.expected);
    return false;
  }
  value = node.text;
  return true;
}

template <class Value>
Value some(Value value, bool is_zero) {
  if (is_zero) throw QuantityError("it is zero");
  return value;
}

constexpr std::int64_t kNumberMax = 1'000'000'000;

}  // namespace

const Type Id::type{"id", "an id: lower-case letters, digits, - and _", "string", kIdPattern};
const Type Word::type{"word", "a name: lower-case letters, digits, - and _", "string", kIdPattern};
const Type Prose::type{"prose", "text in quotes"};
const Type Jurisdiction::type{"jurisdiction", "a jurisdiction such as US or US-TX", "string",
                              "^[A-Z]{2,8}(-[A-Z0-9]{1,8})*$"};
const Type Sha256::type{"sha256", "64 hexadecimal digits in quotes", "string", "^[0-9a-f]{64}$"};
const Type TimeZone::type{"time_zone", "a time zone such as America/Los_Angeles"};
const Type Bool::type{"bool", "true or false", "boolean"};

const Type kInstantType{"instant",
                        "a date such as 2025-01-21, or an instant such as 2025-01-21T18:00:00Z",
                        "string", kInstantPattern};
const Type kLengthType{"length", "a length of time such as 90 days", "string", kLengthPattern};
const Type kSomeTimeType{"some_time", "a length of time above zero such as 90 days", "string",
                         kLengthPattern};
const Type kReplyTimeType{
    "reply_time", "a length of time such as 30 days or 10 business days", "string",
    "^" STARGATE_NUMBER " *(second|minute|hour|(business )?day|week|month|year)s?$"};
const Type kWattsType{"watts", "power above zero such as 1700 W", "string",
                      "^" STARGATE_NUMBER " *[kMGT]?W$"};
const Type kGpusType{"gpus", "a number of GPUs such as 4000 gpus", "string",
                     "^" STARGATE_NUMBER " *gpus?$"};
const Type kAmountType{"amount", "power such as 1.2 GW, or GPUs such as 4000 gpus", "string",
                       "^" STARGATE_NUMBER " *([kMGT]?W|gpus?)$"};
const Type kMoneyType{"money", "money such as $11.9B or EUR 5M", "string", "^" STARGATE_MONEY "$"};
const Type kPriceType{"price", "a price such as $2.35/GPU-h, $153/kW-mo, $13.3B/GW-yr or $1.25B/mo",
                      "string", "^" STARGATE_MONEY "/(GPU-h|kW-mo|GW-yr|mo)$"};
const Type kShareType{"share", "a share from 0 % to 100 %", "string", "^" STARGATE_NUMBER " *%$"};
const Type kBytesType{"bytes", "an amount of data such as 2 PB", "string",
                      "^" STARGATE_NUMBER " *[kMGTPE]?B$"};
const Type kByteRateType{"byte_rate", "a speed such as 100 Gbit/s or 10 GB/s", "string",
                         "^" STARGATE_NUMBER " *([kMGTPE]?B|[kMGT]bit)/s$"};
const Type kPricePerTbType{"price_of_data", "a price of data such as $0.02/GB", "string",
                           "^" STARGATE_MONEY "/[kMGTPE]?B$"};
const Type kRationalType{"ratio", "a speed above zero such as 3/2", "string",
                         "^[1-9][0-9]*(/[1-9][0-9]*)?$"};
const Type kNumberType{"number", "a whole number from 0 on", "integer"};
const Type kCountType{"count", "a whole number from 1 on", "integer"};
const Type kPriorityType{"priority", "a whole number", "integer"};

const Type kUseType{"use",
                    "one of research, training, first_party_product, api, co_developed_api, "
                    "national_security_api",
                    "string",
                    {},
                    use_words};
const Type kUsesType{"uses",   "a list of uses such as [training, api]", "array", {}, nullptr,
                     &kUseType};
const Type kBasisType{"basis", "it or facility: whose power it is", "string", "^(it|facility)$"};
const Type kUntilType{"until", "a date such as 2025-01-21, or the name of an event", "string"};
const Type kSignedType{"signed", "a date such as 2025-01-21, or proposed", "string"};

const Type kLabRefType{"lab_ref", "a lab"};
const Type kSupplierRefType{"supplier_ref", "a supplier"};
const Type kPartyRefType{"party_ref", "a supplier, lab or company"};
const Type kContractorRefType{"contractor_ref", "a lab or supplier"};
const Type kAcceleratorRefType{"accelerator_ref", "an accelerator"};
const Type kSiteRefType{"site_ref", "a site"};
const Type kAgreementRefType{"agreement_ref", "an agreement"};
const Type kClauseRefType{"clause_ref", "a clause"};
const Type kOrderRefType{"order_ref", "an order"};
const Type kStageRefType{"stage_ref", "a stage"};
const Type kDataRefType{"data_ref", "an entry of data"};
const Type kTenantRefType{"tenant_ref", "a tenant"};
const Type kAssumptionRefType{"assumption_ref", "an assumption"};
const Type kOfferRefType{"offer_ref", "an offer"};
const Type kSiteListType{"sites", "a list of sites", "array", {}, nullptr, &kSiteRefType};
const Type kAcceleratorListType{"accelerator_list",  "a list of accelerators", "array", {}, nullptr,
                                &kAcceleratorRefType};
const Type kClauseListType{"clause_list", "a list of clauses", "array", {},
                           nullptr,       &kClauseRefType};
const Type kSupersededListType{"superseded", "a list of clauses", "array", {},
                               nullptr,      &kClauseRefType,     nullptr, true};
const Type kStageListType{"stage_list", "a list of stages", "array", {}, nullptr, &kStageRefType};
const Type kDataListType{"data_list", "a list of data", "array", {}, nullptr, &kDataRefType};
const Type kAssumptionListType{"assumption_list", "a list of assumptions", "array", {},
                               nullptr,           &kAssumptionRefType,     nullptr, true};
const Type kJurisdictionListType{"jurisdictions", "a list of jurisdictions such as [US, AE]",
                                 "array",         {},
                                 nullptr,         &Jurisdiction::type};

bool Id::read(Binder& binder, const Node& node, std::string& value) {
  return read_word(binder, node, type, value);
}
bool Word::read(Binder& binder, const Node& node, std::string& value) {
  return read_word(binder, node, type, value);
}

bool Prose::read(Binder& binder, const Node& node, std::string& value) {
  if (!binder.quoted(node, type.expected)) return false;
  if (node.text.find_first_not_of(" \t\n") == std::string::npos) {
    binder.mismatch(node, type.expected, "there is none in it");
    return false;
  }
  value = node.text;
  return true;
}

bool Jurisdiction::read(Binder& binder, const Node& node, std::string& value) {
  if (!binder.plain(node, type.expected)) return false;
  const std::string& text = node.text;
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  const bool fine = text.size() >= 2 && text.size() <= 20 && is_upper(text[0]) &&
                    is_upper(text[1]) && text.back() != '-' &&
                    std::ranges::all_of(text, [&](char c) {
                      return is_upper(c) || c == '-' || (c >= '0' && c <= '9');
                    });
  if (!fine) {
    binder.mismatch(node, type.expected);
    return false;
  }
  value = text;
  return true;
}

bool Sha256::read(Binder& binder, const Node& node, std::string& value) {
  if (!binder.quoted(node, type.expected)) return false;
  const bool fine = node.text.size() == 64 && std::ranges::all_of(node.text, [](char c) {
                      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
                    });
  if (!fine) {
    binder.mismatch(node, type.expected);
    return false;
  }
  value = node.text;
  return true;
}

bool TimeZone::read(Binder& binder, const Node& node, std::string& value) {
  if (!binder.plain(node, type.expected)) return false;
  if (!is_time_zone(node.text)) {
    binder.mismatch(node, type.expected);
    return false;
  }
  value = node.text;
  return true;
}

bool Bool::read(Binder& binder, const Node& node, bool& value) {
  if (!binder.plain(node, type.expected)) return false;
  if (node.text != "true" && node.text != "false") {
    binder.mismatch(node, type.expected);
    return false;
  }
  value = node.text == "true";
  return true;
}

std::int64_t parse_some_gpus(std::string_view text) {
  const std::int64_t value = parse_gpus(text);
  return some(value, value == 0);
}
std::int64_t parse_some_watts(std::string_view text) {
  const std::int64_t value = parse_power_w(text);
  return some(value, value == 0);
}
Duration parse_some_time(std::string_view text) {
  const Duration value = parse_duration(text);
  return some(value, value == Duration{});
}
Amount parse_amount_or_none(std::string_view text) {
  const Amount amount = parse_amount(text);
  if (amount.value > std::int64_t{1} << 50) throw QuantityError("it is too large");
  return amount;
}
Amount parse_some_amount(std::string_view text) {
  const Amount amount = parse_amount_or_none(text);
  return some(amount, amount.value == 0);
}
std::int64_t parse_number(std::string_view text) { return parse_whole(text, kNumberMax); }
std::int64_t parse_count(std::string_view text) {
  const std::int64_t value = parse_whole(text, kNumberMax);
  return some(value, value == 0);
}
std::int64_t parse_priority(std::string_view text) {
  if (!text.starts_with('-')) return parse_whole(text, kNumberMax);
  return -parse_whole(text.substr(1), kNumberMax);
}
std::int64_t parse_some_bytes(std::string_view text) {
  const std::int64_t value = parse_bytes(text);
  return some(value, value == 0);
}
std::int64_t parse_some_byte_rate(std::string_view text) {
  const std::int64_t value = parse_byte_rate(text);
  return some(value, value == 0);
}

std::vector<std::string> use_words() {
  std::vector<std::string> words;
  for (std::uint32_t i = 0; i < kUseCount; ++i) words.emplace_back(name_of(static_cast<Use>(i)));
  return words;
}

bool Uses::read(Binder& binder, const Node& node, UseMask& value) {
  if (!binder.list(node, type.expected)) return false;
  UseMask mask = 0;
  for (const Node& item : node.items) {
    Use use{};
    if (!UseOf::read(binder, item, use)) return false;
    if (includes(mask, use)) {
      binder.mismatch(item, "each use once", "again");
      return false;
    }
    mask = static_cast<UseMask>(mask | mask_of(use));
  }
  if (mask == 0) {
    binder.mismatch(node, type.expected, "an empty one");
    return false;
  }
  value = mask;
  return true;
}

bool Basis::read(Binder& binder, const Node& node, CapacityUnit& value) {
  if (!binder.plain(node, type.expected)) return false;
  if (node.text == "it") {
    value = CapacityUnit::kItWatts;
  } else if (node.text == "facility") {
    value = CapacityUnit::kFacilityWatts;
  } else {
    binder.mismatch(node, type.expected);
    return false;
  }
  return true;
}

bool Until::read(Binder& binder, const Node& node, UntilValue& value) {
  if (!binder.plain(node, type.expected)) return false;
  if (!node.text.empty() && node.text[0] >= '0' && node.text[0] <= '9') {
    return At::read(binder, node, value.at);
  }
  return read_word(binder, node, type, value.event);
}

bool SignedAt::read(Binder& binder, const Node& node, Instant& value) {
  if (!binder.plain(node, type.expected)) return false;
  if (node.text == "proposed") {
    value = kNever;
    return true;
  }
  try {
    value = parse_instant(node.text);
    return true;
  } catch (const QuantityError& error) {
    binder.mismatch(node, type.expected, error.what());
    return false;
  }
}

bool OfferName::read(Binder& binder, const Node& node, std::string& value) {
  if (binder.resolve(node, {EntryKind::kOffer}, type.expected) == nullptr) return false;
  value = node.text;
  return true;
}

bool AcceleratorName::read(Binder& binder, const Node& node, std::string& value) {
  if (binder.resolve(node, {EntryKind::kAccelerator}, type.expected) == nullptr) return false;
  value = node.text;
  return true;
}

}  // namespace stargate::world
