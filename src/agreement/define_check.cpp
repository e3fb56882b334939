// What a definition must be to be added to the book.

#include <algorithm>

#include "agreement/clauses/kind.h"
#include "agreement/clauses/ranges.h"

namespace stargate::agreement {
namespace {

constexpr std::size_t kMaxKinds = 64;

struct Checker {
  const Book& book;

  template <class AnyId, class Things>
  static bool all_there(const std::vector<AnyId>& ids, const Things& things) {
    return are_there(std::span<const AnyId>(ids), things);
  }

  /// The first of several answers that refuses.
  static Reason judge(bool known, bool valid) {
    if (!known) return Reason::kUnknown;
    return valid ? Reason::kNone : Reason::kInvalid;
  }

  Reason operator()(const Party& party) const {
    // A lab that builds for itself names itself.
    return judge(!is_set(party.own_build_of) || party.own_build_of.value <= book.parties().size(),
                 !is_set(party.own_build_of) || party.is_supplier);
  }
  Reason operator()(const Accelerator& accelerator) const {
    return judge(true, book.accelerators().size() < kMaxKinds &&
                           accelerator.facility_w_per_gpu >= 0 && accelerator.it_w_per_gpu >= 0);
  }
  Reason operator()(const Site& site) const {
    return judge(is_there_or_none(site.operator_party, book.parties()) &&
                     is_there_or_none(site.landlord, book.parties()),
                 is_amount(site.power) && site.ingest_bytes_per_s >= 0 &&
                     is_money(site.ingest_price_per_tb));
  }
  Reason operator()(const Agreement& agreement) const {
    if (!is_there(agreement.supplier, book.parties()) ||
        !is_there(agreement.customer, book.parties())) {
      return Reason::kUnknown;
    }
    return judge(true, book.parties()[agreement.supplier.value].is_supplier &&
                           book.parties()[agreement.customer.value].is_lab &&
                           is_start(agreement.signed_at));
  }
  Reason operator()(const Clause& clause) const {
    if (!is_there(clause.agreement, book.agreements()) ||
        !all_there(clause.supersedes, book.clauses()) ||
        !all_there(clause.assumptions, book.assumptions())) {
      return Reason::kUnknown;
    }
    if (!is_start(clause.from) || !is_end(clause.until) || !is_start(clause.known)) {
      return Reason::kInvalid;
    }
    return kind_of_terms(clause).check(book, clause);
  }
  /// The clause that it is cleared of may come later: clauses refer to orders, too.
  Reason operator()(const Order& order) const {
    const bool known = is_there(order.agreement, book.agreements()) &&
                       is_there(order.site, book.sites()) &&
                       is_there_or_none(order.operator_party, book.parties()) &&
                       is_there_or_none(order.landlord, book.parties()) &&
                       is_there(order.accelerator, book.accelerators()) &&
                       all_there(order.assumptions, book.assumptions());
    return judge(known, is_amount(order.amount) && is_end(order.signed_at) &&
                            is_start(order.from) && is_end(order.until) && is_uses(order.uses) &&
                            is_end(order.cleared_at) && is_end(order.known) &&
                            (order.clearance == Clearance::kNone) == !is_set(order.cleared_of));
  }
  Reason operator()(const Stage& stage) const {
    const bool known = is_there(stage.site, book.sites()) && is_there(stage.order, book.orders()) &&
                       is_there(stage.accelerator, book.accelerators()) &&
                       all_there(stage.assumptions, book.assumptions());
    return judge(known, Topology::is_valid(stage.fleet) && is_amount(stage.amount));
  }
  Reason operator()(const DataSet& set) const {
    return judge(all_there(set.sites, book.sites()), set.bytes >= 0);
  }
  Reason operator()(const Workload& workload) const {
    const bool known = is_there(workload.lab, book.parties()) &&
                       all_there(workload.data, book.data()) &&
                       std::ranges::all_of(workload.speeds, [&](const Speed& speed) {
                         return is_there(speed.accelerator, book.accelerators());
                       });
    const bool fast = std::ranges::all_of(workload.speeds, [](const Speed& speed) {
      return speed.numerator > 0 && speed.denominator > 0;
    });
    return judge(known, fast && workload.kinds != 0 && is_share(workload.supplier_share_max_ppm) &&
                            static_cast<std::uint32_t>(workload.use) < kUseCount);
  }
  Reason operator()(const Assumption&) const { return Reason::kNone; }
  Reason operator()(const Ranking& ranking) const {
    const auto& criteria = ranking.criteria;
    const bool valid = std::ranges::all_of(criteria, [&](Criterion criterion) {
      return static_cast<std::uint32_t>(criterion) < kCriterionCount &&
             std::ranges::count(criteria, criterion) == 1;
    });
    return judge(is_there_or_none(ranking.lab, book.parties()),
                 valid && !criteria.empty() && is_uses(ranking.uses));
  }
};

}  // namespace

Reason Book::check(const Definition& definition) const {
  return std::visit(Checker{*this}, definition);
}

}  // namespace stargate::agreement
