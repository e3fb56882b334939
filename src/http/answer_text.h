#pragma once

#include <string>

#include "http/server.h"

namespace stargate::http {

/// What a request allows of the form of its answer.
struct AnswerForm {
  bool is_http11 = true;
  bool is_kept_alive = true;
  bool is_head = false;  ///< the method: no body follows
};

/// Bytes to send, in two parts so that a large body is not copied.
struct AnswerText {
  std::string first;
  std::string rest;
};

/// Why the answer cannot be sent as it is; empty: it can.
std::string answer_fault(const Answer& answer);

AnswerText answer_text(Answer answer, AnswerForm form);
/// The head of an answer whose body comes in pieces: chunks, or to the end of the connection where
/// the client knows no chunks.
std::string stream_head_text(const Answer& head, AnswerForm form);
AnswerText chunk_text(std::string piece, AnswerForm form);
std::string last_chunk_text(AnswerForm form);

}  // namespace stargate::http
