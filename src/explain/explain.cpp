#include "explain/explain.h"

#include <algorithm>
#include <set>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "agreement/offers.h"
#include "agreement/permit.h"
#include "agreement/signing.h"
#include "agreement/stages.h"
#include "base/check.h"
#include "event/describe.h"
#include "explain/reliance.h"
#include "explain/room.h"
#include "explain/room_words.h"
#include "explain/table.h"
#include "explain/words.h"
#include "placement/route.h"

namespace stargate::explain {
namespace {

using agreement::Book;
using agreement::Moment;
using agreement::Permission;
using core::State;
using placement::Job;

/// An order of the lab's on a supplier's paper, as it was found.
struct Considered {
  OrderId id;
  Permission permission;
  Room room;
  bool in_force = false;
  bool begins_later = false;
  Instant begins = kNever;
};

class Explainer {
 public:
  Explainer(const State& state, const Book& book, WorkloadId workload, Moment moment,
            const Asked* asked)
      : state_(state),
        book_(book),
        id_(workload),
        moment_(moment),
        absent_{workload, asked != nullptr ? asked->job : std::nullopt} {
    request_ = asked != nullptr ? asked->request : request_of(state, workload);
    if (asked == nullptr) return;
    out_.submitted = asked->submitted;
    outages_ = asked->outages;
  }

  Explanation explain() {
    out_.workload = workload().name;
    out_.subject = absent_.job ? "it" : workload().name;
    out_.use = stargate::name_of(workload().use);
    out_.at = moment_.at;
    out_.known = moment_.known;
    find_where_it_runs();
    for (std::uint32_t i = 0; i < book_.parties().size(); ++i) {
      if (book_.parties()[i].is_supplier) out_.suppliers.push_back(answer({i}));
    }
    for (const AssumptionId id : rests_on_) {
      const Assumption& assumption = book_.assumptions()[id.value];
      out_.assumptions.push_back({assumption.name, assumption.statement});
    }
    count_limited();
    if (absent_.job) drop_unrelated_clauses(out_);
    out_.reason = reason_of(out_);
    out_.next = next_of(out_);
    out_.next.insert(out_.next.end(), stages_.begin(), stages_.end());
    const std::vector<std::string> relied = undone_reliance(book_, workload().lab, moment_);
    out_.next.insert(out_.next.end(), relied.begin(), relied.end());
    return std::move(out_);
  }

 private:
  const Workload& workload() const { return book_.workloads()[id_.value]; }
  const Order& order(OrderId id) const { return book_.orders()[id.value]; }
  std::string party(PartyId id) const {
    return is_set(id) ? book_.parties()[id.value].name : std::string();
  }
  std::string title(PartyId id) const { return title_of(book_.parties()[id.value]); }

  void find_where_it_runs() {
    const placement::Scheduling& scheduling = state_.scheduling();
    std::vector<std::uint64_t> gpus(book_.orders().size());
    scheduling.jobs.for_each([&](std::uint32_t slot) {
      const Job& job = scheduling.jobs[slot];
      if (!absent_.includes(job) || !job.holds_gpus()) return;
      gpus[scheduling.market.places[job.queue.value].order.value] += job.held_gpus;
    });
    if (absent_.job) {
      const Job* job = scheduling.jobs.find(*absent_.job);
      out_.waiting_jobs = job != nullptr && !job->holds_gpus() ? 1 : 0;
    } else {
      out_.waiting_jobs = waiting_of(state_, id_).jobs;
    }
    find_limit();
    out_.waits = waits_of(state_, absent_);
    for (Wait& wait : out_.waits) {
      wait.ground = ground_of(wait.clause, kNo<ClauseId>);
      rest_on(wait.clause);
    }
    for (std::uint32_t i = 0; i < gpus.size(); ++i) {
      if (gpus[i] == 0) continue;
      const SiteId site = order({i}).site;
      out_.runs_at.push_back({book_.sites()[site.value].name, order({i}).name, gpus[i]});
    }
    if (out_.runs_at.empty()) return;
    const OrderId most{static_cast<std::uint32_t>(std::ranges::max_element(gpus) - gpus.begin())};
    scheduling.jobs.for_each([&](std::uint32_t slot) {
      const Job& job = scheduling.jobs[slot];
      if (most_ != nullptr || !absent_.includes(job) || !job.holds_gpus()) return;
      if (scheduling.market.places[job.queue.value].order == most) most_ = &job;
    });
  }

