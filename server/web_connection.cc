#include "web_connection.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include "permission.h"
#include "reason.h"
#include "web_frames.h"
#include "web_http.h"
#include "web_route.h"

namespace dudao::server {
namespace {

constexpr size_t kBufferMax = 64 << 10;
constexpr uint32_t kHeadBytesMax = 16 << 10;
// A body above the limit is read to its end, so that the caller reads the answer; but not more.
constexpr size_t kDrainMax = 32 << 20;
constexpr absl::Duration kLinger = absl::Seconds(2);

bool IsHttp(ErrorCode error) {
  return error.category() == http::make_error_code(http::error::end_of_stream).category();
}

using Plain = beast::tcp_stream;
using Encrypted = beast::ssl_stream<beast::tcp_stream>;

template <typename Socket>
class WebConnection final : public WebCrowd::Guest,
                            public LiveStreams::Stream,
                            public std::enable_shared_from_this<WebConnection<Socket>> {
 public:
  static constexpr bool kTls = std::is_same_v<Socket, Encrypted>;

  template <typename... Given>
  WebConnection(WebDoor& door, std::shared_ptr<asio::ssl::context> tls, Given&&... given)
      : door_(door), tls_(std::move(tls)), stream_(std::forward<Given>(given)...) {
    ErrorCode error;
    const auto endpoint = lowest().socket().remote_endpoint(error);
    if (!error) address_ = AddressIn(endpoint);
    lowest().socket().set_option(Tcp::no_delay(true), error);
  }
  ~WebConnection() override {
    door_.crowd.Left(*this);
    ReturnBytes();
  }

  void Run() {
    if (!door_.crowd.Enter(this->shared_from_this(), IsHere(address_) ? "" : address_)) return;
    door_.crowd.Waits(*this);
    OnStrand([](WebConnection& self) { self.Begin(); });
  }

  void Leave() override {
    OnStrand([](WebConnection& self) { self.Abandon(); });
  }
  void Tell(uint64_t revision) override {
    OnStrand([revision](WebConnection& self) {
      self.news_ = absl::StrCat("data: {\"revision\":", revision, "}\n\n");
      self.SendNews();
    });
  }
  void Beat() override {
    OnStrand([](WebConnection& self) {
      if (self.news_.empty()) self.news_ = ": beat\n\n";
      self.SendNews();
    });
  }
  void End() override {
    OnStrand([](WebConnection& self) {
      self.last_news_ = true;
      self.SendNews();
    });
  }

 private:
  using Self = std::shared_ptr<WebConnection>;
  using Step = void (WebConnection::*)(ErrorCode, size_t);

  Plain& lowest() { return beast::get_lowest_layer(stream_); }
  template <typename Action>
  void OnStrand(Action action) {
    asio::post(stream_.get_executor(),
               [self = this->shared_from_this(), action] { action(*self); });
  }
  auto Then(Step step) {
    return [self = this->shared_from_this(), step](ErrorCode error, size_t bytes = 0) {
      ((*self).*step)(error, bytes);
    };
  }

  void Begin() {
    if constexpr (kTls) {
      lowest().expires_after(Chrono(door_.options.head_max));
      stream_.async_handshake(asio::ssl::stream_base::server,
                              [self = this->shared_from_this()](ErrorCode error) {
                                if (!error) self->ReadHead(true);
                              });
    } else {
      ReadHead(true);
    }
  }

  // `first`: of this connection. Later ones may let us wait for their first byte.
  void ReadHead(bool first) {
    if (door_.closing.load()) return Close();
    door_.crowd.Waits(*this);
    parser_.emplace();
    parser_->header_limit(kHeadBytesMax);
    parser_->body_limit(kDrainMax);
    if (!first && buffer_.size() == 0) {
      lowest().expires_after(Chrono(door_.options.idle_max));
      return stream_.async_read_some(buffer_.prepare(kHeadBytesMax),
                                     Then(&WebConnection::FirstBytes));
    }
    lowest().expires_after(Chrono(door_.options.head_max));
    http::async_read_header(stream_, buffer_, *parser_, Then(&WebConnection::HeadRead));
  }
  void FirstBytes(ErrorCode error, size_t bytes) {
    buffer_.commit(bytes);
    if (error) return Close();
    lowest().expires_after(Chrono(door_.options.head_max));
    http::async_read_header(stream_, buffer_, *parser_, Then(&WebConnection::HeadRead));
  }

  void HeadRead(ErrorCode error, size_t) {
    if (error == http::error::header_limit) return SendLast(TextAnswer(431, "headers too large\n"));
    if (error == http::error::end_of_stream || error == http::error::partial_message)
      return Close();
    if (error == http::error::body_limit) return RefuseUnread();
    if (IsHttp(error)) return SendLast(TextAnswer(400, "not HTTP\n"));
    if (error) return;  // cut, or gone
    Route();
  }

  const WebRequest& request() const { return parser_->get(); }

  void Route() {
    const WebRoute route = RouteOf(request(), door_.files, kTls);
    switch (route.step) {
      case WebStep::kAnswer:
        return Send(route.answer, route.head_only);
      case WebStep::kRefuse:
        return SendLast(route.answer);
      case WebStep::kCall:
        TakeIncoming();
        return ReadBody();
      case WebStep::kNews:
        TakeIncoming();
        return AskForNews();
    }
  }

  void TakeIncoming() {
    incoming_ =
        IncomingOf(request(), address_, lowest().socket().native_handle(), door_.options.call_max);
  }

  void ReadBody() {
    const auto announced = parser_->content_length();
    const size_t most = door_.options.message_bytes_max + kFrameHeadBytes;
    const size_t bytes =
        announced ? static_cast<size_t>(std::min<uint64_t>(*announced, most)) : most;
    lowest().expires_after(
        Chrono(TimeFor(bytes, door_.options.head_max, door_.options.receive_max)));
    refusal_ = absl::OkStatus();
    if (announced && *announced > most) refusal_ = TooLarge();
    ReadMore();
  }
  void ReadMore() {
    if (parser_->is_done()) return BodyRead();
    http::async_read_some(stream_, buffer_, *parser_, Then(&WebConnection::MoreRead));
  }
  void MoreRead(ErrorCode error, size_t) {
    if (error == http::error::body_limit) return RefuseUnread();
    if (IsHttp(error)) return SendLast(TextAnswer(400, "not HTTP\n"));
    if (error) return;
    std::string& body = parser_->get().body();
    if (refusal_.ok() && body.size() > door_.options.message_bytes_max + kFrameHeadBytes)
      refusal_ = TooLarge();
    if (refusal_.ok() && !HoldBytes(body.size()))
      refusal_ = Error(absl::StatusCode::kResourceExhausted, "SERVER_BUSY");
    if (!refusal_.ok()) {
      body.clear();
      body.shrink_to_fit();
      ReturnBytes();
    }
    ReadMore();
  }
  // More than is even thrown away.
  void RefuseUnread() {
    if (incoming_.method.empty()) TakeIncoming();
    SendOutcome(door_.dispatcher.Refuse(incoming_, TooLarge()), false);
  }
  static absl::Status TooLarge() {
    return Error(absl::StatusCode::kResourceExhausted, "MESSAGE_TOO_LARGE");
  }
  // False where all bodies together would be too much.
  bool HoldBytes(size_t bytes) {
    const size_t before = door_.body_bytes.fetch_add(bytes - held_bytes_);
    const size_t grown = bytes - held_bytes_;
    held_bytes_ = bytes;
    return before + grown <= door_.options.body_bytes_max;
  }
  void ReturnBytes() { door_.body_bytes.fetch_sub(std::exchange(held_bytes_, 0)); }

  void BodyRead() {
    if (!refusal_.ok()) return SendOutcome(door_.dispatcher.Refuse(incoming_, refusal_), true);
    auto message = TakeMessage(std::move(parser_->get().body()));
    if (!message.ok())
      return SendOutcome(door_.dispatcher.Refuse(incoming_, message.status()), true);
    incoming_.bytes = *std::move(message);
    RunOnExecutor([](WebConnection& self) { return self.door_.dispatcher.Run(self.incoming_); },
                  [](WebConnection& self, const Outcome& outcome) {
                    self.ReturnBytes();
                    self.SendOutcome(outcome, true);
                  });
  }

  // `work` on a handler's thread, then `done` here. Nothing else happens meanwhile.
  template <typename Work, typename Done>
  void RunOnExecutor(Work work, Done done) {
    door_.crowd.Works(*this);
    lowest().expires_never();
    door_.running.fetch_add(1);
    const auto run = [self = this->shared_from_this(), work, done]() mutable {
      auto outcome = std::make_shared<const Outcome>(work(*self));
      Socket& stream = self->stream_;
      asio::post(stream.get_executor(), [self = std::move(self), outcome, done] {
        self->door_.running.fetch_sub(1);
        done(*self, *outcome);
      });
    };
    // In this order: whoever closes the door waits for what is running.
    if (!door_.closing.load() && door_.executor.Submit(run)) return;
    door_.running.fetch_sub(1);
    done(*this, door_.dispatcher.Refuse(
                    incoming_, Error(absl::StatusCode::kResourceExhausted, "SERVER_BUSY")));
  }

  void SendOutcome(const Outcome& outcome, bool read_all) {
    WebAnswer answer;
    answer.headers = {{"Content-Type", "application/grpc-web+proto"},
                      {"Cache-Control", "no-store"}};
    answer.body = std::make_shared<const std::string>(AnswerBody(outcome));
    incoming_ = {};
    if (read_all) {
      Send(answer, false);
    } else {
      SendLast(answer);
    }
  }

  void SendLast(const WebAnswer& answer) {
    last_ = true;
    Send(answer, false);
  }
  void Send(const WebAnswer& answer, bool head) {
    // What follows a body that nobody read cannot be told from it.
    if (!parser_->is_done() || !request().keep_alive() || door_.closing.load()) last_ = true;
    response_.emplace(ToResponse(answer, kTls, head));
    response_->keep_alive(!last_);
    door_.pages.fetch_add(1, std::memory_order_relaxed);
    door_.crowd.Waits(*this);
    lowest().expires_after(Chrono(
        TimeFor(SharedBody::size(answer.body), door_.options.head_max, door_.options.call_max)));
    http::async_write(stream_, *response_, Then(&WebConnection::Sent));
  }
  void Sent(ErrorCode error, size_t) {
    response_.reset();
    if (error) return Abandon();
    if (last_) return Close();
    ReadHead(false);
  }

  // --- news ---------------------------------------------------------------------------------
  void AskForNews() {
    if (!parser_->is_done()) return SendLast(TextAnswer(400, "no body is expected\n"));
    session_ = incoming_.credentials.session;
    RunOnExecutor(
        [](WebConnection& self) {
          Outcome outcome = self.door_.dispatcher.Enter(self.incoming_, EventsRule());
          if (outcome.status.ok() &&
              !self.door_.streams.Join(self.shared_from_this(), self.session_))
            outcome.status = Error(absl::StatusCode::kResourceExhausted, "SERVER_BUSY");
          return outcome;
        },
        [](WebConnection& self, const Outcome& outcome) {
          if (outcome.status.ok()) return self.BeginNews();
          const unsigned status = absl::IsUnauthenticated(outcome.status)    ? 401
                                  : absl::IsPermissionDenied(outcome.status) ? 403
                                                                             : 429;
          self.Send(TextAnswer(status, absl::StrCat(ReasonOf(outcome.status), "\n")), false);
        });
  }
  void BeginNews() {
    news_head_.emplace(http::status::ok, 11);
    for (const auto& [name, value] : SafetyHeaders(kTls)) news_head_->set(name, value);
    news_head_->set(http::field::content_type, "text/event-stream");
    news_head_->set(http::field::cache_control, "no-store");
    news_head_->set("X-Accel-Buffering", "no");
    news_head_->keep_alive(false);
    news_head_->chunked(true);
    news_serializer_.emplace(*news_head_);
    sending_ = true;
    // Nobody says anything more here: whatever comes, or the end, is the end.
    lowest().expires_never();
    stream_.async_read_some(buffer_.prepare(1), Then(&WebConnection::NewsLeft));
    lowest().expires_after(Chrono(door_.options.head_max));
    http::async_write_header(stream_, *news_serializer_, Then(&WebConnection::NewsSent));
  }
  void NewsLeft(ErrorCode, size_t) { Abandon(); }
  void NewsSent(ErrorCode error, size_t) {
    sending_ = false;
    if (error || ended_) return Abandon();
    lowest().expires_never();
    SendNews();
  }
  void SendNews() {
    if (sending_ || ended_ || !news_serializer_ || (news_.empty() && !last_news_)) return;
    chunk_ = std::exchange(news_, {});
    sending_ = true;
    lowest().expires_after(Chrono(door_.options.head_max));
    if (last_news_) {
      ended_ = true;
      door_.streams.Leave(*this);
      return asio::async_write(stream_, http::make_chunk_last(), Then(&WebConnection::NewsSent));
    }
    asio::async_write(stream_, http::make_chunk(asio::const_buffer(chunk_.data(), chunk_.size())),
                      Then(&WebConnection::NewsSent));
  }

  // --- the end ------------------------------------------------------------------------------
  // At once, whatever the other end thinks.
  void Abandon() {
    door_.streams.Leave(*this);
    ErrorCode ignored;
    lowest().socket().close(ignored);
  }
  // Says that nothing more comes, and reads a little of what still does: a socket that is closed
  // with bytes unread takes back what was written.
  void Close() {
    door_.streams.Leave(*this);
    lowest().expires_after(Chrono(kLinger));
    if constexpr (kTls) {
      stream_.async_shutdown([self = this->shared_from_this()](ErrorCode) { self->Abandon(); });
    } else {
      ErrorCode error;
      lowest().socket().shutdown(Tcp::socket::shutdown_send, error);
      if (error) return Abandon();
      Linger({}, 0);
    }
  }
  void Linger(ErrorCode error, size_t bytes) {
    lingered_ += bytes;
    if (error || lingered_ > kDrainMax) return Abandon();
    buffer_.clear();
    stream_.async_read_some(buffer_.prepare(kBufferMax), Then(&WebConnection::Linger));
  }

  WebDoor& door_;
  const std::shared_ptr<asio::ssl::context> tls_;
  Socket stream_;
  std::string address_;
  beast::flat_buffer buffer_{kBufferMax};
  std::optional<http::request_parser<http::string_body>> parser_;
  std::optional<WebResponse> response_;
  Incoming incoming_;
  absl::Status refusal_;
  size_t lingered_ = 0;
  size_t held_bytes_ = 0;
  bool last_ = false;
  // News.
  std::string session_;
  std::optional<http::response<http::empty_body>> news_head_;
  std::optional<http::response_serializer<http::empty_body>> news_serializer_;
  std::string news_;
  std::string chunk_;
  bool sending_ = false;
  bool last_news_ = false;
  bool ended_ = false;
};

}  // namespace

void ServeConnection(WebDoor& door, Tcp::socket socket, std::shared_ptr<asio::ssl::context> tls) {
  if (tls == nullptr) {
    std::make_shared<WebConnection<Plain>>(door, nullptr, std::move(socket))->Run();
  } else {
    asio::ssl::context& context = *tls;
    std::make_shared<WebConnection<Encrypted>>(door, std::move(tls), std::move(socket), context)
        ->Run();
  }
}

}  // namespace dudao::server
