#include "metrics.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "page_server.h"
#include "reason.h"
#include "service_notify.h"

namespace dudao::server {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(MetricsText, WritesWhatPrometheusReads) {
  MetricsText text;
  text.Gauge("dudao_up", "Is it\nup?", 1);
  text.Begin("dudao_calls_total", MetricsText::Kind::kCounter, "Calls.");
  text.Value(3, {{"method", "/a/B"}, {"code", "say \"no\"\\"}});
  text.Value(0.25, {{"method", "x"}});
  text.Value(1e18);
  EXPECT_EQ(text.Take(),
            "# HELP dudao_up Is it\\nup?\n# TYPE dudao_up gauge\ndudao_up 1\n"
            "# HELP dudao_calls_total Calls.\n# TYPE dudao_calls_total counter\n"
            "dudao_calls_total{method=\"/a/B\",code=\"say \\\"no\\\"\\\\\"} 3\n"
            "dudao_calls_total{method=\"x\"} 0.25\n"
            "dudao_calls_total 1e+18\n");
}

TEST(CallMetrics, CountsByMethodAndCodeWithAHistogram) {
  CallMetrics calls;
  calls.Count("/a/B", true, "OK", 800, 10, 20);
  calls.Count("/a/B", true, "OK", 30'000, 1, 2);
  calls.Count("/a/B", true, "NOT_FOUND", 90'000'000, 0, 0);
  MetricsText text;
  calls.Write(text);
  const std::string page = text.Take();
  EXPECT_THAT(page, HasSubstr("dudao_calls_total{method=\"/a/B\",code=\"OK\"} 2\n"));
  EXPECT_THAT(page, HasSubstr("dudao_calls_total{method=\"/a/B\",code=\"NOT_FOUND\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("dudao_call_seconds_bucket{method=\"/a/B\",le=\"0.001\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("dudao_call_seconds_bucket{method=\"/a/B\",le=\"0.02\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("dudao_call_seconds_bucket{method=\"/a/B\",le=\"0.1\"} 2\n"));
  EXPECT_THAT(page, HasSubstr("dudao_call_seconds_bucket{method=\"/a/B\",le=\"60\"} 2\n"));
  EXPECT_THAT(page, HasSubstr("dudao_call_seconds_bucket{method=\"/a/B\",le=\"+Inf\"} 3\n"));
  EXPECT_THAT(page, HasSubstr("dudao_call_seconds_count{method=\"/a/B\"} 3\n"));
  EXPECT_THAT(page, HasSubstr("dudao_call_bytes_total{method=\"/a/B\",direction=\"out\"} 22\n"));
}

TEST(CallMetrics, DoNotGrowWithWhatCallersInvent) {
  CallMetrics calls;
  for (int i = 0; i < 1000; ++i)
    calls.Count("/x/Method" + std::to_string(i), false, "UNIMPLEMENTED", 1, 0, 0);
  MetricsText text;
  calls.Write(text);
  const std::string page = text.Take();
  EXPECT_THAT(page, HasSubstr("dudao_calls_total{method=\"other\",code=\"UNIMPLEMENTED\"} 1000\n"));
  EXPECT_THAT(page, Not(HasSubstr("Method1")));
}

class PageServerTest : public ::testing::Test {
 protected:
  void Start(PageOptions options) {
    auto server =
        PageServer::Start(options, {{"/metrics",
                                     [this] {
                                       return Page{200, "pages " + std::to_string(++made_)};
                                     }},
                                    {"/readyz", [] {
                                       return Page{503, "not ready\n"};
                                     }}});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  void SetUp() override { Start(Loopback(absl::Seconds(5), 256)); }

  static PageOptions Loopback(absl::Duration time_max, int connections_max) {
    PageOptions options;
    options.listen = "127.0.0.1:0";
    options.time_max = time_max;
    options.connections_max = connections_max;
    return options;
  }

  int Connect() const {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(server_->port()));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    timeval limit{20, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return fd;
  }
  // Until the other side ends.
  static std::string ReadAll(int fd) {
    std::string all;
    char part[4096];
    ssize_t n = 0;
    while ((n = recv(fd, part, sizeof part, 0)) > 0) all.append(part, static_cast<size_t>(n));
    close(fd);
    return n == 0 || errno == ECONNRESET ? all : "timed out";
  }
  std::string Ask(const std::string& request) const {
    const int fd = Connect();
    EXPECT_EQ(send(fd, request.data(), request.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(request.size()));
    return ReadAll(fd);
  }

  std::atomic<int> made_{0};
  std::unique_ptr<PageServer> server_;
};

TEST_F(PageServerTest, ServesItsPages) {
  const std::string answer = Ask("GET /metrics?x=1 HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("text/plain; version=0.0.4"));
  EXPECT_THAT(answer, HasSubstr("\r\n\r\npages 1"));
  EXPECT_THAT(Ask("GET /readyz HTTP/1.0\r\n\r\n"), HasSubstr(" 503 "));
  EXPECT_THAT(Ask("GET /etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n"), HasSubstr(" 404 "));
  EXPECT_THAT(Ask("POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"),
              HasSubstr(" 405 "));
  EXPECT_THAT(Ask("HEAD /metrics HTTP/1.1\r\nHost: a\r\n\r\n"), Not(HasSubstr("pages")));
}

TEST_F(PageServerTest, CutsWhatIsNoRequest) {
  EXPECT_EQ(Ask("\x16\x03\x01 this is no HTTP\r\n\r\n"), "");
  EXPECT_EQ(Ask("GET /" + std::string(20'000, 'a')), "");
  std::string headers = "GET /metrics HTTP/1.1\r\n";
  for (int i = 0; i < 1000; ++i) headers += "X-" + std::to_string(i) + ": y\r\n";
  EXPECT_EQ(Ask(headers), "");
  EXPECT_EQ(made_, 0);
}

// Sending now and then buys no time: the whole visit has one limit.
TEST_F(PageServerTest, CutsSlowVisitorsAndServesOthersMeanwhile) {
  Start(Loopback(absl::Milliseconds(300), 256));
  std::vector<int> slow;
  for (int i = 0; i < 100; ++i) {
    slow.push_back(Connect());
    const size_t part = i % 2 == 0 ? 8 : 0;
    EXPECT_EQ(send(slow.back(), "GET /met", part, MSG_NOSIGNAL), static_cast<ssize_t>(part));
  }
  EXPECT_THAT(Ask("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"), HasSubstr("pages"));
  for (const int fd : slow) EXPECT_EQ(ReadAll(fd), "");
}

TEST_F(PageServerTest, ServesOnWhenAllPlacesWereTaken) {
  Start(Loopback(absl::Milliseconds(200), 4));
  std::vector<int> silent;
  for (int i = 0; i < 12; ++i) silent.push_back(Connect());
  EXPECT_THAT(Ask("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"), HasSubstr("pages"));
  for (const int fd : silent) close(fd);
}

TEST_F(PageServerTest, EndsWhileVisitorsAreThere) {
  const int fd = Connect();
  EXPECT_THAT(Ask("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"), HasSubstr("pages"));
  server_.reset();
  EXPECT_EQ(ReadAll(fd), "");
}

TEST_F(PageServerTest, StaysOnLoopbackUnlessToldOtherwise) {
  const struct {
    const char* listen;
    bool any;
    const char* reason;
  } cases[] = {{"0.0.0.0:0", false, "CLEAR_TEXT_REFUSED"},
               {"[::]:0", false, "CLEAR_TEXT_REFUSED"},
               {"nonsense", false, "OPTIONS_INVALID"},
               {"127.0.0.1:99999", false, "OPTIONS_INVALID"},
               {"name.example:1", false, "OPTIONS_INVALID"},
               {"0.0.0.0:0", true, ""},
               {"localhost:0", false, ""}};
  for (const auto& one : cases) {
    PageOptions options;
    options.listen = one.listen;
    options.allow_any_address = one.any;
    const auto server = PageServer::Start(options, {});
    EXPECT_EQ(server.ok() ? "" : ReasonOf(server.status()), one.reason) << one.listen;
  }
  PageOptions taken;
  taken.listen = "127.0.0.1:" + std::to_string(server_->port());
  const auto second = PageServer::Start(taken, {});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(ReasonOf(second.status()), "LISTEN_FAILED");
}

TEST(NotifyService, SpeaksToTheSocketThatTheManagerNames) {
  const std::string file = std::filesystem::absolute("notify").string();
  const std::string nameless = "@dudao-notify-" + std::to_string(getpid());
  for (const std::string& name : {file, nameless}) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    ASSERT_LT(name.size(), sizeof(address.sun_path));
    name.copy(address.sun_path, name.size());
    if (name.front() == '@') address.sun_path[0] = '\0';
    const int manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    ASSERT_EQ(bind(manager, reinterpret_cast<sockaddr*>(&address), size), 0) << name;
    setenv("NOTIFY_SOCKET", name.c_str(), 1);
    EXPECT_TRUE(NotifyService("READY=1\nSTATUS=port 7447"));
    char got[100];
    const ssize_t n = recv(manager, got, sizeof got, MSG_DONTWAIT);
    ASSERT_GT(n, 0);
    EXPECT_EQ(std::string(got, static_cast<size_t>(n)), "READY=1\nSTATUS=port 7447");
    close(manager);
  }
  for (const char* wrong : {"", "relative", "/no/such/socket"}) {
    setenv("NOTIFY_SOCKET", wrong, 1);
    EXPECT_FALSE(NotifyService("READY=1")) << wrong;
  }
  unsetenv("NOTIFY_SOCKET");
  EXPECT_FALSE(NotifyService("READY=1"));
}

}  // namespace
}  // namespace dudao::server
