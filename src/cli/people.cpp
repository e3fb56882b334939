#include "cli/people.h"

#include <cerrno>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "cli/columns.h"
#include "cli/option_text.h"
#include "cli/plane_verb.h"
#include "cli/standard_output.h"
#include "cli/usage_error.h"
#include "cli/watch.h"

namespace stargate::cli {
namespace {

constexpr const char* kTokenHelp =
    R"(List the tokens that people and programs ask with, make one, or revoke one.

Usage: stargate token [list] [--json]
       stargate token add NAME --role ROLE [--tenant NAME | --supplier NAME] [--out FILE]
                          [--json]
       stargate token revoke N [--json]

`add` prints the token alone, this once; or writes it to a file that its owner alone may
read.

  --role ROLE      admin, operator, tenant, supplier or auditor
  --tenant NAME    of the role tenant: whose work
  --supplier NAME  of the role supplier: which one
  --out FILE       of add: a new file for the token
  --json           the control plane's answer; with --out, without the token
)";
constexpr const char* kApprovalsHelp =
    R"(List what waits for a second person, and decide it.

Usage: stargate approvals [list] [--json]
       stargate approvals approve|refuse N [--json]
)";
constexpr const char* kWhoamiHelp = R"(Say whose token is used, and what it may do.

Usage: stargate whoami [--json]
)";
constexpr const char* kEventsHelp =
    R"(Print what happened, a line each.

Usage: stargate events [options]

  --after N   of later entries of the ledger (0; with --follow: from now on)
  --follow    go on until it is interrupted
  --json      the events as JSON, a line each
)";

struct Arguments {
  std::string action;
  std::string name;
  std::string role;
  std::string tenant;
  std::string supplier;
  std::string out;
  bool is_json = false;
};

/// A new file that its owner alone may read, there before the secret is made; gone with the object where
/// nothing was written. Throws UsageError where it cannot be made, std::runtime_error where it cannot be
/// written.
class PrivateFile {
 public:
  explicit PrivateFile(const std::string& path)
      : path_(path), file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) {
    if (file_ < 0) {
      throw UsageError(fmt::format("--out: {} cannot be made: {}, expected the name of a new file",
                                   path, std::generic_category().message(errno)));
    }
  }
  PrivateFile(const PrivateFile&) = delete;
  PrivateFile& operator=(const PrivateFile&) = delete;
  ~PrivateFile() {
    ::close(file_);
    if (!is_written_) ::unlink(path_.c_str());
  }
  void write(const std::string& text) {
    is_written_ = true;
    if (::write(file_, text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
        ::fsync(file_) != 0) {
      throw std::runtime_error(path_ + ": the token cannot be written: " +
                               std::generic_category().message(errno) + "; revoke it");
    }
  }

 private:
  std::string path_;
  int file_;
  bool is_written_ = false;
};

[[noreturn]] void unknown_action(const std::string& action, const char* expected) {
  throw UsageError(fmt::format("found '{}': expected one of {}", action, expected));
}

void check_name(const Arguments& arguments, const char* noun) {
  if (arguments.name.empty()) {
    throw UsageError(fmt::format("{}: its {} is missing", arguments.action, noun));
  }
}

std::string whose(const Json& identity) {
  const std::string tenant = text_at(identity, "tenant");
  return tenant == "-" ? text_at(identity, "supplier") : tenant;
}

void print_identities(const Json& list) {
  Columns columns({{"TOKEN", 0, true}, {"NAME"}, {"ROLE"}, {"OF", 0}, {"MADE", 1}, {"REVOKED", 0}});
  for (const Json& token : list) {
    columns.add({text_at(token, "id"), text_at(token, "name"), text_at(token, "role"), whose(token),
                 instant_at(token, "made"), instant_at(token, "revoked")});
  }
  print_table(columns, list.empty(), "no tokens");
}

int token(const Arguments& arguments) {
  const std::string& action = arguments.action;
  const bool is_add = action == "add";
  if (!is_add &&
      !(arguments.role + arguments.tenant + arguments.supplier + arguments.out).empty()) {
    throw UsageError("--role, --tenant, --supplier and --out are for 'add'");
  }
  if (action.empty() || action == "list") {
    Client client;
    const Reply reply = client.get("/v1/tokens");
    if (arguments.is_json) {
      print_json(reply);
    } else {
      print_identities(list_at(reply.json, "tokens"));
    }
    return 0;
  }
  if (action == "revoke") {
    check_name(arguments, "number");
    const std::uint64_t number = parse_number("revoke", arguments.name);
    Client client;
    const Reply reply = client.post(path_of("/v1/tokens", {std::to_string(number), "revoke"}));
    if (arguments.is_json) {
      print_json(reply);
    } else {
      print(fmt::format("token {} ({}) is revoked\n", number, text_at(reply.json, "name")));
    }
    return 0;
  }
  if (!is_add) unknown_action(action, "list, add, revoke");
  check_name(arguments, "name");
  if (arguments.role.empty()) {
    throw UsageError(
        "--role is missing: expected one of admin, operator, tenant, supplier, auditor");
  }
  check_word("--role", arguments.role, {"admin", "operator", "tenant", "supplier", "auditor"});
  Json body{{"name", arguments.name}, {"role", arguments.role}};
  if (!arguments.tenant.empty()) body["tenant"] = arguments.tenant;
  if (!arguments.supplier.empty()) body["supplier"] = arguments.supplier;
  Client client;
  std::optional<PrivateFile> file;
  if (!arguments.out.empty()) file.emplace(arguments.out);
  const Reply reply = post_options(client, "/v1/tokens", body,
                                   {{"tenant", "--tenant"}, {"supplier", "--supplier"}});
  const std::string made = text_at(reply.json, "token") + "\n";
  if (file) {
    file->write(made);
    const Json identity = reply.json.value("identity", Json::object());
    if (arguments.is_json) {
      print(identity.dump() + "\n");
    } else {
      print(fmt::format("token {} ({}) is in {}\n", text_at(identity, "id"),
                        printable(arguments.name), printable(arguments.out)));
    }
  } else if (arguments.is_json) {
    print_json(reply);
  } else {
    print(made);
  }
  return 0;
}

