#include "cli/up.h"

#include <algorithm>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "cli/standard_output.h"
#include "cli/usage_error.h"
#include "ledger/ledger.h"
#include "server/control_plane.h"
#include "world/problem.h"

namespace stargate::cli {
namespace {

constexpr int kFailed = 1;
constexpr int kWrongInput = 2;

constexpr const char* kHelp =
    R"(Start the control plane on this machine's clock.

Usage: stargate up [options]

Everything that it decides is in its ledger, in the data folder: started again with
the same folder, it goes on where it was, and finds what still runs. Without --world
this machine is a supplier beside two that are simulated. The first administrator's
token is in DIR/admin.token, and DIR/address says where it answers: the other verbs
find both there.

  --data DIR             its folder (./stargate-data)
  --world FOLDER         the YAML files of a world, for a new ledger
  --listen HOST:PORT     where it answers (127.0.0.1:7717); port 0: a free one
  --tls-certificate FILE --tls-key FILE
                         PEM files: answer with TLS alone
  --two-people-gpus N    offers of so many GPUs or more are replied to, orders signed
                         and capacity accepted by two people (1024)
  --observe              decide and explain, and start nothing: this machine's work is
                         simulated too
  --sandbox USE          hide the data folder from jobs on this machine: auto (where
                         bubblewrap is usable), required (or do not start) or off (auto)
  --bubblewrap           processes of a job see no others, where bubblewrap is usable
  --simulated-speed N    simulated work runs so many times as fast as the clock (1)

Exit status: 0 stopped (SIGINT, SIGTERM), 1 failed, 2 wrong options or files.
)";

struct Arguments {
  server::Options options;
  std::string listen = "127.0.0.1:7717";
  std::string sandbox = "auto";
};

/// "HOST:PORT", "[HOST]:PORT".
void read_address(const std::string& text, http::Options& options) {
  const std::size_t colon = text.rfind(':');
  const std::string port = colon == std::string::npos ? "" : text.substr(colon + 1);
  std::string host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  const bool is_number = !port.empty() && port.size() <= 5 &&
                         port.find_first_not_of("0123456789") == std::string::npos;
  if (!is_number || host.empty() || std::stoi(port) > 65535) {
    throw UsageError(
        fmt::format("--listen: found '{}', expected HOST:PORT such as 127.0.0.1:7717", text));
  }
  options.address = host;
  options.port = static_cast<std::uint16_t>(std::stoi(port));
}

executor::SandboxUse sandbox_use(const std::string& word) {
  if (word == "auto") return executor::SandboxUse::kWhereUsable;
  if (word == "required") return executor::SandboxUse::kRequired;
  if (word == "off") return executor::SandboxUse::kOff;
  throw UsageError(fmt::format("--sandbox: found '{}', expected auto, required or off", word));
}

std::string own_program() {
  std::string path(4096, '\0');
  const ssize_t size = readlink("/proc/self/exe", path.data(), path.size());
  if (size <= 0) throw UsageError("/proc/self/exe cannot be read: /proc is needed");
  path.resize(static_cast<std::size_t>(size));
  return path;
}

/// Waits for SIGINT and SIGTERM on a thread of its own.
class Signals {
 public:
  explicit Signals(server::ControlPlane& plane)
      : thread_([this, &plane] {
          while (!is_over_.load()) {
            const timespec wait{0, 100'000'000};
            if (sigtimedwait(&set(), nullptr, &wait) > 0) plane.stop();
          }
        }) {}
  ~Signals() {
    is_over_.store(true);
    thread_.join();
  }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  /// Before any other thread is there.
  static void block() {
    pthread_sigmask(SIG_BLOCK, &set(), nullptr);
    std::signal(SIGPIPE, SIG_IGN);
  }

