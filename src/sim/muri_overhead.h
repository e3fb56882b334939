#pragma once

#include <cstdint>
#include <string_view>

#include "base/time.h"

namespace stargate::sim {

/// What starting a job of this model on so many GPUs takes, as measured for Muri (Zhao et al., SIGCOMM
/// 2022). Sizes between those measured take the next greater; more than 32 GPUs, that of 32. A model
/// that was not measured takes none.
Duration muri_start_overhead(std::string_view model, std::uint32_t gpus);

}  // namespace stargate::sim
