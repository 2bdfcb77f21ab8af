#include "dudao/sync/log/exchange.h"

#include <gtest/gtest.h>

#include "dudao/sync/v1/sync.pb.h"
#include "memory_log.h"
#include "workload.h"

namespace dudao::sync {
namespace {

using namespace dudao::testing;  // NOLINT: shorthands for operations

constexpr int64_t kNow = 1'790'000'000'000;

// Runs an exchange to its end over a perfect link.
ExchangeTotals Exchange(MemoryLog& client, MemoryLog& server, ExchangeOptions options = {},
                        IngestPolicy policy = nullptr) {
  Initiator initiator(client, std::move(options));
  for (int round = 0; round < 1000; ++round) {
    auto request = initiator.Next(kNow);
    EXPECT_TRUE(request.ok()) << request.status();
    if (!request.ok() || !*request) break;
    const auto reply = Respond(server, **request, {policy, 4 << 20, kNow});
    EXPECT_TRUE(reply.ok()) << reply.status();
    if (!reply.ok()) break;
    const absl::Status received = initiator.Receive(reply->response);
    EXPECT_TRUE(received.ok()) << received;
    if (!received.ok()) break;
  }
  return initiator.totals();
}

class ExchangeTest : public ::testing::Test {
 protected:
  MemoryLog alice_{'A', "team-2", ""};
  MemoryLog bob_{'B', "team-2", ""};
  MemoryLog server_{'S', "team-2", "history1"};
};

TEST_F(ExchangeTest, PushesAndPullsInOneRoundTrip) {
  bob_.Commit({SetText(Rec("b"), 2, "bob")});
  Exchange(bob_, server_);
  alice_.Commit({SetText(Rec("a"), 2, "alice")});
  const ExchangeTotals totals = Exchange(alice_, server_);
  EXPECT_EQ(totals.rounds, 1u);
  EXPECT_EQ(totals.changes_sent, 1u);
  EXPECT_EQ(totals.changes_applied, 1u);
  EXPECT_EQ(alice_.Digest(), server_.Digest());
}

TEST_F(ExchangeTest, CostsAFewHundredBytesWhenThereIsNothingToDo) {
  alice_.Commit({SetText(Rec("a"), 2, "alice")});
  Exchange(alice_, server_);
  const ExchangeTotals again = Exchange(alice_, server_);
  EXPECT_EQ(again.rounds, 1u);
  EXPECT_EQ(again.changes_sent, 0u);
  EXPECT_LE(again.bytes_up, 300u);
  EXPECT_LE(again.bytes_down, 300u);
}

TEST_F(ExchangeTest, RepeatsARequestWithoutHarm) {
  alice_.Commit({Increment(Rec("a"), 40, 5)});
  Initiator initiator(alice_, {});
  const std::string request = **initiator.Next(kNow);
  ASSERT_TRUE(Respond(server_, request, {}).ok());
  const auto second = Respond(server_, request, {});
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->outcome.duplicate, 1u);
  EXPECT_EQ(server_.records().at(Rec("a")).Find(Path().Field(40))->sum, 5);
  ASSERT_TRUE(initiator.Receive(second->response).ok());
  EXPECT_FALSE(*initiator.Next(kNow));
}

TEST_F(ExchangeTest, OffersEverythingAgainToAServerRestoredFromABackup) {
  for (int i = 0; i < 5; ++i) alice_.Commit({SetText(Rec("a"), 2, std::to_string(i))});
  Exchange(alice_, server_);
  bob_.Commit({SetText(Rec("b"), 2, "bob")});
  Exchange(bob_, server_);
  Exchange(alice_, server_);
  const std::string before = alice_.Digest();
  server_.RestoreTo(2, "history2");
  const ExchangeTotals totals =
      Exchange(alice_, server_);  // Alice also holds Bob's change and brings it back
  EXPECT_TRUE(totals.history_replaced);
  EXPECT_EQ(server_.Digest(), before);
  Exchange(bob_, server_);
  EXPECT_EQ(bob_.Digest(), before);
  EXPECT_EQ(Exchange(bob_, server_).rounds, 1u);
}

TEST_F(ExchangeTest, BelievesNoMessageThatWasCut) {
  for (int i = 0; i < 3; ++i) bob_.Commit({SetText(Rec("b"), 2, std::to_string(i))});
  Exchange(bob_, server_);
  alice_.Commit({SetText(Rec("a"), 2, "alice")});
  Initiator initiator(alice_, {});
  const std::string request = **initiator.Next(kNow);
  for (size_t n = 0; n < request.size(); ++n) {
    EXPECT_FALSE(Respond(server_, request.substr(0, n), {}).ok()) << n;
  }
  const auto reply = Respond(server_, request, {});
  ASSERT_TRUE(reply.ok());
  for (size_t n = 0; n < reply->response.size(); ++n) {
    EXPECT_FALSE(initiator.Receive(reply->response.substr(0, n)).ok()) << n;
  }
  EXPECT_EQ(alice_.LoadPeer("server")->cursor, 0u);
  EXPECT_TRUE(initiator.Receive(reply->response).ok());
  EXPECT_EQ(alice_.Digest(), server_.Digest());
}

TEST_F(ExchangeTest, CountsAsDeliveredOnlyWhatThePeerConfirmed) {
  alice_.Commit({SetText(Rec("a"), 2, "first")});
  Initiator first(alice_, {});
  const auto old_answer = Respond(server_, **first.Next(kNow), {});
  ASSERT_TRUE(old_answer.ok());
  ASSERT_TRUE(first.Receive(old_answer->response).ok());
  alice_.Commit({SetText(Rec("a"), 2, "second")});
  Initiator second(alice_, {});
  ASSERT_TRUE((*second.Next(kNow)).has_value());
  (void)second.Receive(old_answer->response)
      .ok();  // the request is lost, an old answer comes twice
  Exchange(alice_, server_);
  EXPECT_EQ(alice_.Digest(), server_.Digest());
}

TEST_F(ExchangeTest, MakesTwoTabletsEqualByVersionVectors) {
  alice_.Commit({SetText(Rec("a"), 2, "alice")});
  bob_.Commit({SetText(Rec("a"), 2, "bob")});
  ExchangeOptions tablets;
  tablets.vector_mode = true;
  Exchange(alice_, bob_, tablets);
  EXPECT_EQ(alice_.Digest(), bob_.Digest());
  EXPECT_TRUE(alice_.records().at(Rec("a")).HasConflict());
}

TEST_F(ExchangeTest, TellsTheAuthorWhatWasKeptAside) {
  alice_.Commit({SetText(Rec("a"), 2, "x")});
  Initiator initiator(alice_, {});
  const IngestPolicy refuse = [](const Change& change, std::string_view) {
    Quarantined q;
    q.dot = change.dot();
    q.reason = "NOT_PERMITTED";
    return std::optional<Quarantined>(q);
  };
  const auto reply = Respond(server_, **initiator.Next(kNow), {refuse, 4 << 20, kNow});
  ASSERT_TRUE(reply.ok());
  (void)initiator.Receive(reply->response);
  ASSERT_EQ(initiator.totals().refused.size(), 1u);
  EXPECT_EQ(initiator.totals().refused[0].reason, "NOT_PERMITTED");
}

TEST_F(ExchangeTest, RefusesWhatIsNotForIt) {
  EXPECT_EQ(Respond(server_, "\xff\xff\xff", {}).status().code(),
            absl::StatusCode::kInvalidArgument);
  v1::ExchangeRequest request;
  request.set_complete(true);
  request.set_protocol(3);
  EXPECT_EQ(Respond(server_, request.SerializeAsString(), {}).status().code(),
            absl::StatusCode::kFailedPrecondition);
  request.set_protocol(2);
  request.set_space("team-3");
  request.set_replica(std::string(16, 'A'));
  EXPECT_EQ(Respond(server_, request.SerializeAsString(), {}).status().code(),
            absl::StatusCode::kInvalidArgument);
  request.set_space("team-2");
  request.add_segments("garbage");
  EXPECT_EQ(Respond(server_, request.SerializeAsString(), {}).status().code(),
            absl::StatusCode::kInvalidArgument);
  request.clear_segments();
  request.set_replica("short");
  EXPECT_EQ(Respond(server_, request.SerializeAsString(), {}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

// Messages are lost, repeated, cut and flipped; after the last good exchange all are equal.
TEST_F(ExchangeTest, ConvergesOverALinkThatLosesRepeatsAndCuts) {
  SeededTest random;
  MemoryLog carol('C', "team-2", "");
  for (int step = 0; step < 150; ++step) {
    MemoryLog* tablets[] = {&alice_, &bob_, &carol};
    MemoryLog& tablet = *tablets[random.Below(3)];
    if (random.Chance(0.6)) tablet.Commit(RandomOps(random));
    Initiator initiator(tablet, {});
    for (int round = 0; round < 3; ++round) {
      auto request = initiator.Next(kNow);
      ASSERT_TRUE(request.ok());
      if (!*request) break;
      std::string sent = **request;
      if (random.Chance(0.2)) continue;  // lost on the way there
      if (random.Chance(0.1)) sent.resize(random.Below(sent.size()));
      if (random.Chance(0.1) && !sent.empty()) {
        std::string cut = sent.substr(0, random.Below(sent.size()));
        (void)Respond(server_, cut, {});
      }
      auto reply = Respond(server_, sent, {});
      if (random.Chance(0.2)) reply = Respond(server_, sent, {});  // repeated
      if (!reply.ok() || random.Chance(0.2)) continue;             // lost on the way back
      std::string answer = reply->response;
      if (random.Chance(0.1)) answer.resize(random.Below(answer.size() + 1));
      if (!initiator.Receive(answer).ok()) initiator.Failed();
    }
  }
  for (int pass = 0; pass < 2; ++pass) {
    for (MemoryLog* tablet : {&alice_, &bob_, &carol}) Exchange(*tablet, server_);
  }
  EXPECT_EQ(alice_.Digest(), server_.Digest());
  EXPECT_EQ(bob_.Digest(), server_.Digest());
  EXPECT_EQ(carol.Digest(), server_.Digest());
}

}  // namespace
}  // namespace dudao::sync
