#include "explain/words.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "explain/table.h"

namespace stargate::explain {
namespace {

/// Suppliers that the same clause stands against, in the order in which a clause is first met.
struct Held {
  const SupplierAnswer* first = nullptr;
  std::vector<std::string> titles;
};

std::vector<Held> held_by_clause(const Explanation& explanation, Verdict verdict,
                                 const SupplierAnswer* left_out = nullptr) {
  std::vector<Held> all;
  for (const SupplierAnswer& answer : explanation.suppliers) {
    if (answer.verdict != verdict || &answer == left_out) continue;
    const auto same = std::find_if(all.begin(), all.end(), [&](const Held& held) {
      return held.first->ground.clause == answer.ground.clause;
    });
    if (same != all.end()) {
      same->titles.push_back(answer.title);
    } else {
      all.push_back({&answer, {answer.title}});
    }
  }
  return all;
}

/// "azure-exclusive of the Azure agreement".
std::string clause_words(const Ground& ground) {
  const std::string of = ground.agreement_title.empty() ? ground.agreement : ground.agreement_title;
  return ground.clause + (of.empty() ? "" : " (" + of + ")");
}

/// What the workload's own limit makes of its jobs, as a clause of a sentence.
std::string limit_words(const OwnLimit& limit) {
  return fmt::format("{} of its jobs {}: its own limit is {} of them on one supplier's paper",
                     limit.jobs, limit.jobs == 1 ? "waits" : "wait", limit.share);
}

/// "2 of its jobs wait: la allows no more GPUs at once".
std::string wait_words(const Wait& wait) {
  return fmt::format("{} of its jobs {}: {}", wait.jobs, wait.jobs == 1 ? "waits" : "wait",
                     wait.why);
}

/// What holds back most of the other suppliers, as a clause of a sentence; empty: no contract does.
std::string restraint(const Explanation& explanation, const SupplierAnswer* but) {
  Held most;
  Verdict verdict = Verdict::kForbidden;
  for (const Verdict kind : {Verdict::kForbidden, Verdict::kNeedsOffer}) {
    for (Held& held : held_by_clause(explanation, kind, but)) {
      if (held.titles.size() <= most.titles.size()) continue;
      most = std::move(held);
      verdict = kind;
    }
  }
  if (most.first == nullptr) return "";
  const std::size_t others = explanation.suppliers.size() - (but == nullptr ? 0 : 1);
  const bool is_all = most.titles.size() == others;
  const std::string whom =
      is_all ? fmt::format("{}{} supplier", verdict == Verdict::kForbidden ? "every" : "any",
                           but == nullptr ? "" : " other")
             : (most.titles.size() > 3 ? fmt::format("{} other suppliers", most.titles.size())
                                       : list_of(most.titles, "and"));
  const Ground& ground = most.first->ground;
  std::string words = verdict == Verdict::kForbidden
                          ? clause_words(ground) + " forbids " + whom
                          : fmt::format("{} asks for an offer to {} before an order with {}",
                                        clause_words(ground), ground.holder, whom);
  if (!ground.against.empty()) words += ", which " + ground.against + " contradicts";
  return words;
}

/// Why the place where it runs is the better one, as a clause of a sentence.
const char* advantage(Criterion criterion) {
  switch (criterion) {
    case Criterion::kStartsNow: return "it started there at once";
    case Criterion::kLessQueued: return "less waits there";
    case Criterion::kPaidFor: return "what is there is paid for anyway";
    case Criterion::kCheaper: return "it costs less there";
    case Criterion::kFaster: return "it is done sooner there";
    case Criterion::kSameSite: return "more of its jobs are at that site";
    case Criterion::kLessDependent: return "less of it is on that supplier's paper";
    case Criterion::kTighterFit: return "fewer GPUs are free there, so that large holes stay whole";
    case Criterion::kFirstOrdered: return "its place was ordered first";
  }
  return "";
}

/// Who could take it too, and the criteria that decide, as a clause of a sentence; empty: nobody.
std::string also_words(const Explanation& explanation, const SupplierAnswer* main) {
  std::map<std::optional<Criterion>, std::vector<std::string>> also;
  std::size_t all = 0;
  for (const SupplierAnswer& answer : explanation.suppliers) {
    if (&answer == main || answer.verdict != Verdict::kPermitted) continue;
    also[answer.behind_by].push_back(answer.title);
    ++all;
  }
  if (also.empty()) return "";
  // The criterion that holds most of them; the table tells the others.
  const auto weight = [](const auto& group) {
    return std::pair(group.first.has_value(), group.second.size());
  };
  const auto most = std::ranges::max_element(also, {}, weight);
  const auto& [criterion, titles] = *most;
  std::string words = list_of(titles, "and") + " could take it too";
  if (criterion) words += fmt::format(", but {} ({})", advantage(*criterion), name_of(*criterion));
  const std::size_t others = all - titles.size();
  if (others > 0) {
    words += fmt::format("; {} other{} could as well", others, others == 1 ? "" : "s");
  }
  return words;
}

/// Why nothing of it is there although there is room, as a clause of a sentence.
std::string absence_words(const Explanation& explanation) {
  if (explanation.waiting_jobs > 0) return "its jobs wait";
  if (explanation.submitted == kNever) return "no job of it is there";
  if (explanation.submitted > explanation.at) {
    return "none of its jobs was submitted yet: the first comes on " +
           date_text(explanation.submitted);
  }
  return "none of its jobs waits: those that came by then have ended";
}

int nearness(const SupplierAnswer& answer) {
  switch (answer.verdict) {
    case Verdict::kPermitted: return 20;
    case Verdict::kNoCapacity:
      return answer.shortage == Shortage::kNoAgreement ? 3 : 10 + static_cast<int>(answer.shortage);
    case Verdict::kNeedsOffer: return answer.offer ? 9 : 4;
    default: return 0;
  }
}

}  // namespace

std::string list_of(const std::vector<std::string>& names, const char* last) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? fmt::format(" {} ", last) : ", ";
    text += names[i];
  }
  return text;
}

