// Definitions and acts as bytes. Each structure names its fields once, in `fields`, for writing and
// for reading.

#include <type_traits>
#include <utility>

#include "event/codec.h"

namespace stargate {
namespace {

class Writer {
 public:
  explicit Writer(ByteWriter& out) : out_(out) {}
  static constexpr bool kReads = false;

  void operator()(const std::string& value) { out_.text(value); }
  void operator()(bool value) { out_.flag(value); }
  void operator()(std::uint8_t value) { out_.byte(value); }
  void operator()(std::uint32_t value) { out_.varint(value); }
  void operator()(std::uint64_t value) { out_.varint(value); }
  void operator()(std::int64_t value) { out_.zigzag(value); }
  template <class Enum>
  void enumerator(Enum value, Enum) {
    out_.enumerator(value);
  }
  std::size_t size(std::size_t count) {
    out_.varint(count);
    return count;
  }
  std::size_t alternative(std::size_t index, std::size_t) {
    out_.byte(static_cast<std::uint8_t>(index));
    return index;
  }

 private:
  ByteWriter& out_;
};

class Reader {
 public:
  explicit Reader(ByteReader& in) : in_(in) {}
  static constexpr bool kReads = true;

  void operator()(std::string& value) { value = in_.text(); }
  void operator()(bool& value) { value = in_.flag(); }
  void operator()(std::uint8_t& value) { value = in_.byte(); }
  void operator()(std::uint32_t& value) { value = in_.varint32(); }
  void operator()(std::uint64_t& value) { value = in_.varint(); }
  void operator()(std::int64_t& value) { value = in_.zigzag(); }
  template <class Enum>
  void enumerator(Enum& value, Enum last) {
    value = in_.enumerator(last);
  }
  std::size_t size(std::size_t) { return in_.count(1); }
  std::size_t alternative(std::size_t, std::size_t count) {
    const std::size_t index = in_.byte();
    if (index >= count) in_.fail("a definition of an unknown kind");
    return index;
  }
  [[noreturn]] void fail(const char* message) { in_.fail(message); }