 private:
  static const sigset_t& set() {
    static const sigset_t signals = [] {
      sigset_t empty;
      sigemptyset(&empty);
      sigaddset(&empty, SIGINT);
      sigaddset(&empty, SIGTERM);
      return empty;
    }();
    return signals;
  }
  std::atomic<bool> is_over_{false};
  std::thread thread_;
};

int run(Arguments& arguments) {
  server::Options& options = arguments.options;
  read_address(arguments.listen, options.http);
  options.sandbox = sandbox_use(arguments.sandbox);
  if (options.http.certificate_file.empty() != options.http.key_file.empty()) {
    throw UsageError("--tls-certificate and --tls-key belong together: one is missing");
  }
  options.keeper = {own_program(), "keep"};
  // One thread reads and writes about as much as the loop decides.
  options.http.threads = std::clamp(std::thread::hardware_concurrency() / 4, 1U, 4U);
  Signals::block();
  try {
    server::ControlPlane plane(options);
    if (!plane.ledger_warning().empty()) {
      fmt::print(stderr, "stargate: the ledger: {}\n", plane.ledger_warning());
    }
    Signals signals(plane);
    plane.run([&] {
      const bool is_v6 = options.http.address.find(':') != std::string::npos;
      const std::string scheme = options.http.certificate_file.empty() ? "http" : "https";
      if (options.observe) print("observing: nothing is started, all work is simulated\n");
      const bool is_secret = !options.http.certificate_file.empty();
      const std::string& address = options.http.address;
      if (!is_secret && !address.starts_with("127.") && address != "::1") {
        fmt::print(stderr,
                   "stargate: {} is for other machines, too: without TLS everybody on the way sees "
                   "the tokens (--tls-certificate, --tls-key)\n",
                   address);
      }
      if (!plane.sandbox_problem().empty()) {
        fmt::print(
            stderr,
            "stargate: jobs on this machine can read all of {}, the administrator's token "
            "too: no sandbox, since bubblewrap is not usable ({}); `--sandbox off` is silent\n",
            options.data_folder, plane.sandbox_problem());
      }
      if (!plane.notice().empty()) print(fmt::format("note: {}\n", plane.notice()));
      print(
          fmt::format("listening on {0}://{1}:{2}\n"
                      "the administrator's token is in {3}\n"
                      "try, in another terminal:\n"
                      "  export STARGATE_DATA={4}\n"
                      "  stargate submit --gpus 2 -- sh -c 'echo rank $RANK of $WORLD_SIZE'\n"
                      "  stargate list\n"
                      "  stargate suppliers\n",
                      scheme, is_v6 ? "[" + options.http.address + "]" : options.http.address,
                      plane.port(), plane.token_file(),
                      std::filesystem::absolute(options.data_folder).lexically_normal().string()));
    });
  } catch (const world::WorldError& error) {
    fmt::print(stderr, "{}\n", error.what());
    return kWrongInput;
  } catch (const ledger::LedgerError& error) {
    fmt::print(stderr, "stargate: the ledger: {}\n", error.what());
    return kFailed;
  }
  print("stopped\n");
  return 0;
}

}  // namespace

void add_up(CLI::App& app, int& exit_status) {
  const auto arguments = std::make_shared<Arguments>();
  arguments->options.data_folder = "stargate-data";
  CLI::App* verb = app.add_subcommand("up");
  verb->formatter(std::make_shared<CLI::FormatterLambda>(
      [](const CLI::App*, const std::string&, CLI::AppFormatMode) { return std::string(kHelp); }));
  server::Options& options = arguments->options;
  verb->add_option("--data", options.data_folder);
  verb->add_option("--world", options.world_folder);
  verb->add_option("--listen", arguments->listen);
  verb->add_option("--tls-certificate", options.http.certificate_file);
  verb->add_option("--tls-key", options.http.key_file);
  verb->add_option("--two-people-gpus", options.two_people_gpus);
  verb->add_flag("--observe", options.observe);
  verb->add_option("--sandbox", arguments->sandbox)->type_name("auto|required|off");
  verb->add_flag("--bubblewrap", options.use_bubblewrap);
  verb->add_option("--simulated-speed", options.simulated_speed)
      ->check(CLI::Range(std::uint32_t{1}, std::uint32_t{1'000'000}));
  verb->callback([arguments, &exit_status] { exit_status = run(*arguments); });
}

}  // namespace stargate::cli
