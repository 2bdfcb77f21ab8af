// A tablet whose core's calls travel as a browser sends them: the same methods, signatures and
// answers as by gRPC. And what open pages hear of it.
#include <gtest/gtest.h>

#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "command_clock.h"
#include "county.h"
#include "dudao/identity/v1/identity.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "session.h"
#include "spaces.h"
#include "sync_loop.h"
#include "tablet.h"
#include "web_client.h"

namespace dudao::integration {
namespace {

constexpr char kNow[] = "2026-09-21T08:00:00+08:00";

// What a page's worker does with a call of the core.
class WebCarrier final : public command::Carrier {
 public:
  explicit WebCarrier(int port) : port_(port), client_(port) {}

  void Carry(const client::v1::OutgoingCall& call, client::v1::DeliverRequest& outcome) override {
    if (!client_.connected()) client_ = WebClient(port_);
    WebFields fields = {{"grpc-timeout", absl::StrCat(call.deadline_ms(), "m")}};
    for (const auto& header : call.headers()) fields.emplace_back(header.name(), header.value());
    const WebCallReply reply = client_.Call(call.method(), call.request(), fields);
    outcome.set_call_id(call.call_id());
    ++calls;
    if (reply.status == 0) {
      outcome.set_response(reply.bytes);
      return;
    }
    client::v1::CallError& error = *outcome.mutable_error();
    error.set_code(reply.status < 0 ? 14 : reply.status);
    error.set_message(reply.message);
    google::rpc::Status details;
    google::rpc::ErrorInfo info;
    if (!details.ParseFromString(reply.details)) return;
    for (const auto& detail : details.details()) {
      if (!detail.UnpackTo(&info)) continue;
      error.set_reason(info.reason());
      error.mutable_metadata()->insert(info.metadata().begin(), info.metadata().end());
    }
  }

  int calls = 0;

 private:
  const int port_;
  WebClient client_;
};

class WebTablet : public ::testing::Test {
 protected:
  WebTablet() { county_.ImportAll(); }
  int WebPort() {
    const std::string address = county_.server().web_address();
    int port = 0;
    EXPECT_TRUE(absl::SimpleAtoi(address.substr(address.rfind(':') + 1), &port)) << address;
    return port;
  }
  // One that a person has opened and enrolled in a browser.
  void Enrol(const std::string& file, const std::string& person, WebCarrier& carrier) {
    command::TabletProfile profile;
    profile.server.target = county_.address();
    profile.device_name = file;
    profile.office_space = command::kOfficeSpace;
    auto tablet = command::Tablet::Open(file, profile, clock_);
    ASSERT_TRUE(tablet.ok()) << tablet.status();
    const absl::Status enrolled = (*tablet)->Enrol(county_.CodeFor(person), carrier);
    ASSERT_TRUE(enrolled.ok()) << enrolled;
  }
  void Sync(const std::string& file, WebCarrier& carrier) {
    const auto profile = command::LoadProfile(file);
    ASSERT_TRUE(profile.ok()) << profile.status();
    auto tablet = command::Tablet::Open(file, *profile, clock_);
    ASSERT_TRUE(tablet.ok()) << tablet.status();
    client::v1::BeginSyncRequest request;
    *request.mutable_spaces() = (*tablet)->Identity()->spaces();
    request.set_include_blobs(true);
    const auto synced = command::RunSync((*tablet)->core(), request, carrier);
    ASSERT_TRUE(synced.ok()) << synced.status();
    EXPECT_TRUE(synced->finished.ok()) << synced->finished.DebugString();
  }
  std::string SessionOf(const std::string& person) {
    const auto session = command::LoadSession(county_.SessionOf(person));
    EXPECT_TRUE(session.ok()) << session.status();
    return session.ok() ? session->token : std::string();
  }

