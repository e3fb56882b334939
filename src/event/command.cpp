#include "event/command.h"

namespace stargate {

bool is_valid(const TenantSpec& spec) {
  constexpr std::uint32_t kCohortsMax = 65'536;
  return spec.parent.value < spec.tenant.value && spec.weight > 0 && spec.weight <= UINT32_MAX &&
         spec.cohort < kCohortsMax && spec.guaranteed_gpus <= UINT32_MAX &&
         spec.borrow_gpus_max <= UINT32_MAX;
}

}  // namespace stargate
