// The browsers' door of a running server: calls, files, origins, limits, and what no browser sends.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "dudao/identity/v1/identity.pb.h"
#include "dudao/server/names.h"
#include "dudao/server/tls.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "own_server.h"
#include "page.h"
#include "web_client.h"

namespace dudao::integration {
namespace {

namespace fs = std::filesystem;
using testing_support::ReadPage;

constexpr char kInfo[] = "/dudao.admin.v1.AdminService/GetServerInfo";
constexpr char kSignIn[] = "/dudao.identity.v1.IdentityService/SignIn";
constexpr char kWebType[] = "application/grpc-web+proto";

void Put(const std::string& path, const std::string& content) {
  if (const fs::path folder = fs::path(path).parent_path(); !folder.empty())
    fs::create_directories(folder);
  std::ofstream(path, std::ios::binary) << content;
}

std::string ReasonIn(const WebCallReply& reply) {
  google::rpc::Status details;
  google::rpc::ErrorInfo info;
  if (!details.ParseFromString(reply.details)) return "no details";
  for (const auto& detail : details.details()) {
    if (detail.UnpackTo(&info)) return info.reason();
  }
  return "no reason";
}

class WebDoor : public ::testing::Test {
 protected:
  WebDoor()
      : folder_(::testing::UnitTest::GetInstance()->current_test_info()->name()), server_(folder_) {
    fs::remove(folder_ + ".log");
    const std::string root = folder_ + "-web";
    fs::remove_all(root);
    Put(root + "/office/index.html", "<office>");
    Put(root + "/office/assets/main-1a2b.js", "let office;");
    Put(root + "/office/assets/main-1a2b.js.br", "packed");
    Put(root + "/tablet/index.html", "<tablet>");
    Put(root + "/tablet/sw.js", "let worker;");
    Put(folder_ + "-web-secret.txt", "secret");
    server_.options().web_listen = "127.0.0.1:0";
    server_.options().web_root = root;
    server_.options().metrics_listen = "127.0.0.1:0";
  }
  void Start() {
    const absl::Status started = server_.Start();
    ASSERT_TRUE(started.ok()) << started;
  }
  int port() const { return server_.web_port(); }
  WebClient Client() const { return WebClient(port(), root_pem_); }
  std::string SignIn() const { return server_.SignIn(server_.Connect(root_pem_)); }
  WebCallReply Info(const std::string& session) const {
    return Client().Call(kInfo, "", {{server::kSessionMetadata, session}});
  }
  std::string Log() const { return FileText(folder_ + ".log"); }

