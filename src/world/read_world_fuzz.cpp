#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "model/topology.h"
#include "world/summary.h"
#include "world/world.h"

namespace {

using namespace stargate;

/// Whatever the bytes are, reading ends with a WorldError that says where, or with a world whose
/// numbers are within their ranges. What follows a line "%" is an assumption file.
void fuzz(const std::string& text) {
  std::vector<world::WorldFile> files{{"world.yaml", text}};
  std::vector<world::WorldFile> assume;
  const std::size_t cut = text.find("\n%\n");
  if (cut != std::string::npos) {
    files[0].text = text.substr(0, cut + 1);
    assume.push_back({"assume.yaml", text.substr(cut + 3)});
  }
  try {
    const world::World read = world::read_world_texts(files, assume);
    for (const Definition& definition : read.definitions) {
      const auto* stage = std::get_if<Stage>(&definition);
      STARGATE_CHECK(stage == nullptr || Topology::is_valid(stage->fleet), "a stage is a fleet");
    }
    for (const world::WorkloadPlan& plan : read.plans) {
      STARGATE_CHECK(is_valid(plan.request), "a request is valid");
      STARGATE_CHECK(plan.tenant.value <= read.tenants.size(), "a workload has a tenant");
    }
    for (const world::Tenant& tenant : read.tenants) {
      STARGATE_CHECK(is_valid(tenant.spec), "a tenant is valid");
    }
    for (const world::DatedAct& act : read.acts) {
      STARGATE_CHECK(act.entered >= act.act.effective, "acts are entered once they took effect");
    }
    STARGATE_CHECK(!world::summary_of(read).empty(), "a world has a summary");
  } catch (const world::WorldError& error) {
    STARGATE_CHECK(!error.problems().empty(), "what is refused is said");
    for (const world::Problem& problem : error.problems()) {
      STARGATE_CHECK(problem.line > 0 && !problem.message.empty(), "every problem has a place");
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  fuzz(std::string(reinterpret_cast<const char*>(bytes), size));
  return 0;
}
