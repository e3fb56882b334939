#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agreement/book.h"
#include "world/world.h"

// What was done in a world, and what must follow, as a text (docs/scenarios.md).

namespace stargate::scenario {

enum class Question : std::uint8_t {
  kWorkloadAtSupplier,  ///< "training at oracle"
  kWorkloadOnOrder,     ///< "training on abilene-order"
  kOffer,               ///< "offer offer-7"
  kClause,              ///< "clause denton-tranche": in force or not, or how it was kept
  kStage,               ///< "stage abilene-1": its accepted GPUs
  kUnmet,               ///< "unmet training"
  kProposal,            ///< of a line that proposes: what stands in its way
};

/// An answer that an expectation allows, or what was found. Fields that are empty are not asked.
struct Answer {
  std::string word = {};  ///< "forbidden", "lapsed", "kept"; of a stage, "216 gpus"
  std::string by = {};    ///< the clause that decides
  std::string against = {};
  bool may_terminate = false;  ///< of a standing: the customer may end it

  /// As it is written: "forbidden by a against b".
  std::string text() const;
};

struct Expectation {
  std::uint32_t line = 0;
  std::string text;  ///< the line as it is written
  agreement::Moment when;
  Question question = Question::kUnmet;
  std::uint32_t subject = 0;  ///< the number of the workload, clause, stage or offer
  std::uint32_t place = 0;    ///< of the supplier (a PartyId) or order
  std::string offer;
  std::vector<Answer> answers;  ///< one of them
  std::optional<Answer> found;  ///< where it is known from reading already: of a proposal
};

struct Scenario {
  std::string file;
  world::World world;
  std::vector<Expectation> expectations;  ///< as written
};

/// Reads NAME.scn. Throws world::WorldError with all that is wrong, each with file, line and column.
Scenario read_scenario(const std::string& path);

/// What came of an expectation.
struct Outcome {
  bool met = false;
  Answer found;
};

/// Plays the scenario's world and answers each question of it; in the order of `expectations`.
std::vector<Outcome> play(const Scenario& scenario);

}  // namespace stargate::scenario
