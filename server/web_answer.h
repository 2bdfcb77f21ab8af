// An HTTP answer before it is written, and the rules that every answer of the web door keeps.
//
// Pure: knows nothing of sockets. The rules of origin: a browser may only call from a page of this
// same server. There are no CORS headers and no cookies; these checks stand behind that.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dudao::server {

using WebHeaders = std::vector<std::pair<std::string, std::string>>;

struct WebAnswer {
  unsigned status = 200;
  WebHeaders headers;
  std::shared_ptr<const std::string> body;  // null: none
};

// A line of text for whoever reads it.
WebAnswer TextAnswer(unsigned status, std::string text);

// What a page may load and from where. `pictures`: another origin that it may take pictures from;
// empty: none.
std::string ContentPolicy(std::string_view pictures);

// What a browser is told with every answer. `tls`: the connection is encrypted.
const WebHeaders& SafetyHeaders(bool tls);

// Where a request says that it comes from; empty for headers that are absent.
struct WebOrigin {
  std::string_view origin;      // Origin
  std::string_view host;        // Host
  std::string_view fetch_site;  // Sec-Fetch-Site
};

// True where a browser says that a page of another origin sent this.
bool FromElsewhere(const WebOrigin& from, bool tls);

}  // namespace dudao::server
