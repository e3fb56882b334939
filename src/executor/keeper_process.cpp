#include "executor/keeper_process.h"

#include <cerrno>
#include <charconv>
#include <csignal>

#include <fcntl.h>
#include <sys/file.h>

#include "executor/durable_file.h"
#include "executor/keeper.h"
#include "executor/process_tree.h"
#include "executor/rank_environment.h"
#include "executor/spawn.h"

namespace stargate::executor {

pid_t start_keeper(const std::vector<std::string>& command, const EpochFolder& folder) {
  const Descriptor lock = lock_file(folder.lock());
  if (!lock.is_open()) throw_errno("cannot lock " + folder.lock());

  std::vector<std::string> words = command;
  words.push_back(folder.path());

  SpawnSettings settings;
  const std::string log = folder.keeper_log();
  // The lock is taken first: what opens the others might get its number.
  ::posix_spawn_file_actions_adddup2(&settings.actions, lock.get(), kKeeperLock);
  ::posix_spawn_file_actions_addopen(&settings.actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&settings.actions, 1, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_addopen(&settings.actions, 2, log.c_str(),
                                     O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::posix_spawn_file_actions_addclosefrom_np(&settings.actions, kKeeperLock + 1);
  ::posix_spawn_file_actions_addchdir_np(&settings.actions, "/");
  sigset_t signals;
  sigfillset(&signals);
  ::posix_spawnattr_setsigdefault(&settings.attributes, &signals);
  sigemptyset(&signals);
  ::posix_spawnattr_setsigmask(&settings.attributes, &signals);
  ::posix_spawnattr_setflags(
      &settings.attributes,
      static_cast<short>(POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK));

  const pid_t keeper = spawn(words, inherited_environment(), settings);
  // For whoever looks for it after this process has ended.
  const std::string number = std::to_string(keeper);
  if (::pwrite(lock.get(), number.data(), number.size(), 0) < 0) return keeper;
  return keeper;
}

Descriptor find_keeper(const EpochFolder& folder) {
  const std::string text = read_file(folder.lock()).value_or("");
  pid_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || number <= 0) return Descriptor();
  Descriptor keeper(open_process(number));
  // Another process may have got the number. The folder is the last word.
  const std::string words = read_process_file(number, "cmdline");
  if (!words.ends_with('\0' + folder.path() + '\0')) keeper.close();
  return keeper;
}

bool is_locked(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!file.is_open()) {
    if (errno == ENOENT) return false;
    throw_errno("cannot open " + path);
  }
  if (::flock(file.get(), LOCK_SH | LOCK_NB) == 0) return false;
  if (errno == EWOULDBLOCK) return true;
  throw_errno("cannot lock " + path);
}

Descriptor lock_file(const std::string& path) {
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file.is_open()) throw_errno("cannot open " + path);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) file.close();
  return file;
}

}  // namespace stargate::executor
