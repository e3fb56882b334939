#include <nlohmann/json.hpp>

#include "explain/json_values.h"
#include "explain/obligations.h"

namespace stargate::explain {
namespace {

using Json = nlohmann::ordered_json;

Json of(const ClauseStanding& clause) {
  Json object;
  object["clause"] = clause.clause;
  object["kind"] = clause.kind;
  object["standing"] = name_of(clause.standing);
  object["since"] = date_or_null(clause.since);
  object["in_force"] = clause.in_force;
  object["may_terminate"] = clause.may_terminate;
  object["why"] = text_or_null(clause.why);
  object["source"] = clause.source;
  object["assumptions"] = clause.assumptions;
  return object;
}

Json amount_or_null(CapacityAmount amount) {
  if (amount.value == 0) return nullptr;
  return {{"amount", amount.value}, {"unit", name_of(amount.unit)}};
}

Json of(const Terms& terms) {
  Json object;
  const bool has_amount = terms.amount.value > 0;
  object["amount"] = has_amount ? Json(terms.amount.value) : Json();
  object["unit"] = has_amount ? Json(name_of(terms.amount.unit)) : Json();
  object["price"] = Json();
  if (terms.has_price) {
    object["price"] = {{"currency", terms.price.amount.currency.text()},
                       {"amount_micros", terms.price.amount.micros},
                       {"per", name_of(terms.price.unit)}};
  }
  object["delivery"] = date_or_null(terms.delivery);
  object["until"] = date_or_null(terms.until);
  return object;
}

Json of(const OfferAct& act) {
  Json object;
  object["act"] = act.what;
  object["at"] = date_or_null(act.effective);
  object["entered"] = date_or_null(act.entered);
  object["terms"] = act.terms == Terms{} ? Json() : of(act.terms);
  object["signed_by"] = text_or_null(act.signed_by);
  object["document_sha256"] = text_or_null(act.document_sha256);
  object["source"] = text_or_null(act.source);
  return object;
}

Json of(const OfferStanding& offer) {
  Json object;
  object["offer"] = offer.offer;
  object["order"] = offer.order;
  object["clause"] = offer.clause;
  object["state"] = offer.state;
  object["offered_at"] = date_or_null(offer.offered_at);
  object["reply_by"] = date_or_null(offer.reply_by);
  object["decided_at"] = date_or_null(offer.decided_at);
  object["released_until"] = date_or_null(offer.released_until);
  object["terms"] = of(offer.terms);
  object["answer"] = offer.answer == Terms{} ? Json() : of(offer.answer);
  object["rest"] = amount_or_null(offer.rest);
  object["reopened_at"] = date_or_null(offer.reopened_at);
  object["relied_on"] = offer.relied_on;
  object["acts"] = Json::array();
  for (const OfferAct& act : offer.acts) object["acts"].push_back(of(act));
  return object;
}

Json of(const std::vector<OwedAmount>& dues) {
  Json array = Json::array();
  for (const OwedAmount& owed : dues) {
    Json object;
    object["kind"] = name_of(owed.kind);
    object["clause"] = owed.clause;
    object["from"] = owed.from;
    object["to"] = owed.to;
    object["currency"] = owed.amount.currency.text();
    object["amount_micros"] = owed.amount.micros;
    object["due"] = date_or_null(owed.due);
    object["assumptions"] = owed.assumptions;
    array.push_back(std::move(object));
  }
  return array;
}

Json of(const OwedSum& sum) {
  Json object;
  object["what"] = sum.what;
  object["from"] = sum.from;
  object["to"] = sum.to;
  object["currency"] = sum.currency.text();
  object["amount_micros"] = nearest_int64(sum.micros);
  object["assumed_micros"] = nearest_int64(sum.assumed_micros);
  return object;
}

Json of(const AgreementObligations& agreement) {
  Json object;
  object["agreement"] = agreement.agreement;
  object["title"] = agreement.title;
  object["supplier"] = agreement.supplier;
  object["customer"] = agreement.customer;
  object["clauses"] = Json::array();
  for (const ClauseStanding& clause : agreement.clauses) object["clauses"].push_back(of(clause));
  object["offers"] = Json::array();
  for (const OfferStanding& offer : agreement.offers) object["offers"].push_back(of(offer));
  object["due"] = of(agreement.due);
  object["later"] = of(agreement.later);
  object["sums"] = Json::array();
  for (const OwedSum& sum : agreement.sums) object["sums"].push_back(of(sum));
  return object;
}

}  // namespace

std::string to_json(const Obligations& obligations) {
  Json object;
  object["at"] = date_text(obligations.at);
  object["known"] = date_text(obligations.known);
  object["agreements"] = Json::array();
  for (const AgreementObligations& agreement : obligations.agreements) {
    object["agreements"].push_back(of(agreement));
  }
  object["assumptions"] = json_of(obligations.assumptions);
  return dumped(object);
}

}  // namespace stargate::explain
