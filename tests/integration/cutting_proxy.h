// A stretch of bad road between tablet and server: forwards TCP, counts, and drops the connection
// after so many bytes.
//
// Listens on a free port of loopback. Once it has cut, new connections are refused until Heal.
// Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

namespace dudao::integration {

class CuttingProxy {
 public:
  // `server` is host:port on loopback.
  explicit CuttingProxy(const std::string& server);
  ~CuttingProxy();

  std::string address() const;
  // Cuts once so many further bytes have gone up.
  void CutAfter(uint64_t bytes_up);
  void Heal();

  bool cut() const { return cut_; }
  uint64_t connections() const { return connections_; }
  uint64_t bytes_up() const { return bytes_up_; }

 private:
  void Accept();
  void Carry(int tablet);
  bool Forward(int from, int to, bool up);

  int server_port_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stop_{false};
  std::atomic<bool> cut_{false};
  std::atomic<uint64_t> connections_{0};
  std::atomic<uint64_t> bytes_up_{0};
  std::atomic<uint64_t> cut_at_{UINT64_MAX};
  std::atomic<int> carrying_{0};
  std::thread accepting_;
};

}  // namespace dudao::integration