  OwnFolder folder_;
  County county_{"server", kNow};
  command::CommandClock clock_ = *command::CommandClock::StartingAt(kNow);
};

TEST_F(WebTablet, EnrolsAndSyncsThroughTheBrowsersDoor) {
  WebCarrier carrier(WebPort());
  Enrol("web.db", "p07", carrier);
  const TerminalTablet here("web.db", kNow);
  Sync("web.db", carrier);
  const auto visit =
      here.DoOk({"new-visit", "140824103200", "--inspector", "p08"}).last().at("temp_no");
  const std::string photo = WritePhoto("photo.jpg", 7, 300'000);
  here.DoOk({"edit", visit, "findings[f1].problem=台账与公示不一致"});
  const int before = carrier.calls;
  Sync("web.db", carrier);
  EXPECT_GT(carrier.calls, before);

  // The office and a tablet that speaks gRPC see the same.
  const auto listed = county_.DoOk("p21", {"review", "list", "--team", "D2"});
  ASSERT_FALSE(listed.lines.empty());
  EXPECT_TRUE(absl::StrContains(listed.last().dump(), visit.get<std::string>())) << listed.last();
  TerminalTablet other("grpc.db", kNow);
  other.Enrol(county_, "p08");
  other.DoOk({"sync"});
  EXPECT_EQ(other.TeamDigest(), here.TeamDigest());
  EXPECT_EQ(here.TeamDigest(), ServerDigest(county_.office(), "team-d2-2026"));
}

TEST_F(WebTablet, IsToldItsClockIsWrongAndTriesAgainByItself) {
  WebCarrier carrier(WebPort());
  Enrol("web.db", "p07", carrier);
  clock_.Shift(int64_t{3} * 3600 * 1000);
  Sync("web.db", carrier);
}

// --- news -----------------------------------------------------------------------------------

uint64_t LastRevision(const std::string& stream) {
  constexpr char kData[] = "data: {\"revision\":";
  const size_t at = stream.rfind(kData);
  uint64_t revision = 0;
  if (at == std::string::npos) return 0;
  const std::string digits = stream.substr(at + sizeof kData - 1);
  EXPECT_TRUE(absl::SimpleAtoi(digits.substr(0, digits.find('}')), &revision)) << digits;
  return revision;
}

// The revision after `than`.
uint64_t Newer(WebClient& page, uint64_t than) {
  uint64_t revision = LastRevision(page.ReadUntil("}\n\n"));
  while (revision <= than && page.ReadMore()) revision = LastRevision(page.ReadUntil("}\n\n"));
  return revision;
}

size_t TimesTold(WebClient& page) {
  const std::string all = page.ReadUntil("}\n\n");
  size_t times = 0;
  for (size_t at = 0; (at = all.find("data: {", at)) != std::string::npos; ++at) ++times;
  return times;
}

TEST_F(WebTablet, OpenPagesHearOfWhatTheyMaySee) {
  WebCarrier carrier(WebPort());
  Enrol("web.db", "p07", carrier);
  Sync("web.db", carrier);
  const std::string session = SessionOf("p21");
  const std::string other_team = SessionOf("p01");
  WebClient office(WebPort());
  WebClient stranger(WebPort());
  ASSERT_TRUE(office.Begin("POST", "/events", {{"dudao-session", session}}));
  ASSERT_TRUE(stranger.Begin("POST", "/events", {{"dudao-session", other_team}}));
  const uint64_t first = Newer(office, 0);
  const uint64_t strangers_first = Newer(stranger, 0);
  EXPECT_TRUE(absl::StrContains(office.ReadUntil("\n\n"), "text/event-stream"));
  EXPECT_GT(first, 0u);

  // What team D2 writes is none of team D1's.
  TerminalTablet("web.db", kNow).DoOk({"new-visit", "140824103200", "--inspector", "p08"});
  Sync("web.db", carrier);
  const uint64_t second = Newer(office, first);
  EXPECT_GT(second, first);
  // What the office writes is everybody's.
  county_.DoOk("admin", {"import", "holidays", DataFolder() + "/holidays-2026.csv"});
  EXPECT_GT(Newer(stranger, strangers_first), second);
  EXPECT_EQ(TimesTold(stranger), 2u) << "at the beginning, and of the office's import";

  // A second page of the same session takes the place of the first.
  WebClient again(WebPort());
  ASSERT_TRUE(again.Begin("POST", "/events", {{"dudao-session", session}}));
  EXPECT_GT(Newer(again, 0), second);
  EXPECT_TRUE(absl::StrContains(office.ReadUntil("\r\n0\r\n\r\n"), "\r\n0\r\n\r\n"));
}

TEST_F(WebTablet, NewsAreForWhoSignedInOnly) {
  WebClient client(WebPort());
  EXPECT_EQ(client.Ask("POST", "/events").status, 401);
  EXPECT_EQ(client.Ask("POST", "/events", {{"dudao-session", std::string(43, 'x')}}).status, 401);
  EXPECT_EQ(client.Ask("GET", "/events?session=x").status, 404);
  // Signing out ends the stream.
  const std::string session = SessionOf("p21");
  WebClient page(WebPort());
  ASSERT_TRUE(page.Begin("POST", "/events", {{"dudao-session", session}}));
  page.ReadUntil("}\n\n");
  EXPECT_EQ(
      WebClient(WebPort())
          .Call("/dudao.identity.v1.IdentityService/SignOut", "", {{"dudao-session", session}})
          .status,
      0);
  EXPECT_EQ(client.Ask("POST", "/events", {{"dudao-session", session}}).status, 401);
  county_.DoOk("admin", {"import", "holidays", DataFolder() + "/holidays-2026.csv"});
  EXPECT_TRUE(absl::StrContains(page.ReadUntil("\r\n0\r\n\r\n"), "\r\n0\r\n\r\n"));
}

}  // namespace
}  // namespace dudao::integration
