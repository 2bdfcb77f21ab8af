// A small HTTP listener for the machine's own eyes: metrics, health, readiness.
//
// Answers GET and HEAD of a fixed list of paths, one request a connection, on a thread of its own
// that runs nothing else; a page is made by a function that must not wait for calls. Does not: TLS,
// sign-in, bodies. So it listens on loopback, and elsewhere only if told so. A caller has a few
// seconds for everything: who sends slowly or does not read is cut, and more than a few at once
// wait in the kernel's queue. Thread-safe; the destructor stops. Errors of Start: INVALID_ARGUMENT
// (OPTIONS_INVALID) an address that makes no sense, FAILED_PRECONDITION (CLEAR_TEXT_REFUSED) one
// that is not loopback, UNAVAILABLE (LISTEN_FAILED).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace dudao::server {

struct Page {
  int status = 200;
  std::string body;
};

struct PageOptions {
  std::string listen;  // "127.0.0.1:9447", "[::1]:9447"; port 0 takes a free one
  bool allow_any_address = false;
  absl::Duration time_max = absl::Seconds(5);  // for one request and its answer
  int connections_max = 256;
};

class PageServer {
 public:
  // By path, e.g. "/metrics".
  using Pages = std::map<std::string, std::function<Page()>, std::less<>>;
  static absl::StatusOr<std::unique_ptr<PageServer>> Start(const PageOptions& options, Pages pages);
  ~PageServer();
  PageServer(const PageServer&) = delete;
  PageServer& operator=(const PageServer&) = delete;

  int port() const;

 private:
  class State;
  explicit PageServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace dudao::server
