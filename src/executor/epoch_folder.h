#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "executor/executor.h"
#include "executor/order.h"

namespace stargate::executor {

/// The folder of one start of a job, DATA/jobs/JOB/EPOCH:
///
///   order.json              what is to be started; written before a keeper is
///   lock                    locked (flock) for as long as the keeper lives; holds its process number
///   control                 a FIFO: a byte asks the keeper to stop what runs
///   stop                    the epoch is to be stopped, or never to be started
///   started.json            a Report: every rank runs
///   ended.json              a Report: nothing runs any more
///   started.acknowledged, ended.acknowledged
///   rank-0.out, rank-0.err  what the first rank wrote, and so on
///   work/                   where the ranks run unless the program names another folder
class EpochFolder {
 public:
  explicit EpochFolder(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }
  std::string order() const { return path_ + "/order.json"; }
  std::string lock() const { return path_ + "/lock"; }
  std::string control() const { return path_ + "/control"; }
  std::string stop() const { return path_ + "/stop"; }
  std::string started() const { return path_ + "/started.json"; }
  std::string ended() const { return path_ + "/ended.json"; }
  std::string started_acknowledged() const { return path_ + "/started.acknowledged"; }
  std::string ended_acknowledged() const { return path_ + "/ended.acknowledged"; }
  std::string work() const { return path_ + "/work"; }
  std::string keeper_log() const { return path_ + "/keeper.log"; }
  std::string output(std::uint32_t rank, bool is_error) const {
    return path_ + "/rank-" + std::to_string(rank) + (is_error ? ".err" : ".out");
  }

 private:
  std::string path_;
};

/// Writes a byte into a FIFO that someone may be reading; never waits.
void ring(const std::string& fifo);

}  // namespace stargate::executor
