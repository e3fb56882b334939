#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "world/check_clauses.h"
#include "world/reader.h"
#include "world/rules.h"

// What stands on several entries, or on several keys of one. Each rule says nothing where what it
// compares could not be read.

namespace stargate::world {
namespace {

constexpr std::size_t kAcceleratorsMax = 64;

class Checker : Rules {
 public:
  Checker(const Entries& entries, Problems& problems) : Rules(problems), entries_(entries) {}

  void run() {
    check_parties();
    for (const auto& order : entries_.orders) check_order(order);
    check_stages();
    check_tenants();
    for (const auto& workload : entries_.workloads) check_workload(workload);
    for (const auto& read : entries_.rankings) {
      check_once(*read.node, "criteria", read.entry.criteria);
    }
  }

 private:
  void check_parties() {
    if (entries_.accelerators.size() > kAcceleratorsMax) {
      problems_.add(entries_.accelerators[kAcceleratorsMax].node->at,
                    fmt::format("found {} accelerators, expected at most {}",
                                entries_.accelerators.size(), kAcceleratorsMax));
    }
    for (const auto& [node, accelerator, is_read] : entries_.accelerators) {
      if (!is_read) continue;
      if (accelerator.it_w_per_gpu > accelerator.facility_w_per_gpu &&
          accelerator.facility_w_per_gpu > 0) {
        report(*node, "it_power",
               fmt::format("found {}, more than the facility power, expected at most {}",
                           found(*node, "it_power"), found(*node, "facility_power")));
      }
    }
    for (const auto& read : entries_.data) check_once(*read.node, "sites", read.entry.sites);
  }

  void check_order(const Read<OrderEntry>& read) {
    const auto& [node, order, is_read] = read;
    if (!is_read) return;
    const bool is_signed = order.signed_at != kNever && order.signed_at != Instant{};
    if (is_signed && order.from < order.signed_at) {
      report(*node, "from",
             fmt::format("found {}, before the order is signed, expected {} or later",
                         found(*node, "from"), found(*node, "signed")));
    }
    if (order.until <= order.from && node->find("until") != nullptr) {
      report(
          *node, "until",
          fmt::format("found {}, expected a date after the order's begin", found(*node, "until")));
    }
    if (is_signed && order.raw_known && *order.raw_known < order.signed_at) {
      report(*node, "known",
             fmt::format("found {}, before the order is signed, expected {} or "
                         "later",
                         found(*node, "known"), found(*node, "signed")));
    }
    check_once(*node, "assumptions", order.assumptions);
    check_clearance(*node, order);
    if (!is_set(order.agreement)) return;
    const auto& agreement = entries_.agreements[order.agreement.value];
    if (is_signed && agreement.is_read && agreement.entry.signed_at > order.signed_at) {
      report(*node, "signed",
             fmt::format(
                 "found {}, before its agreement is signed ({}), expected that day or later",
                 found(*node, "signed"), problems_.place(agreement.node->position_of("signed"))));
    }
  }

  void check_clearance(const Node& node, const OrderEntry& order) {
    for (const std::string_view key : {"clearance", "clears", "cleared"}) {
      if (node.find(key) != nullptr) continue;
      for (const std::string_view other : {"clearance", "clears", "cleared"}) {
        const Node* value = node.find(other);
        if (value == nullptr) continue;
        problems_.add(value->at,
                      fmt::format("found {} {} without {}, expected clearance, clears and "
                                  "cleared together",
                                  other, found_text(*value), key));
        return;
      }
    }
    if (!is_set(order.cleared_of)) return;
    const ClauseEntry& clause = entries_.clauses[order.cleared_of.value].entry;
    if (!entries_.clauses[order.cleared_of.value].is_read) return;
    if (clause.kind != "exclusive" && clause.kind != "first_refusal") {
      report(node, "clears",
             fmt::format("found {}, of the kind {}, expected a clause of the kind "
                         "exclusive or first_refusal",
                         found(node, "clears"), clause.kind));
      return;
    }
    if (order.cleared_of.value >= entries_.clauses_before_orders) {
      report(node, "clears",
             "found a clause that supersedes one about orders, expected one of the "
             "kind exclusive or first_refusal that does not");
    }
    const AgreementEntry& holder = entries_.agreements[clause.agreement.value].entry;
    if (!is_set(order.agreement)) return;
    const AgreementEntry& own = entries_.agreements[order.agreement.value].entry;
    if (is_set(own.customer) && is_set(holder.customer) && own.customer != holder.customer) {
      report(node, "clears",
             fmt::format("found {}, a clause of another customer, expected one of "
                         "the order's",
                         found(node, "clears")));
    }
  }

