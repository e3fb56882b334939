#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

#include "agreement/judge.h"
#include "agreement/offers.h"
#include "agreement/permit.h"
#include "agreement/stages.h"
#include "explain/explain.h"
#include "explain/room.h"
#include "scenario/scenario.h"
#include "sim/use_log.h"
#include "sim/world_moment.h"
#include "sim/world_player.h"

namespace stargate::scenario {
namespace {

/// A world that is played, and what was run in it.
class Play {
 public:
  explicit Play(world::World world)
      : world_(std::move(world)), player_(world_, sim::WorldPlayer::default_policy(), &uses_) {
    uses_.watch(player_.state());
  }

  Play(const Play&) = delete;

  void play_until(Instant at) { player_.play_until(at); }

  Answer answer(const Expectation& expectation) const {
    const agreement::Moment when = expectation.when;
    const agreement::Book book = sim::book_known(player_, world_, when);
    switch (expectation.question) {
      case Question::kWorkloadAtSupplier: return at_supplier(book, expectation);
      case Question::kWorkloadOnOrder: {
        const agreement::Permission permission =
            agreement::permit(book, {expectation.subject}, {expectation.place}, when);
        return {.word = agreement::name_of(permission.verdict),
                .by = name_of(book, permission.clause),
                .against = name_of(book, permission.against)};
      }
      case Question::kOffer: {
        const auto offer = agreement::find_offer(book, expectation.offer, when);
        return {.word = offer ? agreement::name_of(offer->state) : "not_offered"};
      }
      case Question::kClause: return standing(book, expectation);
      case Question::kStage:
        return {.word =
                    std::to_string(agreement::accepted_gpus(book, {expectation.subject}, when)) +
                    " gpus"};
      case Question::kProposal: return expectation.found.value_or(Answer{});
      case Question::kUnmet: {
        const auto waiting = explain::waiting_of(player_.state(), {expectation.subject});
        return {.word = waiting.jobs > 0 ? "some" : "none"};
      }
    }
    return {};
  }

 private:
  static std::string name_of(const agreement::Book& book, ClauseId clause) {
    return is_set(clause) ? book.clause(clause).name : std::string();
  }

  Answer at_supplier(const agreement::Book& book, const Expectation& expectation) const {
    const world::WorkloadPlan& plan = world_.plans[expectation.subject];
    const explain::Asked asked{plan.request, plan.submitted};
    const explain::Explanation explanation =
        explain::explain(player_.state(), book, {expectation.subject}, expectation.when, &asked);
    const std::string& supplier = book.parties()[expectation.place].name;
    const auto found =
        std::ranges::find(explanation.suppliers, supplier, &explain::SupplierAnswer::supplier);
    if (found == explanation.suppliers.end()) return {};
    return {.word = explain::name_of(found->verdict),
            .by = found->ground.clause,
            .against = found->ground.against};
  }

  Answer standing(const agreement::Book& book, const Expectation& expectation) const {
    const ClauseId clause{expectation.subject};
    const bool asks_force = std::ranges::all_of(expectation.answers, [](const Answer& answer) {
      return answer.word == "in_force" || answer.word == "not_in_force";
    });
    if (asks_force) {
      return {.word = agreement::in_force(book, clause, expectation.when) ? "in_force"
                                                                          : "not_in_force"};
    }
    const auto judgement = agreement::judge(book, clause, uses_.records(), expectation.when);
    return {.word = agreement::name_of(judgement.standing),
            .may_terminate = judgement.may_terminate};
  }

  world::World world_;
  sim::UseLog uses_;
  sim::WorldPlayer player_;
};

bool is_allowed(const Answer& allowed, const Answer& found) {
  return allowed.word == found.word && (allowed.by.empty() || allowed.by == found.by) &&
         (allowed.against.empty() || allowed.against == found.against) &&
         (!allowed.may_terminate || found.may_terminate);
}

}  // namespace

std::vector<Outcome> play(const Scenario& scenario) {
  const std::vector<Expectation>& expectations = scenario.expectations;
  std::vector<std::size_t> by_date(expectations.size());
  std::iota(by_date.begin(), by_date.end(), std::size_t{0});
  std::ranges::stable_sort(by_date, {}, [&](std::size_t i) { return expectations[i].when.at; });

  std::vector<Outcome> outcomes(expectations.size());
  std::optional<Play> main;  // one after the other, where what was known is what had been entered
  for (const std::size_t i : by_date) {
    const Expectation& expectation = expectations[i];
    std::optional<Play> ignorant;
    const bool knew_less = expectation.when.known < expectation.when.at;
    if (knew_less) {
      ignorant.emplace(world::known_by(scenario.world, expectation.when.known));
    } else if (!main) {
      main.emplace(scenario.world);
    }
    Play& play = knew_less ? *ignorant : *main;
    play.play_until(expectation.when.at);
    outcomes[i].found = play.answer(expectation);
    outcomes[i].met = std::ranges::any_of(expectation.answers, [&](const Answer& allowed) {
      return is_allowed(allowed, outcomes[i].found);
    });
  }
  return outcomes;
}

}  // namespace stargate::scenario
