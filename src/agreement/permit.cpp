#include "agreement/permit.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>
#include <utility>

#include "agreement/clauses/kind.h"
#include "agreement/clauses/reservation.h"
#include "base/check.h"

namespace stargate::agreement {
namespace {

Asker asker_of(const Workload& workload) { return {workload.lab, workload.use, workload.product}; }

/// Whether the order runs at the moment, whoever asks and for whatever use. Where a notice ended it or
/// a reservation took it back, `ended_by` is the clause.
bool runs(const Book& book, const OrderView& view, Moment moment, ClauseId& ended_by) {
  const Order& order = book.orders()[view.id.value];
  if (order.known > moment.known || view.signed_at > moment.at || order.from > moment.at) {
    return false;
  }
  const Ending ending = ending_of(book, view.id, moment);
  ended_by = moment.at < ending.at ? taken_back_by(book, view.id, moment) : ending.clause;
  return moment.at < ending.at && !is_set(ended_by);
}

/// Clauses in order of their number; what they say together.
struct Weighing {
  const Book& book;
  const Asker& asker;
  const OrderView& order;
  Moment moment;

  Permission worst;
  ClauseId cleared = kNo<ClauseId>;
  ClauseId carved_out = kNo<ClauseId>;
  ClauseId held = kNo<ClauseId>;
  std::string cleared_by;

  /// The first clause that forbids decides; otherwise the first that needs an offer.
  void weigh(std::span<const ClauseId> clauses) {
    for (const ClauseId id : clauses) {
      if (worst.verdict == Verdict::kForbidden) return;
      Ruling ruling = kind_of_terms(book.clause(id)).permit(book, id, asker, order, moment);
      note(id, ruling);
    }
  }

  /// Of a permitted order, what allows it.
  ClauseId allowing() const {
    for (const ClauseId id : {cleared, carved_out, held}) {
      if (is_set(id)) return id;
    }
    if (!is_set(order.id)) return kNo<ClauseId>;
    for (const ClauseId id : book.clauses_of(book.orders()[order.id.value].agreement)) {
      const auto covers = kind_of_terms(book.clause(id)).covers;
      if (covers != nullptr && covers(book.clause(id), order.id, asker.use) &&
          in_force(book, id, moment)) {
        return id;
      }
    }
    return kNo<ClauseId>;
  }

 private:
  static void keep_first(ClauseId& kept, ClauseId id) {
    if (!is_set(kept)) kept = id;
  }

