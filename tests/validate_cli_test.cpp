// The command line of `stargate validate`.

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include "program.h"

namespace stargate::end_to_end {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const std::string kSmall = std::string(STARGATE_SOURCE_DIR) + "/tests/data/worlds/small";

TEST(Validate, SumsUpAGoodWorld) {
  const Outcome outcome = run({"validate", kSmall});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  EXPECT_THAT(outcome.out, StartsWith("1 lab, 3 suppliers, 2 sites, 3 agreements\n11 clauses: "));
}

TEST(Validate, SaysEverythingThatIsWrongInOrder) {
  const Folder folder;
  folder.write("b.yaml", "labs:\n  - id: lab\n    title: Lab\n");
  folder.write("a.yaml", "suppliers:\n  - id: one\n    titel: \"One\"\n");
  folder.write("notes.txt", "not a file of the world");
  const Outcome outcome = run({"validate", folder.path("")});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err, folder.path("") +
                             "a.yaml:2:5: found no title in a supplier, expected text in quotes\n" +
                             folder.path("") +
                             "a.yaml:3:5: found the key titel in a supplier, expected one of "
                             "id, title, own_build_of; did you mean title?\n" +
                             folder.path("") +
                             "b.yaml:3:12: found Lab (without quotes), expected text in "
                             "quotes\n");
}

TEST(Validate, ReadsEveryFileThatIsNamedAsYaml) {
  const Folder folder;
  folder.write("a.YAML", "labs:\n  - id: lab\n    title: Lab\n");
  folder.write("b.Yml", "labs:\n  - id: lab\n    title: Lab\n");
  const Outcome outcome = run({"validate", folder.path("")});
  EXPECT_THAT(outcome.err, HasSubstr("a.YAML:3:12: found Lab"));
  EXPECT_THAT(outcome.err, HasSubstr("b.Yml:3:12: found Lab"));
}

TEST(Validate, DoesNotWaitForAPipe) {
  const Folder folder;
  ASSERT_EQ(::mkfifo(folder.path("pipe.yaml").c_str(), 0600), 0);
  const Outcome outcome = run({"validate", folder.path("")});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.err, HasSubstr("pipe.yaml: found a pipe or a device, expected a file"));
}

TEST(Validate, AppliesAssumptionFiles) {
  const Folder folder;
  const std::string fine = folder.write("fine.yaml", "set:\n  - id: chip\n    title: \"Chips\"\n");
  const std::string wrong = folder.write("wrong.yaml", "remove: [chips]\n");
  EXPECT_EQ(run({"validate", kSmall, "--assume", fine}).status, 0);
  const Outcome outcome = run({"validate", kSmall, "--assume", fine, "--assume", wrong});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.err, wrong +
                             ":1:10: found chips, which nothing is called, expected the id of an "
                             "entry; did you mean chip?\n");
}

TEST(Validate, RefusesWhatItCannotRead) {
  const Folder folder;
  EXPECT_EQ(run({"validate", folder.path("none")}).status, 2);
  EXPECT_THAT(run({"validate", folder.path("none")}).err, HasSubstr("none: cannot be read: "));
  EXPECT_THAT(run({"validate", folder.path("")}).err, HasSubstr("found no *.yaml file"));
  EXPECT_THAT(run({"validate", kSmall, "--assume", folder.path("no.yaml")}).err,
              HasSubstr("no.yaml: cannot be read: "));
  EXPECT_THAT(run({"validate"}).err, HasSubstr("FOLDER is missing"));
}

TEST(Validate, PrintsItsSchema) {
  const Outcome outcome = run({"validate", "--schema"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_TRUE(nlohmann::json::accept(outcome.out));
}

}  // namespace
}  // namespace stargate::end_to_end
