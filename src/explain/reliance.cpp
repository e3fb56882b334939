#include "explain/reliance.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "agreement/signing.h"
#include "explain/explain.h"
#include "explain/table.h"

namespace stargate::explain {
namespace {

/// Work of one workload, or of one use where it is not known whose, that began while the lapse was
/// believed.
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
    sentences.push_back(fmt::format("{} was signed {}", order.name, on_text(at)));
  };
  if (in_reliance(order.signed_at)) sign(order.signed_at);
  for (const ActId id : book.acts_of(offer.order)) {
    const agreement::Entry& entry = book.entry(id);
    if (entry.act.kind == ActKind::kSign && in_reliance(entry.entered)) sign(entry.act.effective);
  }
  std::map<std::pair<WorkloadId, Use>, Began> began;
  for (const agreement::UseRecord& record : use) {
    if (record.order != offer.order || !in_reliance(record.from)) continue;
    Began& of = began[{record.workload, record.use}];
    of.first = std::min(of.first, record.from);
    ++of.times;
  }
  for (const auto& [whose, of] : began) {
    const auto& [workload, its_use] = whose;
    const std::string what = spaced(name_of(its_use));
    sentences.push_back(fmt::format(
        "{} was placed on {} {}, first {}",
        is_set(workload) ? fmt::format("{} ({})", book.workloads()[workload.value].name, what)
                         : what,
        order.name, of.times == 1 ? "once" : fmt::format("{} times", of.times), on_text(of.first)));
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
          fmt::format("{}, in reliance on a lapse of {} that the reply entered {} undid: it "
                      "would have to be "
                      "consented to, or waived",
                      relied, offer.name, on_text(offer.reopened_at)));
    }
  }
  return sentences;
}

}  // namespace stargate::explain