  const std::string folder_;
  OwnServer server_;
  std::string root_pem_;
};

TEST_F(WebDoor, CarriesCallsAsGrpcDoes) {
  Start();
  WebClient client = Client();
  identity::v1::SignInRequest request;
  request.set_person_id("admin");
  request.set_password("grain-in-ear-2026");
  const WebCallReply signed_in = client.Call(kSignIn, request.SerializeAsString());
  EXPECT_EQ(signed_in.http, 200);
  ASSERT_EQ(signed_in.status, 0) << signed_in.message;
  identity::v1::SignInResponse response;
  ASSERT_TRUE(response.ParseFromString(signed_in.bytes));
  const WebCallReply info =
      client.Call(kInfo, "", {{server::kSessionMetadata, response.session()}});
  ASSERT_EQ(info.status, 0) << info.message;
  admin::v1::GetServerInfoResponse described;
  ASSERT_TRUE(described.ParseFromString(info.bytes));
  EXPECT_FALSE(described.version().empty());
  // The same session serves the other door, and the log and the figures tell the doors apart.
  EXPECT_TRUE(OwnServer::Ask(server_.Connect(""), response.session()).ok());
  const std::string log = Log();
  EXPECT_TRUE(absl::StrContains(log, absl::StrCat("\"method\":\"", kInfo, "\",\"door\":\"web\"")));
  EXPECT_TRUE(absl::StrContains(log, absl::StrCat("\"method\":\"", kInfo, "\",\"door\":\"grpc\"")));
  const std::string page = ReadPage(server_.metrics_port(), "/metrics");
  EXPECT_TRUE(absl::StrContains(page, "dudao_door_calls_total{door=\"web\"} 2\n")) << page;
  EXPECT_TRUE(absl::StrContains(page, "dudao_door_calls_total{door=\"grpc\"} 1\n"));
}

TEST_F(WebDoor, TellsErrorsInTrailersWithReasonAndTexts) {
  Start();
  WebClient client = Client();
  const WebCallReply nobody = client.Call(kInfo, "");
  EXPECT_EQ(nobody.http, 200);
  EXPECT_EQ(nobody.status, 16);
  EXPECT_EQ(ReasonIn(nobody), "SIGN_IN_NEEDED");
  EXPECT_EQ(nobody.message, "Sign in first.");
  const WebCallReply unknown = client.Call("/dudao.admin.v1.AdminService/NoSuch", "");
  EXPECT_EQ(unknown.status, 12);
  EXPECT_EQ(ReasonIn(unknown), "METHOD_UNKNOWN");
  const WebCallReply nonsense =
      ReadWebAnswer(client.Ask("POST", kInfo, {{"Content-Type", kWebType}}, "not a frame at all"));
  EXPECT_EQ(nonsense.status, 3);
  // One connection served all of them.
  EXPECT_TRUE(client.connected());
}

TEST_F(WebDoor, EndsACallAtItsDeadline) {
  Start();
  const WebCallReply late =
      Client().Call(kInfo, "", {{server::kSessionMetadata, SignIn()}, {"grpc-timeout", "0n"}});
  EXPECT_EQ(late.status, 4);
}

TEST_F(WebDoor, DrainsAMessageThatIsTooLargeAndSaysSo) {
  Start();
  WebClient client = Client();
  const std::string most(server::kMessageBytesMax, 'x');
  const WebCallReply allowed = client.Call(kInfo, most, {{server::kSessionMetadata, SignIn()}});
  EXPECT_EQ(allowed.status, 0) << "fields that are not known are none of its business";
  const WebCallReply refused =
      client.Call(kInfo, most + "x", {{server::kSessionMetadata, SignIn()}});
  EXPECT_EQ(refused.status, 8);
  EXPECT_EQ(ReasonIn(refused), "MESSAGE_TOO_LARGE");
  EXPECT_TRUE(client.connected()) << "what follows is served as well";
  EXPECT_EQ(client.Call(kInfo, "").status, 16);
  // Far more, in clear words and in pieces without an end: nobody reads that.
  for (const char* body : {"Content-Length: 999999999999999\r\n\r\nx",
                           "Transfer-Encoding: chunked\r\n\r\nfffffff\r\n"}) {
    const std::string answer =
        SendRaw(port(), absl::StrCat("POST ", kInfo,
                                     " HTTP/1.1\r\nHost: localhost\r\nContent-Type: ", kWebType,
                                     "\r\n", body));
    EXPECT_TRUE(absl::StrContains(answer, "grpc-status: 8")) << answer;
  }
}

TEST_F(WebDoor, ServesFilesWithTheHeadersThatKeepThemSafe) {
  Start();
  WebClient client = Client();
  const WebReply page = client.Ask("GET", "/office/visits/v1");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.body, "<office>");
  EXPECT_TRUE(absl::StrContains(page.Header("content-security-policy"), "default-src 'self'"));
  EXPECT_EQ(page.Header("x-content-type-options"), "nosniff");
  EXPECT_EQ(page.Header("cache-control"), "no-cache");
  EXPECT_EQ(page.Header("access-control-allow-origin"), "");
  EXPECT_EQ(page.Header("set-cookie"), "");
  EXPECT_EQ(page.Header("strict-transport-security"), "") << "not in clear text";
  const WebReply unchanged =
      client.Ask("GET", "/office/", {{"If-None-Match", page.Header("etag")}});
  EXPECT_EQ(unchanged.status, 304);
  EXPECT_EQ(unchanged.body, "");
  const WebReply packed = client.Ask("GET", "/office/assets/main-1a2b.js",
                                     {{"Accept-Encoding", "gzip, deflate, br, zstd"}});
  EXPECT_EQ(packed.body, "packed");
  EXPECT_EQ(packed.Header("content-encoding"), "br");
  EXPECT_TRUE(absl::StrContains(packed.Header("cache-control"), "immutable"));
  const WebReply head = client.Ask("HEAD", "/tablet/sw.js");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.Header("content-length"), "11");
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(client.Ask("GET", "/ping").status, 204);
  EXPECT_EQ(client.Ask("GET", "/").Header("location"), "/office/");
  EXPECT_TRUE(client.connected()) << "all over one connection";
}

