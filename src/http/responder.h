#pragma once

#include <memory>

#include "http/answer_text.h"
#include "http/mailbox.h"
#include "http/server.h"

namespace stargate::http {

/// Answers the request at `place` through the mailbox.
std::shared_ptr<Responder> make_responder(std::shared_ptr<Mailbox> mailbox, Place place,
                                          AnswerForm form);

}  // namespace stargate::http
