#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace stargate::cli {

/// What is done of what there is, in a unit: "jobs", "days".
struct ProgressCount {
  std::uint64_t done = 0;
  std::uint64_t total = 0;
  const char* unit = "jobs";
};

/// The line that the bar shows: "  7,120 of 28,481 jobs   25%  [=====          ]  ...", at most
/// `width` columns.
std::string progress_line(ProgressCount count, double elapsed_s, std::size_t width);

/// Shows on standard error, where that is a terminal, how far the runs have come; a few times a
/// second, on one line, which is erased at the end. The counters, which are added up, outlive it.
class Progress {
 public:
  using Counter = std::atomic<std::uint64_t>;
  Progress(std::vector<const Counter*> counters, std::uint64_t total, const char* unit,
           bool wanted);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();

 private:
  void draw_until_done();

  const std::vector<const Counter*> counters_;
  const std::uint64_t total_;
  const char* const unit_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  std::thread thread_;
};

/// Columns of the terminal behind a file descriptor; `otherwise` where there is none.
std::size_t terminal_width(int file, std::size_t otherwise);

}  // namespace stargate::cli
