#include "server/tell.h"

#include <type_traits>
#include <variant>

#include "event/codec.h"
#include "event/describe.h"

namespace stargate::server {
namespace {

/// What only the core needs to know.
bool is_inner(const Event::Body& body) {
  return std::holds_alternative<event::RequestDefined>(body) ||
         std::holds_alternative<event::RequestAdmitted>(body) ||
         std::holds_alternative<event::UseDecayed>(body) ||
         std::holds_alternative<event::PermissionsChanged>(body) ||
         std::holds_alternative<event::ServiceLevelReached>(body);
}

PartyId supplier_of_queue(const core::State& state, QueueId queue) {
  const auto& market = state.scheduling().market;
  return market.is_of_order(queue) ? market.book.supplier_of(market.places[queue.value].order)
                                   : kNo<PartyId>;
}

PartyId supplier_of_act(const agreement::Book& book, const Act& act) {
  if (is_set(act.clause)) {
    return book.agreements()[book.clause(act.clause).agreement.value].supplier;
  }
  if (is_set(act.stage)) return book.supplier_of(book.stages()[act.stage.value].order);
  if (!act.offer.empty()) {
    const auto acts = book.acts_of_offer(act.offer);
    if (!acts.empty()) {
      return supplier_of_act(book, book.entry(acts.front()).act.offer == act.offer &&
                                           is_set(book.entry(acts.front()).act.clause)
                                       ? book.entry(acts.front()).act
                                       : Act{});
    }
  }
  if (is_set(act.order)) return book.supplier_of(act.order);
  return act.party;
}

Told told_of(std::uint64_t index, const Event& event, const Applied& entry) {
  Told told;
  told.index = index;
  told.at = event.at;
  told.kind = stargate::name_of(event.body);
  Encoder(event.at).encode(event, entry.batch, told.event);
  const agreement::Book& book = entry.state.scheduling().market.book;
  std::visit(
      [&](const auto& body) {
        using Body = std::decay_t<decltype(body)>;
        if constexpr (requires { body.job; }) {
          if (const Job* job = entry.tables.find(body.job)) {
            told.tenant = job->tenant;
            told.supplier = supplier_of_queue(entry.state, job->queue);
            told.name = job->spec->name;
          }
        } else if constexpr (std::is_same_v<Body, event::ActEntered>) {
          const Act& act = entry.batch.acts[body.index];
          told.supplier = supplier_of_act(book, act);
          told.is_of_other_order =
              is_set(act.order) && book.supplier_of(act.order) != told.supplier;
        } else if constexpr (requires { body.queue; }) {
          told.supplier = supplier_of_queue(entry.state, body.queue);
        }
      },
      event.body);
  return told;
}

}  // namespace

void tell(std::uint64_t index, const Applied& entry, Feed& feed) {
  for (const Event& event : entry.batch.events) {
    if (!is_inner(event.body)) feed.add(told_of(index, event, entry));
  }
}

}  // namespace stargate::server
