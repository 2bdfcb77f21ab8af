// The server: gRPC services over embedded storage, in one object.
//
// Serves dudao.sync.v1, dudao.blob.v1, dudao.review.v1, dudao.admin.v1 and grpc.health.v1 on one
// port. Everything that it keeps lies in one folder (docs/server.md). Does not: parse command
// lines, or enrol devices. Threading: Start, Shutdown and Wait may be called from any thread;
// handlers run on the server's own pool. Ownership: the Server owns its threads and files;
// destroying it shuts it down. Errors of Start: INVALID_ARGUMENT options that make no sense,
// FAILED_PRECONDITION clear text on an open network, UNAVAILABLE the port is taken or another
// server holds the folder, DATA_LOSS a file is damaged. Texts are Chinese and English. Durability:
// what a call confirmed survives power loss.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "dudao/records/v1/reference.pb.h"

namespace dudao::server {

// A person who may sign in. People of the imported list need no entry here if
// Options::shared_secret is set.
struct User {
  std::string person_id;
  std::string secret;
  records::v1::PersonRole role = records::v1::PERSON_ROLE_UNSPECIFIED;
  std::string team_id;  // empty for the office
};

// Reads "person_id,secret,role[,team_id]" lines; "#" starts a comment. Roles: inspector, lead,
// reviewer, leader, reporter, admin.
absl::StatusOr<std::vector<User>> ParseUsers(std::string_view text);

struct Limits {
  // Threads that run handlers; 0 means one per processor, at least four.
  int threads = 0;
  // Calls that wait for a thread; one more is refused with SERVER_BUSY.
  size_t queue_max = 1024;
  // Largest file that is accepted.
  int64_t blob_bytes_max = int64_t{512} << 20;
  // Ceiling of what one exchange sends back.
  size_t exchange_bytes_max = 4 << 20;
};

struct Options {
  // Created if absent. One server at a time.
  std::string data_dir;
  // host:port; port 0 takes a free one.
  std::string listen = "127.0.0.1:0";
  std::vector<User> users;
  // Lets every active person of the imported list sign in with this secret. Empty: nobody.
  std::string shared_secret;
  // PEM files. Both or neither.
  std::string tls_certificate_file;
  std::string tls_key_file;
  // Says that clear text outside loopback is wanted.
  bool allow_clear_text = false;
  // Answers grpc.reflection.
  bool reflection = false;
  // One JSON line a call; empty: standard error; "none": no log.
  std::string log_file;
  // Kept outside backups: tells a restored folder from the original. Empty: <data_dir>.incarnation.
  std::string incarnation_file;
  // The wall clock, ms since 1970 UTC; null for the system's.
  std::function<int64_t()> wall_ms;
  Limits limits;
};

class Server {
 public:
  static absl::StatusOr<std::unique_ptr<Server>> Start(Options options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  int port() const;
  // Takes no new calls, lets those under way end within `grace`, writes everything back. May be
  // called twice.
  absl::Status Shutdown(absl::Duration grace = absl::Seconds(10));
  // Returns when Shutdown has been called and has ended.
  void Wait();

 private:
  class State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Serves until SIGTERM or SIGINT, then shuts down gracefully; a second signal ends the process at
// once. Call it from the main thread before other threads are started: it blocks both signals.
// `started` is called once with the port.
absl::Status RunServer(Options options, const std::function<void(int port)>& started);

}  // namespace dudao::server
