#pragma once

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace stargate::end_to_end {

/// What a call of the program came to.
struct Outcome {
  int status = -1;  ///< exit status; 128 plus the signal where one ended it
  std::string out;
  std::string err;
};

/// A folder for the files of one test, gone with the object.
class Folder {
 public:
  Folder() {
    static std::atomic<int> count{0};
    path_ = std::filesystem::temp_directory_path() /
            ("stargate-test-" + std::to_string(::getpid()) + "-" + std::to_string(count++));
    std::filesystem::create_directories(path_);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  std::string path(const std::string& name) const { return (path_ / name).string(); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name), std::ios::binary) << text;
    return path(name);
  }
  std::string read(const std::string& name) const {
    std::ifstream stream(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  bool has(const std::string& name) const { return std::filesystem::exists(path(name)); }

 private:
  std::filesystem::path path_;
};

/// Starts the program under test with its output going to files in `folder`; no shell takes part.
/// `input` is a file for its standard input.
inline pid_t start(std::vector<std::string> arguments, const Folder& folder,
                   const std::string& input = "/dev/null") {
  arguments.insert(arguments.begin(), STARGATE_BINARY);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  const int flags = O_WRONLY | O_CREAT | O_TRUNC;
  const std::string out = folder.path("stdout");
  const std::string err = folder.path("stderr");
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, input.c_str(), O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, out.c_str(), flags, 0600);
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, err.c_str(), flags, 0600);
  pid_t child = -1;
  if (::posix_spawn(&child, STARGATE_BINARY, &files, nullptr, argv.data(), environ) != 0) {
    child = -1;
  }
  posix_spawn_file_actions_destroy(&files);
  return child;
}

inline Outcome finish(pid_t child, const Folder& folder) {
  Outcome outcome;
  int status = 0;
  if (child > 0 && ::waitpid(child, &status, 0) == child) {
    outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  outcome.out = folder.read("stdout");
  outcome.err = folder.read("stderr");
  return outcome;
}

inline Outcome run(std::vector<std::string> arguments, const std::string& input = "/dev/null") {
  const Folder folder;
  return finish(start(std::move(arguments), folder, input), folder);
}

}  // namespace stargate::end_to_end
