#include "propose/proposal_yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/emitter.h>

#include "explain/explain.h"
#include "world/quantity.h"

namespace stargate::propose {
namespace {

class Writer {
 public:
  void open(const char* section) {
    out_ << YAML::Key << section << YAML::Value << YAML::BeginSeq << YAML::BeginMap;
  }
  void close() { out_ << YAML::EndMap << YAML::EndSeq; }
  void next() { out_ << YAML::EndMap << YAML::BeginMap; }
  /// A word, quantity or date; nothing where it is empty.
  void plain(const char* key, const std::string& value) {
    if (!value.empty()) out_ << YAML::Key << key << YAML::Value << value;
  }
  void prose(const char* key, const std::string& value) {
    out_ << YAML::Key << key << YAML::Value << YAML::DoubleQuoted << value;
  }
  std::string take(const Proposal& proposal) {
    out_ << YAML::BeginMap << YAML::Key << "add" << YAML::Value << YAML::BeginMap;
    add(proposal);
    out_ << YAML::EndMap << YAML::EndMap;
    return std::string(out_.c_str()) + "\n";
  }

 private:
  void add(const Proposal& proposal) {
    const Wish& wish = proposal.wish;
    const std::string at = explain::date_text(wish.at);
    const std::string source = "Proposed on " + at;
    if (proposal.is_new_agreement) {
      open("agreements");
      plain("id", wish.agreement);
      prose("title", "To be agreed with " + proposal.supplier_title);
      plain("supplier", wish.supplier);
      plain("customer", proposal.customer);
      plain("signed", at);
      prose("source", source);
      close();
    }
    open("orders");
    plain("id", wish.order);
    plain("agreement", wish.agreement);
    plain("site", wish.site);
    plain("accelerator", wish.accelerator);
    plain("amount", wish.amount);
    plain("basis", basis_of_amount(wish));
    plain("signed", "proposed");
    plain("known", at);
    plain("until", wish.until);
    prose("source", source);
    close();
    if (proposal.offers.empty()) return;
    open("acts");
    for (std::size_t i = 0; i < proposal.offers.size(); ++i) {
      if (i > 0) next();
      plain("act", "offer");
      plain("at", at);
      plain("id", proposal.offers[i].id);
      plain("order", wish.order);
      plain("clause", proposal.offers[i].clause);
      plain("amount", wish.amount);
      plain("basis", wish.basis);
      plain("price", wish.price);
      plain("delivery", wish.delivery);
      plain("until", wish.until);
    }
    close();
  }

  static std::string basis_of_amount(const Wish& wish) {
    return world::parse_amount(wish.amount).is_power ? wish.basis : std::string();
  }

  YAML::Emitter out_;
};

CapacityUnit unit_of(bool is_power, const std::string& basis) {
  if (!is_power) return CapacityUnit::kGpus;
  return basis == "it" ? CapacityUnit::kItWatts : CapacityUnit::kFacilityWatts;
}

}  // namespace

std::string yaml_of(const Proposal& proposal) { return Writer().take(proposal); }

Terms terms_of(const Wish& wish) {
  Terms terms;
  const world::Amount amount = world::parse_amount(wish.amount);
  terms.amount = {amount.value, unit_of(amount.is_power, wish.basis)};
  if (!wish.price.empty()) {
    terms.has_price = true;
    terms.price = world::parse_price(wish.price);
    if (wish.basis == "it") terms.price.basis = CapacityUnit::kItWatts;
  }
  if (!wish.delivery.empty()) terms.delivery = world::parse_instant(wish.delivery);
  if (!wish.until.empty()) terms.until = world::parse_instant(wish.until);
  return terms;
}

}  // namespace stargate::propose
