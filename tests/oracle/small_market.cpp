#include "oracle/small_market.h"

namespace stargate::oracle {
namespace {

// Inlined, g++ 12 takes the rest of a short string for uninitialised.
[[gnu::noinline]] Site site_of(const std::string& name, const std::string& jurisdiction) {
  Site site;
  site.name = name;
  site.jurisdiction = jurisdiction;
  return site;
}

}  // namespace

SmallMarket::SmallMarket() {
  add(Party{"lab", "", true, false, kNo<PartyId>});
  add(Party{"azure", "", false, true, kNo<PartyId>});
  add(Party{"oracle", "", false, true, kNo<PartyId>});
  add(Party{"self", "", false, true, kLab});
  add(Accelerator{"gb200", "", 2'000, 1'600});
  add(site_of("abilene", "US"));
  for (std::uint32_t i = 0; i < 3; ++i) add(Agreement{"", "", {1 + i}, kLab, day(0), ""});
  for (std::uint32_t use = 0; use < kUseCount; ++use) {
    Workload workload;
    workload.use = static_cast<Use>(use);
    if (workload.use == Use::kFirstPartyProduct) workload.product = "chat";
    add(workload);
  }
}

}  // namespace stargate::oracle
