#include "executor/machine.h"

#include <cerrno>
#include <cstdint>
#include <ctime>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>

#include "executor/descriptor.h"
#include "executor/durable_file.h"
#include "executor/epoch_folder.h"

namespace stargate::executor {
namespace {

Instant read_clock(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return {now.tv_sec * kMicrosPerSecond + now.tv_nsec / 1'000};
}

}  // namespace

std::string boot_id() {
  std::string text = read_file("/proc/sys/kernel/random/boot_id").value_or("");
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

Instant wall_clock() { return read_clock(CLOCK_REALTIME); }

Instant steady_clock() { return read_clock(CLOCK_MONOTONIC); }

std::string random_name() {
  std::uint64_t words[2];
  if (::getrandom(words, sizeof words, 0) != static_cast<ssize_t>(sizeof words)) {
    throw_errno("cannot draw a random name");
  }
  return fmt::format("{:016x}{:016x}", words[0], words[1]);
}

void ring(const std::string& fifo) {
  const Descriptor bell(::open(fifo.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
  // Nobody listens, or enough bytes wait already.
  if (bell.is_open() && ::write(bell.get(), "x", 1) != 1) return;
}

}  // namespace stargate::executor
