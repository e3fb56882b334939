#include "propose/proposal.h"

#include <algorithm>
#include <functional>
#include <set>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "core/engine.h"
#include "explain/explain.h"
#include "explain/room.h"
#include "propose/proposal_yaml.h"
#include "sim/world_player.h"
#include "world/deadline.h"
#include "world/quantity.h"

namespace stargate::propose {
namespace {

using agreement::Book;
using world::EntryKind;

template <class Names>
std::string listed(const Names& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::uint32_t number_of(const world::World& world, const std::string& field,
                        const std::string& name, EntryKind kind) {
  const world::Named* named = world.find(name);
  if (named != nullptr && named->kind == kind) return named->number;
  const std::vector<std::string> known = world.names_of(kind);
  throw WishError(
      fmt::format("{}: found '{}', expected {}{}", field, name, world::name_of(kind),
                  known.empty() ? ": the world has none" : ": one of " + listed(known)));
}

/// The only name that there is, where the wish says none.
std::string only(const std::string& field, const std::set<std::string>& names,
                 const std::string& none) {
  if (names.size() == 1) return *names.begin();
  if (names.empty()) throw WishError(fmt::format("{}: {}", field, none));
  throw WishError(fmt::format("{} is not said, expected one of {}", field, listed(names)));
}

/// Fills in what the wish leaves open, from the world as it stood then.
class Filler {
 public:
  Filler(const world::World& world, const core::State& state, Proposal& proposal)
      : world_(world),
        state_(state),
        book_(state.scheduling().market.book),
        proposal_(proposal),
        wish_(proposal.wish) {
    workload_ = {number_of(world, "workload", wish_.workload, EntryKind::kWorkload)};
    supplier_ = {number_of(world, "supplier", wish_.supplier, EntryKind::kSupplier)};
  }

  void fill() {
    proposal_.supplier_title = title_of(book_.parties()[supplier_.value]);
    proposal_.customer = book_.parties()[workload().lab.value].name;
    fill_amount();
    fill_site();
    fill_accelerator();
    fill_agreement();
    if (wish_.order.empty()) {
      wish_.order = fmt::format("{}-{}-{}", wish_.workload, wish_.supplier,
                                explain::date_text(wish_.at).substr(0, 10));
    }
  }

 private:
  const Workload& workload() const { return book_.workloads()[workload_.value]; }

  void fill_amount() {
    const explain::Waiting waiting = explain::waiting_of(state_, workload_);
    proposal_.waiting_jobs = waiting.jobs;
    proposal_.unmet_gpus = waiting.gpus;
    if (!wish_.amount.empty()) return;
    if (proposal_.waiting_jobs == 0) {
      throw WishError(fmt::format(
          "nothing of {} is unmet on {}: expected an amount, to propose an order nevertheless",
          wish_.workload, explain::date_text(wish_.at)));
    }
    wish_.amount = fmt::format("{} gpus", proposal_.unmet_gpus);
  }

  /// Whether the order is the lab's on the supplier's paper.
  bool is_ours(OrderId id) const {
    return book_.supplier_of(id) == supplier_ && book_.customer_of(id) == workload().lab;
  }

  void fill_site() {
    if (!wish_.site.empty()) {
      number_of(world_, "site", wish_.site, EntryKind::kSite);
      return;
    }
    std::set<std::string> sites;
    for (const Site& site : book_.sites()) {
      if (site.operator_party == supplier_) sites.insert(site.name);
    }
    for (std::uint32_t i = 0; i < book_.orders().size(); ++i) {
      if (is_ours({i})) sites.insert(book_.sites()[book_.orders()[i].site.value].name);
    }
    wish_.site = only("site", sites,
                      fmt::format("the world has none of {}, expected the site of another, or a "
                                  "new one in the world",
                                  wish_.supplier));
  }

  void fill_accelerator() {
    if (!wish_.accelerator.empty()) {
      number_of(world_, "accelerator", wish_.accelerator, EntryKind::kAccelerator);
      return;
    }
    const auto accepts = [&](std::uint32_t kind) { return (workload().kinds >> kind & 1) != 0; };
    std::set<std::string> all;
    for (std::uint32_t i = 0; i < book_.accelerators().size(); ++i) {
      if (accepts(i)) all.insert(book_.accelerators()[i].name);
    }
    std::set<std::string> there;
    for (const Order& order : book_.orders()) {
      if (book_.sites()[order.site.value].name == wish_.site && accepts(order.accelerator.value)) {
        there.insert(book_.accelerators()[order.accelerator.value].name);
      }
    }
    wish_.accelerator = only("accelerator", there.size() == 1 ? there : all,
                             fmt::format("the world has none that {} accepts", wish_.workload));
  }

  void fill_agreement() {
    const Agreement* latest = nullptr;
    for (const Agreement& agreement : book_.agreements()) {
      if (agreement.supplier != supplier_ || agreement.customer != workload().lab ||
          agreement.signed_at > wish_.at) {
        continue;
      }
      if (agreement.name == wish_.agreement) return;
      if (latest == nullptr || agreement.signed_at >= latest->signed_at) latest = &agreement;
    }
    if (wish_.agreement.empty() && latest != nullptr) {
      wish_.agreement = latest->name;
      return;
    }
    if (world_.find(wish_.agreement) != nullptr) {
      throw WishError(fmt::format(
          "agreement: found {}, expected one of {} and {} that is signed "
          "by {}, or a new id",
          wish_.agreement, wish_.supplier, proposal_.customer, explain::date_text(wish_.at)));
    }
    proposal_.is_new_agreement = true;
    if (wish_.agreement.empty()) {
      wish_.agreement = fmt::format("{}-{}-proposed", wish_.supplier, proposal_.customer);
    }
  }

  const world::World& world_;
  const core::State& state_;
  const Book& book_;
  Proposal& proposal_;
  Wish& wish_;
  WorkloadId workload_;
  PartyId supplier_;
};

/// Throws WishError where a quantity cannot be read.
void check_quantities(const Wish& wish) {
  const auto check = [](const char* field, const std::string& text, const auto& parse) {
    if (text.empty()) return;
    try {
      parse(text);
    } catch (const world::QuantityError& error) {
      throw WishError(fmt::format("{}: found '{}' ({})", field, text, error.what()));
    }
  };
  bool is_power = false;
  check("amount", wish.amount,
        [&](const std::string& text) { is_power = world::parse_amount(text).is_power; });
  check("price", wish.price, [](const std::string& text) { world::parse_price(text); });
  check("delivery", wish.delivery, [](const std::string& text) { world::parse_instant(text); });
  check("until", wish.until, [](const std::string& text) { world::parse_instant(text); });
  if (is_power && wish.basis.empty()) throw WishError("basis is not said, expected it or facility");
}

/// The deadline of each first refusal, should an offer be made now.
std::vector<command::ReplyDue> replies_of(const Book& book, Instant at) {
  std::vector<command::ReplyDue> replies;
  for (std::uint32_t i = 0; i < book.clauses().size(); ++i) {
    const auto* terms = std::get_if<clause::FirstRefusal>(&book.clauses()[i].terms);
    if (terms == nullptr) continue;
    replies.push_back({{i}, world::reply_deadline(at, world::clock_of(*terms))});
  }
  return replies;
}

void name_clause(const Book& book, const agreement::Obstacles& obstacles, Proposal& proposal) {
  const agreement::Permission& permission = obstacles.permission;
  proposal.verdict = permission.verdict;
  proposal.until = permission.until;
  if (is_set(permission.against)) proposal.against = book.clause(permission.against).name;
  if (!is_set(permission.clause)) return;
  const Clause& clause = book.clause(permission.clause);
  const Agreement& agreement = book.agreements()[clause.agreement.value];
  proposal.clause = clause.name;
  proposal.clause_kind = kind_of(clause);
  proposal.agreement_title = title_of(agreement);
  proposal.holder = title_of(book.parties()[agreement.supplier.value]);
  proposal.source = clause.source;
  const auto* exclusive = std::get_if<clause::Exclusive>(&clause.terms);
  if (exclusive != nullptr && exclusive->has_supply_duty &&
      exclusive->supply_duty.released_for_unmet) {
    proposal.answer = exclusive->supply_duty.respond_within;
  }
}

Offer offer_of(const Book& book, const Act& act) {
  const Clause& clause = book.clause(act.clause);
  const Agreement& agreement = book.agreements()[clause.agreement.value];
  return {act.offer, clause.name, title_of(book.parties()[agreement.supplier.value]), act.reply_by,
          std::get<clause::FirstRefusal>(clause.terms).release_for};
}

}  // namespace

Proposal propose(const std::vector<world::WorldFile>& files,
                 const std::vector<world::WorldFile>& assume_files, const Wish& wish) {
  Proposal proposal;
  proposal.wish = wish;
  check_quantities(wish);
  {
    const world::World world = world::read_world_texts(files, assume_files);
    sim::WorldPlayer player(world);
    player.play_until(wish.at);
    Filler(world, player.state(), proposal).fill();
  }
  // The order is read as part of the world, so that all that holds for orders holds for it.
  std::vector<world::WorldFile> assumed = assume_files;
  assumed.push_back({"what is proposed", yaml_of(proposal)});
  const world::World world = world::read_world_texts(files, assumed);
  sim::WorldPlayer player(world);
  player.play_until(wish.at);

  const Book& book = player.state().scheduling().market.book;
  const WorkloadId workload{world.find(proposal.wish.workload)->number};
  const OrderId order{world.find(proposal.wish.order)->number};
  name_clause(book, agreement::obstacles_to(book, workload, order, {wish.at, wish.at}), proposal);

  command::Propose command;
  command.order = order;
  command.workload = workload;
  command.offer = proposal.wish.order + "-offer";
  command.terms = terms_of(proposal.wish);
  command.replies = replies_of(book, wish.at);
  core::Engine engine(player.state());
  EventBatch batch;
  engine.execute({wish.at, command}, batch);
  for (const Act& act : batch.acts) {
    if (act.kind == ActKind::kOffer) proposal.offers.push_back(offer_of(book, act));
  }
  if (proposal.verdict != agreement::Verdict::kForbidden) proposal.yaml = yaml_of(proposal);
  return proposal;
}

}  // namespace stargate::propose
