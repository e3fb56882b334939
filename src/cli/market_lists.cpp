#include <memory>
#include <string>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/columns.h"
#include "cli/market.h"
#include "cli/plane_verb.h"
#include "cli/usage_error.h"

namespace stargate::cli {
namespace {

constexpr const char* kSuppliersHelp =
    R"(List suppliers: what they have accepted and what is in use.

Usage: stargate suppliers [list] [--json]
       stargate suppliers vanish|return SUPPLIER [--json]

A supplier that is simulated can vanish, to try out what follows: nothing starts there,
and when its lease is over, what ran there starts elsewhere.
)";
constexpr const char* kAgreementsHelp = R"(List agreements and their clauses.

Usage: stargate agreements [--json]
)";
constexpr const char* kTenantsHelp = R"(List tenants: what they may have and what they use.

Usage: stargate tenants [--json]
)";

int list_suppliers(const Json& answer) {
  Columns columns({{"SUPPLIER"},
                   {"TITLE", 2},
                   {"RUNS ON", 3},
                   {"ORDERS", 1, true},
                   {"ACCEPTED", 0, true},
                   {"USED", 0, true},
                   {"NOT OURS", 4, true},
                   {"SHARE", 1, true}});
  const Json& list = list_at(answer, "suppliers");
  for (const Json& supplier : list) {
    const std::string share = text_at(supplier, "share");
    const bool is_lost = !supplier.value("out_of_contact_since", Json()).is_null();
    columns.add({text_at(supplier, "id"), text_at(supplier, "title"),
                 is_lost ? "out of contact" : text_at(supplier, "executor"),
                 text_at(supplier, "orders"), text_at(supplier, "accepted_gpus"),
                 text_at(supplier, "used_gpus"), text_at(supplier, "unavailable_gpus"),
                 share == "-" ? share : share + "%"});
  }
  print_table(columns, list.empty(), "no suppliers");
  return 0;
}

int list_agreements(const Json& answer) {
  Columns columns({{"AGREEMENT"},
                   {"SUPPLIER", 2},
                   {"SIGNED", 3},
                   {"CLAUSE"},
                   {"KIND", 1},
                   {"IN FORCE", 1},
                   {"SOURCE", 2}});
  const Json& list = list_at(answer, "agreements");
  for (const Json& agreement : list) {
    const std::string signed_at = text_at(agreement, "signed").substr(0, 10);
    const Json& clauses = list_at(agreement, "clauses");
    if (clauses.empty()) {
      columns.add({text_at(agreement, "id"), text_at(agreement, "supplier"), signed_at, "-", "-",
                   "-", "-"});
    }
    for (const Json& clause : clauses) {
      columns.add({text_at(agreement, "id"), text_at(agreement, "supplier"), signed_at,
                   text_at(clause, "id"), text_at(clause, "kind"),
                   clause.value("in_force", false) ? "yes" : "no", text_at(clause, "source")});
    }
  }
  print_table(columns, list.empty(), "no agreements");
  return 0;
}

int list_tenants(const Json& answer) {
  Columns columns({{"TENANT"},
                   {"PARENT", 1},
                   {"WEIGHT", 1, true},
                   {"GUARANTEED", 0, true},
                   {"USED", 0, true},
                   {"LIVE JOBS", 0, true}});
  const Json& list = list_at(answer, "tenants");
  for (const Json& tenant : list) {
    columns.add({text_at(tenant, "id"), text_at(tenant, "parent"), text_at(tenant, "weight"),
                 text_at(tenant, "guaranteed_gpus"), text_at(tenant, "used_gpus"),
                 text_at(tenant, "live_jobs")});
  }
  print_table(columns, list.empty(), "no tenants");
  return 0;
}

}  // namespace

void add_market_lists(CLI::App& app, int& exit_status) {
  const auto add = [&](const char* name, const char* help, int (*show)(const Json&)) {
    const auto is_json = std::make_shared<bool>(false);
    CLI::App* verb = add_verb(app, name, help);
    verb->add_flag("--json", *is_json);
    verb->callback([is_json, name, show, &exit_status] {
      Client client;
      const Reply reply = client.get(std::string("/v1/") + name);
      if (*is_json) return print_json(reply);
      exit_status = show(reply.json);
    });
  };
  struct Suppliers {
    std::string action;
    std::string name;
    bool is_json = false;
  };
  const auto suppliers = std::make_shared<Suppliers>();
  CLI::App* verb = add_verb(app, "suppliers", kSuppliersHelp);
  verb->add_option("action", suppliers->action)->check(CLI::IsMember({"list", "vanish", "return"}));
  verb->add_option("supplier", suppliers->name);
  verb->add_flag("--json", suppliers->is_json);
  verb->callback([suppliers, &exit_status] {
    const std::string& action = suppliers->action;
    const bool is_list = action.empty() || action == "list";
    if (is_list != suppliers->name.empty()) {
      throw UsageError(is_list ? "suppliers list: takes no name"
                               : "suppliers " + action + ": expected the name of a supplier");
    }
    Client client;
    const Reply reply = is_list
                            ? client.get("/v1/suppliers")
                            : client.post(path_of("/v1/suppliers", {suppliers->name, "contact"}),
                                          {{"in_contact", action == "return"}});
    if (suppliers->is_json) return print_json(reply);
    exit_status = list_suppliers(reply.json);
  });
  add("agreements", kAgreementsHelp, list_agreements);
  add("tenants", kTenantsHelp, list_tenants);
}

}  // namespace stargate::cli
