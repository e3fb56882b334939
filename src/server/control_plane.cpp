#include "server/control_plane.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <malloc.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "core/sha256.h"
#include "event/describe.h"
#include "executor/local_executor.h"
#include "executor/simulated_executor.h"
#include "ledger/sqlite_ledger.h"
#include "server/api.h"
#include "server/begin.h"
#include "server/local_world.h"
#include "server/plane.h"
#include "server/tokens.h"
#include "world/world.h"

namespace stargate::server {
namespace {

constexpr const char* kLocalSupplier = "local";

Instant wall_clock() {
  return {std::chrono::duration_cast<std::chrono::microseconds>(
              std::chrono::system_clock::now().time_since_epoch())
              .count()};
}

/// A file that its owner alone may read, from the first byte on.
void write_private(const std::string& path, const std::string& text) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  bool is_written = file >= 0 && fchmod(file, 0600) == 0 &&
                    write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                    fsync(file) == 0;
  if (file >= 0) is_written = close(file) == 0 && is_written;
  if (!is_written) throw std::runtime_error(fmt::format("{}: cannot be written", path));
}

/// A folder that is its owner's alone where it is made, with those above it: contracts, commands and
/// environments of everybody are in there. What was made is gone with the object, unless it is kept.
class DataFolder {
 public:
  explicit DataFolder(const std::string& path) {
    std::filesystem::path missing = std::filesystem::absolute(path).lexically_normal();
    if (!missing.has_filename()) missing = missing.parent_path();
    for (; !std::filesystem::exists(missing); missing = missing.parent_path()) {
      made_.push_back(missing);
    }
    if (made_.empty()) return;
    std::filesystem::create_directories(made_.front().parent_path());
    // Another process may have made it meanwhile.
    if (std::filesystem::create_directory(made_.front())) {
      std::filesystem::permissions(made_.front(), std::filesystem::perms::owner_all);
    } else {
      made_.clear();
    }
  }
  DataFolder(const DataFolder&) = delete;
  DataFolder& operator=(const DataFolder&) = delete;
  ~DataFolder() {
    std::error_code ignored;
    if (!made_.empty()) std::filesystem::remove_all(made_.front(), ignored);
    // Those above only where they are empty.
    for (const std::filesystem::path& folder : made_) std::filesystem::remove(folder, ignored);
  }
  void keep() { made_.clear(); }

 private:
  std::vector<std::filesystem::path> made_;  ///< the deepest first
};

/// A file with one line, there in whole or not at all, as long as the object lives.
class AddressFile {
 public:
  AddressFile(std::string path, const std::string& line) : path_(std::move(path)) {
    write_private(path_ + ".new", line + "\n");
    std::filesystem::rename(path_ + ".new", path_);
  }
  AddressFile(const AddressFile&) = delete;
  AddressFile& operator=(const AddressFile&) = delete;
  ~AddressFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }

 private:
  std::string path_;
};

/// Where others on this machine reach the server: an address that stands for all is that of the machine
/// itself.
std::string url_of(const http::Options& options, std::uint16_t port) {
  std::string host = options.address;
  if (host == "0.0.0.0") host = "127.0.0.1";
  if (host == "::") host = "::1";
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return fmt::format("{}://{}:{}", options.certificate_file.empty() ? "http" : "https", host, port);
}

/// What requests and batches need is needed again at once: it is not given back to the system in between.
void keep_memory() {
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
}

}  // namespace

struct ControlPlane::Impl {
  Options options;
  DataFolder made;  ///< outlives what is open in it
  std::unique_ptr<Store> store;
  std::unique_ptr<Plane> plane;
  std::unique_ptr<Api> api;
  std::unique_ptr<http::Server> http;
  std::string token_file;
  std::string notice;
  std::string ledger_warning;
  std::string sandbox_problem;

