#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agreement/book.h"
#include "core/state.h"
#include "model/request.h"

// Why a workload runs where it runs on a day, and what stands against every other place.

namespace stargate::explain {

/// What is said of a supplier or of an order. A supplier is never kNotOrdered.
enum class Verdict : std::uint8_t { kPermitted, kNoCapacity, kNeedsOffer, kForbidden, kNotOrdered };

/// "permitted", "no_capacity", "needs_offer", "forbidden", "not_ordered".
const char* name_of(Verdict verdict);

/// What is missing where the contracts allow it: the later, the nearer to success.
enum class Shortage : std::uint8_t {
  kNone,
  kNoAgreement,   ///< no order is in force
  kNotAccepted,   ///< too little is accepted, or the order begins later
  kWrongKind,     ///< of kinds or shapes that the workload does not accept
  kDataAbsent,    ///< its data is not there, or not yet
  kOutOfService,  ///< enough is accepted, on nodes that take no work
  kFull,          ///< enough is accepted, and others hold it
};

/// "no_agreement", "not_accepted", "wrong_kind", "data_absent", "out_of_service", "full"; kNone: nullptr.
const char* name_of(Shortage shortage);

struct OpenOffer {
  std::string id;
  std::string order;
  std::string holder;  ///< its title
  Instant reply_by = kNever;
};

/// What decides, in words: empty where nothing does.
struct Ground {
  std::string clause;
  std::string kind;  ///< of the clause
  std::string agreement;
  std::string agreement_title;
  std::string holder;  ///< the title of the agreement's supplier
  std::string source;
  std::string against;  ///< a clause in force that contradicts it
  std::optional<Instant> from;
  Instant until = kNever;   ///< the last day of the clause or of the order
  std::string until_event;  ///< the event that ends the clause
};

/// Jobs that wait for the same.
struct Wait {
  std::uint64_t jobs = 0;
  std::string why;  ///< a clause of a sentence
  ClauseId clause = kNo<ClauseId>;
  Ground ground;  ///< of the clause
};

/// Data that is not at a place and is brought there, or would be.
struct TransferAnswer {
  std::string data;
  Instant arrives = kNever;  ///< kNever: it is not on its way
  Duration takes;
  Money price;
};

struct OrderAnswer {
  std::string order;
  std::string site;
  std::string operator_party;
  std::string landlord;
  std::string accelerator;
  std::uint64_t accepted_gpus = 0;  ///< with what may be used early
  std::uint64_t free_gpus = 0;      ///< of them, with those that the workload itself holds
  Verdict verdict = Verdict::kPermitted;
  Shortage shortage = Shortage::kNone;
  std::optional<TransferAnswer> transfer;  ///< where its data is absent and may come
  Ground ground;
  Instant until = kNever;
  std::string why;  ///< a few words
};

struct SupplierAnswer {
  std::string supplier;
  std::string title;
  Verdict verdict = Verdict::kPermitted;
  Shortage shortage = Shortage::kNone;
  std::optional<OpenOffer> offer;  ///< the first to lapse of those open for its orders
  Ground ground;
  std::string decided_by;  ///< the order that decided, if one did
  Instant until = kNever;  ///< no later than the first instant at which it may change
  std::string why;         ///< a few words
  /// Where it is permitted and the workload runs elsewhere: the criterion of its ranking by which the
  /// place where most of it runs is the better one. nullopt: none tells them apart.
  std::optional<Criterion> behind_by;
  bool is_limited = false;          ///< the workload's own limit allows no more of its jobs there
  std::vector<OrderAnswer> orders;  ///< the lab's on this paper that are known
};

/// The workload's own limit on dependence, where it makes jobs wait.
struct OwnLimit {
  std::string share;           ///< of its jobs on one supplier's paper: "60 %"
  std::uint64_t all_jobs = 0;  ///< that have not ended
  bool allows_none = false;    ///< one job is more than the share of all
  std::uint64_t jobs = 0;      ///< of them, those that would have room where it allows no more
};

struct RunsAt {
  std::string site;
  std::string order;
  std::uint64_t gpus = 0;
};

struct AssumptionText {
  std::string id;
  std::string statement;
};

struct Explanation {
  std::string workload;
  std::string
      subject;  ///< of the sentences: the workload, or "it" where one job of it is asked about
  std::string use;
  Instant at;
  Instant known;
  std::vector<RunsAt> runs_at;  ///< in the order of the orders
  std::uint64_t waiting_jobs = 0;
  std::vector<Wait> waits;     ///< of them, but for those that wait for `limit`
  Instant submitted = kNever;  ///< when the first of its jobs comes; kNever: that is not known
  std::optional<OwnLimit> limit;
  std::string reason;                     ///< one sentence
  std::vector<SupplierAnswer> suppliers;  ///< in the world's order
  std::vector<AssumptionText> assumptions;
  std::vector<std::string> next;  ///< sentences: what would change it
};

/// What is known of the workload's jobs beside what the state has.
struct Asked {
  Request request;             ///< of each
  Instant submitted = kNever;  ///< when the first comes
  /// The one job of it that is asked about. Its place, not the workload's, is what is explained; each
  /// verdict is as if it alone ran nowhere; and clauses that do not decide a verdict are left out.
  std::optional<JobId> job = std::nullopt;
  /// Why nodes of an order take no work, in words, where that is known.
  std::map<OrderId, std::string> outages = {};
};

/// `state` says what runs and what is accepted at `moment.at`; `known_book` is the book as of
/// `moment.known`. Each verdict is for one job of the workload, as if the workload ran nowhere (or what
/// `asked` says); the job asks for what `asked` says, or, where it is null, for what a job of the workload
/// in the state asks for, or for one GPU.
/// REQUIRES: both have the same definitions, and the workload among them.
Explanation explain(const core::State& state, const agreement::Book& known_book,
                    WorkloadId workload, agreement::Moment moment, const Asked* asked = nullptr);

/// For programs; ends with a line end.
std::string to_json(const Explanation& explanation);
/// For people, in 80 columns.
std::string to_text(const Explanation& explanation);

/// "2025-03-02" at midnight UTC, else "2025-03-02T10:00:00Z".
std::string date_text(Instant at);
/// The same in words for the instant after a deadline: "just after 2025-03-02T00:00:00Z".
std::string moment_text(Instant at);
/// "on 2025-03-02", "just after 2025-03-02T00:00:00Z".
std::string on_text(Instant at);
/// The last day or instant of what ends at the instant after a deadline; else as date_text.
std::string last_text(Instant until);

}  // namespace stargate::explain
