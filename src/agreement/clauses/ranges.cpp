#include "agreement/clauses/ranges.h"

namespace stargate::agreement {

Reason check_carve_outs(const Book& book, std::span<const CarveOut> carve_outs) {
  for (const CarveOut& carve_out : carve_outs) {
    if (!is_there_or_none(carve_out.supplier, book.parties()) ||
        !is_there_or_none(carve_out.site, book.sites())) {
      return Reason::kUnknown;
    }
    if (!is_uses(carve_out.uses) || !is_start(carve_out.from) || !is_end(carve_out.until)) {
      return Reason::kInvalid;
    }
  }
  return Reason::kNone;
}

}  // namespace stargate::agreement
