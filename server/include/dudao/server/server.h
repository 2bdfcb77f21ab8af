// The server: gRPC services over embedded storage, in one object.
//
// Serves dudao.identity.v1, dudao.sync.v1, dudao.blob.v1, dudao.review.v1, dudao.admin.v1 and
// grpc.health.v1 on one port. Everything that it keeps lies in one folder (docs/server.md). Does
// not: parse command lines. Threading: Start, Shutdown and Wait may be called from any thread;
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
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace dudao::server {

// The person who sets up all others.
struct FirstAdministrator {
  std::string person_id;
  std::string name;
  // Empty: a random one is drawn, and must be changed at the first sign-in.
  std::string password;
};

struct Limits {
  // Threads that run handlers; 0 means one per processor, at least four.
  int threads = 0;
  // Calls that wait for a thread; one more is refused with SERVER_BUSY.
  size_t queue_max = 1024;
  // Largest file that is accepted.
  int64_t blob_bytes_max = int64_t{512} << 20;
  // Ceiling of what one exchange sends back.
  size_t exchange_bytes_max = 4 << 20;
  // Calls and bytes (both ways) of one device or person.
  double calls_per_second = 200;
  double calls_burst = 4000;
  double bytes_per_second = 64 << 20;
  double bytes_burst = 1 << 30;
  // Calls from one address to what is open to everybody: signing in, enrolling.
  double open_calls_per_second = 5;
  double open_calls_burst = 200;
  // Calls from one address whose credentials were refused.
  double refused_calls_per_second = 20;
  double refused_calls_burst = 1000;
  // Below the first, uploads are refused (DISK_LOW); below the second, it is only told.
  int64_t disk_reserve_bytes = int64_t{512} << 20;
  int64_t disk_warn_bytes = int64_t{4} << 30;
  // A request must have arrived, and a call must have ended, within so long.
  absl::Duration receive_max = absl::Minutes(5);
  absl::Duration call_max = absl::Minutes(10);
  // Calls under way at once; one more is refused with SERVER_BUSY before it is read.
  size_t calls_open_max = 8192;
  // Room that gRPC may use for messages on their way; the web door half as much.
  size_t transport_bytes_max = size_t{512} << 20;
  // Connections of browsers, in all and from one address; pages that follow the changes.
  size_t web_connections_max = 1024;
  size_t web_address_connections_max = 256;
  size_t web_streams_max = 512;
};

struct Options {
  // Created if absent. One server at a time.
  std::string data_dir;
  // host:port; port 0 takes a free one.
  std::string listen = "127.0.0.1:0";
  // host:port that goes into enrolment codes. Empty: `listen`, if that names a host.
  std::string public_address;
  // PEM files. Both or neither.
  std::string tls_certificate_file;
  std::string tls_key_file;
  // PEM of the certificate that a proxy in front of this server shows, for enrolment codes.
  std::string public_certificate_file;
  // Makes a certificate of its own for these host names and addresses, in <data_dir>/tls (tls.h),
  // and for the host of public_address where `listen` is not loopback. Once made it is used and
  // renewed, unless files are given or clear text is allowed.
  std::vector<std::string> tls_names;
  // How often the files of the certificate are looked at for newer ones.
  absl::Duration tls_look_every = absl::Minutes(1);
  // Says that clear text is wanted, outside loopback too.
  bool allow_clear_text = false;
  // host:port of the browsers' door: gRPC-Web and the web apps (docs/server.md); empty for none.
  // It has the same certificate, and the same rule about clear text.
  std::string web_listen;
  // The folder with office/ and tablet/. It need not exist.
  std::string web_root;
  // JSON file of the office's map: outline, tiles (docs/operations.md). Empty: pages draw their
  // own.
  std::string map_file;
  // host:port of the pages /metrics, /healthz and /readyz; empty for none.
  std::string metrics_listen;
  // Answers grpc.reflection.
  bool reflection = false;
  // One JSON line a call; empty: standard error; "none": no log.
  std::string log_file;
  // Kept outside backups: tells a restored folder from the original. Empty: <data_dir>.incarnation.
  std::string incarnation_file;
  // Sessions of people end when they were not used for so long, and at the latest after so long.
  absl::Duration session_idle = absl::Hours(8);
  absl::Duration session_absolute = absl::Hours(7 * 24);
  // Cost of new password hashes: scrypt with N = 2^this, 10 to 20; 0 means 15 (32 MiB).
  int password_cost_log2 = 0;
  // What numbers of notices begin with: "稷督整〔2026〕12号".
  std::string notice_prefix = "稷督整";
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
  // Of the browsers' door, and of the pages; 0 where there is none.
  int web_port() const;
  int metrics_port() const;
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

// Offline: makes the folder what it must be for a server to start, and sets up the administrator
// with a password; for an administrator who is there, sets the password anew and lifts a lockout.
// Returns the password. FAILED_PRECONDITION (ALREADY_SET_UP) where somebody else is administrator
// already, UNAVAILABLE while a server uses the folder, INVALID_ARGUMENT (PASSWORD_WEAK,
// PERSON_INVALID).
absl::StatusOr<std::string> SetUp(const std::string& data_dir, const FirstAdministrator& admin,
                                  int64_t wall_ms);

// Serves until SIGTERM or SIGINT, then shuts down gracefully; a second signal ends the process at
// once. Call it from the main thread before other threads are started: it blocks both signals.
// `started` is called once it serves.
absl::Status RunServer(Options options, const std::function<void(const Server&)>& started);

}  // namespace dudao::server