  void note(ClauseId id, Ruling& ruling) {
    switch (ruling.bearing) {
      case Bearing::kApart: return;
      case Bearing::kHolder: return keep_first(held, id);
      case Bearing::kCarvedOut: return keep_first(carved_out, id);
      case Bearing::kCleared:
        if (!is_set(cleared)) cleared_by = std::move(ruling.offer);
        return keep_first(cleared, id);
      case Bearing::kBinds:
        if (ruling.verdict > worst.verdict) {
          worst.verdict = ruling.verdict;
          worst.clause = id;
          worst.offer = std::move(ruling.offer);
        }
    }
  }
};

/// A clause in force that contradicts one that forbids: each of the two forbids the other's paper to
/// an order signed when this one was, which nothing clears.
ClauseId contradicting(const Book& book, ClauseId clause, const Asker& asker,
                       const OrderView& order, Moment moment) {
  const auto holder = [&](ClauseId id) {
    return book.agreements()[book.clause(id).agreement.value].supplier;
  };
  const auto forbids_paper_of = [&](ClauseId id, ClauseId other) {
    const OrderView view{kNo<OrderId>, holder(other), kNo<SiteId>, order.signed_at};
    const ClauseKind& kind = kind_of_terms(book.clause(id));
    return kind.permit(book, id, asker, view, moment).verdict == Verdict::kForbidden;
  };
  if (kind_of_terms(book.clause(clause)).reach != Reach::kCustomer) return kNo<ClauseId>;
  for (const ClauseId other : book.restraints_of(asker.lab)) {
    if (other != clause && in_force(book, other, moment) && in_force(book, clause, moment) &&
        forbids_paper_of(other, clause) && forbids_paper_of(clause, other)) {
      return other;
    }
  }
  return kNo<ClauseId>;
}

Permission decide(const Book& book, const Asker& asker, const OrderView& order, Moment moment) {
  Weighing weighing{book, asker, order, moment, {}, {}, {}, {}, {}};
  weighing.cleared = weighing.carved_out = weighing.held = kNo<ClauseId>;
  if (is_set(order.id)) {
    weighing.weigh(book.own_restraints_of(book.orders()[order.id.value].agreement));
  }
  weighing.weigh(book.restraints_of(asker.lab));

  Permission permission = std::move(weighing.worst);
  if (permission.verdict == Verdict::kPermitted) {
    permission.clause = weighing.allowing();
    permission.offer = std::move(weighing.cleared_by);
  } else if (permission.verdict == Verdict::kForbidden) {
    permission.against = contradicting(book, permission.clause, asker, order, moment);
  }
  return permission;
}

Permission decide(const Book& book, const Asker& asker, OrderId id, Moment moment) {
  const OrderView view = view_of(book, id, moment);
  Permission refusal{.verdict = Verdict::kNotOrdered, .offer = {}};
  if (book.customer_of(id) != asker.lab || !includes(book.orders()[id.value].uses, asker.use) ||
      !runs(book, view, moment, refusal.clause)) {
    return refusal;
  }
  return decide(book, asker, view, moment);
}

/// Changes that are looked at before one is named that may not matter.
constexpr int kLongestLook = 256;

/// What a permission is about: an order of the book, or kNo, under an agreement or none yet.
struct Subject {
  PartyId lab;
  OrderId order = kNo<OrderId>;
};

/// Whether the change may bear on it. What it brings is read as touched.h reads it.
bool may_bear(const Book& book, const Change& change, Subject subject) {
  if (change.cause == Change::Cause::kOrder) return OrderId{change.number} == subject.order;
  const auto is_of = [&](ClauseId id) {
    const Clause& clause = book.clause(id);
    if (is_set(subject.order) && clause.agreement == book.orders()[subject.order.value].agreement) {
      return true;
    }
    return kind_of_terms(clause).reach == Reach::kCustomer &&
           book.agreements()[clause.agreement.value].customer == subject.lab;
  };
  if (change.cause == Change::Cause::kClause) {
    const ClauseId id{change.number};
    return is_of(id) || std::ranges::any_of(book.clause(id).supersedes, is_of);
  }
  const ActKind kind = book.entry({change.number}).act.kind;
  return kind != ActKind::kCapacity && kind != ActKind::kSupplierFails &&
         kind != ActKind::kSupplierReturns;
}

/// Fills in `until`: the first change at which the answer is another one, as known at the moment.
template <class Decide>
Permission with_end(const Book& book, Subject subject, Moment moment, const Decide& decide_at) {
  Permission permission = decide_at(moment);
  const auto& changes = book.caused_changes();
  int looked = 0;
  auto change = changes.lower_bound({moment.at + Duration{1}, Change::Cause::kOrder, 0});
  while (change != changes.end()) {
    const Instant at = change->at;
    bool bears = false;
    for (; change != changes.end() && change->at == at; ++change) {
      bears = bears || may_bear(book, *change, subject);
    }
    if (++looked > kLongestLook || (bears && decide_at({at, moment.known}) != permission)) {
      permission.until = at;
      break;
    }
  }
  return permission;
}

/// Whether a clause of a customer may bind at the moment.
bool is_live(const Book& book, ClauseId id, Moment moment) {
  const Clause& clause = book.clause(id);
  return kind_of_terms(clause).outlasts ? clause.known <= moment.known && clause.from <= moment.at
                                        : in_force(book, id, moment);
}

}  // namespace

const char* name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPermitted: return "permitted";
    case Verdict::kNotOrdered: return "not_ordered";
    case Verdict::kNeedsOffer: return "needs_offer";
    case Verdict::kForbidden: return "forbidden";
  }
  STARGATE_CHECK(false, "a verdict is one of its names");
}

