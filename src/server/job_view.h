#pragma once

#include "server/api.h"

namespace stargate::server {

/// A job as answers show it.
const Schema& job_schema();
Json job_json(const Plane& plane, const Job& job);
/// As it is now, made when it is sent.
Outcome job_outcome(const Plane& plane, const Job& job, int status);

/// What a reason says to people; "others are before it" for none.
std::string reason_words(Reason reason);

/// Why it is not running, in a sentence; empty where it runs or has ended well.
std::string why_of(const Plane& plane, const Job& job);

}  // namespace stargate::server
