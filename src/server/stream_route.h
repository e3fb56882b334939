#pragma once

#include <memory>
#include <string>

#include "http/server.h"
#include "server/api.h"

namespace stargate::server {

/// Who asks, and who may.
struct Asker {
  std::string token_sha256;
  RoleMask roles = 0;
};

/// Server-sent events from an index on: the header Last-Event-ID, else `after` of the query, else what
/// comes from now on.
void follow_events(Plane& plane, const http::Request& request, const Asker& asker,
                   std::shared_ptr<http::Responder> responder);

}  // namespace stargate::server
