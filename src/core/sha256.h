#pragma once

#include <array>
#include <string_view>

namespace stargate::core {

inline constexpr std::size_t kSha256Bytes = 32;
using Sha256 = std::array<char, kSha256Bytes>;

Sha256 sha256(std::string_view bytes);

}  // namespace stargate::core
