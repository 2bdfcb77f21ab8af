// Exchanges over the wire: what is merged, what is kept aside, and what hostile bytes do.
#include "dudao/server/names.h"
#include "dudao/sync/schema/record_types.h"
#include "server_fixture.h"
#include "tablet.h"

namespace dudao::server {
namespace {

constexpr char kSpace[] = "team-d1-2026";

class ExchangeTest : public ServerTest {
 protected:
  void SetUp() override {
    ServerTest::SetUp();
    MakeTeamSpaces();
  }
  std::string ServerDigest() {
    review::v1::GetStateDigestRequest request;
    request.set_space(kSpace);
    review::v1::GetStateDigestResponse response;
    As who("zhao");
    EXPECT_TRUE(review_->GetStateDigest(&who, request, &response).ok());
    return response.digest();
  }
  admin::v1::ListQuarantineResponse Quarantine() {
    admin::v1::ListQuarantineRequest request;
    request.set_space(kSpace);
    admin::v1::ListQuarantineResponse response;
    As who("admin");
    EXPECT_TRUE(admin_->ListQuarantine(&who, request, &response).ok());
    return response;
  }
};

TEST_F(ExchangeTest, MakesTwoTabletsAndTheServerEqualAlsoOverARestart) {
  Tablet alice("ins1", kSpace, 1);
  Tablet bob("ins2", kSpace, 2);
  alice.Save("v1", MakeVisit("D1", "140824103200", "2026-09-21", "D1-0921-01", "台账不一致"));
  bob.Save("v2", MakeVisit("D1", "140824103200", "2026-09-22", "D1-0922-01", "超时限事项"));
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  Restart();
  ASSERT_TRUE(bob.Sync(*sync_).ok());
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  const std::string digest(sync::HashBytes(*alice.store().StateDigest()));
  EXPECT_EQ(digest, std::string(sync::HashBytes(*bob.store().StateDigest())));
  EXPECT_EQ(digest, ServerDigest());
}

TEST_F(ExchangeTest, KeepsAsideWhatTheAuthorMayNotWrite) {
  Tablet alice("ins1", kSpace, 1);
  const sync::RecordId visit{sync::RecordTypeOf(*records::v1::Visit::descriptor()), "v1"};
  alice.Save({{visit, sync::Path().Field(2), sync::MergeKind::kIssued,
               sync::Value::Bytes("督〔2026〕1号")}});
  alice.Save({{visit, sync::Path().Field(8), sync::MergeKind::kLifecycle,
               sync::Value::Varint(records::v1::VISIT_STATE_CONFIRMED)}});
  alice.Save({{visit, sync::Path().Field(19), sync::MergeKind::kText, sync::Value::Bytes("晴")}});
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  ASSERT_EQ(alice.totals().refused.size(), 2u);
  const auto kept = Quarantine();
  ASSERT_EQ(kept.rows_size(), 2);
  EXPECT_EQ(kept.rows(0).reason(), "ISSUED_BY_TABLET");
  EXPECT_EQ(kept.rows(0).author(), "ins1");
  EXPECT_FALSE(kept.rows(0).text_zh().empty());
  EXPECT_EQ(kept.rows(1).reason(), "NOT_PERMITTED");
  review::v1::GetRecordRequest request;
  request.set_space(kSpace);
  request.set_type_id(visit.type);
  request.set_key(visit.key);
  review::v1::GetRecordResponse seen;
  As who("zhao");
  ASSERT_TRUE(review_->GetRecord(&who, request, &seen).ok());
  records::v1::Visit shown;
  ASSERT_TRUE(shown.ParseFromString(seen.message()));
  EXPECT_FALSE(shown.has_official_no());
  EXPECT_FALSE(shown.has_state());
  EXPECT_EQ(shown.note(), "晴") << "what was allowed went on";
}

TEST_F(ExchangeTest, KeepsAsideChangesOfOthersTeamsAndForwardsTypesItDoesNotKnow) {
  Tablet forger("ins1", kSpace, 1);
  forger.Save({{{4711, "x"},
                sync::Path().Field(1),
                sync::MergeKind::kRegister,
                sync::Value::Bytes("new")}});
  ASSERT_TRUE(forger.Sync(*sync_).ok());
  Tablet bob("ins2", kSpace, 2);
  ASSERT_TRUE(bob.Sync(*sync_).ok());
  EXPECT_TRUE(bob.store().Load({4711, "x"})->has_value());
  Tablet stranger("ins3", kSpace, 3);
  stranger.Save("v9", MakeVisit("D2", "140824103200", "2026-09-21", "D2-0921-01", "x"));
  EXPECT_EQ(ReasonIn(stranger.Sync(*sync_)), "SPACE_FORBIDDEN");
}

TEST_F(ExchangeTest, RefusesHostileBytesAndLives) {
  Tablet alice("ins1", kSpace, 1);
  alice.Save("v1", MakeVisit("D1", "140824103200", "2026-09-21", "D1-0921-01", "台账"));
  const sync::v1::ExchangeRequest request = alice.Request();
  const std::string before = ServerDigest();
  const auto send = [&](const sync::v1::ExchangeRequest& sent) {
    sync::v1::ExchangeResponse response;
    return alice.Send(*sync_, sent, &response);
  };
  for (size_t i = 0; i < request.segments(0).size(); i += 3) {
    sync::v1::ExchangeRequest flipped = request;
    std::string& segment = *flipped.mutable_segments(0);
    segment[i] = static_cast<char>(segment[i] ^ 0x10);
    const grpc::Status status = send(flipped);
    // A flip may leave a well-formed change of another content, but not one that its device signed.
    ASSERT_FALSE(status.ok()) << i;
    const std::string reason = ReasonIn(status);
    EXPECT_TRUE(reason == "SEGMENT_DAMAGED" || reason == "PROTOCOL_TOO_NEW" ||
                reason == "PROOF_INVALID")
        << i << " " << reason;
    EXPECT_EQ(ServerDigest(), before);
  }
  sync::v1::ExchangeRequest cut = request;
  cut.set_complete(false);
  EXPECT_EQ(ReasonIn(send(cut)), "SEGMENT_DAMAGED");
  sync::v1::ExchangeRequest newer = request;
  newer.set_protocol(99);
  EXPECT_EQ(send(newer).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  sync::v1::ExchangeRequest nowhere = request;
  nowhere.set_space("");
  EXPECT_EQ(ReasonIn(send(nowhere)), "REQUEST_INVALID");
}

// Bytes that are no protobuf, through the same door.
TEST_F(ExchangeTest, RefusesWhatIsNoProtobuf) {
  for (const std::string& bytes : {std::string("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
                                   std::string("\x12\x7f"
                                               "abc"),
                                   std::string(100'000, '\x0b'), std::string()}) {
    sync::v1::ExchangeRequest carrier;
    carrier.GetReflection()->MutableUnknownFields(&carrier)->AddLengthDelimited(77, bytes);
    sync::v1::ExchangeResponse response;
    AsDevice who("ins1", kExchange, carrier);
    const grpc::Status status = sync_->Exchange(&who, carrier, &response);
    EXPECT_EQ(ReasonIn(status), "REQUEST_INVALID");
  }
}

TEST_F(ExchangeTest, RefusesStringsOfTenMegabytes) {
  const std::string huge(10 << 20, 'x');
  sync::v1::ExchangeRequest request;
  request.set_space(kSpace);
  request.set_app_version(huge);
  sync::v1::ExchangeResponse response;
  AsDevice one("ins1", kExchange, request);
  EXPECT_EQ(sync_->Exchange(&one, request, &response).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  review::v1::ListVisitsRequest list;
  list.set_text(std::string(7 << 20, 'x'));
  review::v1::ListVisitsResponse visits;
  As two("zhao");
  EXPECT_EQ(ReasonIn(review_->ListVisits(&two, list, &visits)), "REQUEST_INVALID");
  As three("admin");
  admin::v1::GetServerInfoResponse info;
  EXPECT_TRUE(admin_->GetServerInfo(&three, {}, &info).ok()) << "it lives";
  EXPECT_GT(info.rss_base_bytes(), 0u);
  EXPECT_GE(info.rss_peak_bytes(), info.rss_base_bytes());
}

TEST_F(ExchangeTest, CountsWhatItDid) {
  Tablet alice("ins1", kSpace, 1);
  alice.Save("v1", MakeVisit("D1", "140824103200", "2026-09-21", "D1-0921-01", "台账"));
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  As who("admin");
  admin::v1::GetServerInfoResponse info;
  ASSERT_TRUE(admin_->GetServerInfo(&who, {}, &info).ok());
  EXPECT_EQ(info.exchanges(), alice.totals().rounds);
  EXPECT_GT(info.ingest_ms(), 0);
  EXPECT_GT(info.respond_ms(), 0);
  EXPECT_GT(info.stored_bytes(), 0u);
}

}  // namespace
}  // namespace dudao::server