void print_approvals(const Json& list) {
  Columns columns({{"APPROVAL", 0, true},
                   {"OPERATION"},
                   {"ON"},
                   {"ASKED BY"},
                   {"ASKED", 1},
                   {"STATE"},
                   {"DECIDED BY", 1}});
  for (const Json& approval : list) {
    columns.add({text_at(approval, "id"), text_at(approval, "operation"), text_at(approval, "on"),
                 text_at(approval, "asked_by"), instant_at(approval, "asked"),
                 text_at(approval, "state"), text_at(approval, "decided_by")});
  }
  print_table(columns, list.empty(), "nothing waits for a second person");
}

int approvals(const Arguments& arguments) {
  const std::string& action = arguments.action;
  const bool lists = action.empty() || action == "list";
  if (!lists && action != "approve" && action != "refuse") {
    unknown_action(action, "list, approve, refuse");
  }
  if (!lists) check_name(arguments, "number");
  const std::uint64_t number = lists ? 0 : parse_number(action, arguments.name);
  Client client;
  const Reply reply = lists ? client.get("/v1/approvals")
                            : client.post(path_of("/v1/approvals", {std::to_string(number)}),
                                          {{"approve", action == "approve"}});
  if (arguments.is_json) {
    print_json(reply);
  } else {
    print_approvals(lists ? list_at(reply.json, "approvals") : Json::array({reply.json}));
  }
  return 0;
}

int whoami(const Arguments& arguments) {
  Client client;
  const Reply reply = client.get("/v1/whoami");
  if (arguments.is_json) {
    print_json(reply);
    return 0;
  }
  const std::string of = whose(reply.json);
  print(fmt::format("{}: {}{}, token {}\n", text_at(reply.json, "name"),
                    text_at(reply.json, "role"), of == "-" ? "" : " of " + of,
                    text_at(reply.json, "id")));
  return 0;
}

struct EventArguments {
  std::string after;
  bool is_followed = false;
  bool is_json = false;
};

std::string event_line(const Json& event) {
  std::string line = fmt::format("{} {} {}", text_at(event, "index"), text_at(event, "at"),
                                 text_at(event, "kind"));
  for (const auto& [name, value] : event.items()) {
    if (name == "index" || name == "at" || name == "kind") continue;
    line += fmt::format(" {}={}", printable(name), text_at(event, name.c_str()));
  }
  return line;
}

int events(const EventArguments& arguments) {
  std::uint64_t after =
      arguments.after.empty() ? 0 : parse_count("--after", arguments.after, 0, INT64_MAX);
  Client client;
  if (arguments.is_followed) {
    client.set_patience(kWatchPatience);
    if (arguments.after.empty()) {
      after = client.get("/readyz").json.value("last_index", std::uint64_t{0});
    }
  }
  Pace pace;
  while (true) {
    const Reply reply =
        client.get("/v1/events", {{"after", std::to_string(after)}, {"limit", "1000"}});
    const Json& list = list_at(reply.json, "events");
    std::string text;
    for (const Json& event : list) {
      text += (arguments.is_json ? event.dump() : event_line(event)) + "\n";
    }
    print(text);
    after = reply.json.value("next", after);
    if (!list.empty()) {
      pace.reset();
      continue;
    }
    if (!arguments.is_followed) return 0;
    pace.rest();
  }
}

}  // namespace

void add_people(CLI::App& app, int& exit_status) {
  const auto add = [&](const char* name, const char* help, const char* actions, const char* noun,
                       int (*run)(const Arguments&)) {
    const auto arguments = std::make_shared<Arguments>();
    CLI::App* verb = add_verb(app, name, help);
    if (actions != nullptr) {
      verb->add_option("ACTION", arguments->action)->type_name(actions);
      verb->add_option(noun, arguments->name);
    }
    verb->add_flag("--json", arguments->is_json);
    verb->callback([arguments, run, &exit_status] { exit_status = run(*arguments); });
    return std::pair(verb, arguments);
  };
  const auto [tokens, arguments] = add("token", kTokenHelp, "list|add|revoke", "NAME", token);
  tokens->add_option("--role", arguments->role)
      ->type_name("admin|operator|tenant|supplier|auditor");
  tokens->add_option("--tenant", arguments->tenant);
  tokens->add_option("--supplier", arguments->supplier);
  tokens->add_option("--out", arguments->out);
  add("approvals", kApprovalsHelp, "list|approve|refuse", "N", approvals);
  add("whoami", kWhoamiHelp, nullptr, nullptr, whoami);

  const auto following = std::make_shared<EventArguments>();
  CLI::App* verb = add_verb(app, "events", kEventsHelp);
  verb->add_option("--after", following->after);
  verb->add_flag("--follow", following->is_followed);
  verb->add_flag("--json", following->is_json);
  verb->callback([following, &exit_status] { exit_status = events(*following); });
}

}  // namespace stargate::cli
