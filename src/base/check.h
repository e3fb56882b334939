#pragma once

// Assertions that stay on in production: a state that breaks an invariant is a bug, and a bug aborts.
// A refusal that a user can cause is a value (see model/reason.h) or an InputError, never a check.

namespace stargate {

[[noreturn]] void check_failed(const char* condition, const char* message, const char* file,
                               int line);

}  // namespace stargate

#define STARGATE_CHECK(condition, message)                               \
  do {                                                                   \
    if (!(condition)) [[unlikely]]                                       \
      ::stargate::check_failed(#condition, message, __FILE__, __LINE__); \
  } while (false)
