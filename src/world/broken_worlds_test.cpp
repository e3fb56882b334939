// Each case of tests/data/worlds/broken.txt: the small world with one thing changed is refused at the
// very place.

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "world/world.h"

namespace stargate::world {
namespace {

const std::string kWorlds = std::string(STARGATE_SOURCE_DIR) + "/tests/data/worlds/";

struct Case {
  std::string name;
  std::string file;
  std::string from;
  std::string to;  ///< with an @ before what is reported
  std::vector<std::string> messages;
};

void PrintTo(const Case& broken, std::ostream* out) { *out << broken.name; }

std::string text_of(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<Case> cases() {
  std::vector<Case> all;
  std::istringstream lines(text_of(kWorlds + "broken.txt"));
  for (std::string line; std::getline(lines, line);) {
    const std::string rest = line.size() > 2 ? line.substr(2) : "";
    const auto add = [&](std::string& text) { text += (text.empty() ? "" : "\n") + rest; };
    if (line.starts_with("= ")) all.push_back({rest, {}, {}, {}, {}});
    if (line.starts_with("in ")) all.back().file = line.substr(3);
    if (line.starts_with("- ")) add(all.back().from);
    if (line.starts_with("+ ")) add(all.back().to);
    if (line.starts_with("! ")) all.back().messages.push_back(rest);
  }
  return all;
}

std::vector<WorldFile> small_world() {
  std::vector<WorldFile> files;
  for (const char* name : {"contracts.yaml", "work.yml", "world.yaml"}) {
    files.push_back({name, text_of(kWorlds + "small/" + name)});
  }
  return files;
}

class BrokenWorld : public testing::TestWithParam<Case> {};

TEST_P(BrokenWorld, IsRefusedAtItsPlace) {
  const Case& broken = GetParam();
  std::vector<WorldFile> files = small_world();
  const auto file = std::ranges::find(files, broken.file, &WorldFile::name);
  ASSERT_NE(file, files.end()) << broken.file;
  const std::size_t place = file->text.find(broken.from);
  ASSERT_NE(place, std::string::npos) << "not in the file:\n" << broken.from;
  ASSERT_EQ(file->text.find(broken.from, place + 1), std::string::npos) << "more than once";
  std::vector<std::string> places;
  std::string text = file->text.substr(0, place);
  for (const char c : broken.to + file->text.substr(place + broken.from.size())) {
    if (c != '@') {
      text += c;
      continue;
    }
    const auto line = 1 + std::ranges::count(text, '\n');
    const std::size_t begin = text.rfind('\n') + 1;
    places.push_back(broken.file + ":" + std::to_string(line) + ":" +
                     std::to_string(text.size() - begin + 1) + ": ");
  }
  file->text = text;
  std::vector<std::string> found;
  try {
    read_world_texts(files);
  } catch (const WorldError& error) {
    for (const Problem& problem : error.problems()) found.push_back(problem.text());
  }
  ASSERT_EQ(places.size(), broken.messages.size());
  ASSERT_EQ(found.size(), places.size()) << testing::PrintToString(found);
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_THAT(found[i], testing::StartsWith(places[i]));
    EXPECT_THAT(found[i], testing::HasSubstr(broken.messages[i]));
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, BrokenWorld, testing::ValuesIn(cases()), [](const auto& test) {
  std::string name = test.param.name;
  std::ranges::replace_if(
      name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
});

TEST(BrokenWorlds, AreMany) { EXPECT_GE(cases().size(), 100U); }

TEST(BrokenWorlds, BeginWithOneThatIsFine) {
  EXPECT_NO_THROW(static_cast<void>(read_world_texts(small_world())));
}

}  // namespace
}  // namespace stargate::world