  void find_limit() {
    const placement::Scheduling& scheduling = state_.scheduling();
    OwnLimit limit;
    scheduling.jobs.for_each([&](std::uint32_t slot) {
      const Job& job = scheduling.jobs[slot];
      if (absent_.includes(job) && job.unmet == Reason::kShareUsed) ++limit.jobs;
    });
    if (out_.waiting_jobs == 0 || workload().supplier_share_max_ppm >= kWhole) return;
    limit.all_jobs = scheduling.market.live_jobs[id_.value];
    limit.allows_none = kWhole > UInt128{limit.all_jobs} * workload().supplier_share_max_ppm;
    limit.share = share_text(workload().supplier_share_max_ppm);
    out_.limit = limit;
  }

  /// What waits elsewhere while a supplier has room is held back by the limit, too. No limit is told where
  /// it holds nothing back.
  void count_limited() {
    if (!out_.limit) return;
    const bool has_room = std::ranges::any_of(out_.suppliers, [](const SupplierAnswer& answer) {
      return answer.verdict == Verdict::kPermitted && answer.is_limited;
    });
    if (has_room) out_.limit->jobs = out_.waiting_jobs;
    if (out_.limit->jobs == 0) out_.limit.reset();
  }

  /// "2 of its 5 jobs are there, and its own limit of 60 % allows no more": empty where it does, or no job
  /// waits for it.
  std::string why_limited(PartyId supplier) const {
    if (!out_.limit) return "";
    const std::uint64_t there = state_.scheduling().market.routed_jobs[id_.value][supplier.value];
    if (UInt128{there + 1} * kWhole <=
        UInt128{out_.limit->all_jobs} * workload().supplier_share_max_ppm) {
      return "";
    }
    return fmt::format("{} of its {} jobs {} there, and its own limit of {} allows no more", there,
                       out_.limit->all_jobs, there == 1 ? "is" : "are", out_.limit->share);
  }

  Ground ground_of(ClauseId id, ClauseId against) const {
    Ground ground;
    if (is_set(against)) ground.against = book_.clause(against).name;
    if (!is_set(id)) return ground;
    const Clause& clause = book_.clause(id);
    const Agreement& agreement = book_.agreements()[clause.agreement.value];
    ground.clause = clause.name;
    ground.kind = kind_of(clause);
    ground.agreement = agreement.name;
    ground.agreement_title = agreement.title;
    ground.holder = title(agreement.supplier);
    ground.source = clause.source.empty() ? agreement.source : clause.source;
    if (clause.from.us != INT64_MIN) ground.from = clause.from;
    ground.until = clause.until;
    for (const ClauseId later : book_.superseded_by(id)) {
      const Clause& successor = book_.clause(later);
      if (successor.known <= moment_.known) ground.until = std::min(ground.until, successor.from);
    }
    ground.until_event = clause.until_event;
    return ground;
  }

  /// Of an answer that an order decides: its clause, or the agreement that the order is under.
  Ground ground_of(const Considered& considered) const {
    Ground ground = ground_of(considered.permission.clause, considered.permission.against);
    if (ground.clause.empty()) {
      const Order& of = order(considered.id);
      const Agreement& agreement = book_.agreements()[of.agreement.value];
      ground.agreement = agreement.name;
      ground.agreement_title = agreement.title;
      ground.holder = title(agreement.supplier);
      ground.source = of.source.empty() ? agreement.source : of.source;
      if (of.from.us != INT64_MIN) ground.from = of.from;
      ground.until = of.until;
    }
    return ground;
  }

  void rest_on(const std::vector<AssumptionId>& assumptions) {
    rests_on_.insert(assumptions.begin(), assumptions.end());
  }
  void rest_on(ClauseId clause) {
    if (is_set(clause)) rest_on(book_.clause(clause).assumptions);
  }
  void rest_on(const Considered& considered) {
    rest_on(considered.permission.clause);
    rest_on(considered.permission.against);
    rest_on(order(considered.id).assumptions);
    for (const StageId stage : book_.stages_of(considered.id)) {
      rest_on(book_.stages()[stage.value].assumptions);
    }
  }

