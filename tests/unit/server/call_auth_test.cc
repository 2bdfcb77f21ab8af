// Who calls: signatures of devices and sessions of people, against everything that is nearly one.
#include "call_auth.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "dudao/sync/trust/statements.h"
#include "dudao/sync/v1/sync.pb.h"
#include "reason.h"

namespace dudao::server {
namespace {

constexpr int64_t kNow = 1790000000000;
constexpr int64_t kMinute = 60'000;
constexpr char kExchange[] = "/dudao.sync.v1.SyncService/Exchange";
constexpr char kGetSelf[] = "/dudao.identity.v1.IdentityService/GetSelf";
constexpr char kListPeople[] = "/dudao.admin.v1.AdminService/ListPeople";

sync::KeyPair Key(const std::string& name, sync::Suite suite = sync::kDefaultSuite) {
  return *sync::KeyFromSeed(suite, sync::Digest(sync::kDefaultSuite, name));
}

class CallAuthTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        std::string("auth-") + ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    db_ = *ServerDb::Open(folder_ + "/server.db");
    key_ = *ServerKey::Open(folder_ + "/server.key", true);
    control_ = *ControlLog::Open(*db_, *key_, kNow);
    sessions_ = *Sessions::Open(*db_, SessionLimits());
    sync::ScryptCost cost;
    cost.log2_n = 10;
    people_ = *People::Open(*db_, cost);
    devices_ = *Devices::Open(*db_);
    Start();
    SetPerson(true);
    SetDevice(trust::v1::DEVICE_STATE_ACTIVE, 1, Key("one"));
  }
  void Start() {
    auth_ = std::make_unique<CallAuth>(*control_, *sessions_, *people_, *devices_, now_);
  }
  void SetPerson(bool active) {
    trust::v1::ControlBody body;
    body.mutable_person()->set_person_id("p01");
    body.mutable_person()->set_role(records::v1::PERSON_ROLE_INSPECTOR);
    body.mutable_person()->set_team_id("D1");
    body.mutable_person()->set_active(active);
    ASSERT_TRUE(control_->Append(body, "admin", kNow).ok());
  }
  void SetDevice(trust::v1::DeviceState state, uint32_t number, const sync::KeyPair& key) {
    trust::v1::ControlBody body;
    body.mutable_device()->set_device_id("d-1");
    body.mutable_device()->set_person_id("p01");
    body.mutable_device()->set_state(state);
    body.mutable_device()->set_key(number);
    body.mutable_device()->set_suite(key.suite);
    body.mutable_device()->set_public_key(key.public_key);
    ASSERT_TRUE(control_->Append(body, "admin", kNow).ok());
  }
  static std::string Sign(const sync::KeyPair& key, uint32_t number, int64_t time_ms,
                          const std::string& device = "d-1", const std::string& method = kExchange,
                          const std::string& body = "body") {
    std::string text;
    absl::WebSafeBase64Escape(*sync::Sign(key, sync::CallStatement(method, body, device, time_ms)),
                              &text);
    return absl::StrCat(static_cast<int>(key.suite), ".", number, ".", time_ms, ".", text);
  }
  absl::StatusOr<Principal> Device(const std::string& signature, const std::string& device = "d-1",
                                   const std::string& body = "body",
                                   const char* method = kExchange) {
    return auth_->Check(*FindRule(method), body, {"", device, signature}, now_);
  }
  std::string Reason(const std::string& signature, const std::string& device = "d-1",
                     const std::string& body = "body", const char* method = kExchange) {
    const auto principal = Device(signature, device, body, method);
    return principal.ok() ? "" : ReasonOf(principal.status());
  }
  std::string SessionReason(const std::string& token, const char* method) {
    const auto principal = auth_->Check(*FindRule(method), "body", {token, "", ""}, now_);
    return principal.ok() ? "" : ReasonOf(principal.status());
  }

  std::string folder_;
  int64_t now_ = kNow;
  std::unique_ptr<ServerDb> db_;
  std::unique_ptr<ServerKey> key_;
  std::unique_ptr<ControlLog> control_;
  std::unique_ptr<Sessions> sessions_;
  std::unique_ptr<People> people_;
  std::unique_ptr<Devices> devices_;
  std::unique_ptr<CallAuth> auth_;
};

