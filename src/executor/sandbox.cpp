#include "executor/sandbox.h"

#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "executor/descriptor.h"
#include "executor/durable_file.h"
#include "executor/rank_environment.h"
#include "executor/rank_process.h"
#include "executor/spawn.h"

namespace stargate::executor {
namespace {

/// What it said where it did not end with 0; empty: it did.
std::string problem_of(const std::vector<std::string>& words) {
  const Descriptor said(::memfd_create("said", MFD_CLOEXEC));
  if (!said.is_open()) throw_errno("cannot make a file in memory");
  SpawnSettings settings;
  ::posix_spawn_file_actions_addopen(&settings.actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&settings.actions, said.get(), 1);
  ::posix_spawn_file_actions_adddup2(&settings.actions, said.get(), 2);
  int status = 0;
  const pid_t child = spawn(words, inherited_environment(), settings);
  if (::waitpid(child, &status, 0) == child && status == 0) return "";
  char text[512];
  const ssize_t size = ::pread(said.get(), text, sizeof text, 0);
  std::string problem(text, size > 0 ? static_cast<std::size_t>(size) : 0);
  problem = problem.substr(0, problem.find('\n'));
  return problem.empty() ? fmt::format("{} ended with {}", words.front(), status) : problem;
}

}  // namespace

Sandbox try_sandbox(const Hidden& hidden) {
  Sandbox sandbox;
  std::string program = find_program("bwrap", inherited_environment(), "/", sandbox.problem);
  if (program.empty()) return sandbox;
  // Root, too, loses what could undo the sandbox: its capabilities.
  sandbox.options = {"--unshare-user-try", "--cap-drop", "ALL", "--die-with-parent",
                     "--dev-bind",         "/",          "/"};
  for (const std::string& file : hidden.files) {
    std::error_code is_missing;
    const std::string path = std::filesystem::canonical(file, is_missing).string();
    if (is_missing) continue;
    sandbox.options.insert(sandbox.options.end(), {"--ro-bind", "/dev/null", path});
  }
  sandbox.program = program;
  std::vector<std::string> trial = sandbox_words(sandbox, hidden, "", "/");
  trial.insert(trial.end(), {"--", "sh", "-c", "test -z \"$(ls -A \"$0\")\"", hidden.folder});
  try {
    sandbox.problem = problem_of(trial);
  } catch (const std::system_error& error) {
    sandbox.problem = error.what();
  }
  if (!sandbox.problem.empty()) sandbox.program.clear();
  return sandbox;
}

std::vector<std::string> sandbox_words(const Sandbox& sandbox, const Hidden& hidden,
                                       const std::string& visible, const std::string& directory) {
  std::vector<std::string> words{sandbox.program};
  words.insert(words.end(), sandbox.options.begin(), sandbox.options.end());
  words.insert(words.end(), {"--tmpfs", hidden.folder});
  if (!visible.empty()) words.insert(words.end(), {"--bind", visible, visible});
  words.insert(words.end(), {"--remount-ro", hidden.folder, "--chdir", directory});
  return words;
}

std::string sandbox_arguments(const std::vector<std::string>& words,
                              const Environment& environment) {
  std::string text;
  const auto add = [&text](const std::string& word) {
    text += word;
    text += '\0';
  };
  for (std::size_t i = 1; i < words.size(); ++i) add(words[i]);
  add("--clearenv");
  for (const auto& [name, value] : environment) {
    add("--setenv");
    add(name);
    add(value);
  }
  return text;
}

std::vector<std::string> bubblewrap_words() {
  const std::vector<std::string> words = {"bwrap", "--unshare-pid", "--as-pid-1", "--dev-bind", "/",
                                          "/",     "--proc",        "/proc",      "--"};
  std::vector<std::string> trial = words;
  trial.emplace_back("true");
  try {
    return problem_of(trial).empty() ? words : std::vector<std::string>();
  } catch (const std::system_error&) {
    return {};
  }
}

}  // namespace stargate::executor
