#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "executor/local_executor.h"
#include "executor/machine.h"
#include "executor/process_tree.h"

namespace stargate::executor {

/// Left alone by SIGTERM, in a session of its own, without the environment that marks it.
inline constexpr const char* kHiding =
    "env -i setsid sh -c 'trap \"\" TERM; echo hidden $$; while :; do sleep 0.1; done' &";

/// Whether there is such a process, and it has not ended.
inline bool lives(pid_t number) {
  std::ifstream stream("/proc/" + std::to_string(number) + "/stat");
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  const std::size_t name_end = text.rfind(')');
  return name_end != std::string::npos && text[name_end + 2] != 'Z' && text[name_end + 2] != 'X';
}

/// An executor in a folder of its own, of a machine with 8 slots. No process outlives a test.
class LocalExecutorTest : public ::testing::Test {
 protected:
  LocalExecutorTest() {
    static int count = 0;
    folder_ = std::filesystem::temp_directory_path() /
              ("stargate-executor-" + std::to_string(::getpid()) + "-" + std::to_string(count++));
    open();
  }
  ~LocalExecutorTest() override {
    executor_.reset();
    for (const pid_t process : left()) ::kill(process, SIGKILL);
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  LocalOptions options() const {
    LocalOptions options;
    options.data_folder = folder_.string();
    options.keeper = {STARGATE_KEEPER};
    options.inventory = [] {
      Node node;
      node.name = "here";
      node.gpus = 64;
      return std::vector<Node>{node};
    };
    options.use_control_groups = use_control_groups_;
    options.use_bubblewrap = use_bubblewrap_;
    options.sandbox = sandbox_;
    return options;
  }
  /// The control plane begins anew.
  void open() {
    executor_.reset();
    executor_ = std::make_unique<LocalExecutor>(options());
  }

  static Start start_of(std::uint64_t job, std::vector<std::string> argv, std::uint32_t ranks = 1) {
    Start start;
    start.job.value = job;
    start.epoch = 1;
    start.name = "job-" + std::to_string(job);
    start.ranges = {{0, 1, all_gpus(ranks), 0}};
    start.program.argv = std::move(argv);
    start.program.grace = milliseconds(300);
    return start;
  }
  static Start shell(std::uint64_t job, const std::string& script, std::uint32_t ranks = 1) {
    return start_of(job, {"sh", "-c", script}, ranks);
  }

  /// Waits for the next report and acknowledges it; at most ten seconds.
  Report next() {
    const Instant limit = steady_clock() + seconds(10);
    while (pending_.empty()) {
      if (steady_clock() > limit) {
        ADD_FAILURE() << "no report came";
        return {};
      }
      pollfd waiting{executor_->wake_descriptor(), POLLIN, 0};
      ::poll(&waiting, 1, 1'000);
      pending_ = executor_->poll();
    }
    Report report = pending_.front();
    pending_.erase(pending_.begin());
    executor_->acknowledge(report);
    return report;
  }
  Report expect_start() {
    Report report = next();
    EXPECT_EQ(report.outcome, Outcome::kStarted) << report.detail;
    return report;
  }
  Report run(const Start& start) {
    executor_->start(start);
    const Report report = next();
    return report.outcome == Outcome::kStarted ? next() : report;
  }

  std::string output(std::uint64_t job, std::uint32_t rank = 0, bool is_error = false,
                     std::uint64_t epoch = 1) const {
    std::ifstream stream(executor_->output_path(JobId{job}, epoch, rank, is_error));
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  /// Waits until the output holds the text.
  void await_output(std::uint64_t job, const std::string& text, std::uint32_t rank = 0) const {
    const Instant limit = steady_clock() + seconds(10);
    while (output(job, rank).find(text) == std::string::npos) {
      if (steady_clock() > limit) {
        ADD_FAILURE() << "rank " << rank << " of job " << job << " never wrote '" << text << "'";
        return;
      }
      ::poll(nullptr, 0, 5);
    }
  }
  /// That a rank wrote behind a word, once it has.
  pid_t number_behind(const std::string& word, std::uint64_t job) const {
    await_output(job, word);
    const std::string text = output(job);
    return std::stoi(text.substr(text.find(word) + word.size()));
  }
  std::string read(const std::string& name) const {
    std::ifstream stream(folder_ / name);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  /// Processes of gangs of this executor.
  std::vector<pid_t> left() const {
    const std::string mark = std::string(kGangVariable) + "=" + read("executor.id") + "/";
    std::vector<pid_t> found;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      const std::string name = entry.path().filename().string();
      if (name.find_first_not_of("0123456789") != std::string::npos) continue;
      if (has_variable(std::stoi(name), mark)) found.push_back(std::stoi(name));
    }
    return found;
  }

  bool use_control_groups_ = true;
  bool use_bubblewrap_ = false;
  SandboxUse sandbox_ = SandboxUse::kOff;
  std::filesystem::path folder_;
  std::unique_ptr<LocalExecutor> executor_;
  std::vector<Report> pending_;
};

}  // namespace stargate::executor
