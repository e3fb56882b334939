#include <array>

#include "world/entries.h"

// What an act of each kind has.

namespace stargate::world {
namespace {

/// The kind itself is read before everything else.
struct ActWord {
  static const Type type;
  static bool read(Binder&, const Node& node, std::string& value) {
    value = node.text;
    return true;
  }
};
const Type ActWord::type{"act", "what was done"};

std::vector<std::string> state_words() {
  std::vector<std::string> words;
  for (int i = 0; i <= static_cast<int>(CapacityState::kRetired); ++i) {
    words.emplace_back(name_of(static_cast<CapacityState>(i)));
  }
  return words;
}
const Type kStateType{"state",
                      "one of announced, secured, energised, installed, in_acceptance, accepted, "
                      "suspended, cancelled, retired",
                      "string",
                      {},
                      state_words};

using A = Keys<ActEntry>;
constexpr std::array kCommonKeys{
    A::of<&ActEntry::word, ActWord>("act", kRequired, "What was done"),
    A::of<&ActEntry::effective, At>("at", kRequired, "When it took effect"),
    A::of<&ActEntry::raw_entered, At>("entered", kOptional, "When it was entered; else: at"),
    A::of<&ActEntry::signed_by, Prose>("signed_by", kOptional, "Who signed it"),
    A::of<&ActEntry::document_sha256, Sha256>("document_sha256", kOptional, "Of the document"),
    A::of<&ActEntry::source, Prose>("source", kOptional, "Where this was published")};

constexpr Key kStage = A::of<&ActEntry::stage, StageRef>("stage", kRequired, "Which stage");
constexpr Key kState = A::of<&ActEntry::state, Choice<CapacityState, state_words, kStateType>>(
    "state", kRequired, "What it comes to");
constexpr Key kNodes = A::of<&ActEntry::nodes, Count>("nodes", kOptional, "A part, in nodes");
constexpr Key kEvent = A::of<&ActEntry::name, Word>("event", kRequired, "What happened");
constexpr Key kProduct = A::of<&ActEntry::name, Word>("product", kRequired, "Which product");
constexpr Key kSupplier =
    A::of<&ActEntry::party, SupplierRef>("supplier", kRequired, "Which supplier");
constexpr Key kParty = A::of<&ActEntry::party, ContractorRef>("party", kRequired, "Who does it");
constexpr Key kClause = A::of<&ActEntry::clause, ClauseRef>("clause", kRequired, "Under which");
constexpr Key kOrder = A::of<&ActEntry::order, OrderRef>("order", kRequired, "Which order");
constexpr Key kAddedOrder =
    A::of<&ActEntry::order, OrderRef>("order", kOptional, "What it adds, at the option's price");
constexpr Key kControlled =
    A::of<&ActEntry::party, ContractorRef>("party", kRequired, "Whom others control now");
constexpr Key kOffer = A::of<&ActEntry::offer, OfferName>("offer", kRequired, "Which offer");
constexpr Key kOfferId = A::of<&ActEntry::offer, Id>("id", kRequired, "The offer's id");
constexpr Key kAmount = A::of<&ActEntry::raw_amount, AnyAmount>("amount", kRequired, "How much");
constexpr Key kSupplied =
    A::of<&ActEntry::raw_amount, AmountOrNone>("amount", kRequired, "How much; 0: nothing");
constexpr Key kSomeAmount =
    A::of<&ActEntry::raw_amount, AnyAmount>("amount", kOptional, "How much");
constexpr Key kBasis = A::of<&ActEntry::basis, Basis>("basis", kOptional, "Whose power it is");
constexpr Key kPrice = A::of<&ActEntry::raw_price, PriceOf>("price", kOptional, "At what price");

/// Terms have dates of their own.
using T = Keys<ActEntry>;
struct Delivery {
  static constexpr const Type& type = kInstantType;
  static bool read(Binder& binder, const Node& node, Terms& terms) {
    return At::read(binder, node, terms.delivery);
  }
};
struct TermsUntil {
  static constexpr const Type& type = kInstantType;
  static bool read(Binder& binder, const Node& node, Terms& terms) {
    return At::read(binder, node, terms.until);
  }
};
constexpr Key kDelivery =
    T::of<&ActEntry::terms, Delivery>("delivery", kOptional, "When it is there");
constexpr Key kTermsUntil = T::of<&ActEntry::terms, TermsUntil>("until", kOptional, "When it ends");
constexpr Key kUntil = A::of<&ActEntry::until, At>("until", kRequired, "Until when");
constexpr Key kDue = A::of<&ActEntry::until, At>("due", kRequired, "When it is due now");

constexpr std::array kCapacityKeys{kStage, kState, kNodes};
constexpr std::array kEventKeys{kEvent};
constexpr std::array kProductKeys{kProduct, kSupplier};
constexpr std::array kDemandKeys{kClause, kAmount, kBasis};
constexpr std::array kSupplyKeys{kClause, kSupplied, kBasis};
constexpr std::array kOfferKeys{kOfferId, kOrder, kClause,   kAmount,
                                kBasis,   kPrice, kDelivery, kTermsUntil};
constexpr std::array kTermsKeys{kOffer, kAmount, kBasis, kPrice, kDelivery, kTermsUntil};
constexpr Key kDelivering =
    A::of<&ActEntry::order, OrderRef>("order", kOptional, "The holder's, that delivers it");
constexpr Key kDeliveringStages =
    A::of<&ActEntry::stages, StageRefs>("stages", kOptional, "Of the order; else: all");
constexpr std::array kAcceptKeys{kOffer,    kSomeAmount, kBasis,      kPrice,
                                 kDelivery, kTermsUntil, kDelivering, kDeliveringStages};
constexpr std::array kPartKeys{kOffer,    kAmount,     kBasis,      kPrice,
                               kDelivery, kTermsUntil, kDelivering, kDeliveringStages};
constexpr std::array kReplyKeys{kOffer};
constexpr std::array kClearKeys{kClause, kOrder};
constexpr std::array kSignKeys{kOrder, kSomeAmount, kBasis, kPrice, kDelivery, kTermsUntil};
constexpr std::array kExcuseKeys{kClause, kUntil};
constexpr std::array kAmendKeys{kClause, kDue};
constexpr std::array kTerminateKeys{kParty, kClause, kUntil};
constexpr std::array kExerciseKeys{kClause, kAmount, kBasis, kPrice, kAddedOrder};
constexpr std::array kSupplierKeys{kSupplier};
constexpr std::array kControlKeys{kControlled};

/// In the order of ActKind.
constexpr std::array<Variant, kActKindCount> kVariants{{{"capacity", kCapacityKeys},
                                                        {"event", kEventKeys},
                                                        {"shipped", kProductKeys},
                                                        {"cannot", kProductKeys},
                                                        {"declines_support", kProductKeys},
                                                        {"demand_notice", kDemandKeys},
                                                        {"supply_reply", kSupplyKeys},
                                                        {"offer", kOfferKeys},
                                                        {"counter", kTermsKeys},
                                                        {"accept", kAcceptKeys},
                                                        {"accept_part", kPartKeys},
                                                        {"decline", kReplyKeys},
                                                        {"withdraw", kReplyKeys},
                                                        {"waive", kClearKeys},
                                                        {"consent", kClearKeys},
                                                        {"sign", kSignKeys},
                                                        {"excuse", kExcuseKeys},
                                                        {"customer_caused", kExcuseKeys},
                                                        {"amend_due", kAmendKeys},
                                                        {"terminate", kTerminateKeys},
                                                        {"exercise", kExerciseKeys},
                                                        {"supplier_fails", kSupplierKeys},
                                                        {"supplier_returns", kSupplierKeys},
                                                        {"control_changes", kControlKeys}}};

}  // namespace

const Table kActTable{"act", kCommonKeys, "act", kVariants};

}  // namespace stargate::world
