#include "sim/event_hash.h"

#include <array>

#include <openssl/evp.h>

#include "base/check.h"
#include "base/hex.h"

namespace stargate::sim {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using ContextPointer = std::unique_ptr<EVP_MD_CTX, FreeContext>;

}  // namespace

struct EventHash::Context {
  ContextPointer digest{EVP_MD_CTX_new()};
};

EventHash::EventHash() : context_(std::make_unique<Context>()) {
  STARGATE_CHECK(context_->digest != nullptr &&
                     EVP_DigestInit_ex(context_->digest.get(), EVP_sha256(), nullptr) == 1,
                 "SHA-256 can be computed");
}

EventHash::~EventHash() = default;

void EventHash::update(std::string_view bytes) {
  STARGATE_CHECK(EVP_DigestUpdate(context_->digest.get(), bytes.data(), bytes.size()) == 1,
                 "SHA-256 can be computed");
}

std::string EventHash::hex() const {
  const ContextPointer copy{EVP_MD_CTX_new()};
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  STARGATE_CHECK(copy != nullptr && EVP_MD_CTX_copy_ex(copy.get(), context_->digest.get()) == 1 &&
                     EVP_DigestFinal_ex(copy.get(), digest.data(), &size) == 1,
                 "SHA-256 can be computed");
  return hex_of({reinterpret_cast<const char*>(digest.data()), size});
}

void HashRecorder::record(const Command&, const EventBatch& batch) {
  constexpr std::size_t kEnough = 1 << 16;
  for (const Event& event : batch.events) encoder_.encode(event, batch, bytes_);
  events_ += batch.events.size();
  if (bytes_.size() < kEnough) return;
  hash_.update(bytes_);
  bytes_.clear();
}

std::string HashRecorder::event_hash() {
  hash_.update(bytes_);
  bytes_.clear();
  return hash_.hex();
}

}  // namespace stargate::sim
