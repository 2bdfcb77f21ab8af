// Connections that no honest client makes, many at once: silent ones, half handshakes, garbage, a
// byte now and then, requests that never end, answers that nobody reads, headers without end.
//
// Raw sockets to 127.0.0.1, fed by a thread of its own. Those that the server closes are opened
// again, so that the crowd stays as large as it is. Start and Stop from one thread.
#pragma once

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace dudao::integration {

enum class Mischief {
  kSilent,
  kHalfHandshake,
  kGarbage,
  kByteByByte,
  kEndlessHeaders,
  kRequestsThatNeverEnd,
  kAnswersNobodyReads,
  // The same in HTTP/1.1.
  kWebHeadByteByByte,
  kWebBodyByteByByte,
  kWebAnswersNobodyReads,
};

class HostileCrowd {
 public:
  // `kinds` in turn.
  HostileCrowd(int port, size_t count, std::vector<Mischief> kinds);
  ~HostileCrowd() { Stop(); }
  HostileCrowd(const HostileCrowd&) = delete;
  HostileCrowd& operator=(const HostileCrowd&) = delete;

  void Start();
  void Stop();
  size_t connected() const;
  // Connections that the server ended.
  size_t cut() const { return cut_.load(); }
  // Bytes that were sent.
  size_t sent() const { return sent_.load(); }

 private:
  struct Visitor {
    Mischief kind = Mischief::kSilent;
    int fd = -1;
    std::string opening;  // sent at once, or byte by byte
    size_t at = 0;
    int rounds = 0;
  };
  void Open(Visitor& visitor) const;
  void Feed(Visitor& visitor);
  void Send(Visitor& visitor, const std::string& bytes);
  void Lost(Visitor& visitor);
  void Run();

  const int port_;
  std::vector<Visitor> visitors_;
  std::atomic<bool> stopped_{false};
  std::atomic<size_t> cut_{0};
  std::atomic<size_t> sent_{0};
  std::thread thread_;
};

}  // namespace dudao::integration
