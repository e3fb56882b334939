#pragma once

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "world/world.h"

namespace stargate::world {

/// The small world of tests, with what is replaced in its files.
class SmallWorld : public testing::Test {
 protected:
  SmallWorld() {
    for (const char* name : {"contracts.yaml", "work.yml", "world.yaml"}) {
      const std::string path =
          std::string(STARGATE_SOURCE_DIR) + "/tests/data/worlds/small/" + name;
      std::ifstream stream(path, std::ios::binary);
      files_.push_back({name, {std::istreambuf_iterator<char>(stream), {}}});
    }
  }

  void replace(const std::string& from, const std::string& to) {
    for (WorldFile& file : files_) {
      const std::size_t place = file.text.find(from);
      if (place == std::string::npos) continue;
      file.text.replace(place, from.size(), to);
      return;
    }
    FAIL() << "not in the files: " << from;
  }
  /// In place of the decline of the offer, a reply of another kind.
  void reply(const std::string& act, const std::string& terms) {
    replace(kDecline, "  - act: " + act +
                          "\n    at: 2025-03-12\n    entered: 2025-03-13\n    offer: offer-1\n" +
                          terms);
  }

  World read() const { return read_world_texts(files_); }
  /// All that is wrong with it; empty: nothing.
  std::string error() const {
    try {
      read();
    } catch (const WorldError& error) {
      return error.what();
    }
    return "";
  }

  static constexpr const char* kDecline =
      "  - act: decline\n    at: 2025-03-12\n    entered: 2025-03-13\n    offer: offer-1\n";
  std::vector<WorldFile> files_;
};

}  // namespace stargate::world
