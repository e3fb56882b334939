#pragma once

#include <cstdint>
#include <vector>

#include "base/ids.h"
#include "model/node_range.h"
#include "model/reason.h"

namespace stargate::placement {

/// One step of a scheduling pass. It is carried out before the next one is asked for.
struct Decision {
  enum class Kind : std::uint8_t {
    kDone,   ///< nothing more can be done now
    kStart,  ///< `slot` is given `ranges`
    kStop,   ///< `victims` are asked to stop for `slot`, because of `reason`
    kWait,   ///< `slot` goes first and cannot start, because of `reason`
  };
  Kind kind = Kind::kDone;
  Reason reason = Reason::kNone;
  std::uint32_t slot = 0;
  std::vector<NodeRange> ranges;
  std::vector<std::uint32_t> victims;
};

}  // namespace stargate::placement
