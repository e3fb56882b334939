#include "server/local_world.h"

#include <fmt/format.h>

#include "event/describe.h"

namespace stargate::server {

std::string local_accelerator(const LocalMachine& machine) {
  return machine.has_real_gpus ? "gpu" : "slot";
}

std::vector<world::WorldFile> local_world(const LocalMachine& machine, Instant today) {
  const std::string agreed = text_of(today - days(1)).substr(0, 10);
  const std::string ends = text_of(today + days(3 * 365)).substr(0, 10);
  const std::string market = fmt::format(
      R"(labs:
  - id: lab
    title: "Your lab"
tenants:
  - id: research
    lab: lab
  - id: platform
    lab: lab
suppliers:
  - id: local
    title: "This machine"
  - id: northwind
    title: "Northwind Cloud"
  - id: borealis
    title: "Borealis Compute"
accelerators:
  - id: {kind}
    title: "{title}"
    node_gpus: {gpus}
    rack_nodes: 1
    facility_power: 100 W
    it_power: 80 W
  - id: h100
    title: "NVIDIA H100"
    node_gpus: 8
    rack_nodes: 4
    facility_power: 1400 W
    it_power: 1200 W
sites:
  - id: here
    title: "Here"
    operator: local
    jurisdiction: US
  - id: iowa
    title: "Northwind, Iowa"
    operator: northwind
    jurisdiction: US
  - id: norway
    title: "Borealis, Norway"
    operator: borealis
    jurisdiction: NO
)",
      fmt::arg("kind", local_accelerator(machine)),
      fmt::arg("title", machine.has_real_gpus ? "A GPU of this machine" : "A core of this machine"),
      fmt::arg("gpus", machine.gpus));
  const std::string contracts =
      fmt::format(R"(agreements:
  - id: local-paper
    title: "This machine, ours"
    supplier: local
    customer: lab
    signed: {agreed}
    clauses: []
  - id: northwind-paper
    title: "Northwind and your lab"
    supplier: northwind
    customer: lab
    signed: {agreed}
    clauses:
      - id: northwind-first
        kind: first_refusal
        from: {agreed}
        until: {ends}
        reply_within: 30 days
        partial: allowed
        partial_declines_rest: true
        release_for: 180 days
        source: "Northwind's paper, section 7"
        carve_outs:
          - supplier: local
            source: "Northwind's paper, section 7.2"
      - id: northwind-rate
        kind: rate
        from: {agreed}
        price: $2.35/GPU-h
        source: "Northwind's paper, annex A"
  - id: borealis-paper
    title: "Borealis and your lab"
    supplier: borealis
    customer: lab
    signed: {agreed}
    clauses:
      - id: borealis-rate
        kind: rate
        from: {agreed}
        price: $1.95/GPU-h
        source: "Borealis' paper, section 3"
orders:
  - id: local-order
    agreement: local-paper
    site: here
    accelerator: {kind}
    amount: {gpus} gpus
    signed: {agreed}
    capacity:
      - id: local-one
        gpus: {gpus} gpus
        accepted: {agreed}
  - id: northwind-order
    agreement: northwind-paper
    site: iowa
    accelerator: h100
    amount: 64 gpus
    signed: {agreed}
    until: {ends}
    capacity:
      - id: northwind-one
        gpus: 64 gpus
        accepted: {agreed}
)",
                  fmt::arg("agreed", agreed), fmt::arg("ends", ends),
                  fmt::arg("kind", local_accelerator(machine)), fmt::arg("gpus", machine.gpus));
  return {{"market.yaml", market}, {"contracts.yaml", contracts}};
}

}  // namespace stargate::server