 private:
  ByteReader& in_;
};

/// T as it is seen by an archive: constant for a writer.
template <class Io, class T>
using In = std::conditional_t<Io::kReads, T, const T>;

template <class Io>
void kind(Io& io, In<Io, KindId>& id) {
  std::uint32_t value = id.value;
  io(value);
  if constexpr (Io::kReads) {
    if (value > UINT16_MAX) io.fail("a kind of accelerator is out of its range");
    id.value = static_cast<std::uint16_t>(value);
  }
}
template <class Io>
void fields(Io& io, In<Io, Instant>& at) {
  io(at.us);
}
template <class Io>
void fields(Io& io, In<Io, Duration>& length) {
  io(length.us);
}
template <class Io>
void fields(Io& io, In<Io, std::string>& text) {
  io(text);
}

template <class Io, class... Values>
void all(Io& io, Values&... values);

template <class Io, class List>
void list(Io& io, List& items) {
  const std::size_t count = io.size(items.size());
  if constexpr (Io::kReads) items.resize(count);
  for (auto& item : items) all(io, item);
}

template <class Io>
void fields(Io& io, In<Io, Money>& money) {
  io(money.micros);
  for (auto& letter : money.currency.code) {
    auto byte = static_cast<std::uint8_t>(letter);
    io(byte);
    if constexpr (Io::kReads) letter = static_cast<char>(byte);
  }
}
template <class Io>
void fields(Io& io, In<Io, CapacityAmount>& amount) {
  io(amount.value);
  io.enumerator(amount.unit, CapacityUnit::kFacilityWatts);
}
template <class Io>
void fields(Io& io, In<Io, Price>& price) {
  all(io, price.amount);
  io.enumerator(price.unit, RateUnit::kMonth);
  io.enumerator(price.basis, CapacityUnit::kFacilityWatts);
}
template <class Io>
void fields(Io& io, In<Io, CarveOut>& part) {
  all(io, part.uses, part.supplier, part.order, part.site, part.own_build, part.from, part.until,
      part.source);
}
template <class Io>
void fields(Io& io, In<Io, SupplyDuty>& duty) {
  all(io, duty.notice, duty.respond_within, duty.released_for_unmet);
}
template <class Io>
void fields(Io& io, In<Io, clause::Exclusive>& terms) {
  all(io, terms.uses, terms.new_capacity_only, terms.has_supply_duty, terms.supply_duty);
  list(io, terms.carve_outs);
}
/// A truth value, and whether more follows than what every such clause has: 0 or 1, and 2 more for that.
template <class Io>
bool flag_and_more(Io& io, In<Io, bool>& flag, bool has_more) {
  auto both = static_cast<std::uint8_t>((flag ? 1 : 0) + (has_more ? 2 : 0));
  io(both);
  if constexpr (Io::kReads) {
    if (both > 3) io.fail("a flag that is none");
    flag = (both & 1) != 0;
  }
  return (both & 2) != 0;
}
template <class Io>
void fields(Io& io, In<Io, clause::FirstRefusal>& terms) {
  all(io, terms.uses, terms.reply_within, terms.business_days, terms.time_zone,
      terms.deemed_receipt);
  const bool has_more =
      flag_and_more(io, terms.partial_allowed, terms.grace != Duration{} || terms.must_state != 0);
  all(io, terms.partial_declines_rest, terms.release_for);
  list(io, terms.carve_outs);
  if (!has_more) return;
  all(io, terms.grace, terms.must_state);
  if constexpr (Io::kReads) {
    if (terms.grace == Duration{} && terms.must_state == 0) io.fail("terms that say nothing");
  }
}
template <class Io>
void fields(Io& io, In<Io, clause::FirstShip>& terms) {
  all(io, terms.uses, terms.released_if_cannot_and_declines);
}
template <class Io>
void fields(Io& io, In<Io, clause::Commit>& terms) {
  all(io, terms.amount, terms.take_or_pay_ppm, terms.eligible, terms.true_up, terms.carry_over_ppm,
      terms.relief_for_undelivered);
}
template <class Io>
void fields(Io& io, In<Io, clause::Prepay>& terms) {
  all(io, terms.ppm, terms.before_delivery, terms.credited_from_month, terms.refundable);
}
template <class Io>
void fields(Io& io, In<Io, clause::Tranche>& terms) {
  all(io, terms.order);
  list(io, terms.stages);
  all(io, terms.amount, terms.due, terms.grace, terms.deemed_acceptance);
  const bool has_offer = flag_and_more(io, terms.early_use, !terms.offer.empty());
  all(io, terms.early_uses, terms.has_early_price, terms.early_price);
  if (!has_offer) return;
  io(terms.offer);
  if constexpr (Io::kReads) {
    if (terms.offer.empty()) io.fail("an offer without a name");
  }
}
template <class Io>
void fields(Io& io, In<Io, clause::CreditStep>& step) {
  all(io, step.after, step.ppm, step.per);
}
template <class Io>
void fields(Io& io, In<Io, clause::Late>& terms) {
  list(io, terms.tranches);
  list(io, terms.credits);
  all(io, terms.credit_cap_ppm, terms.outside, terms.terminates_order, terms.cure_by_alternative,
      terms.excuses_force_majeure, terms.excuses_customer_caused, terms.notice_within,
      terms.longest_extension);
}
template <class Io>
void fields(Io& io, In<Io, clause::RampStep>& step) {
  all(io, step.from, step.ppm);
}
/// Whether power is passed on: 0: no; 1: yes, at no price; 2: yes, at the price that follows.
template <class Io>
void power(Io& io, In<Io, clause::Rate>& terms) {
  std::uint8_t how = 0;
  if (terms.pass_through_power) how = terms.power_price == Price{} ? 1 : 2;
  io(how);
  if constexpr (Io::kReads) {
    if (how > 2) io.fail("a way to pass power on that there is not");
    terms.pass_through_power = how > 0;
  }
  if (how < 2) return;
  all(io, terms.power_price);
  if constexpr (Io::kReads) {
    if (terms.power_price == Price{}) io.fail("a price of power that is none");
  }
}
template <class Io>
void fields(Io& io, In<Io, clause::Rate>& terms) {
  all(io, terms.order, terms.price);
  list(io, terms.ramp);
  power(io, terms);
}
template <class Io>
void fields(Io& io, In<Io, clause::Reserve>& terms) {
  all(io, terms.order, terms.min_gpus, terms.max_gpus, terms.all_or_nothing, terms.no_cancel,
      terms.reclaimed_before_end);
}
template <class Io>
void fields(Io& io, In<Io, clause::Locale>& terms) {
  all(io, terms.uses);
  list(io, terms.jurisdictions);
  all(io, terms.accelerator, terms.max_units);
}
template <class Io>
void fields(Io& io, In<Io, clause::Option>& terms) {
  all(io, terms.amount, terms.expires, terms.has_price, terms.price);
}
template <class Io>
void fields(Io& io, In<Io, clause::Terminate>& terms) {
  all(io, terms.by);
  io.enumerator(terms.cause, clause::TerminateCause::kRepeatedFailure);
  all(io, terms.after, terms.notice, terms.has_fee, terms.fee);
}

template <class Io>
void fields(Io& io, In<Io, Party>& party) {
  all(io, party.name, party.title, party.is_lab, party.is_supplier, party.own_build_of);
}
template <class Io>
void fields(Io& io, In<Io, Accelerator>& accelerator) {
  all(io, accelerator.name, accelerator.title, accelerator.facility_w_per_gpu,
      accelerator.it_w_per_gpu);
}
template <class Io>
void fields(Io& io, In<Io, Site>& site) {
  all(io, site.name, site.title, site.operator_party, site.landlord, site.jurisdiction, site.power,
      site.pue_ppm, site.ingest_bytes_per_s, site.ingest_price_per_tb);
}
template <class Io>
void fields(Io& io, In<Io, Agreement>& agreement) {
  all(io, agreement.name, agreement.title, agreement.supplier, agreement.customer,
      agreement.signed_at, agreement.source);
}
template <class Io>
void fields(Io& io, In<Io, Clause>& clause) {
  all(io, clause.name, clause.agreement, clause.from, clause.until, clause.until_event,
      clause.known);
  list(io, clause.supersedes);
  list(io, clause.assumptions);
  io.enumerator(clause.confidence, Confidence::kLow);
  all(io, clause.source);
  all(io, clause.terms);
}
template <class Io>
void fields(Io& io, In<Io, RackGroup>& group) {
  all(io, group.racks, group.nodes_per_rack, group.gpus_per_node);
  kind(io, group.kind);
  io.enumerator(group.opens, Level::kFleet);
}
template <class Io>
void fields(Io& io, In<Io, Stage>& stage) {
  all(io, stage.name, stage.site, stage.order);
  kind(io, stage.accelerator);
  list(io, stage.fleet.groups);
  all(io, stage.amount);
  list(io, stage.assumptions);
  all(io, stage.source);
}
template <class Io>
void fields(Io& io, In<Io, Order>& order) {
  all(io, order.name, order.agreement, order.site, order.operator_party, order.landlord);
  kind(io, order.accelerator);
  all(io, order.amount, order.signed_at, order.from, order.until, order.uses);
  io.enumerator(order.clearance, Clearance::kUnmetDemand);
  all(io, order.cleared_of, order.cleared_at, order.known);
  list(io, order.assumptions);
  all(io, order.source);
}
template <class Io>
void fields(Io& io, In<Io, DataSet>& data) {
  all(io, data.name, data.bytes);
  list(io, data.sites);
}
template <class Io>
void fields(Io& io, In<Io, Speed>& speed) {
  kind(io, speed.accelerator);
  all(io, speed.numerator, speed.denominator);
}
template <class Io>
void fields(Io& io, In<Io, Workload>& workload) {
  all(io, workload.name, workload.lab);
  io.enumerator(workload.use, Use::kNationalSecurityApi);
  all(io, workload.product, workload.kinds);
  list(io, workload.speeds);
  list(io, workload.data);
  all(io, workload.waits_for_transfer, workload.supplier_share_max_ppm);
}
template <class Io>
void fields(Io& io, In<Io, Assumption>& assumption) {
  all(io, assumption.name, assumption.statement);
}
template <class Io>
void fields(Io& io, In<Io, Ranking>& ranking) {
  all(io, ranking.name, ranking.lab, ranking.uses);
  const std::size_t count = io.size(ranking.criteria.size());
  if constexpr (Io::kReads) ranking.criteria.resize(count);
  for (auto& criterion : ranking.criteria) io.enumerator(criterion, Criterion::kFirstOrdered);
}
template <class Io>
void fields(Io& io, In<Io, Terms>& terms) {
  all(io, terms.amount, terms.has_price, terms.price, terms.delivery, terms.until);
}
template <class Io>
void fields(Io& io, In<Io, Act>& act) {
  io.enumerator(act.kind, ActKind::kControlChanges);
  all(io, act.effective, act.party, act.order, act.offer, act.clause, act.stage);
  io.enumerator(act.state, CapacityState::kRetired);
  all(io, act.nodes, act.name, act.terms, act.reply_by, act.until, act.signed_by,
      act.document_sha256, act.source);
}

template <class T>
inline constexpr bool kIsVariant = false;
template <class... Alternatives>
inline constexpr bool kIsVariant<std::variant<Alternatives...>> = true;
template <class T>
inline constexpr bool kIsId = false;
template <class Tag>
inline constexpr bool kIsId<Id<Tag, std::uint32_t>> = true;

/// The alternative of the variant that has the number, made anew.
template <class Variant, std::size_t... kIndices>
void make(Variant& variant, std::size_t index, std::index_sequence<kIndices...>) {
  ((index == kIndices ? static_cast<void>(variant.template emplace<kIndices>()) : void()), ...);
}

template <class Io, class T>
void one(Io& io, T& value) {
  using Plain = std::remove_const_t<T>;
  if constexpr (kIsVariant<Plain>) {
    constexpr std::size_t kCount = std::variant_size_v<Plain>;
    const std::size_t index = io.alternative(value.index(), kCount);
    if constexpr (Io::kReads) make(value, index, std::make_index_sequence<kCount>());
    std::visit([&](auto& alternative) { one(io, alternative); }, value);
  } else if constexpr (std::is_arithmetic_v<Plain>) {
    io(value);
  } else if constexpr (kIsId<Plain>) {
    io(value.value);
  } else {
    fields(io, value);
  }
}

template <class Io, class... Values>
void all(Io& io, Values&... values) {
  (one(io, values), ...);
}

}  // namespace

void write_definition(ByteWriter& out, const Definition& definition) {
  Writer writer(out);
  all(writer, definition);
}

Definition read_definition(ByteReader& in) {
  Reader reader(in);
  Definition definition;
  all(reader, definition);
  return definition;
}

void write_act(ByteWriter& out, const Act& act) {
  Writer writer(out);
  all(writer, act);
}

Act read_act(ByteReader& in) {
  Reader reader(in);
  Act act;
  all(reader, act);
  return act;
}

}  // namespace stargate
