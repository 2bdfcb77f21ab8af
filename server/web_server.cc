#include "web_server.h"

#include <array>
#include <exception>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "dudao/sync/crdt/status_macros.h"
#include "tcp_listener.h"
#include "tls_context.h"
#include "web_connection.h"
#include "web_http.h"

namespace dudao::server {
namespace {

constexpr size_t kThreads = 2;
// Changes that come in quick succession are told once.
constexpr absl::Duration kGather = absl::Milliseconds(100);
constexpr absl::Duration kLookAgain = absl::Milliseconds(20);

}  // namespace

class WebServer::State {
 public:
  State(const WebOptions& options, Parts parts)
      : parts_(std::move(parts)),
        door_(options, parts_),
        tls_(options.tls_certificate_file, options.tls_key_file) {}

  absl::Status Start() {
    const bool encrypted = !door_.options.tls_certificate_file.empty();
    if (encrypted) DUDAO_TRY(tls_.Look());
    DUDAO_TRY(listener_.Open(door_.options.listen, encrypted || door_.options.any_address,
                             "web address"));
    listener_.Start();
    if (encrypted) Repeat(tls_timer_, door_.options.tls_look_every, [this] { LookAtFiles(); });
    Repeat(beat_timer_, door_.options.beat_every,
           [this] { OnExecutor([](LiveStreams& streams) { streams.Beat(); }); });
    parts_.revisions.SetWake([this] { asio::post(strand_, [this] { Gather(kGather); }); });
    for (std::thread& thread : threads_) thread = std::thread([this] { Run(); });
    return absl::OkStatus();
  }

  void Stop(absl::Duration grace) {
    if (!threads_.front().joinable()) return;
    parts_.revisions.SetWake(nullptr);
    door_.closing.store(true);
    listener_.Close();
    door_.streams.EndAll();
    const absl::Time end = absl::Now() + grace;
    while (door_.running.load() > 0 && absl::Now() < end) absl::SleepFor(kLookAgain);
    door_.crowd.Close();
    // Handlers end by themselves; what they answer finds nobody.
    while (door_.running.load() > 0) absl::SleepFor(kLookAgain);
    io_.stop();
    for (std::thread& thread : threads_) thread.join();
    door_.streams.Clear();
  }

  int port() const { return listener_.port(); }

  void Figures(MetricsText& text) const {
    text.Gauge("dudao_web_connections", "Connections of browsers.",
               static_cast<double>(door_.crowd.count()));
    text.Gauge("dudao_web_streams", "Pages that follow the changes.",
               static_cast<double>(door_.streams.count()));
    text.Gauge("dudao_web_calls_open", "Calls of browsers that wait for a thread or have one.",
               static_cast<double>(door_.running.load()));
    text.Counter("dudao_web_answers_total", "Answers to browsers, pages and files included.",
                 static_cast<double>(door_.pages.load()));
    text.Begin("dudao_web_connections_ended_total", MetricsText::Kind::kCounter,
               "Connections that found no place, or gave theirs to others.");
    text.Value(static_cast<double>(door_.crowd.refused()), {{"why", "refused"}});
    text.Value(static_cast<double>(door_.crowd.displaced()), {{"why", "displaced"}});
  }

 private:
  // No memory for what somebody sends ends that connection, not the process.
  void Run() {
    while (true) {
      try {
        io_.run();
        return;
      } catch (const std::exception& error) {
        parts_.log.Event("error", "web_connection_failed", error.what());
      }
    }
  }

  void Repeat(asio::steady_timer& timer, absl::Duration every,
              const std::function<void()>& action) {
    timer.expires_after(Chrono(every));
    timer.async_wait([this, &timer, every, action](ErrorCode error) {
      if (error) return;
      action();
      Repeat(timer, every, action);
    });
  }

  void LookAtFiles() {
    if (const absl::Status status = tls_.Look(); !status.ok())
      parts_.log.Event("error", "web_tls_not_taken_up", std::string(status.message()));
  }

  // False where the executor has no place.
  bool OnExecutor(void (*work)(LiveStreams&)) {
    door_.running.fetch_add(1);
    const bool taken = !door_.closing.load() && door_.executor.Submit([this, work] {
      work(door_.streams);
      door_.running.fetch_sub(1);
    });
    if (!taken) door_.running.fetch_sub(1);
    return taken;
  }

  void Gather(absl::Duration pause) {
    if (gathering_) return;
    gathering_ = true;
    gather_timer_.expires_after(Chrono(pause));
    gather_timer_.async_wait([this](ErrorCode error) {
      gathering_ = false;
      if (error || OnExecutor([](LiveStreams& streams) { streams.Deliver(); })) return;
      Gather(absl::Seconds(1));
    });
  }

  const Parts parts_;
  WebDoor door_;
  TlsContext tls_;
  asio::io_context io_{static_cast<int>(kThreads)};
  asio::strand<asio::io_context::executor_type> strand_ = asio::make_strand(io_);
  asio::steady_timer tls_timer_{strand_};
  asio::steady_timer beat_timer_{strand_};
  asio::steady_timer gather_timer_{strand_};
  bool gathering_ = false;
  TcpListener listener_{io_,
                        {[] { return true; },
                         [this](Tcp::socket socket) {
                           const bool encrypted = !door_.options.tls_certificate_file.empty();
                           ServeConnection(door_, std::move(socket),
                                           encrypted ? tls_.Current() : nullptr);
                         }}};
  std::array<std::thread, kThreads> threads_;
};

WebServer::WebServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
WebServer::~WebServer() { Shutdown(absl::ZeroDuration()); }

absl::StatusOr<std::unique_ptr<WebServer>> WebServer::Start(const WebOptions& options,
                                                            Parts parts) {
  auto state = std::make_unique<State>(options, std::move(parts));
  DUDAO_TRY(state->Start());
  return std::unique_ptr<WebServer>(new WebServer(std::move(state)));
}

int WebServer::port() const { return state_->port(); }
void WebServer::Figures(MetricsText& text) const { state_->Figures(text); }
void WebServer::Shutdown(absl::Duration grace) { state_->Stop(grace); }

}  // namespace dudao::server