std::string share_text(std::uint32_t ppm) {
  std::string text = fmt::format("{}.{:04}", ppm / 10'000, ppm % 10'000);
  text.resize(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text + " %";
}

std::string why_not(const Ground& ground, Verdict verdict, const std::string& use) {
  std::string words;
  if (verdict == Verdict::kNeedsOffer) {
    words = "to be offered to " + ground.holder + " first";
  } else if (ground.kind == "exclusive") {
    words = spaced(use) + " is with " + ground.holder + " alone";
  } else if (ground.kind == "first_refusal") {
    words = "signed and not offered to " + ground.holder + " first: void";
  } else if (ground.kind == "first_ship") {
    words = "ships with " + ground.holder + " first";
  } else if (ground.kind == "locale") {
    words = "not in this jurisdiction";
  } else {
    words = "forbidden";
  }
  if (!ground.against.empty()) words += "; contradicted by " + ground.against;
  return words;
}

void drop_unrelated_clauses(Explanation& explanation) {
  const auto drop = [](Verdict verdict, const std::string& why, Ground& ground) {
    if (verdict == Verdict::kForbidden || verdict == Verdict::kNeedsOffer) return;
    const bool restrains = ground.kind == "exclusive" || ground.kind == "first_refusal" ||
                           ground.kind == "first_ship" || ground.kind == "locale";
    const bool is_named = !ground.clause.empty() && why.find(ground.clause) != std::string::npos;
    if (is_named || (verdict == Verdict::kPermitted && restrains)) return;
    ground.clause.clear();
    ground.kind.clear();
    ground.against.clear();
  };
  for (SupplierAnswer& supplier : explanation.suppliers) {
    drop(supplier.verdict, supplier.why, supplier.ground);
    for (OrderAnswer& order : supplier.orders) drop(order.verdict, order.why, order.ground);
  }
}

namespace {

/// Where most of it runs. REQUIRES: it runs somewhere.
const RunsAt& most_of(const Explanation& explanation) {
  return *std::ranges::max_element(explanation.runs_at, {}, &RunsAt::gpus);
}

/// On whose paper that is; null: nobody's who is known.
const SupplierAnswer* supplier_of(const Explanation& explanation, const std::string& order) {
  for (const SupplierAnswer& answer : explanation.suppliers) {
    if (std::ranges::find(answer.orders, order, &OrderAnswer::order) != answer.orders.end()) {
      return &answer;
    }
  }
  return nullptr;
}

}  // namespace

std::string why_there(const Explanation& explanation) {
  const SupplierAnswer* main = supplier_of(explanation, most_of(explanation).order);
  if (main != nullptr && main->verdict != Verdict::kPermitted && !main->ground.clause.empty() &&
      main->verdict != Verdict::kNoCapacity) {
    return fmt::format(", against which {} stands, as it is known now.",
                       clause_words(main->ground));
  }
  const std::string held_back = restraint(explanation, main);
  if (explanation.limit) {
    return ", and " + limit_words(*explanation.limit) +
           (held_back.empty() ? "" : ", and " + held_back) + ".";
  }
  if (!explanation.waits.empty()) {
    return ", and " + wait_words(explanation.waits.front()) +
           (held_back.empty() ? "" : ", and " + held_back) + ".";
  }
  if (!held_back.empty()) return ": " + held_back + ".";
  std::string text = main != nullptr && main->ground.kind == "first_refusal"
                         ? ": its order is cleared of " + main->ground.clause
                         : std::string(": no contract binds it there");
  const std::string also = also_words(explanation, main);
  if (!also.empty()) return text + ", and " + also + ".";
  return text + ", and nobody else has room for it.";
}

std::string reason_of(const Explanation& explanation) {
  // 1. Where it runs, or the supplier where it would run soonest.
  const SupplierAnswer* main = nullptr;
  if (!explanation.runs_at.empty()) {
    const RunsAt& most = most_of(explanation);
    main = supplier_of(explanation, most.order);
    const std::size_t others = explanation.runs_at.size() - 1;
    const std::string elsewhere =
        others == 0 ? "" : fmt::format(" and at {} other place{}", others, others == 1 ? "" : "s");
    return fmt::format("{} runs with {} at {}{}{}", explanation.subject,
                       main == nullptr ? most.order : main->title, most.site, elsewhere,
                       why_there(explanation));
  }
  // 2. It runs nowhere.
  for (const SupplierAnswer& answer : explanation.suppliers) {
    if (main == nullptr || nearness(answer) > nearness(*main)) main = &answer;
  }
  const std::string nowhere =
      fmt::format("{} runs nowhere on {}", explanation.subject, date_text(explanation.at));
  if (main == nullptr) return nowhere + ": there is no supplier.";
  if (explanation.limit) {
    const std::string held_back = restraint(explanation, nullptr);
    return nowhere + ": " + limit_words(*explanation.limit) +
           (held_back.empty() ? "" : ", and " + held_back) + ".";
  }
  if (main->verdict == Verdict::kPermitted) {
    return fmt::format("{}: {} has room for it, and {}.", nowhere, main->title,
                       absence_words(explanation));
  }
  const std::string held_back = restraint(explanation, nullptr);
  if (main->verdict == Verdict::kNoCapacity && main->shortage != Shortage::kNoAgreement) {
    return nowhere + ": " + main->why + (held_back.empty() ? "" : ", and " + held_back) + ".";
  }
  if (!held_back.empty()) return nowhere + ": " + held_back + ".";
  return nowhere + ": no order that is in force is for it.";
}

std::vector<std::string> next_of(const Explanation& explanation) {
  std::vector<std::string> next;
  // 1. Offers that are open.
  for (const SupplierAnswer& answer : explanation.suppliers) {
    if (!answer.offer) continue;
    next.push_back(fmt::format("the offer of {} lapses on {} unless {} accepts {}",
                               answer.offer->order, date_text(answer.offer->reply_by),
                               answer.offer->holder, answer.offer->id));
  }
  // 2. Ends of what decides, and of the two that contradict each other.
  std::set<std::string> told;
  std::set<std::pair<std::string, std::string>> contradictions;
  for (const SupplierAnswer& answer : explanation.suppliers) {
    const Ground& ground = answer.ground;
    const bool holds = answer.verdict == Verdict::kForbidden ||
                       answer.verdict == Verdict::kNeedsOffer ||
                       (answer.verdict == Verdict::kPermitted && ground.kind == "exclusive");
    if (!holds || ground.clause.empty() || !told.insert(ground.clause).second) continue;
    if (!ground.against.empty() &&
        contradictions.insert(std::minmax(ground.clause, ground.against)).second) {
      next.push_back(fmt::format("{} and {} contradict each other: one would have to be amended",
                                 ground.clause, ground.against));
    }
    if (!ground.until_event.empty()) {
      next.push_back(
          fmt::format("{} ends once {} has happened", ground.clause, ground.until_event));
    }
    if (ground.until != kNever && ground.until > explanation.at) {
      next.push_back(fmt::format("{} ends {}", ground.clause, on_text(ground.until)));
    }
    if (answer.verdict == Verdict::kForbidden && ground.kind == "first_ship") {
      next.push_back(fmt::format("it would have to ship with {} first under {}", ground.holder,
                                 ground.clause));
    } else if (answer.verdict == Verdict::kForbidden && ground.kind == "exclusive") {
      next.push_back(fmt::format("{} would have to consent to an order, or waive {}", ground.holder,
                                 ground.clause));
    }
  }
  // 3. Orders that would have to be offered or signed.
  for (const Held& held : held_by_clause(explanation, Verdict::kNeedsOffer)) {
    next.push_back(fmt::format("an order with {} would have to be offered to {} under {} first",
                               list_of(held.titles), held.first->ground.holder,
                               held.first->ground.clause));
  }
  std::vector<std::string> unsigned_with;
  for (const SupplierAnswer& answer : explanation.suppliers) {
    if (answer.verdict == Verdict::kNoCapacity && answer.shortage == Shortage::kNoAgreement) {
      unsigned_with.push_back(answer.title);
    }
  }
  if (!unsigned_with.empty()) {
    next.push_back(
        fmt::format("an order with {} could be signed, and has not been", list_of(unsigned_with)));
  }
  // 4. The workload's own limit.
  if (explanation.limit && explanation.limit->allows_none) {
    next.push_back(
        fmt::format("one of its {} jobs is more than {} of them: none runs until there are more of "
                    "them, or its "
                    "supplier_share_max allows one",
                    explanation.limit->all_jobs, explanation.limit->share));
  } else if (explanation.limit) {
    next.push_back(fmt::format(
        "a job that waits runs once another supplier has room for it, more of its jobs run with "
        "another, or its supplier_share_max is above {}",
        explanation.limit->share));
  }
  // 5. What stands against the nearest order where there is no room.
  for (const SupplierAnswer& answer : explanation.suppliers) {
    if (answer.verdict != Verdict::kNoCapacity) continue;
    if (answer.shortage == Shortage::kNotAccepted || answer.shortage == Shortage::kFull ||
        answer.shortage == Shortage::kDataAbsent || answer.shortage == Shortage::kOutOfService) {
      next.push_back(answer.title + ": " + answer.why);
    }
  }
  return next;
}

}  // namespace stargate::explain
