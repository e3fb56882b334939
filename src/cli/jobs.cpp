#include "cli/jobs.h"

#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>

#include "cli/columns.h"
#include "cli/option_text.h"
#include "cli/plane_verb.h"
#include "cli/standard_output.h"
#include "cli/usage_error.h"
#include "cli/watch.h"

namespace stargate::cli {
namespace {

constexpr const char* kListHelp =
    R"(List jobs, the newest first.

Usage: stargate list [options]

  --state STATE   live (not ended), waiting, queued, starting, running, stopping,
                  succeeded, failed or cancelled
  --tenant NAME   of this tenant
  --name NAME     of this name
  --limit N       at most so many (100)
  --all           all of them
  --watch         until it is interrupted: drawn anew on a terminal; otherwise a
                  line for each change
  --json          the control plane's answer, a line a page
)";
constexpr const char* kShowHelp = R"(Show a job and how far it has come.

Usage: stargate show JOB [--json]
)";
constexpr const char* kCancelHelp = R"(Cancel jobs. What runs gets its signal, and its grace.

Usage: stargate cancel JOB... [--json]
)";
constexpr const char* kLogsHelp = R"(Print what a process of a job printed.

Usage: stargate logs JOB [options]

  --rank N     of this process (0)
  --err        standard error instead of standard output
  --start N    of this start of the job (the last)
  --follow     go on until the job has ended, over all its later starts
  --json       the control plane's answers, a line each
)";
constexpr const char* kWaitHelp =
    R"(Wait until jobs have ended. Exits with the exit status of the first of them that did
not succeed: 1 where it was cancelled.

Usage: stargate wait JOB... [--json]
)";

constexpr std::uint64_t kPageMost = 1'000;

struct ListArguments {
  std::string state;
  std::string tenant;
  std::string name;
  std::string limit;
  bool is_all = false;
  bool is_watched = false;
  bool is_json = false;
};

Columns job_columns() {
  return Columns({{"JOB", 0, true},
                  {"NAME", 2},
                  {"TENANT", 5},
                  {"USE", 6},
                  {"STATE"},
                  {"GPUS", 1, true},
                  {"SUPPLIER", 3},
                  {"SUBMITTED", 4},
                  {"WHY", 1}});
}

/// Pages until there are as many as wanted.
std::vector<Reply> pages_of(Client& client, const ListArguments& arguments) {
  std::uint64_t left = arguments.is_all ? UINT64_MAX
                       : arguments.limit.empty()
                           ? 100
                           : parse_count("--limit", arguments.limit, 1, 1'000'000);
  Client::Query query;
  if (!arguments.state.empty()) query.emplace_back("state", arguments.state);
  if (!arguments.tenant.empty()) query.emplace_back("tenant", arguments.tenant);
  if (!arguments.name.empty()) query.emplace_back("name", arguments.name);
  std::vector<Reply> pages;
  std::string before;
  while (left > 0) {
    Client::Query page = query;
    page.emplace_back("limit", std::to_string(std::min(left, kPageMost)));
    if (!before.empty()) page.emplace_back("before", before);
    pages.push_back(client.get("/v1/jobs", page));
    left -= std::min<std::uint64_t>(left, list_at(pages.back().json, "jobs").size());
    before = text_at(pages.back().json, "next");
    if (before == "-") break;
  }
  return pages;
}

std::string counts_text(const Json& page) {
  std::string text;
  if (!page.contains("counts") || !page["counts"].is_object()) return text;
  for (const auto& [state, count] : page["counts"].items()) {
    if (count == 0) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count.dump(), printable(state));
  }
  return text;
}

std::string list_text(const std::vector<Reply>& pages, std::size_t width) {
  Columns columns = job_columns();
  bool is_empty = true;
  for (const Reply& page : pages) {
    for (const Json& job : list_at(page.json, "jobs")) {
      is_empty = false;
      columns.add({text_at(job, "id"), text_at(job, "name"), text_at(job, "tenant"),
                   text_at(job, "use"), text_at(job, "state"), text_at(job, "gpus"),
                   text_at(job, "supplier"), instant_at(job, "submitted"), text_at(job, "why")});
    }
  }
  std::string text = is_empty ? "no jobs\n" : columns.text(width);
  if (pages.empty()) return text;
  const std::string counts = counts_text(pages.front().json);
  if (!counts.empty()) text += "\n" + counts + "\n";
  if (text_at(pages.back().json, "next") != "-") text += "more: --limit N or --all\n";
  return text;
}

