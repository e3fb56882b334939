#include "agreement/touched.h"

#include <algorithm>

namespace stargate::agreement {
namespace {

template <class List, class Items>
void append(List& list, const Items& items) {
  list.insert(list.end(), items.begin(), items.end());
}

template <class AnyId>
void make_ascending(std::vector<AnyId>& list) {
  std::ranges::sort(list);
  const auto rest = std::ranges::unique(list);
  list.erase(rest.begin(), rest.end());
}

struct Finder {
  const Book& book;
  Touched touched;

  /// What an order costs decides whether it is within what was offered, too: of those that were.
  void prices_of(AgreementId agreement) {
    touched.prices.push_back(agreement);
    for (const OrderId order : book.orders_of(agreement)) {
      const bool was_offered = std::ranges::any_of(book.acts_of(order), [&](ActId id) {
        return book.entry(id).act.kind == ActKind::kOffer;
      });
      if (was_offered) touched.orders.push_back(order);
    }
  }

  /// What a clause answers may be otherwise.
  void ruling_of(ClauseId id) {
    struct Visitor {
      Finder& find;
      ClauseId id;
      const Clause& clause;
      void operator()(const clause::Exclusive&) { find.touched.restraints.push_back(id); }
      void operator()(const clause::FirstRefusal&) { find.touched.restraints.push_back(id); }
      void operator()(const clause::FirstShip&) { find.touched.restraints.push_back(id); }
      void operator()(const clause::Commit&) { find.touched.commitments = true; }
      void operator()(const clause::Prepay&) { find.touched.prices.push_back(clause.agreement); }
      void operator()(const clause::Tranche& terms) {
        append(find.touched.stages, terms.stages);
        find.touched.prices.push_back(clause.agreement);
      }
      void operator()(const clause::Late&) {}
      void operator()(const clause::Rate&) { find.prices_of(clause.agreement); }
      void operator()(const clause::Reserve& terms) { find.touched.orders.push_back(terms.order); }
      void operator()(const clause::Locale& terms) {
        append(find.touched.orders, find.book.orders_of(clause.agreement));
        if (terms.max_units > 0) find.touched.licences = true;
      }
      void operator()(const clause::Option&) { find.prices_of(clause.agreement); }
      void operator()(const clause::Terminate&) {}
    };
    const Clause& clause = book.clause(id);
    std::visit(Visitor{*this, id, clause}, clause.terms);
  }

  /// It begins, ends, becomes known, or answers otherwise from now on by its own terms.
  void clause(ClauseId id) {
    ruling_of(id);
    for (const ClauseId older : book.clause(id).supersedes) ruling_of(older);
  }

  void first_ships_on(PartyId supplier) {
    for (const ClauseId id : book.clauses_with<clause::FirstShip>()) {
      if (book.agreements()[book.clause(id).agreement.value].supplier == supplier) ruling_of(id);
    }
  }

  void stages_of(PartyId supplier) {
    for (std::uint32_t i = 0; i < book.stages().size(); ++i) {
      if (book.supplier_of(book.stages()[i].order) == supplier) touched.stages.push_back({i});
    }
  }

  void entry(const Act& act) {
    switch (act.kind) {
      case ActKind::kCapacity: touched.stages.push_back(act.stage); return;
      case ActKind::kEvent:
        for (const ClauseId id : book.clauses_until(act.name)) ruling_of(id);
        return;
      case ActKind::kShipped:
      case ActKind::kCannot:
      case ActKind::kDeclinesSupport: first_ships_on(act.party); return;
      case ActKind::kDemandNotice:
      case ActKind::kSupplyReply: ruling_of(act.clause); return;
      case ActKind::kOffer:
      case ActKind::kWaive:
      case ActKind::kConsent:
      case ActKind::kSign: touched.orders.push_back(act.order); return;
      case ActKind::kCounter:
      case ActKind::kAccept:
      case ActKind::kAcceptPart:
      case ActKind::kDecline:
      case ActKind::kWithdraw:
        touched.orders.push_back(book.entry(book.acts_of_offer(act.offer).front()).act.order);
        return;
      case ActKind::kTerminate:
        append(touched.orders, book.orders_of(book.clause(act.clause).agreement));
        return;
      case ActKind::kExercise: prices_of(book.clause(act.clause).agreement); return;
      case ActKind::kSupplierFails:
      case ActKind::kSupplierReturns: stages_of(act.party); return;
      case ActKind::kExcuse:
      case ActKind::kCustomerCaused:
      case ActKind::kAmendDue: touched.prices.push_back(book.clause(act.clause).agreement); return;
      case ActKind::kControlChanges: return;  // it matters to what is owed alone
    }
  }
};

}  // namespace

Touched touched_since(const Book& book, const ReadUntil& before, Instant at) {
  Finder find{book, {}};
  for (std::size_t i = before.clauses; i < book.clauses().size(); ++i) {
    find.clause({static_cast<std::uint32_t>(i)});
  }
  for (std::size_t i = before.entries; i < book.entries().size(); ++i) {
    find.entry(book.entries()[i].act);
  }
  const auto& changes = book.caused_changes();
  const Change first{before.at + Duration{1}, Change::Cause::kOrder, 0};
  for (auto change = changes.lower_bound(first); change != changes.end() && change->at <= at;
       ++change) {
    switch (change->cause) {
      case Change::Cause::kOrder: find.touched.orders.push_back({change->number}); break;
      case Change::Cause::kClause: find.clause({change->number}); break;
      case Change::Cause::kEntry: find.entry(book.entries()[change->number].act); break;
    }
  }
  make_ascending(find.touched.orders);
  make_ascending(find.touched.restraints);
  make_ascending(find.touched.stages);
  make_ascending(find.touched.prices);
  return std::move(find.touched);
}

}  // namespace stargate::agreement
