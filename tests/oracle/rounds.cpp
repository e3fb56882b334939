#include "oracle/rounds.h"

#include <algorithm>
#include <cstdlib>

namespace stargate::oracle {

int rounds(int normal, int fewest) {
  if (std::getenv("STARGATE_LONG_TESTS") != nullptr) return normal * 50;
  if (std::getenv("STARGATE_SHORT_TESTS") != nullptr) return std::max(normal / 4, fewest);
  return normal;
}

}  // namespace stargate::oracle
