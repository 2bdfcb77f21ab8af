#include "web_frames.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "reason.h"
#include "rpc_status.h"
#include "utf8.h"

namespace dudao::server {
namespace {

constexpr char kMessageFrame = '\x00';
constexpr char kCompressedFrame = '\x01';
constexpr char kTrailerFrame = '\x80';
constexpr size_t kTimeoutDigitsMost = 8;

void AppendFrame(std::string& out, char kind, std::string_view content) {
  const auto size = static_cast<uint32_t>(content.size());
  out += kind;
  for (const int shift : {24, 16, 8, 0}) out += static_cast<char>((size >> shift) & 0xff);
  out.append(content);
}

uint32_t SizeIn(std::string_view head) {
  uint32_t size = 0;
  for (size_t i = 1; i < kFrameHeadBytes; ++i) size = (size << 8) | static_cast<uint8_t>(head[i]);
  return size;
}

std::string Trailers(const Outcome& outcome) {
  if (outcome.status.ok()) return "grpc-status: 0\r\n";
  return absl::StrCat("grpc-status: ", static_cast<int>(outcome.status.code()),
                      "\r\ngrpc-message: ", PercentEncoded(Utf8(EnglishOf(outcome.status))),
                      "\r\ngrpc-status-details-bin: ",
                      absl::Base64Escape(StatusDetails(outcome.status, outcome.request_id)),
                      "\r\n");
}

}  // namespace

bool IsGrpcWeb(std::string_view content_type) {
  const std::string_view bare = content_type.substr(0, content_type.find(';'));
  const std::string type =
      absl::AsciiStrToLower(absl::StripAsciiWhitespace({bare.data(), bare.size()}));
  return type == "application/grpc-web+proto" || type == "application/grpc-web";
}

absl::StatusOr<std::string> TakeMessage(std::string body) {
  if (body.size() >= kFrameHeadBytes && body[0] == kCompressedFrame)
    return Error(absl::StatusCode::kUnimplemented, "METHOD_UNKNOWN", "a compressed message");
  if (body.size() < kFrameHeadBytes || body[0] != kMessageFrame ||
      SizeIn(body) != body.size() - kFrameHeadBytes)
    return Error(absl::StatusCode::kInvalidArgument, "REQUEST_INVALID", "not one framed message");
  body.erase(0, kFrameHeadBytes);
  return body;
}

std::string AnswerBody(const Outcome& outcome) {
  const std::string trailers = Trailers(outcome);
  std::string body;
  body.reserve(outcome.bytes.size() + trailers.size() + 2 * kFrameHeadBytes);
  if (outcome.status.ok()) AppendFrame(body, kMessageFrame, outcome.bytes);
  AppendFrame(body, kTrailerFrame, trailers);
  return body;
}

absl::Duration TimeoutOf(std::string_view text) {
  const std::string_view digits = text.substr(0, text.empty() ? 0 : text.size() - 1);
  uint32_t count = 0;
  if (digits.size() > kTimeoutDigitsMost ||
      !std::all_of(digits.begin(), digits.end(),
                   [](unsigned char c) { return absl::ascii_isdigit(c); }) ||
      !absl::SimpleAtoi(std::string(digits), &count))
    return absl::InfiniteDuration();
  switch (text.back()) {
    case 'H':
      return absl::Hours(count);
    case 'M':
      return absl::Minutes(count);
    case 'S':
      return absl::Seconds(count);
    case 'm':
      return absl::Milliseconds(count);
    case 'u':
      return absl::Microseconds(count);
    case 'n':
      return absl::Nanoseconds(count);
    default:
      return absl::InfiniteDuration();
  }
}

std::string PercentEncoded(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f && byte != '%') {
      out += c;
    } else {
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

}  // namespace dudao::server
