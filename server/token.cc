#include "token.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "absl/strings/escaping.h"
#include "dudao/sync/crdt/varint.h"
#include "reason.h"

namespace dudao::server {
namespace {

constexpr size_t kMacBytes = 16;
constexpr char kPage[] = "page";
constexpr char kContext[] = "context";

absl::Status BadContext() { return Error(absl::StatusCode::kInvalidArgument, "CONTEXT_INVALID"); }

}  // namespace

TokenSigner::TokenSigner(std::string key) : key_(std::move(key)) {}

std::string TokenSigner::Mac(std::string_view purpose, std::string_view bound_to,
                             std::string_view content) const {
  std::string message;
  for (const std::string_view part : {purpose, bound_to, content}) sync::PutBytes(message, part);
  std::string mac(EVP_MAX_MD_SIZE, '\0');
  unsigned int length = 0;
  HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
       reinterpret_cast<const unsigned char*>(message.data()),
       message.size(),                                          // NOLINT: C interface
       reinterpret_cast<unsigned char*>(mac.data()), &length);  // NOLINT: C interface
  mac.resize(kMacBytes);
  return mac;
}

std::string TokenSigner::Seal(std::string_view purpose, std::string_view bound_to,
                              std::string_view content) const {
  return Mac(purpose, bound_to, content) + std::string(content);
}

std::optional<std::string> TokenSigner::Unseal(std::string_view purpose, std::string_view bound_to,
                                               std::string_view token) const {
  if (token.size() < kMacBytes) return std::nullopt;
  const std::string_view content = token.substr(kMacBytes);
  const std::string mac = Mac(purpose, bound_to, content);
  if (CRYPTO_memcmp(mac.data(), token.data(), kMacBytes) != 0) return std::nullopt;
  return std::string(content);
}

std::string TokenSigner::PageToken(std::string_view bound_to, std::string_view position) const {
  return absl::WebSafeBase64Escape(Seal(kPage, bound_to, position));
}

absl::StatusOr<std::string> TokenSigner::Position(std::string_view bound_to,
                                                  std::string_view page_token) const {
  if (page_token.empty()) return std::string();
  std::string token;
  if (absl::WebSafeBase64Unescape({page_token.data(), page_token.size()}, &token)) {
    if (auto position = Unseal(kPage, bound_to, token)) return *std::move(position);
  }
  return Error(absl::StatusCode::kInvalidArgument, "PAGE_TOKEN_INVALID");
}

std::string TokenSigner::SealContext(std::string_view space,
                                     const sync::FormContext& context) const {
  std::string content;
  sync::PutVarint(content, context.seen.entries().size());
  for (const auto& [replica, seq] : context.seen.entries()) {
    content.append(replica.AsBytes());
    sync::PutVarint(content, seq);
  }
  for (const sync::Dot& dot : context.own) {
    content.append(dot.replica.AsBytes());
    sync::PutVarint(content, dot.seq);
  }
  return Seal(kContext, space, content);
}

absl::StatusOr<sync::FormContext> TokenSigner::UnsealContext(std::string_view space,
                                                             std::string_view token) const {
  const auto content = Unseal(kContext, space, token);
  if (!content) return BadContext();
  sync::Reader in(*content);
  const uint64_t entries = in.Bounded(content->size());
  sync::FormContext context;
  for (uint64_t i = 0; in.ok() && (i < entries || !in.done()); ++i) {
    sync::Dot dot;
    dot.replica = sync::ReplicaId::FromBytes(in.Raw(sync::kReplicaIdBytes));
    dot.seq = in.Varint();
    if (!in.ok()) return BadContext();
    if (i < entries) {
      context.seen.Set(dot.replica, dot.seq);
    } else {
      context.own.push_back(dot);
    }
  }
  return in.ok() ? absl::StatusOr<sync::FormContext>(std::move(context)) : BadContext();
}

}  // namespace dudao::server
