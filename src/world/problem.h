#pragma once

#include <compare>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace stargate::world {

/// A place in the files of a world. Files are numbered in the order in which they are read: those of
/// the folder by name, then the assumption files as given. Lines and columns count from 1; 0: none.
struct Position {
  std::uint32_t file = 0;
  std::uint32_t line = 0;
  std::uint32_t column = 0;

  friend auto operator<=>(const Position&, const Position&) = default;
};

/// What is wrong with a world, where, and what was expected.
struct Problem {
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::string message;

  /// "FILE:LINE:COLUMN: message", without the numbers that are 0.
  std::string text() const;

  friend bool operator==(const Problem&, const Problem&) = default;
};

/// A world that cannot be read: everything that is wrong with it, by file and line. what() has a line
/// for each.
class WorldError : public std::runtime_error {
 public:
  explicit WorldError(std::vector<Problem> problems);

  const std::vector<Problem>& problems() const { return problems_; }

 private:
  std::vector<Problem> problems_;
};

/// Collects what is wrong while reading goes on.
class Problems {
 public:
  /// The number of the file from now on.
  std::uint32_t add_file(std::string path);
  const std::vector<std::string>& files() const { return files_; }

  void add(Position at, std::string message);
  std::size_t size() const { return found_.size(); }
  /// "FILE:LINE", for messages that name a second place.
  std::string place(Position at) const;
  /// Throws what was found, sorted, each once; does nothing where nothing was found.
  void throw_if_any() const;

 private:
  struct Found {
    Position at;
    std::string message;
  };
  std::vector<std::string> files_;
  std::vector<Found> found_;
};

}  // namespace stargate::world
