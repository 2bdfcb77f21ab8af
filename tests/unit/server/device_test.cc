// Tablets over the wire: enrolling, new keys, revocation, and what somebody else makes of all that.
#include "dudao/server/names.h"
#include "dudao/sync/schema/message_ops.h"
#include "dudao/sync/trust/control_chain.h"
#include "dudao/sync/trust/statements.h"
#include "server_fixture.h"
#include "tablet.h"

namespace dudao::server {
namespace {

constexpr char kSpace[] = "team-d1-2026";
constexpr char kGetSelf[] = "/dudao.identity.v1.IdentityService/GetSelf";
constexpr char kRotateKey[] = "/dudao.identity.v1.IdentityService/RotateKey";

sync::KeyPair Key(const std::string& name, sync::Suite suite = sync::kDefaultSuite) {
  return *sync::KeyFromSeed(suite, sync::Digest(sync::kDefaultSuite, name));
}

class DeviceTest : public ServerTest {
 protected:
  void SetUp() override {
    ServerTest::SetUp();
    MakeTeamSpaces();
  }
  admin::v1::CreateEnrolmentResponse Code(const std::string& person, int minutes = 0,
                                          std::string* reason = nullptr) {
    admin::v1::CreateEnrolmentRequest request;
    request.set_person_id(person);
    request.set_valid_minutes(minutes);
    admin::v1::CreateEnrolmentResponse response;
    As admin("admin");
    const grpc::Status status = admin_->CreateEnrolment(&admin, request, &response);
    if (reason != nullptr) *reason = ReasonIn(status);
    return response;
  }
  static identity::v1::EnrolRequest Request(const std::string& code, const sync::KeyPair& key) {
    identity::v1::EnrolRequest request;
    request.set_code(code);
    request.set_suite(key.suite);
    request.set_public_key(key.public_key);
    request.set_possession(
        *sync::Sign(key, sync::EnrolStatement(sync::CanonicalCode(code), key.public_key)));
    request.set_device_name("HUAWEI MatePad 3");
    return request;
  }
  std::string TryEnrol(const identity::v1::EnrolRequest& request,
                       identity::v1::EnrolResponse* response = nullptr) {
    identity::v1::EnrolResponse unused;
    grpc::ClientContext context;
    return ReasonIn(identity_->Enrol(&context, request, response != nullptr ? response : &unused));
  }
  std::string Self(const EnrolledDevice& device) {
    identity::v1::GetSelfResponse response;
    AsDevice who(device, kGetSelf, identity::v1::GetSelfRequest());
    return ReasonIn(identity_->GetSelf(&who, {}, &response));
  }
  std::string Rotate(const EnrolledDevice& device, const sync::KeyPair& fresh,
                     const sync::KeyPair& prover, uint32_t* number = nullptr) {
    identity::v1::RotateKeyRequest request;
    request.set_suite(fresh.suite);
    request.set_public_key(fresh.public_key);
    request.set_possession(*sync::Sign(prover, sync::EnrolStatement(device.id, fresh.public_key)));
    identity::v1::RotateKeyResponse response;
    AsDevice who(device, kRotateKey, request);
    const grpc::Status status = identity_->RotateKey(&who, request, &response);
    if (number != nullptr) *number = response.key();
    return ReasonIn(status);
  }
  admin::v1::RevokeDeviceResponse Revoke(const std::string& device) {
    admin::v1::RevokeDeviceRequest request;
    request.set_device_id(device);
    request.set_reason("遗失");
    admin::v1::RevokeDeviceResponse response;
    As admin("admin");
    const grpc::Status status = admin_->RevokeDevice(&admin, request, &response);
    EXPECT_TRUE(status.ok()) << ReasonIn(status);
    return response;
  }
};

TEST_F(DeviceTest, EnrolsWithACodeAndGetsTheWholeControlLog) {
  const auto code = Code("ins1");
  EXPECT_EQ(code.code().size(), 14u);
  EXPECT_EQ(code.expires_ms(), now_ms_ + 30 * 60'000);
  EXPECT_TRUE(code.qr_svg().starts_with("<svg"));
  EXPECT_NE(code.qr_text().find("█"), std::string::npos);
  identity::v1::EnrolResponse response;
  ASSERT_EQ(TryEnrol(Request(code.code(), Key("a")), &response), "");
  EXPECT_EQ(response.person_id(), "ins1");
  EXPECT_EQ(response.team_id(), "D1");
  EXPECT_EQ(response.key(), 1u);
  EXPECT_EQ(response.tablet_index(), 0u);
  EXPECT_EQ(response.server_time_ms(), now_ms_);
  ASSERT_EQ(response.spaces_size(), 2);
  EXPECT_EQ(response.spaces(0), kOfficeSpace);
  EXPECT_EQ(response.spaces(1), kSpace);
  sync::ControlChain chain;
  for (const auto& entry : response.control()) ASSERT_TRUE(chain.Append(entry).ok());
  const std::string port = std::to_string(server_->port());
  EXPECT_EQ(code.uri(), "dudao://enrol?s=127.0.0.1:" + port +
                            "&c=" + sync::CanonicalCode(code.code()) + "&k=" + chain.fingerprint());
  EXPECT_EQ(Enrol("ins2").tablet_index, 1u) << "no two tablets of a team share an index";
  EXPECT_EQ(Enrol("ins3").tablet_index, 0u) << "another team";
}

TEST_F(DeviceTest, ReadsACodeHoweverItIsTyped) {
  std::string code = Code("ins1").code();
  for (char& c : code) {
    c = c == '-' ? ' ' : c == '0' ? 'o' : c == '1' ? 'l' : static_cast<char>(std::tolower(c));
  }
  EXPECT_EQ(TryEnrol(Request(code, Key("a"))), "");
}

TEST_F(DeviceTest, ACodeServesOneKeyOnce) {
  const std::string code = Code("ins1").code();
  identity::v1::EnrolResponse first;
  ASSERT_EQ(TryEnrol(Request(code, Key("a")), &first), "");
  identity::v1::EnrolResponse again;
  ASSERT_EQ(TryEnrol(Request(code, Key("a")), &again), "") << "the answer was lost";
  EXPECT_EQ(again.device_id(), first.device_id());
  EXPECT_EQ(again.control_size(), first.control_size()) << "no second device";
  EXPECT_EQ(TryEnrol(Request(code, Key("b"))), "ENROLMENT_CODE_WRONG");
  Restart();
  EXPECT_EQ(TryEnrol(Request(code, Key("b"))), "ENROLMENT_CODE_WRONG");
  now_ms_ += 30 * 60'000;
  EXPECT_EQ(TryEnrol(Request(code, Key("a"))), "ENROLMENT_CODE_WRONG") << "expired";
  EXPECT_EQ(TryEnrol(Request(Code("ins1").code(), Key("a"))), "KEY_UNFIT") << "one key, one device";
}

TEST_F(DeviceTest, ChecksThatTheKeyIsHeld) {
  const std::string code = Code("ins1").code();
  auto request = Request(code, Key("a"));
  request.set_possession(Request(code, Key("b")).possession());
  EXPECT_EQ(TryEnrol(request), "KEY_UNFIT");
  request = Request(code, Key("a"));
  request.set_public_key("short");
  EXPECT_EQ(TryEnrol(request), "KEY_UNFIT");
  request = Request("ANOTHERCODE00", Key("a"));
  request.set_code(code);
  EXPECT_EQ(TryEnrol(request), "KEY_UNFIT") << "the signature is over the code";
  request = Request(code, Key("a"));
  request.set_suite(trust::v1::SIGNATURE_SUITE_SM2_SM3);
  EXPECT_EQ(TryEnrol(request), "KEY_UNFIT");
  EXPECT_EQ(TryEnrol(Request(code, Key("a", trust::v1::SIGNATURE_SUITE_SM2_SM3))), "")
      << "the code is not used up by that";
}

TEST_F(DeviceTest, GuessingCodesIsSlow) {
  const std::string code = Code("ins1").code();
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(TryEnrol(Request("GUESS" + std::to_string(1'000'000 + i), Key("g"))),
              "ENROLMENT_CODE_WRONG");
  }
  EXPECT_EQ(TryEnrol(Request("GUESS9999999", Key("g"))), "RATE_LIMITED");
  EXPECT_EQ(TryEnrol(Request(code, Key("a"))), "RATE_LIMITED");
  now_ms_ += 60'000;
  EXPECT_EQ(TryEnrol(Request(code, Key("a"))), "");
  int failed = 0;
  const auto accesses = Accesses();
  for (const auto& row : accesses.rows()) failed += row.event() == "ENROL_FAILED" ? 1 : 0;
  EXPECT_EQ(failed, 1) << "logged, but not to fill the disk";
}

TEST_F(DeviceTest, CodesAreForPeopleWhoAreThere) {
  std::string reason;
  Code("ghost", 0, &reason);
  EXPECT_EQ(reason, "PERSON_UNKNOWN");
  Code("ins1", -1, &reason);
  EXPECT_EQ(reason, "REQUEST_INVALID");
  Code("ins1", 10'081, &reason);
  EXPECT_EQ(reason, "REQUEST_INVALID");
  EXPECT_EQ(Code("ins1", 10'080, &reason).expires_ms(), now_ms_ + int64_t{10'080} * 60'000);
}

TEST_F(DeviceTest, RotatesItsKeyAndOldOnesServeNoMore) {
  EnrolledDevice device = Enrol("ins1");
  const sync::KeyPair fresh = Key("fresh", trust::v1::SIGNATURE_SUITE_SM2_SM3);
  EXPECT_EQ(Rotate(device, fresh, device.key), "KEY_UNFIT") << "the old key proves nothing";
  uint32_t number = 0;
  EXPECT_EQ(Rotate(device, fresh, fresh, &number), "");
  EXPECT_EQ(number, 2u);
  EXPECT_EQ(Self(device), "SIGNATURE_INVALID");
  device.key = fresh;
  device.key_number = 2;
  EXPECT_EQ(Self(device), "");
  EXPECT_EQ(Rotate(device, fresh, fresh, &number), "") << "the answer was lost";
  EXPECT_EQ(number, 2u);
  const EnrolledDevice other = Enrol("ins2");
  EXPECT_EQ(Rotate(other, fresh, fresh), "KEY_UNFIT") << "somebody else's key";
  Restart();
  EXPECT_EQ(Self(device), "");
}

TEST_F(DeviceTest, ARevokedOneCanNeitherReadNorSendAndItsRestIsDeclaredMissing) {
  Tablet alice("ins1", kSpace, 1);
  records::v1::Visit visit =
      MakeVisit("D1", "140824103200", "2026-09-21", "D1-0921-01", "台账不一致");
  auto& photo = *visit.add_evidence();
  photo.set_id("e1");
  photo.set_sha256(std::string(64, 'a'));
  photo.set_device_id(alice.device().id);
  alice.Save("v1", visit);
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  alice.Save("v2", MakeVisit("D1", "140824103200", "2026-09-22", "D1-0922-01", "not sent"));
  const auto revoked = Revoke(alice.device().id);
  EXPECT_EQ(revoked.device().rule().state(), trust::v1::DEVICE_STATE_REVOKED);
  EXPECT_EQ(revoked.device().rule().reason(), "遗失");
  ASSERT_EQ(revoked.device().heads_size(), 1);
  EXPECT_EQ(revoked.device().heads(0).space(), kSpace);
  EXPECT_EQ(revoked.device().heads(0).seq(), 1u) << "what came later was not sent";
  EXPECT_GT(revoked.device().heads(0).receipt_position(), 0u);
  EXPECT_EQ(revoked.device().heads(0).files_missing(), 1u);
  ASSERT_EQ(revoked.missing_files_size(), 1);
  EXPECT_EQ(revoked.missing_files(0).visit_temp_no(), "D1-0921-01");
  EXPECT_EQ(Revoke(alice.device().id).control_position(), revoked.control_position())
      << "said once";
  const grpc::Status refused = alice.Sync(*sync_);
  EXPECT_EQ(ReasonIn(refused), "DEVICE_REVOKED");
  EXPECT_FALSE(MetadataIn(refused, "control_entry").empty());
  Restart();
  EXPECT_EQ(ReasonIn(alice.Sync(*sync_)), "DEVICE_REVOKED");
  As admin("admin");
  admin::v1::RevokeDeviceRequest request;
  request.set_device_id("d-'; DROP TABLE device; --");
  admin::v1::RevokeDeviceResponse response;
  EXPECT_EQ(ReasonIn(admin_->RevokeDevice(&admin, request, &response)), "DEVICE_UNKNOWN");
}

TEST_F(DeviceTest, ListsWhatItKnowsOfEach) {
  Tablet alice("ins1", kSpace, 1);
  alice.Save("v1", MakeVisit("D1", "140824103200", "2026-09-21", "D1-0921-01", "台账"));
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  const EnrolledDevice other = Enrol("ins3");
  std::map<std::string, admin::v1::DeviceRow> rows;
  admin::v1::ListDevicesRequest request;
  request.set_page_size(1);
  do {
    As admin("admin");
    admin::v1::ListDevicesResponse page;
    ASSERT_TRUE(admin_->ListDevices(&admin, request, &page).ok());
    ASSERT_LE(page.rows_size(), 1);
    for (const auto& row : page.rows()) rows[row.rule().device_id()] = row;
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[alice.device().id].name(), "a tablet");
  EXPECT_EQ(rows[alice.device().id].enrolled_ms(), now_ms_);
  EXPECT_EQ(rows[alice.device().id].last_seen_ms(), now_ms_);
  EXPECT_EQ(rows[alice.device().id].heads_size(), 1);
  EXPECT_EQ(rows[other.id].last_seen_ms(), 0);
}

TEST_F(DeviceTest, CallsAreRefusedOverTheWireAndLogged) {
  const EnrolledDevice device = Enrol("ins1");
  EnrolledDevice forged = device;
  forged.id = Enrol("ins2").id;
  EXPECT_EQ(Self(forged), "SIGNATURE_INVALID") << "another device's id";
  forged.id = "d-0000000000000000";
  EXPECT_EQ(Self(forged), "DEVICE_UNKNOWN");

  identity::v1::GetSelfResponse response;
  const std::string signature = device.Sign(kGetSelf, "", CallTime());
  const auto call = [&](const std::string& with) {
    grpc::ClientContext context;
    context.AddMetadata(kDeviceMetadata, device.id);
    context.AddMetadata(kSignatureMetadata, with);
    return identity_->GetSelf(&context, {}, &response);
  };
  EXPECT_TRUE(call(signature).ok());
  EXPECT_EQ(ReasonIn(call(signature)), "CALL_REPLAYED");
  const grpc::Status late = call(device.Sign(kGetSelf, "", now_ms_ - 6 * 60'000));
  EXPECT_EQ(ReasonIn(late), "CLOCK_UNKNOWN");
  EXPECT_EQ(MetadataIn(late, "server_time_ms"), std::to_string(now_ms_));

  // A session of the same person is no device, and the other way round.
  As session("ins1");
  sync::v1::ExchangeRequest exchange;
  exchange.set_space(kSpace);
  sync::v1::ExchangeResponse answer;
  EXPECT_EQ(ReasonIn(sync_->Exchange(&session, exchange, &answer)), "SESSION_FORBIDDEN");

  int refused = 0;
  const auto accesses = Accesses();
  for (const auto& row : accesses.rows()) refused += row.event() == "CALL_REFUSED" ? 1 : 0;
  EXPECT_GE(refused, 4);
}

}  // namespace
}  // namespace dudao::server
