#pragma once

#include <string>
#include <utility>

#include "agreement/book.h"
#include "base/check.h"

namespace stargate::oracle {

/// A market to write cases on: one lab, suppliers "azure", "oracle" and the lab's own build, one site
/// and one accelerator (2 kW of facility power a GPU, 1.6 kW of IT), an agreement with each supplier,
/// and a workload of each use. Times are days.
struct SmallMarket {
  static constexpr PartyId kLab{0};
  static constexpr PartyId kAzure{1};
  static constexpr PartyId kOracle{2};
  static constexpr PartyId kSelf{3};
  agreement::Book book;

  SmallMarket();

  static Instant day(std::int64_t n) { return Instant{} + days(n); }
  static WorkloadId of(Use use) { return {static_cast<std::uint32_t>(use)}; }
  static AgreementId with(PartyId supplier) { return {supplier.value - 1}; }
  static Money dollars(std::int64_t n) { return {n * 1'000'000, {}}; }

  void add(const Definition& definition) {
    STARGATE_CHECK(book.check(definition) == Reason::kNone, "a case is well formed");
    book.define(definition);
  }
  ClauseId clause(PartyId supplier, Clause::Terms terms, Instant from = day(0),
                  Instant until = kNever) {
    Clause made;
    made.agreement = with(supplier);
    made.from = made.known = from;
    made.until = until;
    made.terms = std::move(terms);
    add(made);
    return {static_cast<std::uint32_t>(book.clauses().size() - 1)};
  }
  OrderId order(PartyId supplier, Instant signed_at, CapacityAmount amount = {}) {
    Order made;
    made.name = "order";
    made.agreement = with(supplier);
    made.amount = amount;
    made.signed_at = signed_at;
    add(made);
    return {static_cast<std::uint32_t>(book.orders().size() - 1)};
  }
  /// Of racks of one node with 4 GPUs.
  StageId stage(OrderId order, std::uint32_t nodes, CapacityAmount amount = {}) {
    Stage made;
    made.order = order;
    made.amount = amount;
    made.fleet.groups.push_back({nodes, 1, 4, {0}, Level::kSite});
    add(made);
    return {static_cast<std::uint32_t>(book.stages().size() - 1)};
  }
  Reason enter(const Act& act, Instant entered) {
    const Reason reason = book.check(act, entered);
    if (reason == Reason::kNone) book.record(act, entered);
    return reason;
  }
  Reason enter(const Act& act) { return enter(act, act.effective); }
  Reason capacity(StageId stage, CapacityState state, Instant at, std::uint32_t nodes = 0) {
    Act act;
    act.kind = ActKind::kCapacity;
    act.effective = at;
    act.stage = stage;
    act.state = state;
    act.nodes = nodes;
    return enter(act);
  }
  Reason offer(const std::string& name, OrderId order, ClauseId clause, Instant at,
               Instant reply_by, Terms terms = {}) {
    Act act;
    act.kind = ActKind::kOffer;
    act.effective = at;
    act.offer = name;
    act.order = order;
    act.clause = clause;
    act.reply_by = reply_by;
    act.terms = terms;
    return enter(act);
  }
  Reason reply(ActKind kind, const std::string& name, Instant at, Instant entered,
               Terms terms = {}) {
    Act act;
    act.kind = kind;
    act.effective = at;
    act.offer = name;
    act.terms = terms;
    return enter(act, entered);
  }
  Reason sign(OrderId order, Instant at, Terms terms = {}) {
    Act act;
    act.kind = ActKind::kSign;
    act.effective = at;
    act.order = order;
    act.terms = terms;
    return enter(act);
  }
};

}  // namespace stargate::oracle
