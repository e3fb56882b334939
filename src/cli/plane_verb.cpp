#include "cli/plane_verb.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/columns.h"
#include "cli/option_text.h"
#include "cli/standard_output.h"
#include "explain/paragraph.h"

namespace stargate::cli {

CLI::App* add_verb(CLI::App& app, const std::string& name, const char* help) {
  CLI::App* verb = app.add_subcommand(name);
  verb->formatter(std::make_shared<CLI::FormatterLambda>([help](const CLI::App*, const std::string&,
                                                                CLI::AppFormatMode) {
    return std::string(help) +
           "\nWhere it asks: STARGATE_ADDR, else DATA/address. Who asks: STARGATE_TOKEN, else the\n"
           "file named by STARGATE_TOKEN_FILE, else DATA/admin.token. DATA is STARGATE_DATA, else\n"
           "./stargate-data.\n\n"
           "Exit status: 0 fine, 1 refused or failed, 2 wrong options or files, 3 the control\n"
           "plane cannot be reached.\n";
  }));
  return verb;
}

std::uint64_t parse_number(const std::string& noun, const std::string& text) {
  return parse_count(noun, text, 0, INT64_MAX);
}

Reply post_options(Client& client, const std::string& path, const Json& body,
                   const std::map<std::string, std::string>& names) {
  try {
    return client.post(path, body);
  } catch (const RefusedError& error) {
    std::vector<Blame> blames = error.blames();
    std::string detail = error.what();
    bool are_options = !blames.empty();
    for (Blame& blame : blames) {
      const bool is_member = blame.pointer.starts_with('/') && body.is_object();
      const std::string member = is_member ? blame.pointer.substr(1) : "";
      const auto other = names.find(member);
      if (!body.contains(member) && other == names.end()) {
        are_options = false;
        continue;
      }
      std::string name = "--" + member;
      std::ranges::replace(name, '_', '-');
      if (other != names.end()) name = other->second;
      if (detail == blame.pointer + ": " + blame.detail) detail = name + ": " + blame.detail;
      blame.pointer = name;
    }
    if (are_options && error.type() == "/problems/invalid") {
      throw WrongOptionsError(error.status(), detail, std::move(blames), error.type());
    }
    throw RefusedError(error.status(), detail, std::move(blames), error.type());
  }
}

void print_json(const Reply& reply) {
  print(reply.body.ends_with('\n') ? reply.body : reply.body + "\n");
}

std::string paragraph(const std::string& text, const std::string& first) {
  const std::size_t width = columns_of_output();
  std::string out;
  std::string indent = first;
  for (const std::string& line :
       explain::wrap(text, (width == 0 ? explain::kColumns : width) - first.size())) {
    out += indent + line + "\n";
    indent = std::string(first.size(), ' ');
  }
  return out;
}

void print_table(const Columns& columns, bool is_empty, const std::string& sentence) {
  print(is_empty ? sentence + "\n" : columns.text(columns_of_output()));
}

}  // namespace stargate::cli
