#include "web_route.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace dudao::server {
namespace {

class WebRouteTest : public ::testing::Test {
 protected:
  WebRouteTest() {
    request_.method(http::verb::post);
    request_.target("/dudao.admin.v1.AdminService/GetServerInfo");
    request_.set(http::field::host, "localhost");
    request_.set(http::field::content_type, "application/grpc-web+proto");
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends_.data()), 0);
  }
  ~WebRouteTest() override {
    for (const int fd : ends_) close(fd);
  }
  WebStep Step() { return RouteOf(request_, files_, false).step; }
  Incoming Read(const std::string& address, absl::Duration call_max = absl::Minutes(1)) const {
    return IncomingOf(request_, address, ends_[0], call_max);
  }

  WebRequest request_;
  WebFiles files_{"no-such-folder"};
  std::array<int, 2> ends_{};
};

TEST_F(WebRouteTest, SendsEachRequestWhereItBelongs) {
  EXPECT_EQ(Step(), WebStep::kCall);
  request_.target("/events");
  EXPECT_EQ(Step(), WebStep::kNews);
  request_.set(http::field::origin, "https://evil.example");
  EXPECT_EQ(Step(), WebStep::kRefuse) << "news are not for others either";
  request_.method(http::verb::get);
  EXPECT_EQ(RouteOf(request_, files_, false).answer.status, 404u) << "no token in an address";
  request_.target("/ping");
  EXPECT_EQ(RouteOf(request_, files_, false).answer.status, 204u);
  request_.method(http::verb::options);
  EXPECT_EQ(RouteOf(request_, files_, false).answer.status, 405u);
}

TEST_F(WebRouteTest, TakesTheCallersWordForAnAddressOnlyFromThisMachine) {
  request_.set("x-real-ip", "192.0.2.7");
  EXPECT_EQ(Read("127.0.0.1").peer, "192.0.2.7");
  EXPECT_EQ(Read("::/64").peer, "192.0.2.7");
  EXPECT_EQ(Read("198.51.100.9").peer, "198.51.100.9");
  request_.set("x-real-ip", std::string(500, 'x'));
  EXPECT_LE(Read("127.0.0.1").peer.size(), 64u);
}

TEST_F(WebRouteTest, CarriesWhoCallsAndByWhichDoor) {
  request_.set("Dudao-Session", "token");
  request_.set("dudao-device", "d1");
  request_.set("dudao-signature", "1.1.5.abc");
  const Incoming incoming = Read("127.0.0.1");
  EXPECT_EQ(incoming.door, Door::kWeb);
  EXPECT_EQ(incoming.method, "/dudao.admin.v1.AdminService/GetServerInfo");
  EXPECT_EQ(incoming.credentials.session, "token");
  EXPECT_EQ(incoming.credentials.device, "d1");
  EXPECT_EQ(incoming.credentials.signature, "1.1.5.abc");
}

TEST_F(WebRouteTest, NoticesThatTheCallerHasGone) {
  const Incoming incoming = Read("127.0.0.1");
  EXPECT_FALSE(incoming.abandoned());
  ASSERT_EQ(write(ends_[1], "x", 1), 1);
  EXPECT_FALSE(incoming.abandoned()) << "the next request is no sign of leaving";
  shutdown(ends_[1], SHUT_RDWR);
  EXPECT_TRUE(incoming.abandoned()) << "although something is left to read";
}

TEST_F(WebRouteTest, NoticesThatTimeIsUp) {
  request_.set("grpc-timeout", "0m");
  EXPECT_TRUE(Read("127.0.0.1").abandoned());
  request_.set("grpc-timeout", "1H");
  EXPECT_TRUE(Read("127.0.0.1", absl::ZeroDuration()).abandoned()) << "the server's own limit";
  EXPECT_FALSE(Read("127.0.0.1").abandoned());
}

TEST_F(WebRouteTest, GivesSlowLinksTimeByWhatTheyCarry) {
  const absl::Duration least = absl::Seconds(15);
  const absl::Duration most = absl::Minutes(5);
  EXPECT_EQ(TimeFor(0, least, most), least);
  EXPECT_EQ(TimeFor(60 << 10, least, most), absl::Seconds(75));
  EXPECT_EQ(TimeFor(8 << 20, least, most), most);
}

}  // namespace
}  // namespace dudao::server
