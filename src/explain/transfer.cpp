// Data that work waits for.

#include "explain/transfer.h"

#include <fmt/format.h>

#include "explain/paragraph.h"

namespace stargate::explain {

std::optional<TransferAnswer> transfer_of(const placement::Market& market, SiteId site,
                                          const Room& room) {
  if (!room.may_come) return std::nullopt;
  return TransferAnswer{market.book.data()[room.absent.value].name, room.arrives,
                        market.transfer_length(room.absent, site).value_or(Duration{}),
                        market.transfer_price(room.absent, site)};
}

std::string why_no_data(const placement::Market& market, SiteId site, const Room& room) {
  const std::string& name = market.book.data()[room.absent.value].name;
  const std::string& where = market.book.sites()[site.value].name;
  const auto transfer = transfer_of(market, site, room);
  if (!transfer) return fmt::format("{} is not at {}", name, where);
  const bool is_free = transfer->price.micros == 0;
  const std::string price =
      is_free ? "" : money_text(transfer->price.currency, transfer->price.micros);
  if (transfer->arrives != kNever) {
    return fmt::format("{} is on its way to {} until {}{}", name, where,
                       date_text(transfer->arrives), is_free ? "" : ", for " + price);
  }
  return fmt::format("{} is not at {}: to bring it takes {}{}", name, where,
                     length_text(transfer->takes), is_free ? "" : " and costs " + price);
}

}  // namespace stargate::explain
