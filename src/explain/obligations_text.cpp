#include <algorithm>

#include <fmt/format.h>

#include "explain/obligations.h"
#include "explain/paragraph.h"
#include "explain/table.h"

namespace stargate::explain {
namespace {

constexpr std::size_t kWidestClause[] = {24, 16, 10};
constexpr std::size_t kWidestDue[] = {20, 10, 12, 18};
constexpr std::size_t kWidestSum[] = {22, 12, 12};

/// A star where it rests on assumptions.
std::string starred(const std::string& amount, bool is_assumed) {
  return amount + (is_assumed ? " *" : "");
}

void put_clauses(const AgreementObligations& agreement, std::string& out) {
  std::vector<TableRow> rows{{"CLAUSE", "KIND", "STANDING", "WHY"}};
  for (const ClauseStanding& clause : agreement.clauses) {
    std::string why =
        clause.why.empty() ? (clause.in_force ? "in force" : "no more in force") : clause.why;
    if (clause.since != kNever) why += " Since " + moment_text(clause.since) + ".";
    if (clause.may_terminate) why += " May be terminated.";
    rows.push_back({clause.clause, spaced(clause.kind), spaced(name_of(clause.standing)), why});
  }
  if (rows.size() > 1) put_table(rows, kWidestClause, out);
}

std::string terms_text(const Terms& terms) {
  std::string text = terms.amount.value > 0 ? amount_text(terms.amount) : "";
  const auto add = [&text](const std::string& words) {
    text += (text.empty() ? "" : ", ") + words;
  };
  if (terms.has_price) {
    add(fmt::format("{}/{}", money_text(terms.price.amount.currency, terms.price.amount.micros),
                    name_of(terms.price.unit)));
  }
  if (terms.delivery != kNever) add("by " + date_text(terms.delivery));
  if (terms.until != kNever) add("until " + date_text(terms.until));
  return text.empty() ? "no terms" : text;
}

/// "; signed by J. Doe; document e3b0c442...; MS5".
std::string evidence_text(const OfferAct& act) {
  std::string text;
  if (!act.signed_by.empty()) text += "; signed by " + act.signed_by;
  if (!act.document_sha256.empty()) text += "; document " + act.document_sha256;
  if (!act.source.empty()) text += "; " + act.source;
  return text;
}

/// "counter on 2025-04-02: 0.6 GW, by 2026-06-30", and the evidence of it.
void put_act(const OfferAct& act, std::string& out) {
  std::string text = fmt::format("{} {}", spaced(act.what), on_text(act.effective));
  if (act.entered != act.effective) text += ", entered " + on_text(act.entered);
  if (act.terms != Terms{}) text += ": " + terms_text(act.terms);
  put(text + evidence_text(act), "    ", "      ", out);
}

void put_offers(const std::vector<OfferStanding>& offers, std::string& out) {
  if (offers.empty()) return;
  out += "\nOffers\n";
  for (const OfferStanding& offer : offers) {
    std::string state = spaced(offer.state);
    if (offer.decided_at != kNever) state += " " + on_text(offer.decided_at);
    put(fmt::format("{} of {} under {}: {}", offer.offer, offer.order, offer.clause, state), "  ",
        "    ", out);
    put(fmt::format("offered on {}, reply by {}: {}{}", date_text(offer.offered_at),
                    date_text(offer.reply_by), terms_text(offer.terms),
                    evidence_text(offer.acts.front())),
        "    ", "      ", out);
    for (std::size_t i = 1; i < offer.acts.size(); ++i) put_act(offer.acts[i], out);
    if (offer.state == "accepted_in_part" && offer.rest.value > 0) {
      put("left of it: " + amount_text(offer.rest), "    ", "      ", out);
    }
    if (offer.reopened_at != kNever) {
      put(fmt::format("the reply was entered {}: it had not lapsed on {}",
                      on_text(offer.reopened_at), date_text(offer.reply_by)),
          "    ", "      ", out);
    }
    for (const std::string& relied : offer.relied_on) {
      put("relied on the lapse: " + relied, "    ", "      ", out);
    }
    if (offer.released_until != kNever) {
      put("released until " + last_text(offer.released_until), "    ", "      ", out);
    }
  }
}

void put_dues(const char* title, const std::vector<OwedAmount>& dues, std::string& out) {
  if (dues.empty()) return;
  out += fmt::format("\n{}\n", title);
  std::vector<TableRow> rows{{"DUE", "WHAT", "FROM", "CLAUSE", "AMOUNT"}};
  for (const OwedAmount& owed : dues) {
    rows.push_back(
        {date_text(owed.due), spaced(name_of(owed.kind)), owed.from, owed.clause,
         starred(money_text(owed.amount.currency, owed.amount.micros), !owed.assumptions.empty())});
  }
  put_table(rows, kWidestDue, out);
}

void put_sums(const std::vector<OwedSum>& sums, std::string& out) {
  if (sums.empty()) return;
  out += "\nIn all, by the day\n";
  std::vector<TableRow> rows{{"WHAT", "FROM", "TO", "AMOUNT"}};
  for (const OwedSum& sum : sums) {
    std::string amount = money_text(sum.currency, sum.micros);
    if (sum.assumed_micros == sum.micros) {
      amount = starred(amount, true);
    } else if (sum.assumed_micros > 0) {
      amount +=
          fmt::format(", of it {}", starred(money_text(sum.currency, sum.assumed_micros), true));
    }
    rows.push_back({spaced(sum.what), sum.from, sum.to, amount});
  }
  put_table(rows, kWidestSum, out);
}

}  // namespace

std::string to_text(const Obligations& obligations) {
  std::string out = "What is owed on " + date_text(obligations.at);
  if (obligations.known != obligations.at) out += ", as known on " + date_text(obligations.known);
  out += "\n";
  bool is_starred = false;
  for (const AgreementObligations& agreement : obligations.agreements) {
    out += "\n";
    put(fmt::format("{}: {}; {} supplies {}", agreement.agreement, agreement.title,
                    agreement.supplier, agreement.customer),
        "", "  ", out);
    put_clauses(agreement, out);
    put_offers(agreement.offers, out);
    put_dues("Due by the day", agreement.due, out);
    put_dues("Later, as things stand", agreement.later, out);
    put_sums(agreement.sums, out);
    for (const auto* list : {&agreement.due, &agreement.later}) {
      for (const OwedAmount& owed : *list) is_starred = is_starred || !owed.assumptions.empty();
    }
  }
  if (obligations.agreements.empty()) out += "\nNo agreement was signed by then.\n";
  if (is_starred) out += "\n* rests on assumptions\n";
  put_assumptions(obligations.assumptions, out);
  return out;
}

}  // namespace stargate::explain
