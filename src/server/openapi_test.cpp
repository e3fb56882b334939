// The document that is told to clients, and the table that it is written from.

#include <fstream>
#include <set>
#include <sstream>

#include "server/plane_fixture.h"

namespace stargate::server {
namespace {

using Json = nlohmann::json;

Json document() { return Json::parse(openapi_document()); }

TEST(OpenApi, HasEveryRouteAndNoOther) {
  const Json api = document();
  EXPECT_EQ(api["openapi"], "3.1.0");
  std::size_t operations = 0;
  for (const auto& [path, methods] : api["paths"].items()) operations += methods.size();
  EXPECT_EQ(operations, routes().size());
  for (const Route& route : routes()) {
    const std::string method = std::string(route.method) == "GET" ? "get" : "post";
    ASSERT_TRUE(api["paths"].contains(route.path) && api["paths"][route.path].contains(method))
        << route.id;
    const Json& operation = api["paths"][route.path][method];
    EXPECT_EQ(operation["operationId"], route.id);
    const Json& answers = operation["responses"];
    EXPECT_TRUE(answers.contains(std::to_string(route.status))) << route.id;
    for (const char* status : {"400", "500", "503"})
      EXPECT_TRUE(answers.contains(status)) << route.id;
    for (const char* status : {"401", "403"})
      EXPECT_EQ(answers.contains(status), !route.is_public) << route.id << status;
    EXPECT_EQ(answers.contains("415"), route.body != nullptr) << route.id;
    EXPECT_EQ(std::string(route.path).find('{') != std::string::npos, answers.contains("404"))
        << route.id;
    EXPECT_EQ(operation.contains("requestBody"), route.body != nullptr) << route.id;
  }
}

TEST(OpenApi, EveryBodyHasAnExampleThatItsSchemaAccepts) {
  for (const Route& route : routes()) {
    if (route.body == nullptr) continue;
    ASSERT_FALSE(route.example.is_null()) << route.id;
    for (const Fault& fault : faults_of(*route.body, Json(route.example))) {
      ADD_FAILURE() << route.id << ": " << fault.pointer << ": " << fault.detail;
    }
    EXPECT_FALSE(faults_of(*route.body, {{"nonsense", 1}}).empty()) << route.id;
  }
}

void check_references(const Json& value, const Json& schemas) {
  if (value.is_object() && value.contains("$ref")) {
    const std::string name = value["$ref"];
    EXPECT_TRUE(schemas.contains(name.substr(name.rfind('/') + 1))) << name;
  }
  if (!value.is_structured()) return;
  for (const Json& inner : value) check_references(inner, schemas);
}

TEST(OpenApi, EveryReferenceLeadsToASchema) {
  const Json api = document();
  check_references(api, api["components"]["schemas"]);
}

/// One name, one schema: the document would tell of the first alone.
TEST(OpenApi, NoTwoSchemasShareAName) {
  std::map<std::string, std::set<const Schema*>> names;
  const auto add = [&](const auto& self, const Schema* schema) -> void {
    if (schema == nullptr || !names[schema->name].insert(schema).second) return;
    for (const Field& field : schema->fields) self(self, field.schema);
  };
  for (const Route& route : routes()) add(add, route.body), add(add, route.answer);
  for (const auto& [name, schemas] : names) EXPECT_EQ(schemas.size(), 1U) << name;
}

const Schema& sample() {
  static const Schema schema{
      "Sample",
      "",
      {{.name = "count", .type = FieldType::kInteger, .least = -2, .most = 1'000'000},
       {.name = "text", .least = 1, .most = 3},
       {.name = "wait", .type = FieldType::kDuration},
       {.name = "any", .type = FieldType::kAny}}};
  return schema;
}

int status_of(const std::string& body) {
  try {
    read_body(sample(), body);
    return 200;
  } catch (const Problem& problem) {
    return problem.status();
  }
}

TEST(Bodies, NumbersAreWholeAndWithinTheirRange) {
  for (const char* good : {"0", "-2", "1.0", "1e3", "1000000", "-0.0", "1e6"}) {
    EXPECT_EQ(status_of(std::string("{\"count\":") + good + "}"), 200) << good;
  }
  for (const char* bad :
       {"1.5", "-3", "1000001", "1e300", "18446744073709551615", "99999999999999999999",
        "-9223372036854775808", "\"1\"", "true", "null", "[]"}) {
    EXPECT_EQ(status_of(std::string("{\"count\":") + bad + "}"), 422) << bad;
  }
  for (const char* no_json : {"1e400", "-1e999", "01", "+1", "NaN", "Infinity", ".5", "0x10", ""}) {
    EXPECT_EQ(status_of(std::string("{\"count\":") + no_json + "}"), 400) << no_json;
  }
}

TEST(Bodies, TextIsUtf8OfItsLengthWithoutNul) {
  EXPECT_EQ(status_of(R"({"text":"abc"})"), 200);
  EXPECT_EQ(status_of(R"({"text":""})"), 422);
  EXPECT_EQ(status_of(R"({"text":"abcd"})"), 422);
  EXPECT_EQ(status_of(R"({"text":"a\u0000"})"), 422);
  EXPECT_EQ(status_of("{\"text\":\"\xff\"}"), 400);
  EXPECT_EQ(status_of("{\"text\":\"\xc3\"}"), 400);
  EXPECT_EQ(status_of(R"({"text":"\ud800"})"), 400);
  EXPECT_EQ(status_of(std::string("{\"text\":\"a\0\"}", 13)), 400);
}

TEST(Bodies, LengthsOfTimeEndWhereSumsWouldOverflow) {
  EXPECT_EQ(status_of(R"({"wait":"20000000 days"})"), 200);
  EXPECT_EQ(status_of(R"({"wait":"999999999 days"})"), 422);
  EXPECT_EQ(status_of(R"({"wait":"99999999999999999999999 s"})"), 422);
  EXPECT_EQ(status_of(R"({"wait":"-1 s"})"), 422);
}

TEST(Bodies, DepthTwinsAndManyFaultsAreBounded) {
  EXPECT_EQ(status_of("{\"any\":" + std::string(2'000'000, '[')), 400);
  EXPECT_EQ(status_of("{\"any\":" + std::string(100, '[') + std::string(100, ']') + "}"), 400);
  EXPECT_EQ(status_of("{\"any\":" + std::string(10, '[') + std::string(10, ']') + "}"), 200);
  EXPECT_EQ(status_of(R"({"count":1,"count":2})"), 400);
  std::string many = "{";
  for (int i = 0; i < 200'000; ++i) many += "\"m" + std::to_string(i) + "\":1,";
  many += "\"count\":1}";
  try {
    read_body(sample(), many);
    ADD_FAILURE();
  } catch (const Problem& problem) {
    EXPECT_LE(problem.faults().size(), 20U);
  }
}

TEST(Bodies, TheFirstPlaceThatIsNoJsonIsNamed) {
  try {
    read_body(sample(), "{\n  \"count\": x}");
    ADD_FAILURE();
  } catch (const Problem& problem) {
    EXPECT_NE(std::string(problem.what()).find("body:2:12"), std::string::npos) << problem.what();
  }
}

TEST(OpenApi, TheReferenceForPeopleIsAsItWasMade) {
  std::ifstream file(STARGATE_SOURCE_DIR "/docs/api.md");
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), api_reference()) << "run: stargate openapi --markdown > docs/api.md";
}

}  // namespace
}  // namespace stargate::server
