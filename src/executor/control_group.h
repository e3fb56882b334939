#pragma once

#include <string>

// Control groups of Linux (version 2), where this process may create some: they hold all that a gang
// starts, whatever it does to hide.

namespace stargate::executor {

/// The folder of this process's own group if groups can be created in it; empty: they cannot.
std::string own_control_group();

/// False where it cannot be created.
bool create_control_group(const std::string& folder);
/// SIGKILL to all in it, at once. Nothing happens where there is no such group.
void kill_control_group(const std::string& folder);
/// Whether something lives in it; false where there is no such group.
bool control_group_lives(const std::string& folder);
void remove_control_group(const std::string& folder);

}  // namespace stargate::executor
