#pragma once

// A tenant, a supplier with 8,192 GPUs, and a job for them.

namespace stargate::bench {

inline constexpr const char* kJob =
    R"({"name": "train", "gpus": 4, "use": "research", "time_limit": "2 hours", )"
    R"("command": ["python3", "train.py"]})";

inline constexpr const char* kSmallWorld = R"(labs:
  - id: lab
    title: "The lab"
tenants:
  - id: crimson
    lab: lab
suppliers:
  - id: boreas
    title: "Boreas"
accelerators:
  - id: h100
    title: "NVIDIA H100"
    node_gpus: 8
    rack_nodes: 4
    facility_power: 1400 W
    it_power: 1200 W
sites:
  - id: norway
    title: "Norway"
    operator: boreas
    jurisdiction: NO
agreements:
  - id: paper
    title: "Boreas and the lab"
    supplier: boreas
    customer: lab
    signed: 2025-01-01
    clauses: []
orders:
  - id: order
    agreement: paper
    site: norway
    accelerator: h100
    amount: 8192 gpus
    signed: 2025-01-01
    capacity:
      - id: stage
        gpus: 8192 gpus
        accepted: 2025-01-01
)";

}  // namespace stargate::bench
