#include "http/responder.h"

#include <atomic>
#include <utility>

namespace stargate::http {

namespace {

class MailedStream final : public Stream {
 public:
  MailedStream(std::shared_ptr<Mailbox> mailbox, Place place, AnswerForm form,
               std::shared_ptr<StreamState> state)
      : mailbox_(std::move(mailbox)), place_(place), form_(form), state_(std::move(state)) {}

  ~MailedStream() override {
    if (!is_closed_.load(std::memory_order_acquire)) cut();
  }
  MailedStream(const MailedStream&) = delete;
  MailedStream& operator=(const MailedStream&) = delete;

  bool send(std::string piece) override {
    if (is_closed_.load(std::memory_order_acquire)) return false;
    if (state_->is_gone.load(std::memory_order_acquire)) return false;
    if (piece.empty()) return true;
    AnswerText text = chunk_text(std::move(piece), form_);
    const std::uint64_t size = text.first.size() + text.rest.size();
    const std::uint64_t before = state_->backlog_bytes.fetch_add(size, std::memory_order_relaxed);
    if (before > 0 && before + size > mailbox_->backlog_bytes_max()) {
      cut();
      return false;
    }
    mailbox_->put({.place = place_,
                   .kind = Message::Kind::kPiece,
                   .is_last = false,
                   .first = std::move(text.first),
                   .rest = std::move(text.rest),
                   .stream = nullptr});
    return true;
  }

  std::uint64_t backlog_bytes() const override {
    return state_->backlog_bytes.load(std::memory_order_relaxed);
  }

  bool is_gone() const override { return state_->is_gone.load(std::memory_order_acquire); }

  void close() override {
    if (is_closed_.exchange(true, std::memory_order_acq_rel)) return;
    if (state_->is_gone.load(std::memory_order_acquire)) return;
    mailbox_->put({.place = place_,
                   .kind = Message::Kind::kStreamEnd,
                   .is_last = false,
                   .first = last_chunk_text(form_),
                   .rest = {},
                   .stream = nullptr});
  }

 private:
  void cut() {
    if (state_->is_gone.exchange(true, std::memory_order_acq_rel)) return;
    mailbox_->put({.place = place_,
                   .kind = Message::Kind::kCut,
                   .is_last = false,
                   .first = {},
                   .rest = {},
                   .stream = nullptr});
  }

  std::shared_ptr<Mailbox> mailbox_;
  Place place_;
  AnswerForm form_;
  std::shared_ptr<StreamState> state_;
  std::atomic<bool> is_closed_{false};
};

class MailedResponder final : public Responder {
 public:
  MailedResponder(std::shared_ptr<Mailbox> mailbox, Place place, AnswerForm form)
      : mailbox_(std::move(mailbox)), place_(place), form_(form) {}

  ~MailedResponder() override {
    if (is_used() || mailbox_->is_closed()) return;
    answer(mailbox_->error_answer(500, "the request was not answered"));
  }
  MailedResponder(const MailedResponder&) = delete;
  MailedResponder& operator=(const MailedResponder&) = delete;

  void answer(Answer answer) override {
    if (!use()) return;
    send(checked(std::move(answer)));
  }

  std::shared_ptr<Stream> stream(Answer head) override {
    auto state = std::make_shared<StreamState>();
    auto stream = std::make_shared<MailedStream>(mailbox_, place_, form_, state);
    if (!use()) {
      state->is_gone = true;
      return stream;
    }
    const bool has_fault = !answer_fault(head).empty();
    if (has_fault || form_.is_head || head.status == 204 || head.status == 304) {
      state->is_gone = true;
      head.body.clear();
      send(checked(std::move(head)));
      return stream;
    }
    AnswerForm form = form_;
    form.is_kept_alive = form.is_kept_alive && form.is_http11;
    mailbox_->put({.place = place_,
                   .kind = Message::Kind::kStreamHead,
                   .is_last = !form.is_kept_alive,
                   .first = stream_head_text(head, form),
                   .rest = {},
                   .stream = std::move(state)});
    return stream;
  }

 private:
  bool is_used() const { return is_used_.load(std::memory_order_acquire); }
  bool use() { return !is_used_.exchange(true, std::memory_order_acq_rel); }

  Answer checked(Answer answer) const {
    const std::string fault = answer_fault(answer);
    if (fault.empty()) return answer;
    answer = mailbox_->error_answer(500, "the answer has " + fault);
    if (answer_fault(answer).empty()) return answer;
    Answer plain;
    plain.status = 500;
    return plain;
  }

  void send(Answer answer) {
    AnswerText text = answer_text(std::move(answer), form_);
    mailbox_->put({.place = place_,
                   .kind = Message::Kind::kAnswer,
                   .is_last = !form_.is_kept_alive,
                   .first = std::move(text.first),
                   .rest = std::move(text.rest),
                   .stream = nullptr});
  }

  std::shared_ptr<Mailbox> mailbox_;
  Place place_;
  AnswerForm form_;
  std::atomic<bool> is_used_{false};
};

}  // namespace

std::shared_ptr<Responder> make_responder(std::shared_ptr<Mailbox> mailbox, Place place,
                                          AnswerForm form) {
  return std::make_shared<MailedResponder>(std::move(mailbox), place, form);
}

}  // namespace stargate::http
