#include "cli/progress.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "sim/report_text.h"

namespace stargate::cli {
namespace {

constexpr std::chrono::milliseconds kRedraw{200};
constexpr std::size_t kBarMin = 10;
constexpr std::size_t kBarMax = 40;

}  // namespace

std::string progress_line(ProgressCount count, double elapsed_s, std::size_t width) {
  const std::uint64_t total = count.total;
  const std::uint64_t done = std::min(count.done, total);
  const double share = total == 0 ? 1 : static_cast<double>(done) / static_cast<double>(total);
  const double rate = elapsed_s > 0 ? static_cast<double>(done) / elapsed_s : 0;
  const std::string all = sim::count_text(total);
  std::string left = fmt::format("{:>{}} of {} {} {:3.0f}%", sim::count_text(done), all.size(), all,
                                 count.unit, 100 * share);
  std::string right =
      fmt::format("{} {}/s", sim::count_text(static_cast<std::uint64_t>(rate)), count.unit);
  if (done > 0 && done < total && elapsed_s >= 1) {
    right += ", " + sim::duration_text(static_cast<double>(total - done) / rate) + " left";
  }
  // The bar takes what the words leave; first it goes, then the words on the right.
  const std::size_t words = left.size() + right.size() + 6;
  if (words + kBarMin <= width) {
    const std::size_t bar = std::min(width - words, kBarMax);
    const auto full = static_cast<std::size_t>(share * static_cast<double>(bar));
    left += "  [" + std::string(full, '=') + std::string(bar - full, ' ') + "]";
  }
  if (left.size() + 2 + right.size() <= width) left += "  " + right;
  return left.substr(0, width);
}

Progress::Progress(std::vector<const Counter*> counters, std::uint64_t total, const char* unit,
                   bool wanted)
    : counters_(std::move(counters)), total_(total), unit_(unit) {
  if (wanted && ::isatty(STDERR_FILENO) == 1) thread_ = std::thread([this] { draw_until_done(); });
}

Progress::~Progress() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Progress::draw_until_done() {
  bool drawn = false;
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, kRedraw, [this] { return done_; })) {
    std::uint64_t sum = 0;
    for (const Counter* counter : counters_) sum += counter->load(std::memory_order_relaxed);
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start_;
    // One column less: some terminals wrap when the last one is written.
    const std::size_t width = terminal_width(STDERR_FILENO, 80) - 1;
    fmt::print(stderr, "\r{}\x1b[K", progress_line({sum, total_, unit_}, elapsed.count(), width));
    std::fflush(stderr);
    drawn = true;
  }
  if (drawn) {
    fmt::print(stderr, "\r\x1b[K");
    std::fflush(stderr);
  }
}

std::size_t terminal_width(int file, std::size_t otherwise) {
  struct winsize size {};
  if (::isatty(file) != 1 || ::ioctl(file, TIOCGWINSZ, &size) != 0) return otherwise;
  return size.ws_col == 0 ? otherwise : std::size_t{size.ws_col};
}

}  // namespace stargate::cli
