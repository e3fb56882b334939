#pragma once

#include <memory>
#include <string>

#include "http/server.h"
#include "server/plane.h"

namespace stargate::server {

/// Server-sent events from an index on: the header Last-Event-ID, else `after` of the query, else what
/// comes from now on.
void follow_events(Plane& plane, const http::Request& request, const std::string& token_sha256,
                   std::shared_ptr<http::Responder> responder);

}  // namespace stargate::server
