// gRPC-Web on the wire: one framed message in, one message and the trailers out.
//
// Only what unary calls in binary form need (application/grpc-web+proto); no compressed messages.
// Pure functions. Source: grpc/grpc, doc/PROTOCOL-WEB.md and doc/PROTOCOL-HTTP2.md.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "dispatcher.h"

namespace dudao::server {

// What a frame adds to its message.
inline constexpr size_t kFrameHeadBytes = 5;

// True for "application/grpc-web" and "application/grpc-web+proto", with parameters or without.
bool IsGrpcWeb(std::string_view content_type);

// The message of a body that is one frame. INVALID_ARGUMENT (REQUEST_INVALID), UNIMPLEMENTED
// (METHOD_UNKNOWN) for a compressed one.
absl::StatusOr<std::string> TakeMessage(std::string body);

// The body of an answer: the message, if there is one, and the trailers.
std::string AnswerBody(const Outcome& outcome);

// Of a header grpc-timeout such as "20S" or "1500m"; infinite where there is none that makes sense.
absl::Duration TimeoutOf(std::string_view text);

// As grpc-message is written.
std::string PercentEncoded(std::string_view text);

}  // namespace dudao::server