  std::vector<Considered> orders_on(PartyId supplier) const {
    std::vector<Considered> found;
    for (std::uint32_t i = 0; i < book_.orders().size(); ++i) {
      const OrderId id{i};
      const Order& of = order(id);
      if (book_.supplier_of(id) != supplier || book_.customer_of(id) != workload().lab ||
          of.known > moment_.known) {
        continue;
      }
      Considered considered;
      considered.id = id;
      considered.permission = agreement::permit(book_, id_, id, moment_);
      considered.in_force = considered.permission.verdict != agreement::Verdict::kNotOrdered;
      considered.room = room_on(state_, absent_, id, request_);
      // One that is yet to be signed on a day that is known begins no earlier than that.
      const Instant signed_at = std::min(agreement::signing_of(book_, id, moment_), of.signed_at);
      considered.begins = std::max(signed_at, of.from);
      considered.begins_later = !considered.in_force && includes(of.uses, workload().use) &&
                                signed_at != kNever && considered.begins > moment_.at;
      found.push_back(std::move(considered));
    }
    return found;
  }

  static Verdict verdict_of(const Considered& considered) {
    switch (considered.permission.verdict) {
      case agreement::Verdict::kPermitted:
        return considered.room.shortage == Shortage::kNone ? Verdict::kPermitted
                                                           : Verdict::kNoCapacity;
      case agreement::Verdict::kNotOrdered: return Verdict::kNotOrdered;
      case agreement::Verdict::kNeedsOffer: return Verdict::kNeedsOffer;
      case agreement::Verdict::kForbidden: return Verdict::kForbidden;
    }
    STARGATE_CHECK(false, "a verdict is one of its names");
  }

  /// Why there is no room on an order that is permitted.
  std::string why_not_there(const Considered& considered) const {
    const auto outage = outages_.find(considered.id);
    return why_no_room(state_.scheduling().market, id_, considered.id, considered.room,
                       outage == outages_.end() ? "" : outage->second);
  }

  std::string why_not_ordered(const Considered& considered) const {
    const Order& of = order(considered.id);
    if (!includes(of.uses, workload().use)) return "was ordered for other uses";
    if (considered.begins == kNever) return "is proposed, not signed";
    if (considered.begins_later) return "begins " + on_text(considered.begins);
    if (is_set(considered.permission.clause)) {
      const Clause& by = book_.clause(considered.permission.clause);
      const bool taken_back = std::holds_alternative<clause::Reserve>(by.terms);
      return (taken_back ? "was taken back under " : "was ended under ") + by.name;
    }
    return "has ended";
  }

  OrderAnswer answer(const Considered& considered) const {
    const Order& of = order(considered.id);
    const Site& site = book_.sites()[of.site.value];
    OrderAnswer answer;
    answer.order = of.name;
    answer.site = site.name;
    answer.operator_party =
        party(is_set(of.operator_party) ? of.operator_party : site.operator_party);
    answer.landlord = party(is_set(of.landlord) ? of.landlord : site.landlord);
    answer.accelerator = book_.accelerators()[of.accelerator.value].name;
    answer.accepted_gpus = considered.room.accepted_gpus;
    answer.free_gpus = considered.room.free_gpus;
    answer.verdict = verdict_of(considered);
    answer.ground = ground_of(considered);
    const auto& licence = considered.room.licence;
    if (licence) answer.ground = ground_of(licence->clause, kNo<ClauseId>);
    answer.until = considered.permission.until;
    switch (answer.verdict) {
      case Verdict::kPermitted:
        answer.why = fmt::format("{} of {} GPUs free", answer.free_gpus, answer.accepted_gpus);
        break;
      case Verdict::kNoCapacity:
        answer.shortage = considered.room.shortage;
        answer.why = why_not_there(considered);
        answer.transfer = transfer_of(state_.scheduling().market, of.site, considered.room);
        answer.until = std::min(answer.until, considered.room.arrives);
        break;
      case Verdict::kNotOrdered: answer.why = why_not_ordered(considered); break;
      default:
        answer.why =
            agreement::why_void(book_, considered.permission.clause, considered.id, moment_);
        if (answer.why.empty()) answer.why = why_not(answer.ground, answer.verdict, out_.use);
    }
    return answer;
  }

