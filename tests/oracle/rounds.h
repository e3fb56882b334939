#pragma once

namespace stargate::oracle {

/// How often a random test tries, where `normal` times is usual: 50 times as often where
/// STARGATE_LONG_TESTS is set, a quarter as often where STARGATE_SHORT_TESTS is, but at least `fewest`
/// times: what it takes to reach the rare states that the test wants to have seen. Seeds count up from
/// the same first one, so that what a short run tries, a normal one tries too.
int rounds(int normal, int fewest = 1);

}  // namespace stargate::oracle
