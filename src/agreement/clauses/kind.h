#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "agreement/book.h"
#include "agreement/judge.h"
#include "agreement/permit.h"
#include "agreement/signing.h"

// What a kind of clause answers. A kind is one file beside this one that defines its ClauseKind, a
// declaration below, and its line in kinds.cpp.

namespace stargate::agreement {

/// Who asks: what contracts tell apart of a workload.
struct Asker {
  PartyId lab;
  Use use = Use::kResearch;
  std::string_view product;
};

/// How a clause bears on an order.
enum class Bearing : std::uint8_t {
  kApart,      ///< it does not concern it
  kHolder,     ///< it concerns others' paper, and this is the holder's own
  kCarvedOut,  ///< it would bind it, but leaves it out
  kCleared,    ///< it would bind it, but the order was cleared
  kBinds,
};

struct Ruling {
  Bearing bearing = Bearing::kApart;
  Verdict verdict = Verdict::kPermitted;  ///< where it binds
  std::string offer;                      ///< the offer that is open, or that cleared the order
};

/// Whose orders a kind of clause may bind.
enum class Reach : std::uint8_t { kNone, kCustomer, kAgreement };

using ChangeSink = std::function<void(Instant)>;

/// Null: the kind has no answer to it.
struct ClauseKind {
  Reach reach = Reach::kNone;
  bool outlasts = false;  ///< its rulings stand when it is no longer in force

  /// kNone where the terms are within their range and name what is there.
  Reason (*check)(const Book&, const Clause&) = nullptr;
  /// Instants, beside the clause's own, at which its answers may change: by its terms alone, and by
  /// an act under it.
  void (*changes)(const Book&, const Clause&, const ChangeSink&) = nullptr;
  void (*changes_by)(const Clause&, const Act&, const ChangeSink&) = nullptr;

  /// May the order be used? For reach other than kNone. REQUIRES: the clause's customer is the asker,
  /// or (kAgreement) the order is its agreement's.
  Ruling (*permit)(const Book&, ClauseId, const Asker&, const OrderView&, Moment) = nullptr;
  /// Whether the order was bought under the clause.
  bool (*covers)(const Clause&, OrderId, Use) = nullptr;

  /// What is owed under it and how it was kept.
  void (*judge)(const Book&, ClauseId, std::span<const UseRecord>, Moment, Judgement&) = nullptr;
  /// The rate that it sets at the moment for an order of its agreement; nullopt: none.
  std::optional<clause::Rate> (*price)(const Book&, ClauseId, OrderId, Moment) = nullptr;
};

extern const ClauseKind kExclusive;
extern const ClauseKind kFirstRefusal;
extern const ClauseKind kFirstShip;
extern const ClauseKind kCommit;
extern const ClauseKind kPrepay;
extern const ClauseKind kTranche;
extern const ClauseKind kLate;
extern const ClauseKind kRate;
extern const ClauseKind kReserve;
extern const ClauseKind kLocale;
extern const ClauseKind kOption;
extern const ClauseKind kTerminate;

const ClauseKind& kind_of_terms(const Clause& clause);

}  // namespace stargate::agreement