  /// How near to success an order without room is. Capacity of a wrong kind that is not even there
  /// is the farthest.
  static int nearness(const Room& room) {
    if (room.shortage == Shortage::kWrongKind && room.accepted_gpus == 0) return 0;
    return static_cast<int>(room.shortage);
  }

  SupplierAnswer answer(PartyId supplier) {
    SupplierAnswer answer;
    answer.supplier = party(supplier);
    answer.title = title(supplier);
    const std::vector<Considered> orders = orders_on(supplier);
    for (const Considered& considered : orders) answer.orders.push_back(this->answer(considered));

    // 1. Orders that are permitted: the first with room, else the nearest to it.
    const Considered* best = nullptr;
    for (const Considered& considered : orders) {
      if (considered.permission.verdict != agreement::Verdict::kPermitted) continue;
      const bool has_room = considered.room.shortage == Shortage::kNone;
      if (best == nullptr || (has_room && best->room.shortage != Shortage::kNone) ||
          (!has_room && best->room.shortage != Shortage::kNone &&
           nearness(considered.room) > nearness(best->room))) {
        best = &considered;
      }
    }
    if (best != nullptr) {
      decide_by_order(orders, *best, answer);
      const std::string limited = why_limited(supplier);
      const bool tells =
          answer.verdict == Verdict::kPermitted || (out_.limit && out_.limit->jobs > 0);
      answer.is_limited = !limited.empty();
      if (answer.is_limited && tells) answer.why += "; " + limited;
      return answer;
    }
    // 2. Capacity that would be ordered now. 3. Orders that are all forbidden, or none.
    decide_by_law(supplier, orders, answer);
    return answer;
  }

  /// The criterion that holds the workload where most of it runs, and not on the order.
  std::optional<Criterion> behind_by(OrderId id) const {
    const placement::Scheduling& scheduling = state_.scheduling();
    if (most_ == nullptr || scheduling.market.places[most_->queue.value].order == id) {
      return std::nullopt;
    }
    for (const QueueId queue : scheduling.market.permitted[id_.value]) {
      if (scheduling.market.places[queue.value].order != id) continue;
      const RequestId request = placement::request_in(scheduling.market, *most_, queue);
      if (!scheduling.queues[queue.value].knows(request)) continue;
      return placement::better_by(scheduling, *most_, queue, moment_.at);
    }
    return std::nullopt;
  }

  void decide_by_order(const std::vector<Considered>& orders, const Considered& best,
                       SupplierAnswer& answer) {
    answer.verdict = verdict_of(best);
    answer.shortage = best.room.shortage;
    answer.decided_by = order(best.id).name;
    answer.ground = ground_of(best);
    if (const auto& licence = best.room.licence) {
      answer.ground = ground_of(licence->clause, kNo<ClauseId>);
      rest_on(licence->clause);
    }
    answer.until = best.permission.until;
    rest_on(best);
    if (answer.verdict == Verdict::kPermitted) {
      answer.behind_by = behind_by(best.id);
      answer.why = fmt::format("{}: {} of {} GPUs free", answer.decided_by, best.room.free_gpus,
                               best.room.accepted_gpus);
      if (answer.behind_by) answer.why += fmt::format("; behind by {}", name_of(*answer.behind_by));
      return;
    }
    answer.why = why_not_there(best);
    answer.until = std::min(answer.until, best.room.arrives);
    for (std::size_t i = 0; i < orders.size(); ++i) {
      const Considered& considered = orders[i];
      const bool is_permitted = considered.permission.verdict == agreement::Verdict::kPermitted;
      if (!is_permitted && considered.in_force && considered.room.shortage == Shortage::kNone) {
        stages_.push_back(
            fmt::format("{} has room, and {}", answer.orders[i].order, answer.orders[i].why));
      }
    }
    for (const Considered& considered : orders) {
      answer.until = std::min(answer.until, considered.permission.until);
      if (considered.permission.verdict == agreement::Verdict::kPermitted &&
          considered.room.shortage == Shortage::kNotAccepted) {
        tell_stages(considered.id, answer);
      }
    }
  }

