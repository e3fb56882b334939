#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

#include "executor/descriptor.h"
#include "executor/epoch_folder.h"

namespace stargate::executor {

/// Starts a keeper in a session of its own, which holds the lock of the folder from the beginning.
/// `command` gets the folder as its last word. Throws std::system_error where it cannot be run.
pid_t start_keeper(const std::vector<std::string>& command, const EpochFolder& folder);

/// The process that start_keeper() gave, as open_process() opens it, as long as it has not been reaped.
/// Closed where it is not found.
Descriptor find_keeper(const EpochFolder& folder);

/// Whether someone holds the lock; false where there is no such file.
bool is_locked(const std::string& path);
/// Closed where someone else holds it.
Descriptor lock_file(const std::string& path);

}  // namespace stargate::executor
