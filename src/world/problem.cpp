#include "world/problem.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace stargate::world {
namespace {

std::string text_of(const std::vector<Problem>& problems) {
  std::string text;
  for (const Problem& problem : problems) {
    if (!text.empty()) text += '\n';
    text += problem.text();
  }
  return text;
}

}  // namespace

std::string Problem::text() const {
  std::string text = file;
  if (line != 0) text += ":" + std::to_string(line);
  if (line != 0 && column != 0) text += ":" + std::to_string(column);
  return text + ": " + message;
}

WorldError::WorldError(std::vector<Problem> problems)
    : std::runtime_error(text_of(problems)), problems_(std::move(problems)) {}

std::uint32_t Problems::add_file(std::string path) {
  files_.push_back(std::move(path));
  return static_cast<std::uint32_t>(files_.size() - 1);
}

void Problems::add(Position at, std::string message) { found_.push_back({at, std::move(message)}); }

std::string Problems::place(Position at) const {
  return files_[at.file] + ":" + std::to_string(at.line);
}

void Problems::throw_if_any() const {
  if (found_.empty()) return;
  std::vector<Found> sorted = found_;
  std::ranges::stable_sort(sorted, {}, &Found::at);
  std::vector<Problem> problems;
  problems.reserve(sorted.size());
  for (Found& found : sorted) {
    Problem problem{files_[found.at.file], found.at.line, found.at.column,
                    std::move(found.message)};
    if (problems.empty() || problems.back() != problem) problems.push_back(std::move(problem));
  }
  throw WorldError(std::move(problems));
}

}  // namespace stargate::world
