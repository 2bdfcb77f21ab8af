// A browser's side of the web door, for tests: HTTP/1.1 with TLS or without, one framed message a
// call.
//
// Blocks, at most twenty seconds a step. One connection an object. Not thread-safe.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace dudao::integration {

using WebFields = std::vector<std::pair<std::string, std::string>>;

struct WebReply {
  int status = 0;                              // 0: there was no answer
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;

  std::string Header(const std::string& name) const;
};

// What came back of a call.
struct WebCallReply {
  int http = 0;
  int status = -1;  // gRPC's; -1: there were no trailers
  std::string message;
  std::string details;  // google.rpc.Status, serialised
  std::string bytes;
};

class WebClient {
 public:
  // To 127.0.0.1. Empty root: clear text; else "localhost" must show a certificate that follows
  // from it.
  explicit WebClient(int port, const std::string& root_pem = "");
  ~WebClient();
  WebClient(WebClient&&) noexcept;
  WebClient& operator=(WebClient&&) noexcept;

  bool connected() const;
  // Over the same connection as long as both sides keep it.
  WebReply Ask(const std::string& method, const std::string& target, const WebFields& fields = {},
               const std::string& body = "");
  // `method`: "/dudao.identity.v1.IdentityService/SignIn".
  WebCallReply Call(const std::string& method, const std::string& message,
                    const WebFields& fields = {});
  // Sends a request and leaves the answer: pieces of it as they come.
  bool Begin(const std::string& method, const std::string& target, const WebFields& fields);
  // Until `wanted` came, or the end; all that came since Begin.
  std::string ReadUntil(const std::string& wanted);
  // One piece more; false at the end.
  bool ReadMore();

 private:
  struct Link;
  std::unique_ptr<Link> link_;
};

// What a message looks like on its way.
std::string WebFrame(const std::string& message);
WebCallReply ReadWebAnswer(const WebReply& reply);

// Sends bytes to a port of this machine and reads until the other side closes, or `seconds` passed.
std::string SendRaw(int port, const std::string& bytes, int seconds = 20);

}  // namespace dudao::integration
