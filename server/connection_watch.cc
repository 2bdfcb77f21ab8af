#include "connection_watch.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"

namespace dudao::server {
namespace {

constexpr absl::Duration kLookEvery = absl::Milliseconds(100);

std::string Written(int family, const void* address, int port) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (inet_ntop(family, address, text.data(), text.size()) == nullptr) return {};
  const bool four = family == AF_INET;
  return absl::StrCat(four ? "" : "[", text.data(), four ? ":" : "]:", port);
}

std::string WrittenSix(const in6_addr& address, int port) {
  if (IN6_IS_ADDR_V4MAPPED(&address) == 0) return Written(AF_INET6, &address, port);
  in_addr four{};
  std::memcpy(&four, &address.s6_addr[12], sizeof four);
  return Written(AF_INET, &four, port);
}

struct Address {
  std::string name;
  int port = 0;
};

Address AddressOf(const sockaddr_storage& storage) {
  if (storage.ss_family == AF_INET) {
    sockaddr_in four{};
    std::memcpy(&four, &storage, sizeof four);
    const int port = ntohs(four.sin_port);
    return {Written(AF_INET, &four.sin_addr, port), port};
  }
  if (storage.ss_family != AF_INET6) return {};
  sockaddr_in6 six{};
  std::memcpy(&six, &storage, sizeof six);
  const int port = ntohs(six.sin6_port);
  return {WrittenSix(six.sin6_addr, port), port};
}

Address Ask(int fd, int (*who)(int, sockaddr*, socklen_t*)) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (who(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return {};  // NOLINT: sockets
  return AddressOf(storage);
}

// 0 where the kernel is too old to say.
uint64_t Received(int fd) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return 0;
  return size >= offsetof(tcp_info, tcpi_bytes_received) + sizeof info.tcpi_bytes_received
             ? info.tcpi_bytes_received
             : 0;
}

}  // namespace

std::string PeerName(std::string_view grpc_peer) {
  const bool four = grpc_peer.starts_with("ipv4:");
  if (!four && !grpc_peer.starts_with("ipv6:")) return {};
  const std::string rest =
      absl::StrReplaceAll(std::string(grpc_peer.substr(5)), {{"%5B", "["}, {"%5D", "]"}});
  const size_t colon = rest.rfind(':');
  int port = 0;
  if (colon == std::string::npos || !absl::SimpleAtoi(rest.substr(colon + 1), &port)) return {};
  if (four) return rest;
  if (colon < 2 || rest.front() != '[' || rest[colon - 1] != ']') return {};
  const std::string host = rest.substr(1, colon - 2);
  in6_addr address{};
  // Without the zone of a link-local address, which the kernel does not name either.
  if (inet_pton(AF_INET6, host.substr(0, host.find('%')).c_str(), &address) != 1) return {};
  return WrittenSix(address, port);
}

ConnectionWatch::ConnectionWatch(uint64_t bytes_max)
    : bytes_max_(bytes_max), thread_([this] { Run(); }) {}

ConnectionWatch::~ConnectionWatch() {
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
  }
  thread_.join();
}

void ConnectionWatch::Began(std::string_view peer) {
  absl::MutexLock lock(&mutex_);
  Calls& calls = calls_[PeerName(peer)];
  ++calls.open;
  ++calls.events;
}

void ConnectionWatch::Arrived(std::string_view peer) {
  absl::MutexLock lock(&mutex_);
  ++calls_[PeerName(peer)].events;
}

void ConnectionWatch::Ended(std::string_view peer) {
  absl::MutexLock lock(&mutex_);
  Calls& calls = calls_[PeerName(peer)];
  --calls.open;
  ++calls.events;
}

uint64_t ConnectionWatch::cut() const {
  absl::MutexLock lock(&mutex_);
  return cut_;
}

std::vector<ConnectionWatch::Socket> ConnectionWatch::Sockets() const {
  std::vector<Socket> sockets;
  const int port = port_.load();
  DIR* folder = opendir("/proc/self/fd");
  if (folder == nullptr) return sockets;
  while (const dirent* entry = readdir(folder)) {  // NOLINT: no other thread has this folder
    int fd = -1;
    if (!absl::SimpleAtoi(entry->d_name, &fd) || Ask(fd, &getsockname).port != port) continue;
    std::string peer = Ask(fd, &getpeername).name;
    if (!peer.empty()) sockets.push_back({fd, std::move(peer), Received(fd)});
  }
  closedir(folder);
  return sockets;
}

// The descriptor may have been closed and given out again since it was listed.
void ConnectionWatch::End(const Socket& socket) {
  if (Ask(socket.fd, &getpeername).name != socket.peer) return;
  shutdown(socket.fd, SHUT_RDWR);
  ++cut_;
}

void ConnectionWatch::Look() {
  const std::vector<Socket> sockets = Sockets();
  absl::MutexLock lock(&mutex_);
  for (auto& [peer, seen] : seen_) seen.here = false;
  std::vector<std::pair<uint64_t, const Socket*>> quiet;
  uint64_t all = 0;
  for (const Socket& socket : sockets) {
    const auto known = calls_.find(socket.peer);
    const Calls calls = known == calls_.end() ? Calls() : known->second;
    Seen& seen = seen_[socket.peer];
    if (seen.events != calls.events || socket.received < seen.base) seen.base = socket.received;
    seen.events = calls.events;
    seen.here = true;
    const uint64_t bytes = socket.received - seen.base;
    if (calls.open == 0 && bytes > kQuietBytes) {
      End(socket);
      continue;
    }
    all += bytes;
    quiet.emplace_back(bytes, &socket);
  }
  std::sort(quiet.rbegin(), quiet.rend());
  for (size_t i = 0; i < quiet.size() && all > bytes_max_; ++i) {
    End(*quiet[i].second);
    all -= quiet[i].first;
  }
  std::erase_if(seen_, [](const auto& one) { return !one.second.here; });
  std::erase_if(calls_, [&](const auto& one) {
    return one.second.open <= 0 && seen_.find(one.first) == seen_.end();
  });
}

void ConnectionWatch::Run() {
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      if (mutex_.AwaitWithTimeout(absl::Condition(&stopped_), kLookEvery)) return;
    }
    if (port_.load() != 0) Look();
  }
}

}  // namespace dudao::server
