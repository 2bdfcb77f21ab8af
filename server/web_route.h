// What a request at the web door is about, and what it brings along.
//
// Decides from the head alone; the body follows where it is a call. Does not read or write.
// Functions without state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "dispatcher.h"
#include "web_answer.h"
#include "web_files.h"
#include "web_http.h"

namespace dudao::server {

enum class WebStep : uint8_t {
  kAnswer,  // it is answered
  kRefuse,  // the same, and the connection ends
  kCall,    // the body is a message for the dispatcher
  kNews,    // the caller wants to follow the changes
};

struct WebRoute {
  WebStep step = WebStep::kRefuse;
  WebAnswer answer;
  bool head_only = false;
};

WebRoute RouteOf(const WebRequest& request, WebFiles& files, bool tls);

// Of a call without its bytes. `address`: of the connection's other end. `fd`: its socket, asked
// whether the caller still waits; the caller of this keeps it open as long as the Incoming.
Incoming IncomingOf(const WebRequest& request, const std::string& address, int fd,
                    absl::Duration call_max);

// The address without port, as limits count it; and whether it is this machine.
std::string AddressIn(const Tcp::endpoint& endpoint);
bool IsHere(const std::string& address);

// How long so many bytes may take, either way: whoever is slower than 1 KiB/s does not get further.
absl::Duration TimeFor(size_t bytes, absl::Duration least, absl::Duration most);

}  // namespace dudao::server
