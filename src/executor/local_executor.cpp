#include "executor/local_executor.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <system_error>

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

#include "executor/control_group.h"
#include "executor/durable_file.h"
#include "executor/inventory.h"
#include "executor/keeper_process.h"
#include "executor/machine.h"
#include "executor/process_tree.h"
#include "executor/rank_environment.h"

namespace stargate::executor {
namespace {

/// Below the ports that Linux gives to connections by itself.
constexpr std::uint16_t kFirstPort = 20'000;
constexpr std::uint16_t kPorts = 10'000;
constexpr int kCleanLooks = 2;
constexpr std::int64_t kClearMs = 20;
constexpr std::int64_t kUnwatchedMs = 500;
constexpr std::uint32_t kProcessesMax = 4'096;

template <class Integer>
bool read_integer(const std::string& text, Integer& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

Report report_of(JobId job, std::uint64_t epoch, Outcome outcome, const std::string& detail) {
  Report report;
  report.job = job;
  report.epoch = epoch;
  report.outcome = outcome;
  report.at = wall_clock();
  report.detail = detail;
  return report;
}

/// Without the mark, what it stands for is said or asked for again.
void try_mark(const std::string& path) {
  try {
    replace_file(path, "");
  } catch (const std::system_error&) {
    return;
  }
}

/// Whether a program may listen there now.
bool is_free(std::uint16_t port) {
  const Descriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  return ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

/// Empty where the order cannot be read: only people are told of them.
std::vector<std::string> devices_in(const EpochFolder& folder) {
  try {
    const std::optional<std::string> text = read_file(folder.order());
    return text ? read_order(*text).devices : std::vector<std::string>();
  } catch (const std::runtime_error&) {
    return {};
  }
}

/// Why a start makes no sense here; empty: it does.
std::string problem_of(const Start& start, const std::vector<Node>& nodes,
                       const std::string& data_folder) {
  std::uint64_t processes = 0;
  for (const Place& place : places_of(start)) {
    if (place.node >= nodes.size()) {
      return fmt::format("node {} is not here: there are {}", place.node, nodes.size());
    }
    const Node& node = nodes[place.node];
    if ((place.mask & ~all_gpus(node.gpus)) != 0) {
      return fmt::format("node {} has {} GPUs, the start names others", node.name, node.gpus);
    }
    processes += std::max(start.program.processes_per_node, 1U);
  }
  if (processes == 0) return "the start names no GPU";
  if (processes > kProcessesMax) {
    return fmt::format("{} processes are too many: {} at most", processes, kProcessesMax);
  }
  for (const auto& [name, value] : start.program.environment) {
    if (name.empty() || (name + value).find('\0') != std::string::npos ||
        name.find('=') != std::string::npos) {
      return fmt::format("'{}' is not a name and value of an environment", name);
    }
  }
  for (const std::string& word : start.program.argv) {
    if (word.find('\0') != std::string::npos) return "an argument holds a zero byte";
  }
  if (!start.program.argv.empty() && start.program.argv.front().empty()) {
    return "the program's name is empty";
  }
  const std::string& directory = start.program.directory;
  if (!directory.empty() && directory.front() != '/') {
    return fmt::format("the folder {} is not absolute", directory);
  }
  std::error_code ignored;
  const std::string real = std::filesystem::weakly_canonical(directory, ignored).string();
  if ((real + "/").starts_with(data_folder + "/")) {
    return fmt::format("the folder {} is in the control plane's own, {}: expected one elsewhere",
                       directory, data_folder);
  }
  return "";
}

}  // namespace

LocalExecutor::LocalExecutor(LocalOptions options) : options_(std::move(options)) {
  std::filesystem::create_directories(options_.data_folder);
  options_.data_folder = std::filesystem::canonical(options_.data_folder).string();
  jobs_folder_ = options_.data_folder + "/jobs";
  wake_path_ = options_.data_folder + "/wake";
  create_folder(jobs_folder_);
  const std::string lock_path = options_.data_folder + "/executor.lock";
  data_lock_ = Descriptor(::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!data_lock_.is_open()) throw_errno("cannot open " + lock_path);
  if (::flock(data_lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    throw_errno("cannot lock " + lock_path + ", another executor may use it");
  }
  const std::string id_path = options_.data_folder + "/executor.id";
  if (!exists(id_path)) replace_file_durably(id_path, random_name());
  id_ = read_file(id_path).value_or("");
  boot_id_ = boot_id();
  if (options_.use_control_groups) control_group_ = own_control_group();
  if (options_.use_bubblewrap) {
    const std::vector<std::string> words = bubblewrap_words();
    options_.keeper.insert(options_.keeper.begin(), words.begin(), words.end());
  }
  hidden_ = {options_.data_folder, options_.hidden_files};
  if (options_.sandbox != SandboxUse::kOff) sandbox_ = try_sandbox(hidden_);
  if (options_.sandbox == SandboxUse::kRequired && sandbox_.program.empty()) {
    throw std::runtime_error(
        fmt::format("a sandbox is required, and bubblewrap is not usable: {}", sandbox_.problem));
  }
  if (!options_.inventory) {
    options_.inventory = [library = std::shared_ptr<GpuLibrary>(open_nvml()),
                          mark = fmt::format("{}={}/", kGangVariable, id_)] {
      return machine_inventory(
          library.get(), [&mark](pid_t process) { return has_variable_above(process, mark); });
    };
  }
  nodes_ = options_.inventory();
  if (nodes_.empty()) throw std::runtime_error("the driver of this machine's GPUs does not answer");

  if (::mkfifo(wake_path_.c_str(), 0600) != 0 && errno != EEXIST) {
    throw_errno("cannot create " + wake_path_);
  }
  wake_ = Descriptor(::open(wake_path_.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!wake_.is_open()) throw_errno("cannot open " + wake_path_);
  timer_ = Descriptor(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  epoll_ = Descriptor(::epoll_create1(EPOLL_CLOEXEC));
  if (!timer_.is_open() || !epoll_.is_open()) throw_errno("cannot watch for reports");
  for (const int descriptor : {wake_.get(), timer_.get()}) {
    epoll_event event{};
    event.events = EPOLLIN;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event);
  }
  find_epochs();
  ring(wake_path_);
}

LocalExecutor::~LocalExecutor() = default;

std::vector<Node> LocalExecutor::inventory() {
  std::vector<Node> found = options_.inventory();
  if (!found.empty()) {
    nodes_ = std::move(found);
    return nodes_;
  }
  // What there was is still what starts are told of; nothing more is started on it.
  found = nodes_;
  for (Node& node : found) node.healthy = false;
  return found;
}

EpochFolder LocalExecutor::folder_of(const Key& key) const {
  return EpochFolder(fmt::format("{}/{}/{}", jobs_folder_, key.first.value, key.second));
}

std::string LocalExecutor::output_path(JobId job, std::uint64_t epoch, std::uint32_t rank,
                                       bool is_error) const {
  std::string path = folder_of({job, epoch}).output(rank, is_error);
  return exists(path) ? path : "";
}

/// What there is in the data folder.
void LocalExecutor::find_epochs() {
  for (const auto& job_entry : std::filesystem::directory_iterator(jobs_folder_)) {
    JobId job;
    if (!read_integer(job_entry.path().filename().string(), job.value)) continue;
    for (const auto& epoch_entry : std::filesystem::directory_iterator(job_entry.path())) {
      Key key{job, 0};
      if (!read_integer(epoch_entry.path().filename().string(), key.second)) continue;
      latest_[job] = std::max(latest_[job], key.second);
      const EpochFolder folder = folder_of(key);
      if (exists(folder.ended_acknowledged())) continue;
      Epoch& epoch = epochs_[key];
      epoch.start_said = exists(folder.started_acknowledged());
      if (!exists(folder.ended())) attach(key, epoch);
    }
  }
  set_timer();
}

/// Watches a keeper that another executor started.
void LocalExecutor::attach(const Key& key, Epoch& epoch) {
  const EpochFolder folder = folder_of(key);
  epoch.handle = find_keeper(folder);
  if (epoch.handle.is_open()) watch(epoch);
  if (const std::optional<std::string> text = read_file(folder.order())) {
    try {
      const Environment environment = read_order(*text).environment;
      read_integer(environment.at("MASTER_PORT"), epoch.port);
    } catch (const std::exception&) {
      epoch.port = 0;
    }
  }
}

void LocalExecutor::watch(Epoch& epoch) {
  epoll_event event{};
  event.events = EPOLLIN;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, epoch.handle.get(), &event) != 0) {
    epoch.handle.close();
  }
}

void LocalExecutor::start(const Start& start) {
  const auto latest = latest_.find(start.job);
  if (latest != latest_.end() && start.epoch <= latest->second) return;
  latest_[start.job] = start.epoch;
  const Key key{start.job, start.epoch};
  const EpochFolder folder = folder_of(key);
  try {
    create_folder(fmt::format("{}/{}", jobs_folder_, start.job.value));
    if (::mkdir(folder.path().c_str(), 0700) != 0) throw_errno("cannot create " + folder.path());
  } catch (const std::system_error& error) {
    unwritten_.push_back(report_of(start.job, start.epoch, Outcome::kFailedToStart, error.what()));
    ring(wake_path_);
    return;
  }
  Epoch& epoch = epochs_[key];
  try {
    const std::string problem = problem_of(start, nodes_, options_.data_folder);
    if (!problem.empty()) throw std::runtime_error(problem);
    if (start.program.directory.empty()) create_folder(folder.work());
    epoch.port = free_port();
    const Order order = order_of(start, epoch.port);
    replace_file(folder.order(), order_text(order));
    if (::mkfifo(folder.control().c_str(), 0600) != 0) {
      throw_errno("cannot create " + folder.control());
    }
    epoch.child = start_keeper(options_.keeper, folder);
    epoch.handle = Descriptor(open_process(epoch.child));
    if (epoch.handle.is_open()) watch(epoch);
    set_timer();
  } catch (const std::exception& error) {
    end(key, Outcome::kFailedToStart, error.what());
  }
}

Order LocalExecutor::order_of(const Start& start, std::uint16_t port) const {
  Order order;
  order.job = start.job;
  order.epoch = start.epoch;
  order.gang = fmt::format("{}/{}/{}", id_, start.job.value, start.epoch);
  order.boot_id = boot_id_;
  if (!control_group_.empty()) {
    order.cgroup = fmt::format("{}/stargate-{}-{}-{}", control_group_, id_.substr(0, 8),
                               start.job.value, start.epoch);
  }
  order.wake = wake_path_;
  order.argv = start.program.argv;
  const std::string work =
      start.program.directory.empty() ? folder_of({start.job, start.epoch}).work() : "";
  order.directory = work.empty() ? start.program.directory : work;
  if (!sandbox_.program.empty()) {
    order.sandbox = sandbox_words(sandbox_, hidden_, work, order.directory);
  }
  order.time_limit = start.program.time_limit;
  order.grace = start.program.grace;
  order.warning_signal = start.program.warning_signal;
  order.memory_bytes_max = start.program.memory_bytes_max;
  give_environment(start, nodes_, port, order);
  return order;
}

/// One that no gang of ours was given.
std::uint16_t LocalExecutor::free_port() {
  if (next_port_ == 0) {
    next_port_ =
        static_cast<std::uint16_t>(std::stoul(random_name().substr(0, 4), nullptr, 16) % kPorts);
  }
  for (std::uint32_t tries = 0; tries < kPorts; ++tries) {
    next_port_ = static_cast<std::uint16_t>((next_port_ + 1) % kPorts);
    const auto port = static_cast<std::uint16_t>(kFirstPort + next_port_);
    const bool is_given = std::any_of(epochs_.begin(), epochs_.end(), [port](const auto& entry) {
      return entry.second.port == port && !entry.second.end_said;
    });
    if (!is_given && is_free(port)) return port;
  }
  throw std::runtime_error("no port is free for the ranks to meet at");
}

void LocalExecutor::stop(JobId job, std::uint64_t epoch) {
  const Key key{job, epoch};
  const EpochFolder folder = folder_of(key);
  if (epochs_.contains(key)) {
    try_mark(folder.stop());
    ring(folder.control());
    return;
  }
  const auto latest = latest_.find(job);
  if (latest != latest_.end() && epoch <= latest->second) return;
  latest_[job] = epoch;
  try {
    create_folder(fmt::format("{}/{}", jobs_folder_, job.value));
    create_folder(folder.path());
    replace_file_durably(folder.stop(), "");
    epochs_[key];
    end(key, Outcome::kStopped, "stopped before it was started");
  } catch (const std::system_error& error) {
    unwritten_.push_back(report_of(job, epoch, Outcome::kStopped, error.what()));
    ring(wake_path_);
  }
}

void LocalExecutor::end(const Key& key, Outcome outcome, const std::string& detail) {
  const Report report = report_of(key.first, key.second, outcome, detail);
  try {
    replace_file_durably(folder_of(key).ended(), report_text(report));
  } catch (const std::system_error&) {
    unwritten_.push_back(report);
    epochs_[key].end_said = true;
  }
  ring(wake_path_);
}

std::vector<Report> LocalExecutor::poll() {
  char bytes[256];
  while (::read(wake_.get(), bytes, sizeof bytes) > 0) {
  }
  std::uint64_t expirations = 0;
  while (::read(timer_.get(), &expirations, sizeof expirations) > 0) {
  }
  std::vector<Report> news;
  news.swap(unwritten_);
  for (auto& [key, epoch] : epochs_) {
    // Below 0: it was reaped elsewhere.
    if (epoch.child > 0 && ::waitpid(epoch.child, nullptr, WNOHANG) != 0) {
      epoch.child = 0;
      epoch.handle.close();
    }
    if (!epoch.end_said) look_at(key, epoch, news);
  }
  std::erase_if(epochs_, [](const auto& entry) {
    return entry.second.is_acknowledged && entry.second.child == 0;
  });
  set_timer();
  return news;
}

void LocalExecutor::look_at(const Key& key, Epoch& epoch, std::vector<Report>& news) {
  const EpochFolder folder = folder_of(key);
  try {
    // Before the end is looked for: who ends later has written it.
    const bool is_kept = !epoch.lock.is_open() && is_locked(folder.lock());
    if (!epoch.start_said) {
      if (const std::optional<std::string> text = read_file(folder.started())) {
        news.push_back(read_report(*text));
        epoch.start_said = true;
        news.back().devices = devices_in(folder);
      }
    }
    if (const std::optional<std::string> text = read_file(folder.ended())) {
      news.push_back(read_report(*text));
      epoch.end_said = true;
      epoch.lock.close();
    } else if (!is_kept) {
      clear(key, epoch);
    }
  } catch (const std::runtime_error&) {
    // A full table of files, for one: it is looked at again.
    epoch.handle.close();
  }
}

void LocalExecutor::clear(const Key& key, Epoch& epoch) {
  const EpochFolder folder = folder_of(key);
  if (!epoch.lock.is_open()) epoch.lock = lock_file(folder.lock());
  if (!epoch.lock.is_open()) return;
  // Bubblewrap ends when all in it has.
  if (epoch.handle.is_open() && !has_ended(epoch.handle.get())) return;
  epoch.handle.close();
  const std::optional<std::string> text = read_file(folder.order());
  if (!text) {
    end(key, exists(folder.stop()) ? Outcome::kStopped : Outcome::kLost,
        "the control plane ended before it could start it");
    return;
  }
  Order order;
  try {
    order = read_order(*text);
  } catch (const std::runtime_error&) {
    order.gang = fmt::format("{}/{}/{}", id_, key.first.value, key.second);
  }
  if (!order.boot_id.empty() && order.boot_id != boot_id_) {
    end(key, Outcome::kLost, "the machine was started anew");
    return;
  }
  if (!order.cgroup.empty()) kill_control_group(order.cgroup);
  const std::vector<Process> left =
      marked_processes(fmt::format("{}={}", kGangVariable, order.gang));
  for (const Process& process : left) send_signal(process, SIGKILL);
  const bool is_clean =
      left.empty() && (order.cgroup.empty() || !control_group_lives(order.cgroup));
  epoch.clean_looks = is_clean ? epoch.clean_looks + 1 : 0;
  if (epoch.clean_looks < kCleanLooks) return;
  if (!order.cgroup.empty()) remove_control_group(order.cgroup);
  std::string words = read_file(folder.keeper_log()).value_or("");
  while (words.ends_with('\n')) words.pop_back();
  end(key, Outcome::kLost, words.empty() ? "its keeper was killed" : words);
}

/// For what no descriptor tells of.
void LocalExecutor::set_timer() {
  std::int64_t wait_ms = 0;
  for (const auto& [key, epoch] : epochs_) {
    if (epoch.end_said) continue;
    if (epoch.lock.is_open()) {
      wait_ms = kClearMs;
      break;
    }
    if (!epoch.handle.is_open()) wait_ms = kUnwatchedMs;
  }
  itimerspec setting{};
  setting.it_value.tv_sec = wait_ms / 1'000;
  setting.it_value.tv_nsec = wait_ms % 1'000 * 1'000'000;
  ::timerfd_settime(timer_.get(), 0, &setting, nullptr);
}

void LocalExecutor::acknowledge(const Report& report) {
  const Key key{report.job, report.epoch};
  const EpochFolder folder = folder_of(key);
  if (!exists(folder.path())) return;
  if (report.outcome == Outcome::kStarted) {
    try_mark(folder.started_acknowledged());
    return;
  }
  const auto found = epochs_.find(key);
  if (found == epochs_.end() || !found->second.end_said) return;
  try_mark(folder.ended_acknowledged());
  ::unlink(folder.order().c_str());
  ::unlink(folder.control().c_str());
  found->second.is_acknowledged = true;
  if (found->second.child == 0) epochs_.erase(found);
}

void LocalExecutor::resume(const Start& start, Instant) {
  if (epochs_.contains({start.job, start.epoch})) return;
  unwritten_.push_back(
      report_of(start.job, start.epoch, Outcome::kLost, "nothing is known of it on this machine"));
}

std::vector<Executor::Known> LocalExecutor::known() {
  std::vector<Known> all;
  for (const auto& [key, epoch] : epochs_) {
    if (!epoch.is_acknowledged) all.push_back({key.first, key.second});
  }
  return all;
}

}  // namespace stargate::executor