Permission permit(const Book& book, WorkloadId workload, OrderId order, Moment moment) {
  const Asker asker = asker_of(book.workloads()[workload.value]);
  return with_end(book, {asker.lab, order}, moment,
                  [&](Moment then) { return decide(book, asker, order, then); });
}

Permission permit_new(const Book& book, WorkloadId workload, PartyId supplier, Moment moment) {
  const Asker asker = asker_of(book.workloads()[workload.value]);
  return with_end(book, {asker.lab}, moment, [&](Moment then) {
    return decide(book, asker, OrderView{kNo<OrderId>, supplier, kNo<SiteId>, then.at}, then);
  });
}

Obstacles obstacles_to(const Book& book, WorkloadId workload, OrderId id, Moment moment) {
  const Asker asker = asker_of(book.workloads()[workload.value]);
  const Order& order = book.orders()[id.value];
  Obstacles obstacles;
  if (book.customer_of(id) != asker.lab || !includes(order.uses, asker.use)) {
    obstacles.permission.verdict = Verdict::kNotOrdered;
    obstacles.permission.clause = kNo<ClauseId>;
    return obstacles;
  }
  const auto signed_now = [&](Instant at) {
    return OrderView{id, book.supplier_of(id), order.site, at};
  };
  obstacles.permission = with_end(book, {asker.lab, id}, moment, [&](Moment then) {
    return decide(book, asker, signed_now(then.at), then);
  });
  if (obstacles.permission.verdict != Verdict::kNeedsOffer) return obstacles;
  for (const ClauseId clause : book.restraints_of(asker.lab)) {
    const Ruling ruling = kind_of_terms(book.clause(clause))
                              .permit(book, clause, asker, signed_now(moment.at), moment);
    if (ruling.bearing == Bearing::kBinds && ruling.verdict == Verdict::kNeedsOffer &&
        ruling.offer.empty()) {
      obstacles.to_offer.push_back(clause);
    }
  }
  return obstacles;
}

Instant next_change(const Book& book, Instant after) {
  const auto next = book.changes().upper_bound(after);
  return next == book.changes().end() ? kNever : *next;
}

void PermissionTable::find_rows(const Book& book) {
  rows_.clear();
  workloads_.clear();
  lab_rows_.assign(book.parties().size(), {});
  std::map<std::tuple<PartyId, Use, std::string_view>, std::uint32_t> rows;
  for (std::uint32_t i = 0; i < book.workloads().size(); ++i) {
    const Asker asker = asker_of(book.workloads()[i]);
    const auto next = static_cast<std::uint32_t>(workloads_.size());
    const auto [row, is_new] = rows.try_emplace({asker.lab, asker.use, asker.product}, next);
    if (is_new) {
      workloads_.emplace_back();
      lab_rows_[asker.lab.value].push_back(next);
    }
    workloads_[row->second].push_back({i});
    rows_.push_back(row->second);
  }
}

void PermissionTable::look_at(const Book& book, OrderId order) {
  const Moment moment{at_, at_};
  views_[order.value] = view_of(book, order, moment);
  ClauseId ended_by;
  runs_[order.value] = runs(book, views_[order.value], moment, ended_by);
}

PermissionTable::Cell PermissionTable::weigh(const Book& book, std::uint32_t row,
                                             OrderId id) const {
  const Asker asker = asker_of(book.workloads()[workloads_[row].front().value]);
  const Order& order = book.orders()[id.value];
  if (!runs_[id.value] || !includes(order.uses, asker.use)) return {};
  Weighing weighing{book, asker, views_[id.value], {at_, at_}, {}, {}, {}, {}, {}};
  weighing.weigh(book.own_restraints_of(order.agreement));
  weighing.weigh(live_[asker.lab.value]);
  const Verdict verdict = weighing.worst.verdict;
  return {verdict, verdict == Verdict::kPermitted ? kNo<ClauseId> : weighing.worst.clause};
}

