#include "cli/market.h"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/columns.h"
#include "cli/option_text.h"
#include "cli/plane_verb.h"
#include "cli/standard_output.h"
#include "cli/usage_error.h"

namespace stargate::cli {
namespace {

constexpr const char* kOffersHelp =
    R"(List offers, or reply to one.

Usage: stargate offers [list] [--state STATE] [--json]
       stargate offers show|accept|decline|counter|withdraw|waive|consent OFFER
                       [options]

  --state STATE          offered, countered, accepted, accepted_in_part, declined,
                         lapsed, withdrawn, waived or consented
  --gpus N               counter: so many instead; accept: so many of them
  --price PRICE          counter: "$2.50/GPU-h"
  --delivery DATE        counter: when it is there
  --until DATE           counter: when it ends
  --signed-by NAME       who signed
  --effective DATE       when it took effect (now)
  --document-sha256 HEX  of the document
  --json                 the control plane's answer
)";
constexpr const char* kOrdersHelp =
    R"(List orders, or sign one.

Usage: stargate orders [list] [--json]
       stargate orders sign ORDER [options]

  --gpus N               the amount, where it is not that of the proposal
  --price PRICE          "$2.50/GPU-h"
  --delivery DATE        when it is there
  --until DATE           when it ends
  --signed-by NAME       who signed
  --effective DATE       when it took effect (now)
  --document-sha256 HEX  of the document
  --json                 the control plane's answer
)";
constexpr const char* kCapacityHelp =
    R"(List stages of capacity, or say how far one has come.

Usage: stargate capacity [list] [--json]
       stargate capacity WORD STAGE [options]

WORD is what it comes to: announced, secured, energised, installed, in_acceptance,
accepted, suspended, cancelled or retired; or what is done: announce, deliver (it is
in acceptance then), accept, suspend or retire.

  --nodes N              so many nodes (all that are left)
  --signed-by NAME       who signed
  --effective DATE       when it took effect (now)
  --document-sha256 HEX  of the document
  --json                 the control plane's answer
)";
constexpr const char* kDrainHelp = R"(Drain nodes: what runs there goes on, nothing starts.

Usage: stargate drain ORDER NODE [--count N] [--json]
)";
constexpr const char* kUndrainHelp = R"(Give drained nodes back: work starts there again.

Usage: stargate undrain ORDER NODE [--count N] [--json]
)";

constexpr std::array<std::pair<const char*, const char*>, 14> kCapacityWords{
    {{"announce", "announced"},
     {"deliver", "in_acceptance"},
     {"accept", "accepted"},
     {"suspend", "suspended"},
     {"retire", "retired"},
     {"announced", "announced"},
     {"secured", "secured"},
     {"energised", "energised"},
     {"installed", "installed"},
     {"in_acceptance", "in_acceptance"},
     {"accepted", "accepted"},
     {"suspended", "suspended"},
     {"cancelled", "cancelled"},
     {"retired", "retired"}}};

constexpr std::array<std::string_view, 9> kOfferStates{
    "offered", "countered", "accepted", "accepted_in_part", "declined",
    "lapsed",  "withdrawn", "waived",   "consented"};

struct Arguments {
  std::string action;
  std::string name;
  std::string state;
  std::map<std::string, std::string> options;  ///< by member: "signed_by"
  bool is_json = false;
};

/// What was given as a body; throws UsageError for an option that is not among `allowed`.
Json body_of(const Arguments& arguments, const std::vector<std::string>& allowed) {
  Json body = Json::object();
  for (const auto& [member, text] : arguments.options) {
    if (text.empty()) continue;
    std::string option = "--" + member;
    std::ranges::replace(option, '_', '-');
    if (std::ranges::find(allowed, member) == allowed.end()) {
      std::string names;
      for (const std::string& name : allowed) names += (names.empty() ? "--" : ", --") + name;
      std::ranges::replace(names, '_', '-');
      throw UsageError(fmt::format("{}: is not for '{}', expected {}", option,
                                   arguments.action.empty() ? "list" : arguments.action,
                                   names.empty() ? "no such options" : "one of " + names));
    }
    if (member == "gpus" || member == "nodes") {
      body[member] = parse_count(option, text, 1, 1U << 30U);
    } else {
      body[member] = text;
    }
  }
  return body;
}