TEST_F(WebDoor, NeverServesWhatLiesOutsideItsFolder) {
  Start();
  for (const char* target :
       {"/office/../../x-web-secret.txt", "/office/%2e%2e/%2e%2e/x", "/../x", "//x",
        "/office/..%5c..%5cx", "/office/%00", "/office/assets/../../x", "/office/\\..\\x"}) {
    const std::string answer = SendRaw(
        port(), absl::StrCat("GET ", target, " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
    EXPECT_TRUE(absl::StartsWith(answer, "HTTP/1.1 404") ||
                absl::StartsWith(answer, "HTTP/1.1 400"))
        << target << ": " << answer;
    EXPECT_FALSE(absl::StrContains(answer, "secret")) << target;
  }
}

TEST_F(WebDoor, RefusesCallsFromPagesOfOthers) {
  Start();
  const std::string session = SignIn();
  const std::string own = absl::StrCat("localhost:", port());
  const auto call = [&](const WebFields& fields) {
    WebFields all = {
        {server::kSessionMetadata, session}, {"Content-Type", kWebType}, {"Host", own}};
    all.insert(all.end(), fields.begin(), fields.end());
    return Client().Ask("POST", kInfo, all, WebFrame(""));
  };
  EXPECT_EQ(
      ReadWebAnswer(call({{"Origin", "http://" + own}, {"Sec-Fetch-Site", "same-origin"}})).status,
      0);
  EXPECT_EQ(ReadWebAnswer(call({})).status, 0) << "no browser";
  for (const WebFields& fields :
       {WebFields{{"Origin", "http://evil.example"}}, WebFields{{"Origin", "null"}},
        WebFields{{"Sec-Fetch-Site", "cross-site"}},
        WebFields{{"Origin", "http://" + own}, {"Sec-Fetch-Site", "same-site"}}}) {
    const WebReply refused = call(fields);
    EXPECT_EQ(refused.status, 403);
    EXPECT_EQ(refused.Header("access-control-allow-origin"), "");
  }
  // A form of another page cannot even be of the right kind; a preflight gets no permission.
  EXPECT_EQ(Client().Ask("POST", kInfo, {{"Content-Type", "text/plain"}}, "x").status, 415);
  const WebReply preflight =
      Client().Ask("OPTIONS", kInfo,
                   {{"Origin", "http://evil.example"}, {"Access-Control-Request-Method", "POST"}});
  EXPECT_EQ(preflight.status, 405);
  EXPECT_EQ(preflight.Header("access-control-allow-origin"), "");
}

TEST_F(WebDoor, AnswersPipelinedRequestsInOrder) {
  Start();
  const std::string answer =
      SendRaw(port(),
              "GET /ping HTTP/1.1\r\nHost: x\r\n\r\n"
              "GET /tablet/sw.js HTTP/1.1\r\nHost: x\r\n\r\n"
              "GET /office/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const size_t first = answer.find("204");
  const size_t second = answer.find("let worker;");
  const size_t third = answer.find("<office>");
  ASSERT_NE(third, std::string::npos) << answer;
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
}

TEST_F(WebDoor, GoesOnAfterWhatIsNoRequest) {
  Start();
  std::string garbage;
  for (int i = 0; i < 3000; ++i) garbage += static_cast<char>((i * 7919 + 13) & 0xff);
  const std::string smuggled =
      "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: "
      "chunked\r\n\r\n0\r\n\r\n";
  const std::string large =
      "GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + std::string(20000, 'v') + "\r\n\r\n";
  EXPECT_TRUE(absl::StartsWith(SendRaw(port(), garbage), "HTTP/1.1 400"));
  EXPECT_TRUE(absl::StartsWith(SendRaw(port(), smuggled), "HTTP/1.1 400"));
  EXPECT_TRUE(absl::StartsWith(SendRaw(port(), large), "HTTP/1.1 431"));
  EXPECT_TRUE(absl::StartsWith(SendRaw(port(), "BREW /office/ HTTP/1.1\r\nHost: x\r\n\r\n"),
                               "HTTP/1.1 405"));
  EXPECT_EQ(Client().Ask("GET", "/ping").status, 204);
}

TEST_F(WebDoor, SaysHowToBuildTheAppsWhereThereAreNone) {
  server_.options().web_root = folder_ + "-nowhere";
  Start();
  const WebReply page = Client().Ask("GET", "/office/");
  EXPECT_EQ(page.status, 404);
  EXPECT_TRUE(absl::StrContains(page.body, "make web"));
}

TEST_F(WebDoor, SpeaksTlsWithTheSameCertificate) {
  server_.options().tls_names = {"localhost"};
  Start();
  root_pem_ = server_.RootPem();
  const std::string session = SignIn();
  EXPECT_EQ(Info(session).status, 0);
  const WebReply page = Client().Ask("GET", "/office/");
  EXPECT_EQ(page.body, "<office>");
  EXPECT_TRUE(absl::StrContains(page.Header("strict-transport-security"), "max-age"));
  EXPECT_FALSE(WebClient(port()).Ask("GET", "/ping").status == 204) << "clear text";
}

TEST_F(WebDoor, TakesUpACertificateThatWasReplacedWhileItRuns) {
  constexpr int64_t kDayMs = int64_t{86400} * 1000;
  const int64_t now_ms = absl::ToUnixMillis(absl::Now());
  const auto first = server::PrepareTls("web-one", {"localhost"}, now_ms);
  const auto second = server::PrepareTls("web-two", {"localhost"}, now_ms + kDayMs);
  ASSERT_TRUE(first.ok() && second.ok());
  const std::string old_root = FileText(first->ca_file);
  server_.options().tls_certificate_file = first->certificate_file;
  server_.options().tls_key_file = first->key_file;
  server_.options().tls_look_every = absl::Milliseconds(100);
  Start();
  EXPECT_TRUE(WebClient(port(), old_root).connected());
  // Between the two steps nothing fits together: what was in use stays.
  fs::rename(second->key_file, first->key_file);
  EXPECT_TRUE(WebClient(port(), old_root).connected());
  fs::rename(second->certificate_file, first->certificate_file);
  const absl::Time limit = absl::Now() + absl::Seconds(20);
  const std::string new_root = FileText(second->ca_file);
  while (!WebClient(port(), new_root).connected() && absl::Now() < limit) {
  }
  EXPECT_TRUE(WebClient(port(), new_root).connected());
  EXPECT_FALSE(WebClient(port(), old_root).connected());
}

TEST_F(WebDoor, RefusesClearTextOffLoopbackUnlessToldSo) {
  server_.options().web_listen = "0.0.0.0:0";
  const absl::Status refused = server_.Start();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(absl::StrContains(refused.message(), "明文")) << refused;
  server_.options().allow_clear_text = true;
  Start();
  EXPECT_EQ(Client().Ask("GET", "/ping").status, 204);
}

}  // namespace
}  // namespace dudao::integration
