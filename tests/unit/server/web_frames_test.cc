#include "web_frames.h"

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "google/rpc/status.pb.h"
#include "reason.h"

namespace dudao::server {
namespace {

std::string Framed(char kind, const std::string& content) {
  const auto size = static_cast<char>(content.size());
  return std::string{kind, 0, 0, 0, size} + content;
}

TEST(WebFrames, TakeTheOneMessageOfARequest) {
  const auto message = TakeMessage(Framed('\0', "hello"));
  ASSERT_TRUE(message.ok()) << message.status();
  EXPECT_EQ(*message, "hello");
  EXPECT_EQ(TakeMessage(Framed('\0', "")).value_or("?"), "") << "an empty message is one";
}

TEST(WebFrames, RefuseWhatIsNotOneWholeMessage) {
  const std::string whole = Framed('\0', "hello");
  for (const std::string& body :
       {std::string(), std::string("\0\0\0", 3), whole.substr(0, whole.size() - 1), whole + "x",
        whole + whole, Framed('\x80', "grpc-status: 0\r\n"), Framed('\x02', "hello"),
        std::string("\0\xff\xff\xff\xff", 5)}) {
    EXPECT_EQ(TakeMessage(body).status().code(), absl::StatusCode::kInvalidArgument)
        << absl::CHexEscape(body);
  }
  EXPECT_EQ(TakeMessage(Framed('\x01', "packed")).status().code(),
            absl::StatusCode::kUnimplemented);
}

TEST(WebFrames, AnswerWithMessageAndTrailers) {
  Outcome outcome;
  outcome.bytes = std::string(300, 'm');
  const std::string body = AnswerBody(outcome);
  EXPECT_EQ(body.substr(0, 5), std::string("\0\0\0\x01\x2c", 5));
  EXPECT_EQ(body.substr(305), Framed('\x80', "grpc-status: 0\r\n"));
}

TEST(WebFrames, SayWhatWentWrongInTrailersAlone) {
  Outcome outcome;
  outcome.status = Error(absl::StatusCode::kPermissionDenied, "ROLE_FORBIDDEN");
  outcome.request_id = "abc123";
  const std::string body = AnswerBody(outcome);
  ASSERT_EQ(body[0], '\x80');
  EXPECT_TRUE(
      absl::StrContains(body, "grpc-status: 7\r\ngrpc-message: Your role may not do this."));
  constexpr char kDetails[] = "grpc-status-details-bin: ";
  const size_t at = body.find(kDetails);
  ASSERT_NE(at, std::string::npos);
  const std::string text = body.substr(at + sizeof kDetails - 1);
  std::string bytes;
  ASSERT_TRUE(absl::Base64Unescape(text.substr(0, text.find('\r')), &bytes));
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(bytes));
  EXPECT_EQ(details.code(), 7);
  EXPECT_EQ(details.details_size(), 3);
}

TEST(WebFrames, EncodeMessagesSoThatNoHeaderCanBeForged) {
  EXPECT_EQ(PercentEncoded("a b%\r\nx: y"), "a b%25%0D%0Ax: y");
  EXPECT_EQ(PercentEncoded("督"), "%E7%9D%A3");
}

TEST(WebFrames, ReadDeadlinesAsGrpcWritesThem) {
  EXPECT_EQ(TimeoutOf("20S"), absl::Seconds(20));
  EXPECT_EQ(TimeoutOf("1500m"), absl::Milliseconds(1500));
  EXPECT_EQ(TimeoutOf("2H"), absl::Hours(2));
  EXPECT_EQ(TimeoutOf("0n"), absl::ZeroDuration());
  for (const char* nonsense : {"", "S", "20", "20s", "-1S", "123456789S", "1 S"})
    EXPECT_EQ(TimeoutOf(nonsense), absl::InfiniteDuration()) << nonsense;
}

TEST(WebFrames, AreAnnouncedByTheirMediaType) {
  EXPECT_TRUE(IsGrpcWeb("application/grpc-web+proto"));
  EXPECT_TRUE(IsGrpcWeb("Application/gRPC-Web; charset=utf-8"));
  for (const char* other : {"", "text/plain", "application/grpc-web-text", "application/grpc",
                            "application/grpc-web+json", "application/x-www-form-urlencoded"})
    EXPECT_FALSE(IsGrpcWeb(other)) << other;
}

}  // namespace
}  // namespace dudao::server
