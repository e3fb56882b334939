#pragma once

#include <string>

// Control groups of Linux. Those of the second version, where this process may create some, hold all that a
// gang starts, whatever it does to hide.

namespace stargate::executor {

/// Where a process is in a tree of groups.
struct ControlGroupPlace {
  std::string mount;  ///< where the tree is mounted; empty: nowhere
  std::string path;   ///< below that, with a slash in front; empty: at its root
};

/// Of this process, in the tree of the second version ("") or of a controller of the first ("cpu").
ControlGroupPlace own_place(const std::string& controller);

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