TEST_F(CallAuthTest, TakesADevicesSignatureForItsPersonsWord) {
  const auto principal = Device(Sign(Key("one"), 1, kNow));
  ASSERT_TRUE(principal.ok()) << principal.status();
  EXPECT_EQ(principal->person_id, "p01");
  EXPECT_EQ(principal->team_id, "D1");
  EXPECT_EQ(principal->device_id, "d-1");
  EXPECT_EQ(principal->device_state, trust::v1::DEVICE_STATE_ACTIVE);
  EXPECT_EQ(devices_->FactsOf("d-1").last_seen_ms, kNow);
}

// A server that came back from a backup made before the device enrolled.
TEST_F(CallAuthTest, TakesBackADeviceThatItSignedForAndNoOther) {
  const auto entries = *control_->EntriesAfter(0, 100);
  SetDevice(trust::v1::DEVICE_STATE_REVOKED, 1, Key("one"));
  const auto with_revocation = *control_->EntriesAfter(0, 100);
  const auto restored_db = *ServerDb::Open(folder_ + "/restored.db");
  const auto restored = *ControlLog::Open(*restored_db, *key_, kNow);
  auth_ = std::make_unique<CallAuth>(*restored, *sessions_, *people_, *devices_, now_);
  const auto body_of = [](const std::vector<trust::v1::ControlEntry>& list) {
    sync::v1::ExchangeRequest request;
    for (const auto& entry : list) *request.add_control() = entry;
    return request.SerializeAsString();
  };
  const auto reason_for = [&](const std::string& body, const std::string& key,
                              const char* method = kExchange) {
    return Reason(Sign(Key(key), 1, kNow, "d-1", method, body), "d-1", body, method);
  };
  auto forged = entries;
  trust::v1::ControlBody stranger;
  ASSERT_TRUE(stranger.ParseFromString(forged.back().body()));
  stranger.mutable_device()->set_public_key(Key("thief").public_key);
  forged.back().set_body(stranger.SerializeAsString());
  const std::string right = body_of(entries);
  EXPECT_EQ(reason_for("", "one"), "DEVICE_UNKNOWN") << "brings nothing";
  EXPECT_EQ(reason_for("\xff\xff", "one"), "DEVICE_UNKNOWN");
  EXPECT_EQ(reason_for(body_of(forged), "thief"), "DEVICE_UNKNOWN") << "an altered entry";
  EXPECT_EQ(reason_for(right, "thief"), "DEVICE_UNKNOWN") << "another's key";
  EXPECT_EQ(reason_for(right, "one", kGetSelf), "DEVICE_UNKNOWN") << "another method";
  EXPECT_EQ(reason_for(body_of(with_revocation), "one"), "DEVICE_UNKNOWN") << "it was revoked";
  EXPECT_EQ(restored->chain().position, 1u) << "nothing was taken from any of them";
  EXPECT_EQ(reason_for(right, "one"), "");
  EXPECT_EQ(restored->chain().position, entries.size());
  EXPECT_NE(restored->Snapshot()->Device("d-1"), nullptr);
}

