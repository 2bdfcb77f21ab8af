#include "dudao/server/server.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "anchor_keeper.h"
#include "archive_files.h"
#include "backend.h"
#include "backup_mark.h"
#include "certificate.h"
#include "dudao/server/names.h"
#include "dudao/server/tls.h"
#include "dudao/sync/crdt/status_macros.h"
#include "executor.h"
#include "files.h"
#include "folder_lock.h"
#include "operations.h"
#include "reason.h"
#include "rpc_server.h"
#include "service_notify.h"
#include "web_server.h"

namespace dudao::server {
namespace {

constexpr int kThreadsLeast = 4;
constexpr rlim_t kFilesWanted = 65536;
constexpr char kFolderTaken[] = "DATA_DIR_IN_USE";

absl::Status BadOptions(std::string_view detail) {
  return Error(absl::StatusCode::kInvalidArgument, "OPTIONS_INVALID", detail);
}

// Errors of the start are read by a person on a terminal: both languages in the message.
absl::Status InBothLanguages(const absl::Status& status) {
  if (status.ok()) return status;
  const std::string en(status.message());
  absl::Status out(status.code(), absl::StrCat(ChineseOf(status), "\n", en));
  status.ForEachPayload(
      [&](absl::string_view url, const absl::Cord& payload) { out.SetPayload(url, payload); });
  return out;
}

bool IsLoopback(const std::string& listen) {
  return listen.starts_with("127.") || listen.starts_with("localhost:") ||
         listen.starts_with("[::1]:") || listen.starts_with("unix:");
}

// One of the doors is on an open network.
bool IsOpen(const Options& options) {
  return !IsLoopback(options.listen) ||
         (!options.web_listen.empty() && !IsLoopback(options.web_listen));
}

absl::Status CheckOptions(const Options& options) {
  if (options.data_dir.empty()) return BadOptions("data_dir is empty");
  if (options.tls_certificate_file.empty() != options.tls_key_file.empty())
    return BadOptions("TLS needs certificate and key");
  return absl::OkStatus();
}

// "[::1]:7447" -> "::1".
std::string HostOf(const std::string& address) {
  const std::string host = address.substr(0, address.rfind(':'));
  const bool brackets = host.size() > 1 && host.front() == '[' && host.back() == ']';
  return brackets ? host.substr(1, host.size() - 2) : host;
}

struct Tls {
  std::string certificate_file;  // empty: clear text
  std::string key_file;
  std::string own_folder;   // empty: the files are the administrator's
  std::string fingerprint;  // of what clients are to trust
};

// Files that were given; else a certificate of our own where one was made or names are given; else
// clear text, where that is harmless or wanted.
absl::StatusOr<Tls> ChooseTls(const Options& options) {
  Tls tls{options.tls_certificate_file, options.tls_key_file, "", ""};
  const std::string folder = options.data_dir + "/tls";
  if (tls.certificate_file.empty()) {
    std::vector<std::string> names = options.tls_names;
    const std::string& address = options.public_address;
    // Whoever says where tablets find an open server wants them to find it there safely.
    if (IsOpen(options) && !address.empty() && !options.allow_clear_text)
      names.push_back(HostOf(address));
    if (!names.empty() || (HasTls(folder) && !options.allow_clear_text)) {
      if (!HasTls(folder)) {
        for (std::string& name : NamesOfThisMachine()) names.push_back(std::move(name));
      }
      DUDAO_ASSIGN(const TlsFiles files, PrepareTls(folder, names, options.wall_ms()));
      tls = {files.certificate_file, files.key_file, folder, ""};
    } else if (IsOpen(options) && !options.allow_clear_text) {
      return Error(absl::StatusCode::kFailedPrecondition, "CLEAR_TEXT_REFUSED",
                   IsLoopback(options.listen) ? options.web_listen : options.listen);
    }
  }
  if (!options.public_certificate_file.empty()) {
    DUDAO_ASSIGN(const std::string shown, ReadFile(options.public_certificate_file));
    tls.fingerprint = CertificateFingerprint(shown);
    if (tls.fingerprint.empty()) return BadOptions("the proxy's certificate cannot be read");
  }
  if (tls.certificate_file.empty()) return tls;
  DUDAO_ASSIGN(const std::string pem, ReadFile(tls.certificate_file));
  DUDAO_ASSIGN(const std::string key_pem, ReadFile(tls.key_file));
  if (pem.empty() || key_pem.empty()) return BadOptions("a TLS file is missing or empty");
  DUDAO_ASSIGN(const Certificate certificate, Certificate::FromPem(pem));
  DUDAO_ASSIGN(const PrivateKey key, PrivateKey::FromPem(key_pem));
  if (!certificate.Holds(key))
    return Error(absl::StatusCode::kDataLoss, "TLS_FILES_DAMAGED", "not each other's");
  if (tls.fingerprint.empty()) tls.fingerprint = CertificateFingerprint(pem);
  return tls;
}

// Where tablets find this server, as far as its options say; empty where they do not.
std::string PublicAddress(const Options& options, int port) {
  if (!options.public_address.empty()) return options.public_address;
  const std::string host = options.listen.substr(0, options.listen.rfind(':'));
  const bool any = host.empty() || host == "0.0.0.0" || host == "[::]" || host == "unix";
  return any ? std::string() : absl::StrCat(host, ":", port);
}

// One descriptor a connection: the usual 1024 end the service long before its memory does.
void RaiseFileLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= kFilesWanted) return;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, kFilesWanted);
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

