#pragma once

#include <span>

#include "agreement/book.h"

// Whether values of terms are within their range, and what they name is in the book.

namespace stargate::agreement {

/// Of a beginning: any instant but kNever.
constexpr bool is_start(Instant at) {
  return at.us == INT64_MIN || (at >= Instant{-kLatest.us} && at <= kLatest);
}
constexpr bool is_end(Instant at) { return at == kNever || is_start(at); }
constexpr bool is_share(std::uint32_t ppm) { return ppm <= kWhole; }
constexpr bool is_uses(UseMask uses) { return uses != 0 && (uses & ~kAnyUse) == 0; }
constexpr bool is_amount(CapacityAmount amount) {
  return amount.value >= 0 && amount.value <= (std::int64_t{1} << 50) &&
         amount.unit <= CapacityUnit::kFacilityWatts;
}
constexpr bool is_money(Money money) {
  return money.micros >= 0 && money.micros <= (std::int64_t{1} << 62);
}
constexpr bool is_price(const Price& price) {
  return is_money(price.amount) && price.unit <= RateUnit::kMonth &&
         price.basis <= CapacityUnit::kFacilityWatts &&
         ((price.unit != RateUnit::kKwMonth && price.unit != RateUnit::kGwYear) ||
          price.basis != CapacityUnit::kGpus);
}

/// kUnknown where a number is neither kNo nor of something in the book.
template <class AnyId, class Things>
constexpr bool is_there(AnyId id, const Things& things) {
  return id.value < things.size();
}
template <class AnyId, class Things>
constexpr bool is_there_or_none(AnyId id, const Things& things) {
  return !is_set(id) || is_there(id, things);
}
template <class AnyId, class Things>
constexpr bool are_there(std::span<const AnyId> ids, const Things& things) {
  for (const AnyId id : ids) {
    if (!is_there(id, things)) return false;
  }
  return true;
}

/// An order that a carve-out names may come later; parties and sites are there.
Reason check_carve_outs(const Book& book, std::span<const CarveOut> carve_outs);
/// The instants from and until which carve-outs leave orders out.
template <class Sink>
void changes_of(std::span<const CarveOut> carve_outs, const Sink& sink) {
  for (const CarveOut& carve_out : carve_outs) {
    sink(carve_out.from);
    sink(carve_out.until);
  }
}

}  // namespace stargate::agreement
