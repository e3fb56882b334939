#include "explain/reliance.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "agreement/signing.h"
#include "explain/explain.h"
#include "explain/table.h"

namespace stargate::explain {
namespace {

/// Work of one use that began while the lapse was believed.
struct Began {
  Instant first = kNever;
  std::size_t times = 0;
};

}  // namespace

std::vector<std::string> reliance_of(const agreement::Book& book, const agreement::Offer& offer,
                                     std::span<const agreement::UseRecord> use) {
  std::vector<std::string> sentences;
  if (offer.reopened_at == kNever) return sentences;
  const auto in_reliance = [&](Instant at) {
    return at > offer.reply_by && at < offer.reopened_at;
  };
  const Order& order = book.orders()[offer.order.value];
  const auto sign = [&](Instant at) {
    sentences.push_back(fmt::format("{} was signed on {}", order.name, date_text(at)));
  };
  if (in_reliance(order.signed_at)) sign(order.signed_at);
  for (const ActId id : book.acts_of(offer.order)) {
    const agreement::Entry& entry = book.entry(id);
    if (entry.act.kind == ActKind::kSign && in_reliance(entry.entered)) sign(entry.act.effective);
  }
  std::array<Began, kUseCount> began;
  for (const agreement::UseRecord& record : use) {
    if (record.order != offer.order || !in_reliance(record.from)) continue;
    Began& of = began[static_cast<std::size_t>(record.use)];
    of.first = std::min(of.first, record.from);
    ++of.times;
  }
  for (std::size_t i = 0; i < began.size(); ++i) {
    if (began[i].times == 0) continue;
    sentences.push_back(fmt::format(
        "{} was placed on {} {}, first on {}", spaced(name_of(static_cast<Use>(i))), order.name,
        began[i].times == 1 ? "once" : fmt::format("{} times", began[i].times),
        date_text(began[i].first)));
  }
  return sentences;
}

std::vector<std::string> undone_reliance(const agreement::Book& book, PartyId lab,
                                         agreement::Moment moment) {
  std::vector<std::string> sentences;
  for (const agreement::Offer& offer : agreement::offers(book, moment)) {
    if (book.customer_of(offer.order) != lab ||
        agreement::cleared(book, offer.clause, offer.order, false, moment)) {
      continue;
    }
    for (const std::string& relied : reliance_of(book, offer, {})) {
      sentences.push_back(
          fmt::format("{}, in reliance on a lapse of {} that the reply entered on {} undid: it "
                      "would have to be "
                      "consented to, or waived",
                      relied, offer.name, date_text(offer.reopened_at)));
    }
  }
  return sentences;
}

}  // namespace stargate::explain
