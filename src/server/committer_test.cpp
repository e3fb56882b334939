#include "server/committer.h"

#include <atomic>
#include <utility>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "server/gated_ledger.h"

namespace stargate::server {
namespace {

class CountingResponder final : public http::Responder {
 public:
  explicit CountingResponder(std::atomic<int>& answers) : answers_(answers) {}
  /// As that of a connection does, which tells its client that nothing came.
  ~CountingResponder() override {
    if (!is_answered_) ++answers_;
  }
  CountingResponder(const CountingResponder&) = delete;
  CountingResponder& operator=(const CountingResponder&) = delete;
  void answer(http::Answer answer) override {
    EXPECT_EQ(answer.body, "later");
    ++answers_;
    is_answered_ = true;
  }
  std::shared_ptr<http::Stream> stream(http::Answer) override { return nullptr; }

 private:
  std::atomic<int>& answers_;
  bool is_answered_ = false;
};

class CommitterTest : public testing::Test {
 protected:
  CommitterTest() {
    auto ledger = std::make_unique<GatedLedger>();
    ledger_ = ledger.get();
    store_ = std::make_unique<Store>(std::move(ledger));
    committer_ = std::make_unique<Committer>(*store_, [this] { ++progress_; });
  }

  /// A request that changes something, or one that only looks.
  void ask(bool changes) {
    if (changes) store_->note({1}, {{"by", "root"}});
    Committer::Batch batch;
    batch.entries = store_->take_staged();
    Outcome outcome;
    outcome.body = [] { return std::string("later"); };
    batch.replies.push_back({std::make_shared<CountingResponder>(answers_), std::move(outcome)});
    committer_->give(std::move(batch));
  }

  GatedLedger* ledger_ = nullptr;
  std::atomic<int> answers_{0};
  std::atomic<int> progress_{0};
  std::unique_ptr<Store> store_;
  std::unique_ptr<Committer> committer_;
};

TEST_F(CommitterTest, NothingIsAnsweredBeforeAllBeforeItIsDurable) {
  ask(true);
  ledger_->begun.acquire();
  ask(true);
  ask(false);
  ask(true);
  EXPECT_EQ(answers_, 0);
  EXPECT_EQ(store_->durable_index(), 0U);
  EXPECT_EQ(store_->last_index(), 3U);
  ledger_->gate.release();
  ledger_->begun.acquire();
  EXPECT_EQ(answers_, 1);
  EXPECT_EQ(store_->durable_index(), 1U);
  ledger_->gate.release();
  committer_->wait();
  EXPECT_EQ(answers_, 4);
  EXPECT_EQ(store_->durable_index(), 3U);
  EXPECT_GE(progress_, 2);
}

TEST_F(CommitterTest, WhatComesDuringASyncSharesTheNext) {
  ask(true);
  ledger_->begun.acquire();
  for (int i = 0; i < 50; ++i) ask(true);
  ledger_->gate.release(2);
  committer_->wait();
  EXPECT_EQ(ledger_->appends, 2);
  EXPECT_EQ(answers_, 51);
  EXPECT_EQ(committer_->counts().batches, 2U);
}

TEST_F(CommitterTest, WhoOnlyLooksIsAnsweredAtOnceWhereAllIsDurable) {
  ask(false);
  EXPECT_EQ(answers_, 1);
}

TEST_F(CommitterTest, AnImageIsKeptAfterItsEntries) {
  store_->note({1}, {{"by", "root"}});
  Committer::Batch batch;
  batch.entries = store_->take_staged();
  batch.image = store_->take_image();
  committer_->give(std::move(batch));
  ledger_->begun.acquire();
  EXPECT_FALSE(ledger_->snapshot().has_value());
  ledger_->gate.release();
  committer_->wait();
  ASSERT_TRUE(ledger_->snapshot().has_value());
  EXPECT_EQ(ledger_->snapshot()->index, 1U);
}

TEST_F(CommitterTest, AfterAFailureNobodyIsAnswered) {
  ledger_->fails = true;
  ask(true);
  ask(true);
  ledger_->gate.release(2);
  EXPECT_THROW(committer_->wait(), ledger::LedgerError);
  EXPECT_THROW(committer_->check(), ledger::LedgerError);
  ask(false);
  EXPECT_EQ(answers_, 0);
  EXPECT_EQ(store_->durable_index(), 0U);
}

}  // namespace
}  // namespace stargate::server