std::vector<std::string> signature_with(std::vector<std::string> members) {
  members.insert(members.end(), {"signed_by", "effective", "document_sha256"});
  return members;
}

const std::vector<std::string>& terms() {
  static const std::vector<std::string> members{"gpus", "price", "delivery", "until"};
  return members;
}

bool is_list(const Arguments& arguments, const char* noun) {
  const bool lists = arguments.action.empty() || arguments.action == "list";
  if (lists && !arguments.name.empty()) {
    throw UsageError(fmt::format("list: found '{}', expected no {}", arguments.name, noun));
  }
  if (!lists && arguments.name.empty()) {
    throw UsageError(fmt::format("{}: its {} is missing", arguments.action, noun));
  }
  if (!lists && !arguments.state.empty()) {
    throw UsageError(fmt::format("--state: is not for '{}'", arguments.action));
  }
  return lists;
}

std::vector<std::pair<std::string, std::string>> fields_of(
    const Json& object, const std::vector<std::pair<const char*, const char*>>& members) {
  std::vector<std::pair<std::string, std::string>> fields;
  for (const auto& [name, member] : members) {
    if (const std::string value = instant_at(object, member); value != "-") {
      fields.emplace_back(name, value);
    }
  }
  return fields;
}

/// Prints the answer as it came, where that is asked for, or that a second person is to approve. False:
/// neither is so.
bool waits_for_another(const Arguments& arguments, const Reply& reply) {
  constexpr int kAccepted = 202;
  if (arguments.is_json) {
    print_json(reply);
  } else if (reply.status == kAccepted) {
    print(fmt::format("it waits for a second person: `stargate approvals approve {}`\n",
                      text_at(reply.json, "approval")));
  }
  return arguments.is_json || reply.status == kAccepted;
}

void print_offer(const Json& offer) {
  auto fields = fields_of(offer, {{"offer", "id"},
                                  {"order", "order"},
                                  {"clause", "clause"},
                                  {"holder", "holder"},
                                  {"state", "state"},
                                  {"amount", "amount"},
                                  {"price", "price"},
                                  {"delivery", "delivery"},
                                  {"until", "until"},
                                  {"offered", "offered"},
                                  {"reply by", "reply_by"},
                                  {"decided", "decided"},
                                  {"cleared", "cleared"},
                                  {"sign before", "released_until"}});
  const auto answer = fields_of(offer.value("answer", Json()), {{"answered amount", "amount"},
                                                                {"answered price", "price"},
                                                                {"answered delivery", "delivery"},
                                                                {"answered until", "until"}});
  fields.insert(fields.end(), answer.begin(), answer.end());
  print(fields_text(fields, columns_of_output()));
}

int offers(const Arguments& arguments) {
  const bool lists = is_list(arguments, "offer");
  const std::string& action = arguments.action;
  if (lists || action == "show") {
    body_of(arguments, {});
    if (std::ranges::find(kOfferStates, arguments.state) == kOfferStates.end() &&
        !arguments.state.empty()) {
      throw UsageError(fmt::format("--state: found '{}', expected one of {}", arguments.state,
                                   fmt::join(kOfferStates, ", ")));
    }
    Client client;
    Client::Query query;
    if (!arguments.state.empty()) query.emplace_back("state", arguments.state);
    const Reply reply = client.get("/v1/offers", query);
    const Json& list = list_at(reply.json, "offers");
    if (!lists) {
      for (const Json& offer : list) {
        if (text_at(offer, "id") != arguments.name) continue;
        if (arguments.is_json) {
          print(offer.dump() + "\n");
        } else {
          print_offer(offer);
        }
        return 0;
      }
      throw RefusedError(404, "there is no offer " + arguments.name, {});
    }
    if (arguments.is_json) {
      print_json(reply);
      return 0;
    }
    Columns columns({{"OFFER"},
                     {"ORDER", 3},
                     {"HOLDER"},
                     {"STATE"},
                     {"AMOUNT", 1},
                     {"PRICE", 2},
                     {"REPLY BY", 1}});
    for (const Json& offer : list) {
      columns.add({text_at(offer, "id"), text_at(offer, "order"), text_at(offer, "holder"),
                   text_at(offer, "state"), text_at(offer, "amount"), text_at(offer, "price"),
                   instant_at(offer, "reply_by")});
    }
    print_table(columns, list.empty(), "no offers");
    return 0;
  }
  const std::vector<std::string> allowed = signature_with(
      action == "counter" || action == "accept" ? terms() : std::vector<std::string>());
  const Json body = body_of(arguments, allowed);
  const auto is_said = [&](const std::string& member) { return body.contains(member); };
  if (action == "counter" && std::ranges::none_of(terms(), is_said)) {
    throw UsageError(
        "counter: expected what is other than offered: --gpus, --price, --delivery or "
        "--until");
  }
  Client client;
  const Reply reply = post_options(client, path_of("/v1/offers", {arguments.name, action}), body);
  if (waits_for_another(arguments, reply)) return 0;
  if (action == "waive" || action == "consent") {
    print(fmt::format("the {} is recorded: the order is cleared of {}\n",
                      action == "waive" ? "waiver" : "consent", text_at(reply.json, "clause")));
  }
  print_offer(reply.json);
  return 0;
}

