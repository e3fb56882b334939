#include "cli/openapi.h"

#include <memory>
#include <string>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/standard_output.h"
#include "server/documents.h"

namespace stargate::cli {
namespace {

constexpr const char* kHelp =
    R"(Print the OpenAPI 3.1 document of the control plane's API.

Usage: stargate openapi [--markdown]

  --markdown  the same for people (docs/api.md)
)";

}  // namespace

void add_openapi(CLI::App& app, int& exit_status) {
  const auto markdown = std::make_shared<bool>(false);
  CLI::App* verb = app.add_subcommand("openapi");
  verb->formatter(std::make_shared<CLI::FormatterLambda>(
      [](const CLI::App*, const std::string&, CLI::AppFormatMode) { return std::string(kHelp); }));
  verb->add_flag("--markdown", *markdown);
  verb->callback([markdown, &exit_status] {
    print(*markdown ? server::api_reference() : server::openapi_document());
    exit_status = 0;
  });
}

}  // namespace stargate::cli
