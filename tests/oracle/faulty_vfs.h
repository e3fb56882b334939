#pragma once

#include <cstdint>
#include <string>

// A disk that fails, as a file system of SQLite's over the usual one. Files are where they are said to
// be; what is not synced may be lost when the power goes. One at a time, for one thread.

namespace stargate::oracle {

enum class Fault {
  kNone,
  kError,  ///< the call fails, nothing of it is done; a sync forgets what it should have synced
  kErrorTwice,    ///< so do this call and the next one
  kShortError,    ///< the call fails; of a write, the first half is done; of a sync, all of it
  kFull,          ///< the call fails as on a full disk; what takes no space goes on working
  kErrorForGood,  ///< that call fails, and each one after it
  kCrash,         ///< the power goes before the call
};

/// What is kept of what was not synced when the power goes.
enum class Kept { kNothing, kPrefix, kAnySubset, kEverything };

class FaultyVfs {
 public:
  /// Starts a disk whose files are those there are. Call number `at` (from 1 on) of those that change
  /// it, or make a change durable (write, cut, sync, delete), has the fault.
  struct Plan {
    Fault fault = Fault::kNone;
    std::uint64_t at = 0;
  };
  static void start(const Plan& plan);

  /// SQLite's name for it.
  static std::string name();
  /// How many calls there were since the start.
  static std::uint64_t calls();
  /// Whether the fault came.
  static bool struck();
  /// The power goes, if it has not: until the next start all calls fail. Then the files are what the
  /// disk has: all that was synced, and of the rest what `kept` says, where the last write may be torn
  /// between sectors of 512 bytes. Close all files before.
  static void lose_power(Kept kept, std::uint64_t seed);
};

}  // namespace stargate::oracle
