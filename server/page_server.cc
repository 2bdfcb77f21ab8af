#include "page_server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include "dudao/sync/crdt/status_macros.h"
#include "tcp_listener.h"

namespace dudao::server {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using Tcp = asio::ip::tcp;
using ErrorCode = boost::system::error_code;

constexpr unsigned kHeaderBytesMax = 8 << 10;
constexpr unsigned kBodyBytesMax = 1 << 10;
constexpr unsigned kHttp11 = 11;

}  // namespace

// One object; everything but Start and Stop runs on its thread.
class PageServer::State {
 public:
  State(const PageOptions& options, Pages pages) : options_(options), pages_(std::move(pages)) {}
  ~State() { Stop(); }

  absl::Status Start() {
    DUDAO_TRY(listener_.Open(options_.listen, options_.allow_any_address, "metrics address"));
    listener_.Start();
    thread_ = std::thread([this] { io_.run(); });
    return absl::OkStatus();
  }

  void Stop() {
    if (!thread_.joinable()) return;
    io_.stop();
    thread_.join();
    stopped_ = true;
  }

  int port() const { return listener_.port(); }

 private:
  // One connection, kept alive by what it waits for.
  class Visitor : public std::enable_shared_from_this<Visitor> {
   public:
    Visitor(Tcp::socket socket, State& state) : stream_(std::move(socket)), state_(state) {
      ++state_.visitors_;
      parser_.header_limit(kHeaderBytesMax);
      parser_.body_limit(kBodyBytesMax);
    }
    ~Visitor() { state_.Left(); }
    Visitor(const Visitor&) = delete;
    Visitor& operator=(const Visitor&) = delete;

    void Run() {
      // Once for everything that follows: a byte a second does not buy more time.
      stream_.expires_after(
          std::chrono::milliseconds(absl::ToInt64Milliseconds(state_.options_.time_max)));
      http::async_read(
          stream_, buffer_, parser_,
          [self = shared_from_this()](ErrorCode error, size_t) { self->Answer(error); });
    }

   private:
    void Answer(ErrorCode error) {
      if (error) return;  // cut, or no HTTP: there is nobody to talk to
      const auto& request = parser_.get();
      response_.emplace(state_.PageFor(request));
      response_->keep_alive(false);
      http::async_write(stream_, *response_,
                        [self = shared_from_this()](ErrorCode, size_t) { self->Close(); });
    }
    void Close() {
      ErrorCode ignored;
      stream_.socket().shutdown(Tcp::socket::shutdown_send, ignored);
    }

    beast::tcp_stream stream_;
    State& state_;
    beast::flat_buffer buffer_{kHeaderBytesMax + kBodyBytesMax};
    http::request_parser<http::string_body> parser_;
    std::optional<http::response<http::string_body>> response_;
  };

  void Left() {
    --visitors_;
    if (!stopped_) listener_.SomebodyLeft();
  }

  http::response<http::string_body> PageFor(const http::request<http::string_body>& request) {
    Page page{404, "not found\n"};
    const auto target = request.target();
    const std::string path(target.data(), std::min(target.find('?'), target.size()));
    const bool head = request.method() == http::verb::head;
    if (!head && request.method() != http::verb::get) {
      page = {405, "only GET\n"};
    } else if (const auto found = pages_.find(path); found != pages_.end()) {
      page = found->second();
    }
    http::response<http::string_body> response(static_cast<http::status>(page.status), kHttp11);
    response.set(http::field::content_type, "text/plain; version=0.0.4; charset=utf-8");
    response.set(http::field::cache_control, "no-store");
    response.content_length(page.body.size());
    if (!head) response.body() = std::move(page.body);
    return response;
  }

  const PageOptions options_;
  const Pages pages_;
  int visitors_ = 0;
  bool stopped_ = false;  // what is left is only taken apart
  asio::io_context io_{1};
  TcpListener listener_{
      io_,
      {[this] { return visitors_ < options_.connections_max; },
       [this](Tcp::socket socket) { std::make_shared<Visitor>(std::move(socket), *this)->Run(); }}};
  std::thread thread_;
};

PageServer::PageServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
PageServer::~PageServer() = default;
int PageServer::port() const { return state_->port(); }

absl::StatusOr<std::unique_ptr<PageServer>> PageServer::Start(const PageOptions& options,
                                                              Pages pages) {
  auto state = std::make_unique<State>(options, std::move(pages));
  DUDAO_TRY(state->Start());
  return std::unique_ptr<PageServer>(new PageServer(std::move(state)));
}

}  // namespace dudao::server
