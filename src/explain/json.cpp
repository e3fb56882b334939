#include <nlohmann/json.hpp>

#include "explain/explain.h"
#include "explain/json_values.h"

namespace stargate::explain {
namespace {

using Json = nlohmann::ordered_json;

Json shortage_of(Shortage shortage) {
  const char* name = name_of(shortage);
  return name == nullptr ? Json() : Json(name);
}

void put_ground(const Ground& ground, Json& object) {
  object["agreement"] = text_or_null(ground.agreement);
  object["clause"] = text_or_null(ground.clause);
  object["against"] = text_or_null(ground.against);
  object["source"] = text_or_null(ground.source);
}

Json of(const OrderAnswer& answer) {
  Json object;
  object["order"] = answer.order;
  object["site"] = answer.site;
  object["verdict"] = name_of(answer.verdict);
  object["shortage"] = shortage_of(answer.shortage);
  put_ground(answer.ground, object);
  object["until"] = date_or_null(answer.until);
  object["operator"] = text_or_null(answer.operator_party);
  object["landlord"] = text_or_null(answer.landlord);
  object["accelerator"] = answer.accelerator;
  object["accepted_gpus"] = answer.accepted_gpus;
  object["free_gpus"] = answer.free_gpus;
  object["transfer"] = Json();
  if (answer.transfer) {
    const TransferAnswer& transfer = *answer.transfer;
    object["transfer"] = {{"data", transfer.data},
                          {"arrives", date_or_null(transfer.arrives)},
                          {"takes_s", transfer.takes.us / kMicrosPerSecond},
                          {"currency", transfer.price.currency.text()},
                          {"price_micros", transfer.price.micros}};
  }
  object["why"] = answer.why;
  return object;
}

Json of(const SupplierAnswer& answer) {
  Json object;
  object["supplier"] = answer.supplier;
  object["verdict"] = name_of(answer.verdict);
  object["shortage"] = shortage_of(answer.shortage);
  object["offer"] = Json();
  if (answer.offer) {
    object["offer"] = {{"id", answer.offer->id}, {"reply_by", date_text(answer.offer->reply_by)}};
  }
  put_ground(answer.ground, object);
  object["until"] = date_or_null(answer.until);
  object["why"] = answer.why;
  object["behind_by"] = answer.behind_by ? Json(name_of(*answer.behind_by)) : Json();
  object["orders"] = Json::array();
  for (const OrderAnswer& order : answer.orders) object["orders"].push_back(of(order));
  return object;
}

}  // namespace

std::string to_json(const Explanation& explanation) {
  Json object;
  object["workload"] = explanation.workload;
  object["use"] = explanation.use;
  object["at"] = date_text(explanation.at);
  object["known"] = date_text(explanation.known);
  object["runs_at"] = Json::array();
  for (const RunsAt& place : explanation.runs_at) {
    object["runs_at"].push_back(
        {{"site", place.site}, {"order", place.order}, {"gpus", place.gpus}});
  }
  object["waiting_jobs"] = explanation.waiting_jobs;
  object["waits"] = Json::array();
  for (const Wait& wait : explanation.waits) {
    object["waits"].push_back({{"jobs", wait.jobs},
                               {"why", wait.why},
                               {"agreement", text_or_null(wait.ground.agreement)},
                               {"clause", text_or_null(wait.ground.clause)},
                               {"source", text_or_null(wait.ground.source)}});
  }
  object["submitted"] = date_or_null(explanation.submitted);
  object["limit"] = Json();
  if (explanation.limit) {
    object["limit"] = {{"supplier_share_max", explanation.limit->share},
                       {"waiting_jobs", explanation.limit->jobs}};
  }
  object["reason"] = explanation.reason;
  object["suppliers"] = Json::array();
  for (const SupplierAnswer& answer : explanation.suppliers) {
    object["suppliers"].push_back(of(answer));
  }
  object["assumptions"] = json_of(explanation.assumptions);
  object["next"] = explanation.next;
  return dumped(object);
}

}  // namespace stargate::explain
