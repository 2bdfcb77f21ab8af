// The pieces of Boost.Beast that the web door speaks HTTP with, named once.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/optional.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>  // NOLINT: before asio, whose awaitable.hpp forgets it

#include "absl/time/time.h"
#include "web_answer.h"

namespace dudao::server {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using Tcp = asio::ip::tcp;
using ErrorCode = boost::system::error_code;

// A body that several answers may share.
struct SharedBody {
  using value_type = std::shared_ptr<const std::string>;
  static uint64_t size(const value_type& body) { return body == nullptr ? 0 : body->size(); }
  class writer {
   public:
    using const_buffers_type = asio::const_buffer;
    template <bool is_request, typename Fields>
    writer(const http::header<is_request, Fields>&, const value_type& body) : body_(body) {}
    static void init(ErrorCode& error) { error = {}; }
    boost::optional<std::pair<const_buffers_type, bool>> get(ErrorCode& error) const {
      error = {};
      if (body_ == nullptr) return boost::none;
      return {{const_buffers_type(body_->data(), body_->size()), false}};
    }

   private:
    const value_type& body_;
  };
};

using WebRequest = http::request<http::string_body>;
using WebResponse = http::response<SharedBody>;

// The value of a header; empty where it is absent.
template <typename Name>
std::string_view HeaderOf(const WebRequest& request, Name name) {
  const auto value = request[name];
  return {value.data(), value.size()};
}

// `head`: the caller wants the head only.
WebResponse ToResponse(const WebAnswer& answer, bool tls, bool head);

inline std::chrono::milliseconds Chrono(absl::Duration duration) {
  return std::chrono::milliseconds(absl::ToInt64Milliseconds(duration));
}

}  // namespace dudao::server