  explicit Impl(const Options& given) : options(given), made(options.data_folder) {
    keep_memory();
    token_file = options.data_folder + "/admin.token";
    ledger::SqliteOptions ledger_options;
    ledger_options.warn = [this](const std::string& what) { ledger_warning = what; };
    store =
        std::make_unique<Store>(ledger::open_sqlite_ledger(options.data_folder, ledger_options));

    executor::LocalOptions local_options;
    local_options.data_folder = options.data_folder;
    local_options.keeper = options.keeper;
    local_options.use_bubblewrap = options.use_bubblewrap;
    if (!options.observe) local_options.sandbox = options.sandbox;
    if (!options.http.key_file.empty()) local_options.hidden_files = {options.http.key_file};
    auto local = std::make_unique<executor::LocalExecutor>(std::move(local_options));
    sandbox_problem = local->sandbox_problem();
    const std::vector<executor::Node> machine = local->inventory();

    LocalMachine description;
    description.gpus = std::max<std::uint32_t>(1, machine.empty() ? 1 : machine[0].gpus);
    description.has_real_gpus = !machine.empty() && !machine[0].gpu_ids.empty();
    keep_mode(store->is_new());
    if (store->is_new()) begin(description);

    // Each supplier's capacity by an executor of its own: it may be lost alone.
    const auto parties = store->state().scheduling().market.book.parties();
    std::vector<Runner> runners;
    std::vector<std::size_t> runner_of_party(parties.size());
    for (std::size_t i = 0; i < parties.size(); ++i) {
      if (!parties[i].is_supplier) continue;
      runner_of_party[i] = runners.size();
      if (parties[i].name == kLocalSupplier && !options.observe) {
        runners.push_back({"local", std::move(local), parties[i].name});
      } else {
        executor::SimulatedOptions simulated;
        if (parties[i].name == kLocalSupplier && options.world_folder.empty()) {
          // What runs on this machine is another's: it is heeded, and left alone.
          simulated.inventory = [observed = std::shared_ptr<executor::Executor>(std::move(local))] {
            return observed->inventory();
          };
        }
        simulated.clock = wall_clock;
        simulated.speed = options.simulated_speed;
        simulated.lease = Duration{simulated.lease.us / options.simulated_speed};
        runners.push_back({"simulated",
                           std::make_unique<executor::SimulatedExecutor>(std::move(simulated)),
                           parties[i].name});
      }
    }
    plane = std::make_unique<Plane>(
        *store, std::move(runners),
        [runner_of_party](const core::State& state, OrderId order) {
          return runner_of_party[state.scheduling().market.book.supplier_of(order).value];
        },
        wall_clock);
    const auto& kinds = store->state().scheduling().market.book.accelerators();
    const std::string own = local_accelerator(description);
    if (options.world_folder.empty() &&
        std::ranges::find(kinds, own, &Accelerator::name) != kinds.end()) {
      plane->set_default_accelerators({own});
    }
    plane->set_two_people_gpus(options.two_people_gpus);
    api = std::make_unique<Api>(*plane);
    http = std::make_unique<http::Server>(
        options.http,
        [this](http::Request request, std::shared_ptr<http::Responder> responder) {
          api->handle(std::move(request), std::move(responder));
        },
        Api::refuse);
  }

  /// A ledger that was begun to observe is never acted on, nor the other way round: what it says that
  /// runs does not, or must.
  void keep_mode(bool is_new) {
    const std::string marker = options.data_folder + "/observes";
    if (is_new && options.observe) write_private(marker, "\n");
    if (is_new && !options.observe) std::filesystem::remove(marker);
    if (std::filesystem::exists(marker) != options.observe) {
      throw std::runtime_error(fmt::format(
          "{}: its ledger was begun {}, expected a folder of its own for each way",
          options.data_folder, options.observe ? "to act, not to observe" : "with --observe"));
    }
  }

  void begin(const LocalMachine& machine) {
    const Instant now = wall_clock();
    const Instant today{now.us - now.us % days(1).us};
    const std::vector<world::WorldFile> files = options.world_folder.empty()
                                                    ? local_world(machine, today)
                                                    : world::read_folder(options.world_folder);
    const world::World world = world::read_world_texts(files);
    if (options.world_folder.empty()) {
      const std::string folder = options.data_folder + "/world";
      std::filesystem::create_directories(folder);
      for (const world::WorldFile& file : files) {
        std::ofstream(folder + "/" + file.name) << file.text;
      }
    }
    const std::size_t left_out = begin_with(*store, world, now);
    if (left_out > 0) {
      notice = fmt::format("{} acts of the world lie in the future and were left out", left_out);
    }
    const std::string token = make_token(*store, now, {"admin", Role::kAdmin, {}, kNo<PartyId>});
    // The token is there before its hash counts: a crash between the two begins anew.
    write_private(token_file, token + "\n");
    store->commit();
  }
};

ControlPlane::ControlPlane(const Options& options) : impl_(std::make_unique<Impl>(options)) {}
ControlPlane::~ControlPlane() = default;

std::uint16_t ControlPlane::port() const { return impl_->http->port(); }
const std::string& ControlPlane::token_file() const { return impl_->token_file; }
const std::string& ControlPlane::notice() const { return impl_->notice; }
const std::string& ControlPlane::ledger_warning() const { return impl_->ledger_warning; }
const std::string& ControlPlane::sandbox_problem() const { return impl_->sandbox_problem; }

void ControlPlane::run(const std::function<void()>& ready) {
  impl_->http->start();
  impl_->made.keep();
  {
    const AddressFile address(impl_->options.data_folder + "/address",
                              url_of(impl_->options.http, port()));
    ready();
    impl_->plane->run();
  }
  impl_->http->stop();
}

void ControlPlane::stop() { impl_->plane->stop(); }

}  // namespace stargate::server
