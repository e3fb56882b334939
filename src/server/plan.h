#pragma once

#include "server/api.h"

namespace stargate::server {

/// Submits the job to a fork of the state, and tells what came of it.
http::Answer plan_of(Call& call, const JobSpec& spec);

}  // namespace stargate::server
