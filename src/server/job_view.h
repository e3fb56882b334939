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

/// Why a job in a queue does not start: its place is out of service, for the reason, or others are before it,
/// whose number is told. `scheduling` is the plane's, or a fork's.
/// O(jobs before it, up to a thousand). REQUIRES: the job is in a queue.
std::string queued_words(const Plane& plane, const placement::Scheduling& scheduling,
                         const placement::Job& job, Reason reason);

/// Why it is not running, in a sentence; empty where it runs, was cancelled or has ended well.
std::string why_of(const Plane& plane, const Job& job);

}  // namespace stargate::server