class Server::State {
 public:
  absl::Status Start(Options options) {
    if (!options.wall_ms) options.wall_ms = [] { return absl::ToUnixMillis(absl::Now()); };
    DUDAO_TRY(CheckOptions(options));
    options.data_dir = NormalFolder(options.data_dir);
    DUDAO_TRY(MakeFolder(options.data_dir));
    DUDAO_TRY(folder_.Take(options.data_dir, kFolderTaken));
    DUDAO_ASSIGN(const Tls tls, ChooseTls(options));
    DUDAO_ASSIGN(backend_, Backend::Open(options));
    const int threads =
        options.limits.threads > 0
            ? options.limits.threads
            : std::max(kThreadsLeast, static_cast<int>(std::thread::hardware_concurrency()));
    executor_ = std::make_unique<Executor>(threads, options.limits.queue_max);
    DUDAO_ASSIGN(rpc_,
                 RpcServer::Start(RpcOptionsOf(options, tls), backend_->dispatcher(), *executor_));
    backend_->devices().SetAddress({PublicAddress(options, rpc_->port()), tls.fingerprint});
    if (!options.web_listen.empty()) {
      DUDAO_ASSIGN(const WebOptions web, WebOptionsOf(options, tls));
      DUDAO_ASSIGN(web_, WebServer::Start(web, WebPartsOf(options)));
    }
    DUDAO_TRY(StartOperations(options, tls));
    anchor_ = std::make_unique<AnchorKeeper>(options.data_dir, options.wall_ms, backend_->log());
    backend_->admin().RememberBaseMemory();
    operations_->SetServing(true);
    backend_->log().Event("info", "started", absl::StrCat("port ", rpc_->port()));
    return absl::OkStatus();
  }

  int port() const { return rpc_->port(); }
  int web_port() const { return web_ == nullptr ? 0 : web_->port(); }
  int metrics_port() const { return operations_->pages_port(); }

  absl::Status Shutdown(absl::Duration grace) {
    absl::MutexLock lock(&mutex_);
    if (stopped_) return result_;
    operations_->SetServing(false);
    const absl::Time end = absl::Now() + grace;
    rpc_->Shutdown(grace);
    if (web_ != nullptr) web_->Shutdown(std::max(absl::ZeroDuration(), end - absl::Now()));
    executor_->Stop();
    operations_.reset();
    web_.reset();
    result_ = backend_->admin().CheckpointAll();
    anchor_.reset();
    backend_->log().Event("info", "stopped", result_.ok() ? "" : std::string(result_.message()));
    stopped_ = true;
    return result_;
  }

