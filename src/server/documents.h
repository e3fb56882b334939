#pragma once

#include <string>

namespace stargate::server {

/// The OpenAPI 3.1 document of the API; ends with a line end.
const std::string& openapi_document();

/// The same for people, as Markdown (docs/api.md).
std::string api_reference();

}  // namespace stargate::server