TEST_F(CallAuthTest, RefusesWhatIsNearlyASignature) {
  const std::string good = Sign(Key("one"), 1, kNow);
  EXPECT_EQ(Reason(good, "d-2"), "DEVICE_UNKNOWN");
  EXPECT_EQ(Reason(good, "' OR 1=1 --"), "DEVICE_UNKNOWN");
  EXPECT_EQ(Reason(good, std::string("d-1\0", 4)), "DEVICE_UNKNOWN");
  const std::string wrong[] = {
      "",
      "x",
      "....",
      "1.1." + std::to_string(kNow) + ".",
      "1.1.x.AAAA",
      "99.1." + std::to_string(kNow) + ".AAAA",
      "1.4294967296." + std::to_string(kNow) + ".AAAA",
      std::string(100'000, '.'),
      Sign(Key("two"), 1, kNow),                                      // another key
      Sign(Key("one"), 2, kNow),                                      // a number that is not there
      Sign(Key("one", trust::v1::SIGNATURE_SUITE_SM2_SM3), 1, kNow),  // another suite
      Sign(Key("one"), 1, kNow, "d-2"),                               // another device's
      Sign(Key("one"), 1, kNow, "d-1", kGetSelf),                     // for another method
      good + "A",
      good.substr(0, good.size() - 4),
  };
  for (const std::string& signature : wrong)
    EXPECT_EQ(Reason(signature), "SIGNATURE_INVALID") << signature.substr(0, 100);
  EXPECT_EQ(Reason(good, "d-1", "another body"), "SIGNATURE_INVALID");
  std::string later = good;
  later.replace(4, 13, std::to_string(kNow + 1));
  EXPECT_EQ(Reason(later), "SIGNATURE_INVALID") << "the time is signed";
  EXPECT_EQ(Reason(good), "") << "and the good one is still good";
}

TEST_F(CallAuthTest, SaysTheTimeToADeviceWhoseClockIsWrong) {
  // 1970, 2099, and just outside.
  for (const int64_t time_ms : {int64_t{0}, int64_t{4070908800000}, kNow - 5 * kMinute - 1,
                                kNow + 5 * kMinute + 1, INT64_MIN, INT64_MAX}) {
    const auto principal = Device(Sign(Key("one"), 1, time_ms));
    EXPECT_EQ(ReasonOf(principal.status()), "CLOCK_UNKNOWN") << time_ms;
    EXPECT_EQ(MetadataOf(principal.status())["server_time_ms"], std::to_string(kNow));
  }
  EXPECT_EQ(Reason(Sign(Key("one"), 1, kNow + 5 * kMinute)), "");
}

TEST_F(CallAuthTest, TakesEachCallOnceAlsoOverARestart) {
  const std::string call = Sign(Key("one"), 1, kNow);
  EXPECT_EQ(Reason(call), "");
  EXPECT_EQ(Reason(call), "CALL_REPLAYED");
  now_ += 4 * kMinute;
  EXPECT_EQ(Reason(call), "CALL_REPLAYED");
  Start();
  EXPECT_EQ(Reason(call), "CLOCK_UNKNOWN") << "signed before this process knew anything";
  EXPECT_EQ(Reason(Sign(Key("one"), 1, now_)), "");
  now_ += 6 * kMinute;
  EXPECT_EQ(Reason(call), "CLOCK_UNKNOWN") << "forgotten, but too old";
  // Signed ahead of the server's clock: remembered until it is too old.
  const std::string ahead = Sign(Key("one"), 1, now_ + 5 * kMinute);
  EXPECT_EQ(Reason(ahead), "");
  now_ += 9 * kMinute;
  EXPECT_EQ(Reason(ahead), "CALL_REPLAYED");
}

TEST_F(CallAuthTest, OfARotatedKeyTakesOnlyTheNewOne) {
  SetDevice(trust::v1::DEVICE_STATE_ACTIVE, 2, Key("two", trust::v1::SIGNATURE_SUITE_SM2_SM3));
  EXPECT_EQ(Reason(Sign(Key("one"), 1, kNow)), "SIGNATURE_INVALID");
  EXPECT_EQ(Reason(Sign(Key("two", trust::v1::SIGNATURE_SUITE_SM2_SM3), 2, kNow)), "");
}

// A server that came back from a backup made before the key was changed.
TEST_F(CallAuthTest, TakesBackAKeyThatItSignedForAndNoOther) {
  const auto before = *control_->EntriesAfter(0, 100);
  SetDevice(trust::v1::DEVICE_STATE_ACTIVE, 2, Key("two"));
  const auto with_rotation = *control_->EntriesAfter(0, 100);
  const auto restored_db = *ServerDb::Open(folder_ + "/restored.db");
  const auto restored = *ControlLog::Open(*restored_db, *key_, kNow);
  ASSERT_TRUE(restored->Adopt(before, kNow).ok());
  auth_ = std::make_unique<CallAuth>(*restored, *sessions_, *people_, *devices_, now_);
  const auto body_of = [](const std::vector<trust::v1::ControlEntry>& list) {
    sync::v1::ExchangeRequest request;
    for (const auto& entry : list) *request.add_control() = entry;
    return request.SerializeAsString();
  };
  const auto call = [&](const std::string& key, uint32_t number, const std::string& body) {
    return Reason(Sign(Key(key), number, ++now_, "d-1", kExchange, body), "d-1", body);
  };
  EXPECT_EQ(call("two", 2, body_of({})), "SIGNATURE_INVALID") << "without proof";
  EXPECT_EQ(call("two", 2, body_of(before)), "SIGNATURE_INVALID");
  EXPECT_EQ(call("three", 2, body_of(with_rotation)), "SIGNATURE_INVALID") << "another key";
  auto altered = with_rotation;
  altered.back().mutable_body()->push_back('x');
  EXPECT_EQ(call("two", 2, body_of(altered)), "SIGNATURE_INVALID");
  EXPECT_EQ(call("two", 2, body_of(with_rotation)), "");
  EXPECT_EQ(call("two", 2, body_of({})), "");
  EXPECT_EQ(call("one", 1, body_of(with_rotation)), "SIGNATURE_INVALID") << "the old one";
}

TEST_F(CallAuthTest, LetsARetiredDeviceDeliverAndARevokedOneNothing) {
  SetDevice(trust::v1::DEVICE_STATE_RETIRED, 1, Key("one"));
  int64_t time_ms = kNow;
  for (const MethodRule& rule : MethodRules()) {
    if (rule.caller == Caller::kAnybody) continue;
    const std::string method(rule.method);
    const std::string expected = rule.caller == Caller::kSession ? "DEVICE_FORBIDDEN"
                                 : rule.retired_too              ? ""
                                                                 : "DEVICE_RETIRED";
    const std::string signature = Sign(Key("one"), 1, ++time_ms, "d-1", method);
    EXPECT_EQ(Reason(signature, "d-1", "body", method.c_str()), expected) << method;
    EXPECT_EQ(rule.retired_too, method == kExchange || method.ends_with("/PutChunk") ||
                                    method.ends_with("/StatBlob") ||
                                    method.ends_with("/ConfirmDelivery"))
        << method;
  }
  SetDevice(trust::v1::DEVICE_STATE_REVOKED, 1, Key("one"));
  const auto principal = Device(Sign(Key("one"), 1, kNow - 9 * kMinute));
  EXPECT_EQ(ReasonOf(principal.status()), "DEVICE_REVOKED") << "whatever its clock says";
  std::string bytes;
  ASSERT_TRUE(absl::WebSafeBase64Unescape(MetadataOf(principal.status())["control_entry"], &bytes));
  trust::v1::ControlEntry entry;
  trust::v1::ControlBody body;
  ASSERT_TRUE(entry.ParseFromString(bytes) && body.ParseFromString(entry.body()));
  EXPECT_TRUE(sync::CheckControl(key_->signing().public_key, entry).ok());
  EXPECT_EQ(body.device().device_id(), "d-1");
  EXPECT_EQ(body.device().state(), trust::v1::DEVICE_STATE_REVOKED);
  EXPECT_EQ(Reason(Sign(Key("two"), 1, kNow)), "SIGNATURE_INVALID")
      << "who does not hold the key learns nothing";
}

TEST_F(CallAuthTest, TreatsTheDeviceOfSomebodyWhoLeftAsRetired) {
  SetPerson(false);
  const auto principal = Device(Sign(Key("one"), 1, kNow));
  ASSERT_TRUE(principal.ok());
  EXPECT_EQ(principal->device_state, trust::v1::DEVICE_STATE_RETIRED);
}

TEST_F(CallAuthTest, TakesASessionForAPersonAndNoDevice) {
  EXPECT_EQ(SessionReason("", kGetSelf), "SIGN_IN_NEEDED");
  EXPECT_EQ(SessionReason("stolen from nowhere", kGetSelf), "SESSION_ENDED");
  const std::string token = sessions_->Start("p01", kNow)->token;
  EXPECT_EQ(SessionReason(token, kGetSelf), "");
  EXPECT_EQ(SessionReason(token, kExchange), "SESSION_FORBIDDEN");
  EXPECT_EQ(SessionReason(token, kListPeople), "") << "the role is asked later";
  ASSERT_TRUE(people_->SetPassword("p01", "green tea 7 cups", true).ok());
  EXPECT_EQ(SessionReason(token, kListPeople), "PASSWORD_CHANGE_NEEDED");
  EXPECT_EQ(SessionReason(token, kGetSelf), "");
  SetPerson(false);
  EXPECT_EQ(SessionReason(token, kGetSelf), "SESSION_ENDED") << "at once, with the person";
  SetPerson(true);
  now_ += 8 * 60 * kMinute;
  EXPECT_EQ(SessionReason(token, kGetSelf), "SESSION_ENDED");
}

TEST_F(CallAuthTest, ADeviceIsNotHelpedByASession) {
  const std::string token = sessions_->Start("p01", kNow)->token;
  const auto principal =
      auth_->Check(*FindRule(kExchange), "body", {token, "d-1", "1.1.1.AAAA"}, now_);
  EXPECT_EQ(ReasonOf(principal.status()), "SIGNATURE_INVALID");
}

}  // namespace
}  // namespace dudao::server