  void decide_by_law(PartyId supplier, const std::vector<Considered>& orders,
                     SupplierAnswer& answer) {
    const Permission fresh = agreement::permit_new(book_, id_, supplier, moment_);
    answer.until = fresh.until;
    for (const Considered& considered : orders) {
      answer.until = std::min(answer.until, considered.permission.until);
    }
    answer.ground = ground_of(fresh.clause, fresh.against);
    const Considered* forbidden = nullptr;
    bool all_forbidden = true;
    const Considered* later = nullptr;
    for (const Considered& considered : orders) {
      if (considered.begins_later && later == nullptr) later = &considered;
      if (!considered.in_force) continue;
      const bool is_forbidden = considered.permission.verdict == agreement::Verdict::kForbidden;
      // An order that is void for good says nothing of the supplier once the clause has ended.
      const bool stands =
          is_forbidden && agreement::in_force(book_, considered.permission.clause, moment_);
      all_forbidden = all_forbidden && stands;
      if (stands && forbidden == nullptr) forbidden = &considered;
    }
    if (fresh.verdict == agreement::Verdict::kForbidden) {
      answer.verdict = Verdict::kForbidden;
    } else if (fresh.verdict == agreement::Verdict::kNeedsOffer) {
      answer.verdict = Verdict::kNeedsOffer;
      find_offer(supplier, answer);
    } else if (forbidden != nullptr && all_forbidden) {
      answer.verdict = Verdict::kForbidden;
      answer.decided_by = order(forbidden->id).name;
      answer.ground = ground_of(*forbidden);
      rest_on(*forbidden);
    } else {
      answer.verdict = Verdict::kNoCapacity;
      answer.shortage = later != nullptr ? Shortage::kNotAccepted : Shortage::kNoAgreement;
      answer.why = later != nullptr ? order(later->id).name + " " + why_not_ordered(*later)
                                    : "no order with it is in force for this";
      if (later != nullptr) rest_on(*later);
      if (later != nullptr) answer.decided_by = order(later->id).name;
    }
    if (answer.decided_by.empty()) {
      rest_on(fresh.clause);
      rest_on(fresh.against);
    }
    if (answer.verdict == Verdict::kNoCapacity) return;
    answer.why = answer.offer ? fmt::format("{} is open until {}", answer.offer->id,
                                            date_text(answer.offer->reply_by))
                              : why_not(answer.ground, answer.verdict, out_.use);
  }

  void find_offer(PartyId supplier, SupplierAnswer& answer) const {
    for (const agreement::Offer& offer : agreement::offers(book_, moment_)) {
      if (!offer.is_open() || book_.supplier_of(offer.order) != supplier ||
          book_.customer_of(offer.order) != workload().lab ||
          !includes(order(offer.order).uses, workload().use) ||
          (answer.offer && answer.offer->reply_by <= offer.reply_by)) {
        continue;
      }
      answer.offer =
          OpenOffer{offer.name, order(offer.order).name, title(offer.holder), offer.reply_by};
      answer.until = std::min(answer.until, offer.reply_by);
    }
  }

  /// "abilene-3 is energised, not accepted"; the day on which it will be accepted by itself.
  void tell_stages(OrderId id, SupplierAnswer& answer) {
    for (const StageId stage : book_.stages_of(id)) {
      for (const agreement::StageRun& run : agreement::runs_of(book_, stage, moment_)) {
        if (run.state == CapacityState::kAccepted && !run.supplier_failed) continue;
        std::string state = run.supplier_failed
                                ? "lost while its supplier has failed"
                                : spaced(stargate::name_of(run.state)) + ", not accepted";
        if (run.state == CapacityState::kInAcceptance) {
          const Instant deemed = agreement::deemed_at(book_, stage, run.since, moment_.known);
          answer.until = std::min(answer.until, deemed);
          if (deemed != kNever) state += ", and will be deemed accepted " + on_text(deemed);
        }
        stages_.push_back(fmt::format("{} is {}", book_.stages()[stage.value].name, state));
        break;
      }
    }
  }

  const State& state_;
  const Book& book_;
  WorkloadId id_;
  Moment moment_;
  Absent absent_;
  std::map<OrderId, std::string> outages_;
  Request request_;
  const Job* most_ = nullptr;  ///< the first of the workload's on the order where most of it runs
  Explanation out_;
  std::set<AssumptionId> rests_on_;
  std::vector<std::string> stages_;
};

}  // namespace

Explanation explain(const State& state, const Book& known_book, WorkloadId workload, Moment moment,
                    const Asked* asked) {
  return Explainer(state, known_book, workload, moment, asked).explain();
}

}  // namespace stargate::explain
