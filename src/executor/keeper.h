#pragma once

#include <string>

namespace stargate::executor {

/// The descriptor on which a keeper is given the locked file EpochFolder::lock().
inline constexpr int kKeeperLock = 3;

/// Starts the gang that `folder`/order.json describes, waits for its end, and writes its findings into
/// the folder (epoch_folder.h). When it returns, nothing of the gang runs, unless it is not 0: then it
/// could not do its work, and has said why on standard error. A process of its own, with one thread.
int keep(const std::string& folder);

}  // namespace stargate::executor
