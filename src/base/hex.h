#pragma once

#include <string>
#include <string_view>

namespace stargate {

/// Two lower-case hexadecimal digits a byte.
std::string hex_of(std::string_view bytes);

}  // namespace stargate