  void check_stages() {
    std::map<std::uint32_t, std::int64_t> sums;
    for (const auto& [node, stage, is_read] : entries_.stages) {
      if (!is_read) continue;
      check_once(*node, "assumptions", stage.assumptions);
      const OrderEntry& order = entries_.orders[stage.order.value].entry;
      if (!order.raw_amount) continue;
      const CapacityAmount whole = order.Order::amount;
      std::int64_t& sum = sums[stage.order.value];
      const bool fitted = sum <= whole.value;
      sum += amount_of(entries_, stage, whole.unit);
      if (!fitted || sum <= whole.value) continue;
      const bool by_amount = stage.raw_amount && stage.Stage::amount.unit == whole.unit;
      const std::string_view key = by_amount ? "amount" : "gpus";
      report(*node, key,
             fmt::format(
                 "found {}, with which the stages come to more than the order, expected at "
                 "most {} in all ({})",
                 found(*node, key), found(*entries_.orders[stage.order.value].node, "amount"),
                 problems_.place(entries_.orders[stage.order.value].node->position_of("amount"))));
    }
  }

  void check_tenants() {
    for (std::size_t i = 0; i < entries_.tenants.size(); ++i) {
      const auto& [node, tenant, is_read] = entries_.tenants[i];
      if (!is_read) continue;
      const auto number = static_cast<std::uint32_t>(i + 1);
      const bool has_parent = tenant.parent.value != 0;
      if (has_parent && tenant.parent.value >= number) {
        report(*node, "parent",
               fmt::format("found {}, which is part of this tenant, expected one "
                           "that is not",
                           found(*node, "parent")));
        continue;
      }
      if (!is_set(tenant.lab) && node->find("lab") == nullptr && node->find("parent") == nullptr &&
          node->is_map()) {
        problems_.add(node->at, "found no lab in a tenant, expected a lab or a parent");
      }
      if (is_set(tenant.lab) && has_parent) {
        PartyId above = kNo<PartyId>;
        for (std::uint32_t up = tenant.parent.value; up != 0 && !is_set(above);) {
          above = entries_.tenants[up - 1].entry.lab;
          const std::uint32_t next = entries_.tenants[up - 1].entry.parent.value;
          if (next >= up) break;
          up = next;
        }
        if (is_set(above) && above != tenant.lab) {
          report(*node, "lab",
                 fmt::format("found {}, expected {}: its parent's", found(*node, "lab"),
                             entries_.parties[above.value].entry.name));
        }
      }
      for (const std::string_view key : {"guaranteed", "borrow_limit"}) {
        if (node->find(key) == nullptr || node->find("cohort") != nullptr) continue;
        report(*node, key,
               fmt::format("found {} without a cohort, expected none or a cohort", key));
      }
    }
  }

  void check_workload(const Read<WorkloadEntry>& read) {
    const auto& [node, workload, is_read] = read;
    if (!is_read) return;
    check_once(*node, "accelerators", workload.accelerators);
    check_once(*node, "data", workload.data);
    if (workload.repeats.value_or(1) > 1 && node->find("every") == nullptr) {
      report(*node, "repeats", "found repeats without every, expected how far apart they are");
    }
    if (node->find("every") != nullptr && node->find("repeats") == nullptr) {
      report(*node, "every", "found every without repeats, expected how many times");
    }
    if (workload.every && workload.repeats && workload.every->us > 0 &&
        *workload.repeats > kLongest.us / workload.every->us) {
      report(
          *node, "repeats",
          fmt::format("found {}, expected jobs before the end of time", found(*node, "repeats")));
    }
    if (workload.gpus > 0 && workload.node_gpus) {
      if (*workload.node_gpus > kMaxGpusPerNode) {
        report(*node, "node_gpus",
               fmt::format("found {}, expected at most {} gpus", found(*node, "node_gpus"),
                           kMaxGpusPerNode));
      } else if (*workload.node_gpus > workload.gpus) {
        report(*node, "node_gpus",
               fmt::format("found {}, expected at most the job's {}", found(*node, "node_gpus"),
                           found(*node, "gpus")));
      }
    }
    if (workload.locality == Level::kNode && workload.gpus > kMaxGpusPerNode) {
      report(
          *node, "locality",
          fmt::format("found node, expected a wider place: no node has {}", found(*node, "gpus")));
    }
    const Node* data = node->find("data");
    if (data == nullptr && node->find("data_policy") != nullptr) {
      report(*node, "data_policy", "found data_policy without data, expected data");
    }
    if (!workload.product.empty() &&
        (workload.use == Use::kResearch || workload.use == Use::kTraining)) {
      report(*node, "product",
             fmt::format("found a product of {}, expected the use of a product",
                         name_of(workload.use)));
    }
    std::set<KindId> seen;
    const Node* speeds = node->find("speeds");
    for (std::size_t i = 0; i < workload.raw_speeds.size(); ++i) {
      if (speeds->items.size() != workload.raw_speeds.size()) break;
      if (seen.insert(workload.raw_speeds[i].accelerator).second) continue;
      problems_.add(speeds->items[i].position_of("accelerator"),
                    fmt::format("found {} again, expected each once",
                                found(speeds->items[i], "accelerator")));
    }
  }

  const Entries& entries_;
};

}  // namespace

void check_entries(Entries& entries, Problems& problems) {
  Checker(entries, problems).run();
  check_clauses(entries, problems);
}

}  // namespace stargate::world