int watch_list(Client& client, const ListArguments& arguments) {
  client.set_patience(kWatchPatience);
  const bool is_drawn = output_is_terminal() && !arguments.is_json;
  std::map<std::string, std::string> told;
  std::string drawn;
  Pace pace;
  while (true) {
    const std::vector<Reply> pages = pages_of(client, arguments);
    if (is_drawn) {
      const std::string text = list_text(pages, columns_of_output());
      if (text != drawn) {
        print("\x1b[H\x1b[2J" + text);
        pace.reset();
      }
      drawn = text;
    } else {
      // The oldest first, so that lines are in the order in which jobs came.
      std::map<std::string, std::string> now;
      for (auto page = pages.rbegin(); page != pages.rend(); ++page) {
        const Json& jobs = list_at(page->json, "jobs");
        for (auto job = jobs.rbegin(); job != jobs.rend(); ++job) {
          const std::string id = text_at(*job, "id");
          std::string line = line_of(*job);
          if (const auto known = told.find(id); known == told.end() || known->second != line) {
            print((arguments.is_json ? job->dump() : line) + "\n");
            pace.reset();
          }
          now.emplace(id, std::move(line));
        }
      }
      told = std::move(now);
    }
    pace.rest();
  }
}

int list(const ListArguments& arguments) {
  Client client;
  if (arguments.is_watched) return watch_list(client, arguments);
  const std::vector<Reply> pages = pages_of(client, arguments);
  if (!arguments.is_json) print(list_text(pages, columns_of_output()));
  for (const Reply& page : pages) {
    if (arguments.is_json) print_json(page);
  }
  return 0;
}

/// As a shell would take them for the same words.
std::string shell_text(const Json& words) {
  std::string text;
  for (const Json& word : words) {
    if (!text.empty()) text += " ";
    text += shell_word(word.is_string() ? word.get<std::string>() : word.dump());
  }
  return text;
}

std::string job_text(const Json& job) {
  std::vector<std::pair<std::string, std::string>> fields;
  for (const char* member :
       {"id",       "name",        "state",        "why",       "gpus",   "tenant",
        "use",      "workload",    "supplier",     "order",     "site",   "nodes",
        "devices",  "submitted",   "submitted_by", "started",   "ended",  "starts",
        "failures", "exit_status", "signal",       "exit_rank", "command"}) {
    const std::string value = std::string_view(member) == "command"
                                  ? shell_text(list_at(job, member))
                                  : instant_at(job, member);
    if (value == "-" || value.empty() || (value == "0" && std::string_view(member) == "failures"))
      continue;
    std::string name = member;
    std::replace(name.begin(), name.end(), '_', ' ');
    fields.emplace_back(name, value);
  }
  return fields_text(fields, columns_of_output());
}

struct JobArguments {
  std::vector<std::string> jobs;
  std::string rank;
  std::string start;
  bool is_error = false;
  bool is_followed = false;
  bool is_json = false;
};

int show(const JobArguments& arguments) {
  Client client;
  const std::uint64_t job = parse_number("JOB", arguments.jobs.at(0));
  const Reply reply = client.get(path_of("/v1/jobs", {std::to_string(job)}));
  if (arguments.is_json) {
    print_json(reply);
  } else {
    print(job_text(reply.json));
  }
  return 0;
}

std::vector<std::uint64_t> numbers_of(const JobArguments& arguments) {
  std::vector<std::uint64_t> jobs;
  for (const std::string& text : arguments.jobs) jobs.push_back(parse_number("JOB", text));
  return jobs;
}

