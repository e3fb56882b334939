#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "explain/explain.h"
#include "explain/json_values.h"
#include "explain/paragraph.h"
#include "propose/proposal.h"

namespace stargate::propose {
namespace {

using agreement::Verdict;
using explain::date_text;
using explain::put;
using nlohmann::ordered_json;

std::string jobs_text(std::uint64_t jobs) {
  return jobs == 1 ? "1 job waits" : fmt::format("{} jobs wait", jobs);
}

/// "30 days", or "36 hours" where it is no whole number of days.
std::string length_text(Duration length) {
  const std::int64_t days_in = length.us / days(1).us;
  if (length.us % days(1).us == 0)
    return fmt::format("{} {}", days_in, days_in == 1 ? "day" : "days");
  return fmt::format("{} hours", length.us / hours(1).us);
}

/// "azure-first-refusal (Azure agreement)".
std::string clause_text(const Proposal& proposal) {
  return fmt::format("{} ({})", proposal.clause, proposal.agreement_title);
}

/// Why nobody is to be offered it, as the second half of a sentence.
std::string why_free(const Proposal& proposal) {
  if (proposal.clause.empty()) return "nothing stands in its way";
  const bool restrains = proposal.clause_kind == "exclusive" ||
                         proposal.clause_kind == "first_refusal" ||
                         proposal.clause_kind == "first_ship" || proposal.clause_kind == "locale";
  return restrains ? clause_text(proposal) + " lets it be signed"
                   : "nothing stands in its way, and it falls under " + clause_text(proposal);
}

void put_source(const Proposal& proposal, std::string& out) {
  if (!proposal.source.empty()) put("source: " + proposal.source, "  ", "    ", out);
}

void put_forbidden(const Proposal& proposal, std::string& out) {
  std::string sentence = fmt::format("It may not be signed: {} forbids it", clause_text(proposal));
  if (!proposal.against.empty()) sentence += ", contradicted by " + proposal.against;
  if (proposal.until != kNever) sentence += ", at the least until " + date_text(proposal.until);
  put(sentence + ".", "", "  ", out);
  put_source(proposal, out);
  if (proposal.answer) {
    put(fmt::format("What {} is asked for and does not supply is released: give notice of the "
                    "demand (act: demand_notice under {}), to be answered within {}.",
                    proposal.holder, proposal.clause, length_text(*proposal.answer)),
        "", "  ", out);
  }
}

void put_offers(const Proposal& proposal, std::string& out) {
  for (const Offer& offer : proposal.offers) {
    put(fmt::format("Before it may be signed, it is offered to {}, under {}.", offer.holder,
                    offer.clause),
        "", "  ", out);
    put(fmt::format("{}: a reply is due by {}.", offer.id, date_text(offer.reply_by)), "  ", "    ",
        out);
    const std::string within =
        offer.release_for.us > 0 ? fmt::format(" within {}", length_text(offer.release_for)) : "";
    put(fmt::format("Declined, lapsed or waived, the order is to be signed{}, on terms no better "
                    "for {} than those offered.",
                    within, proposal.supplier_title),
        "  ", "  ", out);
  }
  put_source(proposal, out);
}

}  // namespace

std::string to_text(const Proposal& proposal) {
  const Wish& wish = proposal.wish;
  std::string out;
  if (proposal.waiting_jobs > 0) {
    put(fmt::format("{} on {}: {} for {} GPUs that no order gives.", wish.workload,
                    date_text(wish.at), jobs_text(proposal.waiting_jobs), proposal.unmet_gpus),
        "", "  ", out);
  } else {
    put(fmt::format("{} on {}: no job waits.", wish.workload, date_text(wish.at)), "", "  ", out);
  }
  put(fmt::format("The order: {} of {} with {} at {}, under {}{}.", wish.amount, wish.accelerator,
                  proposal.supplier_title, wish.site, wish.agreement,
                  proposal.is_new_agreement ? ", which is to be agreed" : ""),
      "", "  ", out);
  out += "\n";
  if (proposal.verdict == Verdict::kForbidden) {
    put_forbidden(proposal, out);
    return out;
  }
  if (proposal.offers.empty()) {
    put("No offer is to be made: " + why_free(proposal) + ".", "", "  ", out);
    put_source(proposal, out);
  } else {
    put_offers(proposal, out);
  }
  out += "\nTo add it to the world, as a file for --assume (--write FILE writes it):\n\n";
  return out + proposal.yaml;
}

std::string to_json(const Proposal& proposal) {
  const Wish& wish = proposal.wish;
  ordered_json offers = ordered_json::array();
  for (const Offer& offer : proposal.offers) {
    offers.push_back({{"id", offer.id},
                      {"holder", offer.holder},
                      {"clause", offer.clause},
                      {"reply_by", date_text(offer.reply_by)},
                      {"release_for_s", offer.release_for.us / seconds(1).us}});
  }
  ordered_json json;
  json["workload"] = wish.workload;
  json["at"] = date_text(wish.at);
  json["waiting_jobs"] = proposal.waiting_jobs;
  json["unmet_gpus"] = proposal.unmet_gpus;
  json["supplier"] = wish.supplier;
  json["agreement_of_order"] = wish.agreement;
  json["order"] = wish.order;
  json["site"] = wish.site;
  json["accelerator"] = wish.accelerator;
  json["amount"] = wish.amount;
  json["verdict"] = agreement::name_of(proposal.verdict);
  json["clause"] = explain::text_or_null(proposal.clause);
  json["against"] = explain::text_or_null(proposal.against);
  json["agreement"] = explain::text_or_null(proposal.agreement_title);
  json["source"] = explain::text_or_null(proposal.source);
  json["until"] = explain::date_or_null(proposal.until);
  json["offers"] = std::move(offers);
  json["assumption_file"] = explain::text_or_null(proposal.yaml);
  return explain::dumped(json);
}

}  // namespace stargate::propose