void print_orders(const Json& list) {
  Columns columns({{"ORDER"},
                   {"SUPPLIER"},
                   {"SITE", 3},
                   {"KIND", 2},
                   {"AMOUNT", 1},
                   {"SIGNED", 1},
                   {"CLEARED BY", 3},
                   {"ACCEPTED", 0, true},
                   {"USED", 0, true},
                   {"NOT OURS", 4, true}});
  for (const Json& order : list) {
    const std::string signed_at = text_at(order, "signed");
    columns.add({text_at(order, "id"), text_at(order, "supplier"), text_at(order, "site"),
                 text_at(order, "accelerator"), text_at(order, "amount"),
                 signed_at == "-" ? "no" : signed_at.substr(0, 10), text_at(order, "clearance"),
                 text_at(order, "accepted_gpus"), text_at(order, "used_gpus"),
                 text_at(order, "unavailable_gpus")});
  }
  print_table(columns, list.empty(), "no orders");
}

int orders(const Arguments& arguments) {
  if (is_list(arguments, "order")) {
    body_of(arguments, {});
    Client client;
    const Reply reply = client.get("/v1/orders");
    if (arguments.is_json) {
      print_json(reply);
    } else {
      print_orders(list_at(reply.json, "orders"));
    }
    return 0;
  }
  const Json body = body_of(arguments, signature_with(terms()));
  Client client;
  const Reply reply = post_options(client, path_of("/v1/orders", {arguments.name, "sign"}), body);
  if (waits_for_another(arguments, reply)) return 0;
  print_orders(Json::array({reply.json}));
  print("its capacity: `stargate capacity`\n");
  return 0;
}

void print_stages(const Json& list) {
  Columns columns({{"STAGE"},
                   {"ORDER", 2},
                   {"SUPPLIER", 1},
                   {"SITE", 4},
                   {"KIND", 3},
                   {"NODES", 0, true},
                   {"GPUS", 1, true},
                   {"STATE"},
                   {"SINCE", 2}});
  for (const Json& stage : list) {
    const auto whole = stage.value("nodes", std::uint64_t{0});
    const auto gpus = stage.value("gpus", std::uint64_t{0});
    for (const Json& run : list_at(stage, "runs")) {
      const auto part = run.value("nodes", std::uint64_t{0});
      columns.add({text_at(stage, "id"), text_at(stage, "order"), text_at(stage, "supplier"),
                   text_at(stage, "site"), text_at(stage, "accelerator"), text_at(run, "nodes"),
                   whole == 0 ? "-" : std::to_string(gpus / whole * part), text_at(run, "state"),
                   instant_at(run, "since")});
    }
  }
  print_table(columns, list.empty(), "no capacity");
}