/// What is refused for one of them does not keep it from the others.
int cancel(const JobArguments& arguments) {
  const std::vector<std::uint64_t> jobs = numbers_of(arguments);
  Client client;
  int status = 0;
  for (const std::uint64_t job : jobs) {
    try {
      const Reply reply = client.post(path_of("/v1/jobs", {std::to_string(job), "cancel"}));
      if (arguments.is_json) {
        print_json(reply);
      } else {
        print(line_of(reply.json) + "\n");
      }
    } catch (const RefusedError& error) {
      fmt::print(stderr, "{}", error.text());
      status = kRefused;
    }
  }
  return status;
}

int logs(const JobArguments& arguments) {
  const std::uint64_t job = parse_number("JOB", arguments.jobs.at(0));
  const std::uint64_t rank =
      arguments.rank.empty() ? 0 : parse_count("--rank", arguments.rank, 0, 1U << 20U);
  std::optional<std::uint64_t> start;
  if (!arguments.start.empty()) start = parse_count("--start", arguments.start, 1, 1U << 30U);
  Client client;
  if (arguments.is_followed) client.set_patience(kWatchPatience);
  LogReader reader(client, job, rank, arguments.is_error, start);
  Pace pace;
  while (true) {
    const std::string text = reader.next();
    if (arguments.is_json && (!text.empty() || !arguments.is_followed)) print_json(reader.reply());
    if (!arguments.is_json) print(text);
    if (reader.is_over()) return 0;
    if (!text.empty()) {
      pace.reset();
      continue;
    }
    if (!arguments.is_followed) return 0;
    pace.rest();
  }
}

int wait(const JobArguments& arguments) {
  const std::vector<std::uint64_t> jobs = numbers_of(arguments);
  Client client;
  client.set_patience(kWatchPatience);
  // One that there is not is told before another is waited for.
  for (const std::uint64_t job : jobs) client.get(path_of("/v1/jobs", {std::to_string(job)}));
  int status = 0;
  for (const std::uint64_t job : jobs) {
    Pace pace;
    Reply reply = client.get(path_of("/v1/jobs", {std::to_string(job)}));
    while (!has_ended(reply.json)) {
      pace.rest();
      reply = client.get(path_of("/v1/jobs", {std::to_string(job)}));
    }
    if (arguments.is_json) {
      print_json(reply);
    } else {
      print(line_of(reply.json) + "\n");
    }
    if (status == 0) status = status_of(reply.json);
  }
  return status;
}

}  // namespace

void add_jobs(CLI::App& app, int& exit_status) {
  const auto listing = std::make_shared<ListArguments>();
  CLI::App* verb = add_verb(app, "list", kListHelp);
  verb->add_option("--state", listing->state)
      ->type_name("live|waiting|queued|starting|running|stopping|succeeded|failed|cancelled");
  verb->add_option("--tenant", listing->tenant);
  verb->add_option("--name", listing->name);
  CLI::Option* limit = verb->add_option("--limit", listing->limit);
  verb->add_flag("--all", listing->is_all)->excludes(limit);
  verb->add_flag("--watch", listing->is_watched);
  verb->add_flag("--json", listing->is_json);
  verb->callback([listing, &exit_status] { exit_status = list(*listing); });

  const auto add = [&](const char* name, const char* help, bool is_many,
                       int (*run)(const JobArguments&)) {
    const auto arguments = std::make_shared<JobArguments>();
    CLI::App* made = add_verb(app, name, help);
    CLI::Option* jobs = made->add_option("JOB", arguments->jobs)->required();
    if (!is_many) jobs->expected(1);
    made->add_flag("--json", arguments->is_json);
    made->callback([arguments, run, &exit_status] { exit_status = run(*arguments); });
    return std::pair(made, arguments);
  };
  add("show", kShowHelp, false, show);
  add("cancel", kCancelHelp, true, cancel);
  add("wait", kWaitHelp, true, wait);
  const auto [log, arguments] = add("logs", kLogsHelp, false, logs);
  log->add_option("--rank", arguments->rank);
  log->add_option("--start", arguments->start);
  log->add_flag("--err", arguments->is_error);
  log->add_flag("--follow", arguments->is_followed);
}

}  // namespace stargate::cli
