#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "agreement/permit.h"
#include "world/world.h"

// Demand that no order can meet, as an order that is proposed.

namespace stargate::propose {

/// What is asked for. Empty: as world and demand have it.
struct Wish {
  std::string workload;
  std::string supplier;
  Instant at;
  std::string amount;       ///< "4096 gpus", "1.2 GW"; empty: the GPUs of the jobs that wait
  std::string basis;        ///< of power: "it" or "facility"
  std::string site;         ///< empty: the supplier's only one
  std::string accelerator;  ///< empty: the only one there that the workload accepts
  std::string price;        ///< "$2.50/GPU-h"; empty: not said
  std::string delivery;     ///< a date; empty: not said
  std::string until;
  std::string agreement;  ///< empty: the latest that is signed, else a new one
  std::string order;      ///< the id of the order; empty: WORKLOAD-SUPPLIER-DATE
};

/// An offer that is made.
struct Offer {
  std::string id;
  std::string clause;
  std::string holder;  ///< the title of whose clause it is
  Instant reply_by;
  Duration release_for;  ///< zero: for ever
};

struct Proposal {
  Wish wish;  ///< with all that was empty filled in, but for price, delivery, until and basis
  std::string supplier_title;
  std::string customer;  ///< the id of the lab whose workload it is
  std::uint64_t unmet_gpus = 0;
  std::uint64_t waiting_jobs = 0;
  bool is_new_agreement = false;
  /// Whether it may be signed. kForbidden: no offer changes that.
  agreement::Verdict verdict = agreement::Verdict::kPermitted;
  std::vector<Offer> offers;
  std::string clause;  ///< what decides; of a permitted one, what leaves it out or clears it
  std::string clause_kind;
  std::string against;  ///< what contradicts it
  std::string agreement_title;
  std::string holder;
  std::string source;
  Instant until = kNever;  ///< the first instant at which the answer may be another one
  std::optional<Duration>
      answer;        ///< of an exclusivity: how soon its holder answers a demand notice
  std::string yaml;  ///< an assumption file that adds it; empty: it is forbidden
};

/// Why there is nothing to propose, or the wish does not say enough; names the field: "site: ...".
class WishError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Plays the world until then, makes the order, and lets the engine decide what it is to be offered.
/// Throws WishError, and WorldError where what is proposed does not fit the world.
Proposal propose(const std::vector<world::WorldFile>& files,
                 const std::vector<world::WorldFile>& assume_files, const Wish& wish);

/// For people, in 80 columns.
std::string to_text(const Proposal& proposal);
/// For programs; ends with a line end.
std::string to_json(const Proposal& proposal);

}  // namespace stargate::propose
