#include "web_http.h"

namespace dudao::server {
namespace {

constexpr unsigned kHttp11 = 11;
constexpr unsigned kNoContent = 204;
constexpr unsigned kNotModified = 304;

}  // namespace

WebResponse ToResponse(const WebAnswer& answer, bool tls, bool head) {
  WebResponse response(static_cast<http::status>(answer.status), kHttp11);
  for (const auto& [name, value] : SafetyHeaders(tls)) response.set(name, value);
  for (const auto& [name, value] : answer.headers) response.set(name, value);
  if (answer.status != kNoContent && answer.status != kNotModified)
    response.content_length(SharedBody::size(answer.body));
  if (!head) response.body() = answer.body;
  return response;
}

}  // namespace dudao::server
