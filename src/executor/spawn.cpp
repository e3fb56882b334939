#include "executor/spawn.h"

#include <system_error>

namespace stargate::executor {

pid_t spawn(const std::vector<std::string>& words, const Environment& environment,
            const SpawnSettings& settings) {
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  std::vector<std::string> assignments = assignments_of(environment);
  std::vector<char*> pointers;
  for (std::string& assignment : assignments) pointers.push_back(assignment.data());
  pointers.push_back(nullptr);
  pid_t child = 0;
  const int error = ::posix_spawnp(&child, words.front().c_str(), &settings.actions,
                                   &settings.attributes, argv.data(), pointers.data());
  if (error != 0) {
    throw std::system_error(error, std::generic_category(), "cannot run " + words.front());
  }
  return child;
}

}  // namespace stargate::executor