  void Wait() {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(&stopped_));
  }

 private:
  static RpcOptions RpcOptionsOf(const Options& options, const Tls& tls) {
    RpcOptions rpc;
    rpc.listen = options.listen;
    rpc.tls_certificate_file = tls.certificate_file;
    rpc.tls_key_file = tls.key_file;
    rpc.tls_look_every = options.tls_look_every;
    rpc.reflection = options.reflection;
    rpc.message_bytes_max = kMessageBytesMax;
    rpc.receive_max = options.limits.receive_max;
    rpc.call_max = options.limits.call_max;
    rpc.calls_open_max = options.limits.calls_open_max;
    rpc.transport_bytes_max = options.limits.transport_bytes_max;
    return rpc;
  }

  static absl::StatusOr<WebOptions> WebOptionsOf(const Options& options, const Tls& tls) {
    WebOptions web;
    DUDAO_ASSIGN(web.map, ReadWebMap(options.map_file));
    web.listen = options.web_listen;
    web.root = options.web_root;
    web.tls_certificate_file = tls.certificate_file;
    web.tls_key_file = tls.key_file;
    web.tls_look_every = options.tls_look_every;
    web.any_address = options.allow_clear_text;
    web.message_bytes_max = kMessageBytesMax;
    web.body_bytes_max = options.limits.transport_bytes_max / 2;
    web.connections_max = options.limits.web_connections_max;
    web.address_connections_max = options.limits.web_address_connections_max;
    web.streams_max = options.limits.web_streams_max;
    web.receive_max = options.limits.receive_max;
    web.call_max = options.limits.call_max;
    return web;
  }

  WebServer::Parts WebPartsOf(const Options& options) {
    return {backend_->dispatcher(), *executor_,      backend_->auth(), backend_->spaces(),
            backend_->revisions(),  backend_->log(), options.wall_ms};
  }

  absl::Status StartOperations(const Options& options, const Tls& tls) {
    PageOptions pages;
    pages.listen = options.metrics_listen;
    pages.allow_any_address = options.allow_clear_text;
    const auto figures = [this](MetricsText& text) {
      backend_->Figures(text);
      text.Gauge("dudao_calls_open", "Calls under way.", static_cast<double>(rpc_->calls_open()));
      text.Counter("dudao_connections_cut_total", "Connections that sent without ever calling.",
                   static_cast<double>(rpc_->connections_cut()));
      text.Gauge("dudao_calls_waiting", "Calls that wait for a thread.",
                 static_cast<double>(executor_->waiting()));
      if (web_ != nullptr) web_->Figures(text);
    };
    DUDAO_ASSIGN(
        operations_,
        Operations::Start(pages, {backend_->guard(), backend_->log(), options.wall_ms, figures,
                                  tls.certificate_file, tls.own_folder,
                                  [folder = options.data_dir] { return LastBackupMs(folder); }}));
    return absl::OkStatus();
  }

  FolderLock folder_;
  std::unique_ptr<Backend> backend_;
  std::unique_ptr<AnchorKeeper> anchor_;
  std::unique_ptr<Executor> executor_;
  std::unique_ptr<RpcServer> rpc_;
  std::unique_ptr<WebServer> web_;
  std::unique_ptr<Operations> operations_;
  absl::Mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status result_ ABSL_GUARDED_BY(mutex_);
};

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}
Server::~Server() { static_cast<void>(Shutdown()); }

absl::StatusOr<std::unique_ptr<Server>> Server::Start(Options options) {
  auto state = std::make_unique<State>();
  if (absl::Status status = state->Start(std::move(options)); !status.ok())
    return InBothLanguages(status);
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

int Server::port() const { return state_->port(); }
int Server::web_port() const { return state_->web_port(); }
int Server::metrics_port() const { return state_->metrics_port(); }
absl::Status Server::Shutdown(absl::Duration grace) { return state_->Shutdown(grace); }
void Server::Wait() { state_->Wait(); }

absl::StatusOr<std::string> SetUp(const std::string& data_dir, const FirstAdministrator& admin,
                                  int64_t wall_ms) {
  const auto set_up = [&]() -> absl::StatusOr<std::string> {
    Options options;
    if (data_dir.empty()) return BadOptions("data_dir is empty");
    options.data_dir = NormalFolder(data_dir);
    options.log_file = "none";
    options.wall_ms = [wall_ms] { return wall_ms; };
    DUDAO_TRY(MakeFolder(options.data_dir));
    FolderLock folder;
    DUDAO_TRY(folder.Take(options.data_dir, kFolderTaken));
    DUDAO_ASSIGN(const auto backend, Backend::Open(options));
    DUDAO_ASSIGN(std::string password, backend->people().SetUpAdministrator(admin, wall_ms));
    DUDAO_TRY(backend->admin().CheckpointAll());
    return password;
  };
  auto password = set_up();
  if (!password.ok()) return InBothLanguages(password.status());
  return password;
}

absl::Status RunServer(Options options, const std::function<void(const Server&)>& started) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  // Before any thread exists: all of them inherit it, and only the one below waits for them.
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  RaiseFileLimit();
  DUDAO_ASSIGN(const auto server, Server::Start(std::move(options)));
  absl::Status result;
  std::thread waiter([&] {
    int signal = 0;
    sigwait(&signals, &signal);
    std::thread([signals]() mutable {
      int again = 0;
      sigwait(&signals, &again);
      _exit(128 + again);
    }).detach();
    NotifyService("STOPPING=1");
    result = server->Shutdown();
  });
  if (started) started(*server);
  NotifyService(absl::StrCat("READY=1\nSTATUS=port ", server->port()));
  server->Wait();
  waiter.join();
  return result;
}

}  // namespace dudao::server
