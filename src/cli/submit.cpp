#include "cli/submit.h"

#include <cstdio>
#include <memory>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>

#include "cli/columns.h"
#include "cli/job_options.h"
#include "cli/plane_verb.h"
#include "cli/standard_output.h"
#include "cli/watch.h"
#include "world/problem.h"

namespace stargate::cli {
namespace {

constexpr const char* kSubmitHead =
    R"(Submit a job: what to run, on what, and for which use.

Usage: stargate submit [FILE.yaml] [options] [-- COMMAND...]

FILE has the members of a job as YAML: name, gpus, use, time_limit, command and the
rest, called as in the options. An option wins over the file.

)";
constexpr const char* kSubmitTail =
    R"(  --watch                  until it has ended: how far it has come on standard
                           error, what rank 0 prints on standard output; exits
                           with the job's exit status
  --json                   the control plane's answer
)";
constexpr const char* kPlanHead =
    R"(Say what would happen to a job: where it would run, at what price, and from when.
Nothing is done.

Usage: stargate plan-submit [FILE.yaml] [options] [-- COMMAND...]

Exits with 0 where it would start or queue, and with 1 where it is refused or would
wait for contracts.

)";
constexpr const char* kPlanTail = "  --json                   the control plane's answer\n";

struct Arguments {
  JobOptions job;
  bool is_watched = false;
  bool is_json = false;
};

/// Runs what asks; what is refused is said with the names of the members as they were written.
template <class Ask>
int with_names(const Written& written, Ask ask) {
  try {
    return ask();
  } catch (const RefusedError& error) {
    fmt::print(stderr, "{}", error.text(written.names));
    return kRefused;
  }
}

int submit(const Arguments& arguments) {
  const Written written = arguments.job.written(true);
  Client client;
  return with_names(written, [&] {
    const Reply reply = client.post("/v1/jobs", written.json);
    const std::uint64_t job = reply.json.value("id", std::uint64_t{0});
    if (arguments.is_watched) {
      if (!arguments.is_json) fmt::print(stderr, "job {} is submitted\n", job);
      return watch_job(client, job, arguments.is_json);
    }
    if (arguments.is_json) {
      print_json(reply);
      return 0;
    }
    print(line_of(reply.json) + "\n");
    if (text_at(reply.json, "state") == "waiting") {
      print(fmt::format("`stargate explain {}` says what would change it\n", job));
    }
    return 0;
  });
}

int plan(const Arguments& arguments) {
  const Written written = arguments.job.written(false);
  Client client;
  return with_names(written, [&] {
    const Reply reply = client.post("/v1/jobs/plan", written.json);
    const std::string state = text_at(reply.json, "state");
    const bool is_fine = state == "starting" || state == "queued";
    if (arguments.is_json) {
      print_json(reply);
      return is_fine ? 0 : kRefused;
    }
    const std::string verdict = state == "starting"  ? "it would start at once"
                                : state == "queued"  ? "it would be queued"
                                : state == "waiting" ? "it would wait for contracts or capacity"
                                                     : "it would be refused";
    std::vector<std::pair<std::string, std::string>> fields{{"verdict", verdict}};
    if (state != "starting") fields.emplace_back("reason", text_at(reply.json, "reason"));
    for (const auto& [name, member] :
         {std::pair("supplier", "supplier"), std::pair("order", "order"), std::pair("site", "site"),
          std::pair("nodes", "nodes"), std::pair("price", "price")}) {
      const std::string value = text_at(reply.json, member);
      if (value != "-") fields.emplace_back(name, value);
    }
    if (const std::string start = instant_at(reply.json, "start_estimate"); start != "-") {
      fields.emplace_back("start", start);
    }
    print(fields_text(fields, columns_of_output()));
    return is_fine ? 0 : kRefused;
  });
}

}  // namespace

void add_submit(CLI::App& app, int& exit_status, const std::vector<std::string>& command) {
  static const std::string submit_help =
      std::string(kSubmitHead) + job_options_help() + kSubmitTail;
  static const std::string plan_help = std::string(kPlanHead) + job_options_help() + kPlanTail;
  const auto add = [&](const char* name, const std::string& help, bool is_submit) {
    const auto arguments = std::make_shared<Arguments>();
    CLI::App* verb = add_verb(app, name, help.c_str());
    arguments->job.add_to(*verb);
    if (is_submit) verb->add_flag("--watch", arguments->is_watched);
    verb->add_flag("--json", arguments->is_json);
    verb->callback([arguments, is_submit, &command, &exit_status] {
      arguments->job.set_command(command);
      try {
        exit_status = is_submit ? submit(*arguments) : plan(*arguments);
      } catch (const world::WorldError& error) {
        fmt::print(stderr, "{}\n", error.what());
        exit_status = kWrongOptions;
      }
    });
  };
  add("submit", submit_help, true);
  add("plan-submit", plan_help, false);
}

}  // namespace stargate::cli
