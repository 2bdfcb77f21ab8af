// Ends connections that send bytes without ever getting to a call.
//
// gRPC 1.51, which Debian 12 has, keeps header blocks that never end, without limit and twice their
// size, before anybody is asked who calls. So this looks at what the kernel has received on each
// connection: where no call began, arrived or ended meanwhile, more than kQuietBytes without an
// open call ends the connection, and where all connections together hold more than `bytes_max` of
// such bytes, the largest go first. Does not: read from connections, or limit honest uploads (each
// arrives within one message). Owns one thread. Thread-safe. Nothing here fails; where the kernel
// does not tell, nothing is ended. Source: CVE-2023-33953 and RFC 9113 section 10.5.1.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace dudao::server {

class ConnectionWatch {
 public:
  static constexpr uint64_t kQuietBytes = 64 << 10;

  explicit ConnectionWatch(uint64_t bytes_max);
  ~ConnectionWatch();
  ConnectionWatch(const ConnectionWatch&) = delete;
  ConnectionWatch& operator=(const ConnectionWatch&) = delete;

  // Connections that were accepted on this port, from now on.
  void Watch(int port) { port_.store(port); }
  // A call of this gRPC peer ("ipv4:10.0.0.7:5123") began; its request arrived; it ended.
  void Began(std::string_view peer);
  void Arrived(std::string_view peer);
  void Ended(std::string_view peer);
  // Connections that were ended here.
  uint64_t cut() const;

 private:
  struct Calls {
    int open = 0;
    uint64_t events = 0;
  };
  struct Socket {
    int fd = -1;
    std::string peer;
    uint64_t received = 0;
  };
  struct Seen {
    uint64_t base = 0;    // bytes received when something last happened
    uint64_t events = 0;  // Calls::events then
    bool here = false;
  };
  std::vector<Socket> Sockets() const;
  void Look();
  void Run();
  void End(const Socket& socket) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  std::atomic<int> port_{0};
  const uint64_t bytes_max_;
  mutable absl::Mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<std::string, Calls, std::less<>> calls_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, Seen> seen_ ABSL_GUARDED_BY(mutex_);
  uint64_t cut_ ABSL_GUARDED_BY(mutex_) = 0;
  std::thread thread_;
};

// As gRPC names it, or as the kernel does, written one way: "10.0.0.7:5123", "[2001:db8::1]:5123".
// Empty for what is no internet address.
std::string PeerName(std::string_view grpc_peer);

}  // namespace dudao::server
