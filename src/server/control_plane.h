#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "executor/sandbox.h"
#include "http/server.h"

namespace stargate::server {

/// How a control plane is started.
struct Options {
  std::string data_folder;
  std::string world_folder;  ///< empty: the world of this machine
  http::Options http;
  /// The program that keeps a gang, and the words before the folder: {"stargate", "keep"}.
  std::vector<std::string> keeper;
  std::uint64_t two_people_gpus = 1024;
  /// How much faster than the clock simulated work runs.
  std::uint32_t simulated_speed = 1;
  /// It decides and explains, and starts nothing: this machine's work is simulated too. A ledger is
  /// always used in the way in which it was begun.
  bool observe = false;
  /// Where bubblewrap is usable, each gang sees no processes but its own.
  bool use_bubblewrap = false;
  /// Whether gangs on this machine run where the data folder and the TLS key are hidden from them.
  executor::SandboxUse sandbox = executor::SandboxUse::kWhereUsable;
};

/// A running control plane: its ledger, its loop and its server.
class ControlPlane {
 public:
  /// Opens the ledger, re-applies it, or begins it with the world. Throws LedgerError, WorldError,
  /// InputError, std::runtime_error. Folders that it made are gone again where it, or the beginning of run(),
  /// throws.
  explicit ControlPlane(const Options& options);
  ~ControlPlane();
  ControlPlane(const ControlPlane&) = delete;
  ControlPlane& operator=(const ControlPlane&) = delete;

  std::uint16_t port() const;
  /// Where the first administrator's token is.
  const std::string& token_file() const;
  /// A notice for people about how it began; empty: there is none.
  const std::string& notice() const;
  /// What was found at the ledger's end that is no whole transaction; empty: nothing was.
  const std::string& ledger_warning() const;
  /// Why gangs on this machine can read the data folder, though they were not to; empty: they cannot.
  const std::string& sandbox_problem() const;

  /// Answers until stop(). Meanwhile the file `address` of the data folder says where. `ready` is called
  /// when the first request would be answered.
  void run(const std::function<void()>& ready);
  /// From any thread or a signal's handler thread.
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace stargate::server