/// weigh() for all orders of the customer, where the clause of its alone may say something else than
/// before.
void PermissionTable::weigh_with(const Book& book, std::uint32_t row, ClauseId touched) {
  const Asker asker = asker_of(book.workloads()[workloads_[row].front().value]);
  const auto permit = kind_of_terms(book.clause(touched)).permit;
  const bool is_live = std::ranges::binary_search(live_[asker.lab.value], touched);
  for (const OrderId id : lab_orders_[asker.lab.value]) {
    const Cell& cell = cells_[row * orders_ + id.value];
    if (!runs_[id.value] || !includes(uses_[id.value], asker.use)) continue;
    Verdict verdict = Verdict::kPermitted;
    const bool may_weigh = cell.verdict != Verdict::kForbidden || touched <= cell.clause;
    if (is_live && may_weigh) {
      const Ruling ruling = permit(book, touched, asker, views_[id.value], {at_, at_});
      if (ruling.bearing == Bearing::kBinds) verdict = ruling.verdict;
    }
    // The agreement's own clauses go before the customer's.
    const bool goes_before = verdict != Verdict::kPermitted && verdict == cell.verdict &&
                             touched < cell.clause &&
                             kind_of_terms(book.clause(cell.clause)).reach == Reach::kCustomer;
    if (verdict > cell.verdict || goes_before) {
      set(row, id, {verdict, touched});
    } else if (cell.clause == touched && verdict != cell.verdict) {
      set(row, id, weigh(book, row, id));
    }
  }
}

void PermissionTable::set(std::uint32_t row, OrderId order, Cell cell) {
  Cell& old = cells_[row * orders_ + order.value];
  if (old == cell) return;
  changed_.push_back({row, order, old.verdict});
  old = cell;
}

void PermissionTable::set_live(const Book& book, ClauseId id) {
  const AgreementId agreement = book.clause(id).agreement;
  std::vector<ClauseId>& live = live_[book.agreements()[agreement.value].customer.value];
  const auto at = std::ranges::lower_bound(live, id);
  const bool was = at != live.end() && *at == id;
  const bool is = is_live(book, id, {at_, at_});
  if (is && !was) live.insert(at, id);
  if (was && !is) live.erase(at);
}

void PermissionTable::compile(const Book& book, Instant at) {
  at_ = at;
  until_ = next_change(book, at);
  orders_ = book.orders().size();
  find_rows(book);
  // 1. The orders, and those of them that run.
  views_.resize(orders_);
  runs_.resize(orders_);
  uses_.resize(orders_);
  lab_orders_.assign(book.parties().size(), {});
  for (std::uint32_t i = 0; i < orders_; ++i) {
    look_at(book, {i});
    uses_[i] = book.orders()[i].uses;
    lab_orders_[book.customer_of({i}).value].push_back({i});
  }
  // 2. The clauses of each lab that may bind.
  live_.assign(book.parties().size(), {});
  for (std::uint32_t lab = 0; lab < live_.size(); ++lab) {
    std::ranges::copy_if(book.restraints_of({lab}), std::back_inserter(live_[lab]),
                         [&](ClauseId id) {
                           return is_live(book, id, {at, at});
                         });
  }
  // 3. A row for all workloads that contracts do not tell apart.
  cells_.assign(workloads_.size() * orders_, {});
  for (std::uint32_t lab = 0; lab < live_.size(); ++lab) {
    for (const std::uint32_t row : lab_rows_[lab]) {
      for (const OrderId order : lab_orders_[lab]) {
        cells_[row * orders_ + order.value] = weigh(book, row, order);
      }
    }
  }
  changed_.clear();
}

void PermissionTable::update(const Book& book, Instant at, const Touched& touched) {
  at_ = at;
  until_ = next_change(book, at);
  changed_.clear();
  for (const ClauseId id : touched.restraints) set_live(book, id);
  // 1. Orders of which all may be otherwise.
  for (const OrderId order : touched.orders) {
    look_at(book, order);
    for (const std::uint32_t row : lab_rows_[book.customer_of(order).value]) {
      set(row, order, weigh(book, row, order));
    }
  }
  // 2. Of the others, what clauses say that may say something else.
  for (const ClauseId id : touched.restraints) {
    const PartyId lab = book.agreements()[book.clause(id).agreement.value].customer;
    for (const std::uint32_t row : lab_rows_[lab.value]) weigh_with(book, row, id);
  }
}

}  // namespace stargate::agreement
