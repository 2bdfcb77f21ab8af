#include "hostile_crowd.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <utility>

#include "page.h"

namespace dudao::integration {
namespace {

constexpr auto kRound = std::chrono::milliseconds(50);
constexpr size_t kStreams = 20;
constexpr int kHeaderFields = 70;

// RFC 9113.
constexpr char kPreface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr char kHeadersFrame = 1;
constexpr char kSettingsFrame = 4;
constexpr char kContinuationFrame = 9;
constexpr char kEndStream = 1;
constexpr char kEndHeaders = 4;

std::string Frame(char type, char flags, uint32_t stream, const std::string& body) {
  const auto byte = [](uint32_t value, int shift) {
    return static_cast<char>((value >> shift) & 0xff);
  };
  const auto size = static_cast<uint32_t>(body.size());
  return std::string{byte(size, 16),   byte(size, 8),    byte(size, 0),   type,           flags,
                     byte(stream, 24), byte(stream, 16), byte(stream, 8), byte(stream, 0)} +
         body;
}

// A header field as RFC 7541 writes it without any table.
std::string Field(const std::string& name, const std::string& value) {
  return std::string(1, '\0') + static_cast<char>(name.size()) + name +
         static_cast<char>(value.size()) + value;
}

std::string Request(const std::string& path) {
  return Field(":method", "POST") + Field(":scheme", "http") + Field(":path", path) +
         Field(":authority", "localhost") + Field("content-type", "application/grpc") +
         Field("te", "trailers");
}

constexpr char kWebHead[] =
    "POST /dudao.identity.v1.IdentityService/SignIn HTTP/1.1\r\nHost: localhost\r\n"
    "Content-Type: application/grpc-web+proto\r\nContent-Length: 8000000\r\n\r\n";
constexpr char kWebGet[] = "GET /office/ HTTP/1.1\r\nHost: localhost\r\n\r\n";

std::string MoreHeaders() {
  std::string fields;
  for (int i = 0; i < kHeaderFields; ++i) fields += Field("x-more", std::string(100, 'v'));
  return fields;
}

std::string Opening(Mischief kind) {
  const std::string greeting = std::string(kPreface) + Frame(kSettingsFrame, 0, 0, std::string());
  switch (kind) {
    case Mischief::kSilent:
      return {};
    case Mischief::kHalfHandshake:
      // The beginning of a TLS hello that announces more than follows.
      return std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11) + std::string(40, 'r');
    case Mischief::kGarbage: {
      std::string bytes;
      for (int i = 0; i < 600; ++i) bytes += static_cast<char>((i * 7919 + 13) & 0xff);
      return bytes;
    }
    case Mischief::kByteByByte:
      return greeting + greeting;
    case Mischief::kEndlessHeaders:
      return greeting +
             Frame(kHeadersFrame, 0, 1, Request("/dudao.identity.v1.IdentityService/SignIn"));
    case Mischief::kRequestsThatNeverEnd: {
      std::string bytes = greeting;
      for (uint32_t i = 0; i < kStreams; ++i) {
        bytes += Frame(kHeadersFrame, kEndHeaders, 2 * i + 1,
                       Request("/dudao.identity.v1.IdentityService/SignIn"));
      }
      return bytes;
    }
    case Mischief::kAnswersNobodyReads:
      return greeting;
    case Mischief::kWebHeadByteByByte:
    case Mischief::kWebBodyByteByByte:
      return kWebHead;
    case Mischief::kWebAnswersNobodyReads:
      return kWebGet;
  }
  return {};
}

}  // namespace

HostileCrowd::HostileCrowd(int port, size_t count, std::vector<Mischief> kinds)
    : port_(port), visitors_(count) {
  for (size_t i = 0; i < count; ++i) visitors_[i].kind = kinds[i % kinds.size()];
}

void HostileCrowd::Start() {
  for (Visitor& visitor : visitors_) Open(visitor);
  thread_ = std::thread([this] { Run(); });
}

void HostileCrowd::Stop() {
  stopped_.store(true);
  if (thread_.joinable()) thread_.join();
  for (Visitor& visitor : visitors_) {
    if (visitor.fd >= 0) close(std::exchange(visitor.fd, -1));
  }
}

size_t HostileCrowd::connected() const {
  size_t count = 0;
  for (const Visitor& visitor : visitors_) count += visitor.fd >= 0 ? 1 : 0;
  return count;
}

void HostileCrowd::Open(Visitor& visitor) const {
  visitor.fd = testing_support::ConnectLoopback(port_, 1);
  visitor.opening = Opening(visitor.kind);
  visitor.at = 0;
  visitor.rounds = 0;
  if (visitor.fd >= 0) fcntl(visitor.fd, F_SETFL, O_NONBLOCK);
}

void HostileCrowd::Send(Visitor& visitor, const std::string& bytes) {
  const ssize_t n = send(visitor.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (n > 0) sent_.fetch_add(static_cast<size_t>(n));
  if (n < 0 && errno != EAGAIN && errno != EINTR) Lost(visitor);
}

void HostileCrowd::Lost(Visitor& visitor) {
  close(std::exchange(visitor.fd, -1));
  cut_.fetch_add(1);
}

void HostileCrowd::Feed(Visitor& visitor) {
  const bool slow =
      visitor.kind == Mischief::kByteByByte || visitor.kind == Mischief::kWebHeadByteByByte;
  if (slow) {
    if (visitor.at < visitor.opening.size() && visitor.rounds % 10 == 0)
      Send(visitor, visitor.opening.substr(visitor.at++, 1));
  } else if (visitor.rounds == 0) {
    Send(visitor, visitor.opening);
  } else if (visitor.kind == Mischief::kEndlessHeaders) {
    Send(visitor, Frame(kContinuationFrame, 0, 1, MoreHeaders()));
  } else if (visitor.kind == Mischief::kWebBodyByteByByte) {
    if (visitor.rounds % 10 == 0) Send(visitor, "x");
  } else if (visitor.kind == Mischief::kWebAnswersNobodyReads) {
    Send(visitor, kWebGet);
  } else if (visitor.kind == Mischief::kAnswersNobodyReads && visitor.rounds < 2000) {
    const auto stream = static_cast<uint32_t>(2 * visitor.rounds + 1);
    Send(visitor,
         Frame(kHeadersFrame, kEndHeaders | kEndStream, stream, Request("/no/such/method")));
  }
  ++visitor.rounds;
}

void HostileCrowd::Run() {
  while (!stopped_.load()) {
    for (Visitor& visitor : visitors_) {
      if (visitor.fd < 0) {
        Open(visitor);
        continue;
      }
      Feed(visitor);
      if (visitor.fd < 0 || visitor.kind == Mischief::kAnswersNobodyReads ||
          visitor.kind == Mischief::kWebAnswersNobodyReads)
        continue;
      std::array<char, 4096> ignored{};
      const ssize_t n = recv(visitor.fd, ignored.data(), ignored.size(), 0);
      if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) Lost(visitor);
    }
    std::this_thread::sleep_for(kRound);  // lint: allow the pace of the attack, nothing waits on it
  }
}

}  // namespace dudao::integration
