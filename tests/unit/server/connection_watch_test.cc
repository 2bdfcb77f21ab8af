#include "connection_watch.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/time/clock.h"

namespace dudao::server {
namespace {

TEST(PeerName, IsTheSameHoweverItIsWritten) {
  const struct {
    const char* peer;
    const char* name;
  } cases[] = {{"ipv4:10.0.0.7:5123", "10.0.0.7:5123"},
               {"ipv6:%5B2001:db8:0:0::1%5D:443", "[2001:db8::1]:443"},
               {"ipv6:[::1]:443", "[::1]:443"},
               {"ipv6:%5Bfe80::1%25eth0%5D:9", "[fe80::1]:9"},
               {"ipv6:%5B::ffff:10.0.0.7%5D:5123", "10.0.0.7:5123"},
               {"unix:/run/x", ""},
               {"ipv6:nonsense:1", ""},
               {"ipv4:", ""},
               {"", ""}};
  for (const auto& one : cases) EXPECT_EQ(PeerName(one.peer), one.name) << one.peer;
}

// Both ends of connections on loopback; the accepted ends are what the watch looks at.
class ConnectionWatchTest : public ::testing::Test {
 protected:
  struct Pair {
    int client = -1;
    int accepted = -1;
    std::string peer;  // as gRPC names the client
  };
  void SetUp() override {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(listen(listener_, 16), 0);
    port_ = PortOf(listener_);
  }
  void TearDown() override {
    for (const int fd : open_) close(fd);
    close(listener_);
  }
  static int PortOf(int fd) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
  }
  Pair Connect() {
    Pair pair;
    pair.client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port_));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(pair.client, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    pair.accepted = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    pair.peer = "ipv4:127.0.0.1:" + std::to_string(PortOf(pair.client));
    open_.push_back(pair.client);
    open_.push_back(pair.accepted);
    return pair;
  }
  // Sends and takes it out of the other end; false where the connection was ended.
  static bool Push(const Pair& pair, size_t bytes) {
    const std::string part(16 << 10, 'x');
    std::string taken(part.size(), '\0');
    for (size_t done = 0; done < bytes; done += part.size()) {
      if (send(pair.client, part.data(), part.size(), MSG_NOSIGNAL) < 0) return false;
      if (recv(pair.accepted, taken.data(), taken.size(), MSG_WAITALL) <= 0) return false;
    }
    return true;
  }
  // Until the watch has looked at least twice.
  static void LetItLook(const ConnectionWatch& watch, uint64_t cut) {
    const absl::Time limit = absl::Now() + absl::Seconds(1);
    while (watch.cut() < cut && absl::Now() < limit) sched_yield();
  }

  int listener_ = -1;
  int port_ = 0;
  std::vector<int> open_;
};

TEST_F(ConnectionWatchTest, EndsWhoSendsWithoutCallingAndNobodyElse) {
  ConnectionWatch watch(100 << 20);
  watch.Watch(port_);
  const Pair quiet = Connect();
  const Pair hostile = Connect();
  const Pair honest = Connect();
  watch.Began(honest.peer);
  EXPECT_TRUE(Push(quiet, 32 << 10));
  EXPECT_TRUE(Push(honest, 4 << 20)) << "one large message of a call under way";
  Push(hostile, 1 << 20);
  LetItLook(watch, 1);
  EXPECT_EQ(watch.cut(), 1u);
  EXPECT_FALSE(Push(hostile, 1 << 20));
  EXPECT_TRUE(Push(quiet, 16 << 10));
  watch.Ended(honest.peer);
  LetItLook(watch, 2);
  EXPECT_TRUE(Push(honest, 16 << 10));
}

TEST_F(ConnectionWatchTest, BeginsAnewWithEachCall) {
  ConnectionWatch watch(100 << 20);
  watch.Watch(port_);
  const Pair honest = Connect();
  for (int i = 0; i < 5; ++i) {
    watch.Began(honest.peer);
    EXPECT_TRUE(Push(honest, 1 << 20));
    watch.Arrived(honest.peer);
    watch.Ended(honest.peer);
    LetItLook(watch, 1);
  }
  EXPECT_EQ(watch.cut(), 0u);
}

TEST_F(ConnectionWatchTest, EndsTheLargestFirstWhereAllTogetherAreTooMuch) {
  ConnectionWatch watch(3 << 20);
  watch.Watch(port_);
  const Pair large = Connect();
  const Pair small = Connect();
  for (const Pair& pair : {large, small}) watch.Began(pair.peer);
  LetItLook(watch, 1);  // what came before the call counts no more
  EXPECT_TRUE(Push(small, 1 << 20));
  Push(large, 4 << 20);
  LetItLook(watch, 1);
  EXPECT_EQ(watch.cut(), 1u);
  EXPECT_FALSE(Push(large, 1 << 20));
  EXPECT_TRUE(Push(small, 16 << 10));
}

TEST_F(ConnectionWatchTest, LeavesOtherPortsAlone) {
  ConnectionWatch watch(1);
  watch.Watch(port_ == 1 ? 2 : 1);
  const Pair other = Connect();
  EXPECT_TRUE(Push(other, 1 << 20));
  LetItLook(watch, 1);
  EXPECT_EQ(watch.cut(), 0u);
}

}  // namespace
}  // namespace dudao::server
