#include "cli/propose_order.h"

#include <fmt/format.h>

#include "cli/columns.h"
#include "cli/plane_verb.h"

namespace stargate::cli {

Reply propose_order(const Json& proposal) {
  Client client;
  return post_options(client, "/v1/orders/propose", proposal,
                      {{"site", "--site"}, {"accelerator", "--accelerator"}, {"gpus", "--gpus"}});
}

std::string proposed_text(const Json& proposed) {
  const Json order = proposed.value("order", Json::object());
  std::string text = fmt::format("proposed: {}, {} of {} at {}, {}\n", text_at(order, "id"),
                                 text_at(order, "amount"), text_at(order, "accelerator"),
                                 text_at(order, "supplier"), text_at(order, "site"));
  for (const Json& offer : list_at(proposed, "offers")) {
    text += paragraph(fmt::format("{} to {} under {}, reply by {}", text_at(offer, "id"),
                                  text_at(offer, "holder"), text_at(offer, "clause"),
                                  instant_at(offer, "reply_by")),
                      "offered:  ");
  }
  return text + paragraph(text_at(proposed, "next"), "next:     ");
}

}  // namespace stargate::cli
