#include "cutting_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace dudao::integration {
namespace {

constexpr int kPollMs = 20;

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

const sockaddr* Plain(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);  // NOLINT: the sockets API wants it so
}

bool Readable(int a, int b, bool& first, bool& second) {
  std::array<pollfd, 2> waits = {pollfd{a, POLLIN, 0}, pollfd{b, POLLIN, 0}};
  if (poll(waits.data(), waits.size(), kPollMs) < 0) return false;
  first = waits[0].revents != 0;
  second = waits[1].revents != 0;
  return true;
}

}  // namespace

CuttingProxy::CuttingProxy(const std::string& server)
    : server_port_(std::atoi(server.substr(server.rfind(':') + 1).c_str())) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof address;
  const bool bound = bind(listener_, Plain(address), size) == 0 && listen(listener_, 16) == 0;
  if (!bound) std::abort();
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address),
              &size);  // NOLINT: the sockets API wants it so
  port_ = ntohs(address.sin_port);
  accepting_ = std::thread([this] { Accept(); });
}

CuttingProxy::~CuttingProxy() {
  stop_ = true;
  accepting_.join();
  while (carrying_ > 0) std::this_thread::yield();
  close(listener_);
}

std::string CuttingProxy::address() const { return "127.0.0.1:" + std::to_string(port_); }

void CuttingProxy::CutAfter(uint64_t bytes_up) { cut_at_ = bytes_up_ + bytes_up; }

void CuttingProxy::Heal() {
  cut_at_ = UINT64_MAX;
  cut_ = false;
}

void CuttingProxy::Accept() {
  while (!stop_) {
    pollfd wait{listener_, POLLIN, 0};
    if (poll(&wait, 1, kPollMs) <= 0) continue;
    const int tablet = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (tablet < 0) continue;
    ++connections_;
    if (cut_) {
      close(tablet);
      continue;
    }
    ++carrying_;
    std::thread([this, tablet] {
      Carry(tablet);
      --carrying_;
    }).detach();
  }
}

void CuttingProxy::Carry(int tablet) {
  const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = Loopback(server_port_);
  const int on = 1;
  setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(tablet, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  bool open = connect(server, Plain(address), sizeof address) == 0;
  while (open && !stop_ && !cut_) {
    bool from_tablet = false;
    bool from_server = false;
    open = Readable(tablet, server, from_tablet, from_server);
    if (open && from_tablet) open = Forward(tablet, server, true);
    if (open && from_server) open = Forward(server, tablet, false);
  }
  close(server);
  close(tablet);
}

bool CuttingProxy::Forward(int from, int to, bool up) {
  std::array<char, 16 << 10> buffer{};
  ssize_t got = recv(from, buffer.data(), buffer.size(), 0);
  if (got <= 0) return false;
  if (up) {
    const uint64_t left = cut_at_ > bytes_up_ ? cut_at_ - bytes_up_ : 0;
    if (static_cast<uint64_t>(got) >= left) {
      got = static_cast<ssize_t>(left);
      cut_ = true;
    }
    bytes_up_ += static_cast<uint64_t>(got);
  }
  for (ssize_t sent = 0; sent < got;) {
    const ssize_t n = send(to, buffer.data() + sent, static_cast<size_t>(got - sent), MSG_NOSIGNAL);
    if (n <= 0) return false;
    sent += n;
  }
  return !cut_;
}

}  // namespace dudao::integration