int capacity(const Arguments& arguments) {
  if (is_list(arguments, "stage")) {
    body_of(arguments, {});
    Client client;
    const Reply reply = client.get("/v1/capacity");
    if (arguments.is_json) {
      print_json(reply);
    } else {
      print_stages(list_at(reply.json, "capacity"));
    }
    return 0;
  }
  Json body = body_of(arguments, signature_with({"nodes"}));
  for (const auto& [word, state] : kCapacityWords) {
    if (arguments.action == word) body["state"] = state;
  }
  Client client;
  const Reply reply = post_options(client, path_of("/v1/capacity", {arguments.name}), body);
  if (!waits_for_another(arguments, reply)) print_stages(Json::array({reply.json}));
  return 0;
}

/// A verb with an action, a name, and options that become members of a body.
std::shared_ptr<Arguments> add_acting(CLI::App& app, const char* name, const char* help,
                                      const char* actions, const char* noun,
                                      const std::vector<std::string>& members, int& exit_status,
                                      int (*run)(const Arguments&)) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* verb = add_verb(app, name, help);
  std::vector<std::string> words;
  const std::string text = actions;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find('|', start), text.size());
    words.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  verb->add_option("ACTION", arguments->action)->type_name(actions);
  verb->add_option(noun, arguments->name);
  for (const std::string& member : members) {
    std::string option = "--" + member;
    std::ranges::replace(option, '_', '-');
    verb->add_option(option, arguments->options[member]);
  }
  verb->add_flag("--json", arguments->is_json);
  verb->callback([arguments, words, run, &exit_status] {
    const std::string& action = arguments->action;
    if (!action.empty() && std::ranges::find(words, action) == words.end()) {
      throw UsageError(fmt::format("found '{}': {}", action, one_of(words)));
    }
    exit_status = run(*arguments);
  });
  if (std::string_view(name) == "offers") {
    verb->add_option("--state", arguments->state)
        ->type_name(
            "offered|countered|accepted|accepted_in_part|declined|lapsed|withdrawn|waived|"
            "consented");
  }
  return arguments;
}

struct HealthArguments {
  std::string order;
  std::string node;
  std::string count;
  bool is_json = false;
};

void add_health(CLI::App& app, const char* name, const char* help, const char* health,
                int& exit_status) {
  auto arguments = std::make_shared<HealthArguments>();
  CLI::App* verb = add_verb(app, name, help);
  verb->add_option("ORDER", arguments->order)->required();
  verb->add_option("NODE", arguments->node)->required();
  verb->add_option("--count", arguments->count);
  verb->add_flag("--json", arguments->is_json);
  verb->callback([arguments, health, &exit_status] {
    constexpr std::uint64_t kNodesMost = 1U << 30U;
    const std::uint64_t first = parse_count("NODE", arguments->node, 0, kNodesMost);
    const std::uint64_t count =
        arguments->count.empty() ? 1 : parse_count("--count", arguments->count, 1, kNodesMost);
    Client client;
    const Reply reply = post_options(
        client, "/v1/nodes/health",
        {{"order", arguments->order}, {"first", first}, {"count", count}, {"health", health}},
        {{"order", "ORDER"}, {"first", "NODE"}});
    exit_status = 0;
    if (arguments->is_json) return print_json(reply);
    print(fmt::format("{} of {} from {} on: {}\n",
                      count == 1 ? "1 node" : fmt::format("{} nodes", count),
                      printable(arguments->order), first, health));
  });
}

}  // namespace

void add_market(CLI::App& app, int& exit_status) {
  add_acting(app, "offers", kOffersHelp, "list|show|accept|decline|counter|withdraw|waive|consent",
             "OFFER", signature_with(terms()), exit_status, offers);
  add_acting(app, "orders", kOrdersHelp, "list|sign", "ORDER", signature_with(terms()), exit_status,
             orders);
  std::string words = "list";
  for (const auto& [word, state] : kCapacityWords) words += std::string("|") + word;
  add_acting(app, "capacity", kCapacityHelp, words.c_str(), "STAGE", signature_with({"nodes"}),
             exit_status, capacity);
  add_health(app, "drain", kDrainHelp, "drained", exit_status);
  add_health(app, "undrain", kUndrainHelp, "healthy", exit_status);
}

}  // namespace stargate::cli
