#pragma once

#include <string>
#include <vector>

#include "world/binder.h"
#include "world/quantity.h"
#include "world/table.h"

// The kinds of values that tables name; see Keys in table.h for what each has.

namespace stargate::world {

/// The new entry's own id.
struct Id {
  static const Type type;
  static bool read(Binder& binder, const Node& node, std::string& value);
};
/// A name that nothing defines: a product, an event.
struct Word {
  static const Type type;
  static bool read(Binder& binder, const Node& node, std::string& value);
};
/// Quoted text.
struct Prose {
  static const Type type;
  static bool read(Binder& binder, const Node& node, std::string& value);
};
/// Two to eight capital letters, with parts after a hyphen: US, AE, US-TX.
struct Jurisdiction {
  static const Type type;
  static bool read(Binder& binder, const Node& node, std::string& value);
};
struct Sha256 {
  static const Type type;
  static bool read(Binder& binder, const Node& node, std::string& value);
};
struct TimeZone {
  static const Type type;
  static bool read(Binder& binder, const Node& node, std::string& value);
};
struct Bool {
  static const Type type;
  static bool read(Binder& binder, const Node& node, bool& value);
};

/// Quantities: a parser of quantity.h behind a plain scalar.
template <auto kParse, const Type& kType>
struct Quantity {
  static constexpr const Type& type = kType;
  template <class Value>
  static bool read(Binder& binder, const Node& node, Value& value) {
    if (!binder.plain(node, kType.expected)) return false;
    try {
      value = static_cast<Value>(kParse(node.text));
      return true;
    } catch (const QuantityError& error) {
      binder.mismatch(node, kType.expected, error.what());
      return false;
    }
  }
};

extern const Type kInstantType, kLengthType, kSomeTimeType, kReplyTimeType, kWattsType, kGpusType,
    kAmountType, kMoneyType, kPriceType, kShareType, kBytesType, kByteRateType, kPricePerTbType,
    kRationalType, kNumberType, kCountType, kWeightType, kPriorityType;

std::int64_t parse_some_gpus(std::string_view text);
std::int64_t parse_some_watts(std::string_view text);
Duration parse_some_time(std::string_view text);
Amount parse_some_amount(std::string_view text);
Amount parse_amount_or_none(std::string_view text);
std::int64_t parse_number(std::string_view text);
std::int64_t parse_count(std::string_view text);
std::int64_t parse_priority(std::string_view text);
std::int64_t parse_some_bytes(std::string_view text);
std::int64_t parse_some_byte_rate(std::string_view text);

using At = Quantity<parse_instant, kInstantType>;
using Length = Quantity<parse_duration, kLengthType>;
using SomeTime = Quantity<parse_some_time, kSomeTimeType>;
using Reply = Quantity<parse_reply_time, kReplyTimeType>;
using Watts = Quantity<parse_some_watts, kWattsType>;
using Gpus = Quantity<parse_some_gpus, kGpusType>;
using AnyAmount = Quantity<parse_some_amount, kAmountType>;
using AmountOrNone = Quantity<parse_amount_or_none, kAmountType>;  ///< from 0 on
using MoneyOf = Quantity<parse_money, kMoneyType>;
using PriceOf = Quantity<parse_price, kPriceType>;
using Share = Quantity<parse_share_ppm, kShareType>;
using Bytes = Quantity<parse_some_bytes, kBytesType>;
using ByteRate = Quantity<parse_some_byte_rate, kByteRateType>;
using PricePerTb = Quantity<parse_price_per_tb, kPricePerTbType>;
using Ratio = Quantity<parse_rational, kRationalType>;
using Number = Quantity<parse_number, kNumberType>;  ///< from 0 on
using Count = Quantity<parse_count, kCountType>;     ///< from 1 on
using Priority = Quantity<parse_priority, kPriorityType>;

/// One of a few words; `kWords` gives them in the order of the values from `kFirst` on.
template <class Value, auto kWords, const Type& kType, int kFirst = 0>
struct Choice {
  static constexpr const Type& type = kType;
  static bool read(Binder& binder, const Node& node, Value& value) {
    if (!binder.plain(node, kType.expected)) return false;
    int number = kFirst;
    for (const std::string& word : kWords()) {
      if (word == node.text) {
        value = static_cast<Value>(number);
        return true;
      }
      ++number;
    }
    binder.mismatch(node, kType.expected);
    return false;
  }
};

/// The number of an entry of one of the kinds.
template <const Type& kType, EntryKind... kKinds>
struct Ref {
  static constexpr const Type& type = kType;
  template <class AnyId>
  static bool read(Binder& binder, const Node& node, AnyId& value) {
    const Named* named = binder.resolve(node, {kKinds...}, kType.expected);
    if (named == nullptr) return false;
    value = AnyId{static_cast<decltype(AnyId{}.value)>(named->number)};
    return true;
  }
};

template <class Reader, const Type& kType, bool kMayBeEmpty = false>
struct ListOf {
  static constexpr const Type& type = kType;
  template <class Value>
  static bool read(Binder& binder, const Node& node, std::vector<Value>& values) {
    if (!binder.list(node, kType.expected)) return false;
    if (node.items.empty() && !kMayBeEmpty) {
      binder.mismatch(node, kType.expected, "an empty one");
      return false;
    }
    bool fine = true;
    for (const Node& item : node.items) {
      Value value{};
      if (Reader::read(binder, item, value)) {
        values.push_back(std::move(value));
      } else {
        fine = false;
      }
    }
    return fine;
  }
};

/// A map in a map, by a table.
template <class Entry, const Table& kTable, const Type& kType>
struct MapOf {
  static constexpr const Type& type = kType;
  static bool read(Binder& binder, const Node& node, Entry& value) {
    if (!node.is_map()) {
      binder.mismatch(node, kType.expected);
      return false;
    }
    binder.bind(node, kType.expected, kTable.keys, {}, &value);
    return true;
  }
};

extern const Type kUseType, kUsesType, kBasisType, kUntilType, kSignedType;
std::vector<std::string> use_words();

using UseOf = Choice<Use, use_words, kUseType>;
/// A list of uses.
struct Uses {
  static constexpr const Type& type = kUsesType;
  static bool read(Binder& binder, const Node& node, UseMask& value);
};
/// `it` or `facility`.
struct Basis {
  static constexpr const Type& type = kBasisType;
  static bool read(Binder& binder, const Node& node, CapacityUnit& value);
};
/// A date, or the name of an event.
struct UntilValue {
  Instant at = kNever;
  std::string event;
};
struct Until {
  static constexpr const Type& type = kUntilType;
  static bool read(Binder& binder, const Node& node, UntilValue& value);
};
/// A date, or the word `proposed`: kNever.
struct SignedAt {
  static constexpr const Type& type = kSignedType;
  static bool read(Binder& binder, const Node& node, Instant& value);
};

extern const Type kLabRefType, kSupplierRefType, kPartyRefType, kAcceleratorRefType, kSiteRefType,
    kAgreementRefType, kClauseRefType, kOrderRefType, kStageRefType, kDataRefType, kTenantRefType,
    kAssumptionRefType, kOfferRefType, kContractorRefType, kSiteListType, kAcceleratorListType,
    kClauseListType, kSupersededListType, kStageListType, kDataListType, kAssumptionListType,
    kJurisdictionListType;

using LabRef = Ref<kLabRefType, EntryKind::kLab>;
using SupplierRef = Ref<kSupplierRefType, EntryKind::kSupplier>;
using PartyRef = Ref<kPartyRefType, EntryKind::kLab, EntryKind::kSupplier, EntryKind::kCompany>;
using ContractorRef = Ref<kContractorRefType, EntryKind::kLab, EntryKind::kSupplier>;
using AcceleratorRef = Ref<kAcceleratorRefType, EntryKind::kAccelerator>;
using SiteRef = Ref<kSiteRefType, EntryKind::kSite>;
using AgreementRef = Ref<kAgreementRefType, EntryKind::kAgreement>;
using ClauseRef = Ref<kClauseRefType, EntryKind::kClause>;
using OrderRef = Ref<kOrderRefType, EntryKind::kOrder>;
using StageRef = Ref<kStageRefType, EntryKind::kStage>;
using DataRef = Ref<kDataRefType, EntryKind::kData>;
using TenantRef = Ref<kTenantRefType, EntryKind::kTenant>;
using AssumptionRef = Ref<kAssumptionRefType, EntryKind::kAssumption>;
using SiteRefs = ListOf<SiteRef, kSiteListType>;
using AcceleratorRefs = ListOf<AcceleratorRef, kAcceleratorListType>;
using ClauseRefs = ListOf<ClauseRef, kClauseListType>;
using StageRefs = ListOf<StageRef, kStageListType>;
using DataRefs = ListOf<DataRef, kDataListType>;
using AssumptionRefs = ListOf<AssumptionRef, kAssumptionListType, true>;
using SupersededRefs = ListOf<ClauseRef, kSupersededListType, true>;
using Jurisdictions = ListOf<Jurisdiction, kJurisdictionListType>;

/// The name of an offer, and that of an accelerator, where names are kept.
struct OfferName {
  static constexpr const Type& type = kOfferRefType;
  static bool read(Binder& binder, const Node& node, std::string& value);
};
struct AcceleratorName {
  static constexpr const Type& type = kAcceleratorRefType;
  static bool read(Binder& binder, const Node& node, std::string& value);
};

}  // namespace stargate::world
