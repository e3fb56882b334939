#include "cli/interrupt.h"

#include <csignal>
#include <cstddef>
#include <utility>

namespace stargate::cli {
namespace {

std::atomic<bool>* const* g_stops = nullptr;
std::size_t g_count = 0;
volatile std::sig_atomic_t g_happened = 0;

static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may set only such");

extern "C" void stargate_stop_runs(int) {
  g_happened = 1;
  for (std::size_t i = 0; i < g_count; ++i) g_stops[i]->store(true);
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

}  // namespace

StopOnSignal::StopOnSignal(std::vector<std::atomic<bool>*> stops) : stops_(std::move(stops)) {
  g_stops = stops_.data();
  g_count = stops_.size();
  g_happened = 0;
  struct sigaction action {};
  action.sa_handler = stargate_stop_runs;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

StopOnSignal::~StopOnSignal() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  g_stops = nullptr;
  g_count = 0;
}

bool StopOnSignal::happened() { return g_happened != 0; }

}  // namespace stargate::cli
