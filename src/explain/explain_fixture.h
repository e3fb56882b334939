#pragma once

#include <algorithm>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/engine.h"
#include "explain/explain.h"

namespace stargate::explain {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

inline Instant day(std::int64_t n) { return Instant{} + days(n); }

/// A market of one lab that is played by hand. Microsoft is party 1, Oracle 2; GB200 is kind 0.
class Explain : public testing::Test {
 protected:
  Explain() {
    define(Party{.name = "openai", .title = "OpenAI", .is_lab = true});
    define(Party{.name = "microsoft", .title = "Microsoft", .is_supplier = true});
    define(Party{.name = "oracle", .title = "Oracle", .is_supplier = true});
    define(Accelerator{.name = "gb200", .title = "GB200"});
    define(Accelerator{.name = "h100", .title = "H100"});
    for (const char* name : {"iowa", "abilene"}) {
      Site site;
      site.name = name;
      define(site);
    }
    define(Assumption{.name = "guess", .statement = "Nobody knows."});
    define(Agreement{"azure", "Azure", {1}, {0}, day(0), "azure filing"});
    define(Agreement{"oci", "OCI", {2}, {0}, day(0), "oracle filing"});
    define(DataSet{.name = "corpus", .bytes = 1, .sites = {{0}}});
    workload_.name = "training";
    workload_.lab = {0};
    workload_.use = Use::kTraining;
  }

  void give(Instant at, const Command::Body& body) {
    EventBatch batch;
    engine_.execute({at, body}, batch);
    for (const Event& event : batch.events) {
      ASSERT_FALSE(std::holds_alternative<event::CommandRefused>(event.body));
    }
  }
  void define(const Definition& definition) {
    give(std::max(day(0), engine_.state().now()), command::Define{definition});
  }
  const agreement::Book& book() const { return engine_.state().scheduling().market.book; }

  /// An order at the site of the same number as its agreement, signed on the day.
  OrderId order(std::string name, AgreementId agreement, Instant signed_at) {
    Order order;
    order.name = std::move(name);
    order.agreement = agreement;
    order.site = {agreement.value};
    order.accelerator = kind_;
    order.amount = {64, CapacityUnit::kGpus};
    order.signed_at = signed_at;
    order.from = signed_at == kNever ? day(0) : signed_at;
    order.known = known_;
    order.assumptions = {{0}};
    define(order);
    const OrderId id{static_cast<std::uint32_t>(book().orders().size() - 1)};
    Stage stage;
    stage.name = book().orders().back().name + "-1";
    stage.site = order.site;
    stage.order = id;
    stage.accelerator = kind_;
    stage.fleet.groups = {{2, 4, 8, kind_, Level::kSite}};
    stage.amount = {64, CapacityUnit::kGpus};
    define(stage);
    return id;
  }
  ClauseId clause(std::string name, AgreementId agreement, Clause::Terms terms,
                  Instant from = day(0), Instant until = kNever) {
    Clause clause;
    clause.name = std::move(name);
    clause.agreement = agreement;
    clause.from = from;
    clause.until = until;
    clause.known = from;
    clause.source = "its page";
    clause.terms = std::move(terms);
    define(clause);
    return {static_cast<std::uint32_t>(book().clauses().size() - 1)};
  }
  /// At once, under the agreement with Microsoft.
  void license(std::uint64_t gpus) {
    clause::Locale terms;
    terms.jurisdictions = {""};
    terms.max_units = gpus;
    clause("licence", {0}, terms);
  }
  ClauseId first_refusal() {
    clause::FirstRefusal terms;
    terms.reply_within = days(30);
    terms.release_for = days(180);
    return clause("refusal", {0}, terms);
  }
  void open(Instant at) {
    define(workload_);
    for (std::uint32_t i = 0; i < book().orders().size(); ++i) {
      give(at, command::OpenOrder{{i}, {i}, {}});
    }
  }
  void accept(OrderId order, Instant at, CapacityState state = CapacityState::kAccepted) {
    Act act;
    act.kind = ActKind::kCapacity;
    act.effective = at;
    act.stage = book().stages_of(order).front();
    act.state = state;
    give(at, command::EnterAct{act});
  }
  void offer(std::string name, OrderId order, ClauseId clause, Instant at) {
    Act act;
    act.kind = ActKind::kOffer;
    act.effective = at;
    act.offer = std::move(name);
    act.order = order;
    act.clause = clause;
    act.terms.amount = {64, CapacityUnit::kGpus};
    act.reply_by = at + days(30);
    give(at, command::EnterAct{act});
  }
  void run_job(std::uint64_t job, WorkloadId workload, std::uint32_t gpus, Instant at) {
    Request request;
    request.parts.push_back({.gpus = gpus});
    const auto number = static_cast<std::uint32_t>(engine_.state().scheduling().requests.size());
    give(at, command::DefineRequest{{number}, request});
    command::SubmitWorkload submit;
    submit.job = {job};
    submit.workload = workload;
    submit.request = submit.early_request = {number};
    submit.estimate = days(100);
    give(at, submit);
    const QueueId queue = engine_.state().scheduling().jobs.find({job})->queue;
    ASSERT_TRUE(is_set(queue));
    give(at, command::Schedule{queue});
  }

  Explanation explain_at(Instant at, std::uint32_t gpus = 0) {
    return explain_at(agreement::Moment{at, at}, gpus);
  }
  Explanation explain_at(agreement::Moment moment, std::uint32_t gpus = 0) {
    if (engine_.state().now() < moment.at) give(moment.at, command::Advance{});
    Asked asked;
    asked.request.parts.push_back({.gpus = gpus});
    return explain(engine_.state(), book(), {0}, moment, gpus == 0 ? nullptr : &asked);
  }

  core::Engine engine_;
  Workload workload_;
  KindId kind_{0};
  Instant known_ = day(0);
};

inline const SupplierAnswer& of(const Explanation& explanation, const std::string& supplier) {
  return *std::find_if(explanation.suppliers.begin(), explanation.suppliers.end(),
                       [&](const SupplierAnswer& answer) { return answer.supplier == supplier; });
}

}  // namespace stargate::explain
