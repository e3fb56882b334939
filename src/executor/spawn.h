#pragma once

#include <string>
#include <vector>

#include <spawn.h>
#include <sys/types.h>

#include "executor/order.h"

namespace stargate::executor {

/// posix_spawn's settings, freed with the object.
struct SpawnSettings {
  SpawnSettings() {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }

  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
};

/// The first word is a path, or a name that PATH leads to. Throws std::system_error where it cannot be run.
pid_t spawn(const std::vector<std::string>& words, const Environment& environment,
            const SpawnSettings& settings);

}  // namespace stargate::executor
