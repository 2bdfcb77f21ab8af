// Opaque values that the server hands out and gets back: page tokens, and what a page has seen.
//
// A token is bound to a purpose and to what it was made for (the request without its page token),
// and carries an HMAC-SHA256 of both: one that was changed, or used for another request, is
// refused. They stay valid over restarts. Immutable; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "dudao/sync/store/store.h"

namespace dudao::server {

class TokenSigner {
 public:
  // REQUIRES: `key` holds at least 16 random bytes.
  explicit TokenSigner(std::string key);

  // Binary.
  std::string Seal(std::string_view purpose, std::string_view bound_to,
                   std::string_view content) const;
  std::optional<std::string> Unseal(std::string_view purpose, std::string_view bound_to,
                                    std::string_view token) const;

  // A page token: text. `bound_to` is the request without page_token and page_size.
  std::string PageToken(std::string_view bound_to, std::string_view position) const;
  // The position; empty for an empty token. INVALID_ARGUMENT (PAGE_TOKEN_INVALID) for one that this
  // server did not make for this request.
  absl::StatusOr<std::string> Position(std::string_view bound_to,
                                       std::string_view page_token) const;

  // What a page of this space has seen.
  std::string SealContext(std::string_view space, const sync::FormContext& context) const;
  // INVALID_ARGUMENT (CONTEXT_INVALID).
  absl::StatusOr<sync::FormContext> UnsealContext(std::string_view space,
                                                  std::string_view token) const;

 private:
  std::string Mac(std::string_view purpose, std::string_view bound_to,
                  std::string_view content) const;
  std::string key_;
};

}  // namespace dudao::server
