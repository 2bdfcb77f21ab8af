// Enrolment, signed calls, wrong clocks, revocation.
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "dudao/client/reason.h"
#include "dudao/client/v1/device.pb.h"
#include "dudao/identity/v1/identity.pb.h"
#include "dudao/sync/log/chain.h"
#include "world.h"

namespace dudao::client {
namespace {

using records::v1::PERSON_ROLE_INSPECTOR;
using records::v1::PERSON_ROLE_LEAD;

v1::GetIdentityResponse Identity(Tablet& tablet) { return Must(tablet->GetIdentity({})); }

bool HasEvent(Tablet& tablet, const std::string& reason) {
  const v1::GetIdentityResponse me = Identity(tablet);
  for (const v1::TrustEvent& event : me.events()) {
    if (event.reason() != reason) continue;
    EXPECT_NE(event.text_zh(), reason);
    EXPECT_NE(event.text_en(), reason);
    return true;
  }
  return false;
}

size_t Count(const std::vector<std::string>& calls, const std::string& what) {
  return static_cast<size_t>(std::count(calls.begin(), calls.end(), what));
}

TEST(Enrolment, GivesPersonTeamSpacesAndServerForGood) {
  Office office;
  const auto tablet = EnrolledTablet(office, "alice", PERSON_ROLE_LEAD);
  tablet->Restart();
  const auto me = Identity(*tablet);
  EXPECT_TRUE(me.enrolled());
  EXPECT_EQ(me.device_id(), "dev-1");
  EXPECT_EQ(me.person_id(), "alice");
  EXPECT_EQ(me.role(), PERSON_ROLE_LEAD);
  EXPECT_EQ(me.team_id(), "D2");
  ASSERT_EQ(me.spaces_size(), 2);
  EXPECT_EQ(me.spaces(0), kOffice);
  EXPECT_EQ(me.spaces(1), kSpace);
  EXPECT_EQ(me.state(), trust::v1::DEVICE_STATE_ACTIVE);
  EXPECT_EQ(me.control_position(), office.control.size());
  EXPECT_EQ(me.server_fingerprint().size(), 16U);
  EXPECT_FALSE(me.has_pin());
  EXPECT_TRUE(HasEvent(*tablet, kEnrolled));
}

TEST(Enrolment, RoleFollowsTheControlLog) {
  Office office;
  office.strict = true;
  const auto tablet = EnrolledTablet(office, "alice");
  office.SetPerson("alice", PERSON_ROLE_LEAD, "D2");
  EXPECT_EQ(Identity(*tablet).role(), PERSON_ROLE_INSPECTOR);
  EXPECT_TRUE(tablet->SyncAll(office).ok());
  EXPECT_EQ(Identity(*tablet).role(), PERSON_ROLE_LEAD);
  tablet->Restart();
  EXPECT_EQ(Identity(*tablet).role(), PERSON_ROLE_LEAD);
}

TEST(Enrolment, WhoseAnswerIsLostCostsNothing) {
  Office office;
  office.SetPerson("alice", PERSON_ROLE_INSPECTOR, "D2");
  Tablet tablet("alice");
  const std::string code = office.NewCode("alice");
  const auto lost = tablet.Enrol(office, code, [](size_t) { return Fate::kAnswerLost; });
  EXPECT_FALSE(lost.ok());
  ASSERT_EQ(lost.spaces_size(), 1);
  EXPECT_EQ(lost.spaces(0).code(), 14);
  tablet.Restart();
  EXPECT_FALSE(Identity(tablet).enrolled());
  // People type codes as they like.
  EXPECT_TRUE(
      tablet.Enrol(office, absl::AsciiStrToLower(code.substr(0, 4)) + "-" + code.substr(4)).ok());
  EXPECT_EQ(office.authority().Devices().size(), 1U);
}

TEST(Enrolment, WithAWrongCodeTellsSo) {
  Office office;
  Tablet tablet("alice");
  const auto report = tablet.Enrol(office, "NOSUCHCODE");
  EXPECT_FALSE(report.ok());
  EXPECT_EQ(report.spaces(0).code(), 7);
  EXPECT_FALSE(Identity(tablet).enrolled());
  EXPECT_TRUE(Must(tablet->Poll({})).idle());
}

// Whatever sits between tablet and server: an answer that does not hold leaves no trace.
TEST(Enrolment, BelievesNoForgedAnswer) {
  using identity::v1::EnrolResponse;
  Office other("other");
  const std::vector<std::pair<const char*, std::function<void(EnrolResponse&)>>> lies = {
      {"no log", [](EnrolResponse& a) { a.clear_control(); }},
      {"a gap", [](EnrolResponse& a) { a.mutable_control()->DeleteSubrange(1, 1); }},
      {"its rule is missing", [](EnrolResponse& a) { a.mutable_control()->RemoveLast(); }},
      {"an altered entry",
       [](EnrolResponse& a) { a.mutable_control(1)->mutable_body()->push_back('x'); }},
      {"another device", [](EnrolResponse& a) { a.set_device_id("dev-9"); }},
      {"another person", [](EnrolResponse& a) { a.set_person_id("mallory"); }},
      {"another key number", [](EnrolResponse& a) { a.set_key(2); }},
      {"another server's log",
       [&](EnrolResponse& a) {
         a.clear_control();
         for (const auto& entry : other.control) *a.add_control() = entry;
       }},
      {"another server's first entry",
       [&](EnrolResponse& a) { *a.mutable_control(0) = other.control[0]; }},
  };
  for (const auto& [name, lie] : lies) {
    Office office;
    office.SetPerson("alice", PERSON_ROLE_INSPECTOR, "D2");
    Tablet tablet("alice");
    office.tamper = [&told = lie](const std::string&, std::string& answer) {
      EnrolResponse response;
      ASSERT_TRUE(response.ParseFromString(answer));
      told(response);
      answer = response.SerializeAsString();
    };
    const std::string code = office.NewCode("alice");
    const auto report = tablet.Enrol(office, code);
    EXPECT_FALSE(report.ok()) << name;
    EXPECT_EQ(report.spaces(0).reason(), kEnrolmentRefused) << name;
    tablet.Restart();
    EXPECT_FALSE(Identity(tablet).enrolled()) << name;
    office.tamper = nullptr;
    EXPECT_TRUE(tablet.Enrol(office, code).ok()) << name;
  }
}

TEST(Enrolment, AnewIsRefusedWhileWorkIsUnsent) {
  Office office;
  const auto tablet = EnrolledTablet(office, "alice");
  tablet->Set(Record(kSite, "v1"), "summary", "x");
  office.SetPerson("bob", PERSON_ROLE_INSPECTOR, "D2");
  v1::BeginEnrolRequest begin;
  begin.set_code(office.NewCode("bob"));
  EXPECT_EQ(ReasonOf((*tablet)->BeginEnrol(begin).status()), kUnsentWork);
  EXPECT_TRUE(tablet->SyncAll(office).ok());
  const std::string before = Must((*tablet)->GetStatus({})).spaces(0).replica();
  EXPECT_TRUE(tablet->Enrol(office, begin.code()).ok());
  EXPECT_EQ(Identity(*tablet).device_id(), "dev-2");
  EXPECT_EQ(Identity(*tablet).person_id(), "bob");
  // A replica belongs to the device that signed it first.
  EXPECT_NE(Must((*tablet)->GetStatus({})).spaces(0).replica(), before);
  tablet->Set(Record(kSite, "v1"), "address", "y");
  EXPECT_TRUE(tablet->SyncAll(office).ok());
}

TEST(Enrolment, WithAnotherServerIsRefusedWhileWorkIsUnsent) {
  Office office;
  Office other("other");
  const auto tablet = EnrolledTablet(office, "alice");
  other.SetPerson("alice", PERSON_ROLE_INSPECTOR, "D2");
  v1::BeginEnrolRequest begin;
  begin.set_code(other.NewCode("alice"));
  Must((*tablet)->BeginEnrol(begin));
  // Written while the call is out.
  tablet->Set(Record(kSite, "v1"), "summary", "x");
  const auto report = Must(tablet->Run(other));
  EXPECT_FALSE(report.ok());
  EXPECT_EQ(report.spaces(0).reason(), kUnsentWork);
  EXPECT_TRUE(tablet->SyncAll(office).ok());
  EXPECT_EQ(Must((*tablet)->GetStatus({})).spaces(0).unsent_changes(), 0U);
}

TEST(Person, IsNeededToSaveBeforeAnEnrolment) {
  Tablet tablet("alice");
  tablet.options_.person_id.clear();
  tablet.Restart();
  v1::EditRequest edit;
  *edit.mutable_record() = Record(kSite, "v1");
  *edit.add_edits() = SetText("summary", "x");
  EXPECT_EQ(ReasonOf(tablet->Edit(edit).status()), kNotEnrolled);
}

TEST(SignedCalls, AreTakenByAServerThatChecksThem) {
  Office office;
  office.strict = true;
  const auto alice = EnrolledTablet(office, "alice");
  const auto bob = EnrolledTablet(office, "bob");
  alice->Set(Record(kSite, "v1"), "summary", "x");
  EXPECT_TRUE(alice->SyncAll(office).ok());
  EXPECT_TRUE(bob->SyncAll(office).ok());
  EXPECT_EQ(alice->Digest(), bob->Digest());
  EXPECT_EQ(Count(office.calls, "SIGNATURE_INVALID"), 0U);
  Tablet stranger("mallory");
  EXPECT_FALSE(stranger.Sync(office).ok());
  EXPECT_EQ(Count(office.calls, "DEVICE_UNKNOWN"), 1U);
}

TEST(SignedCalls, AreNeverTheSameTwice) {
  Office office;
  office.strict = true;
  const auto alice = EnrolledTablet(office, "alice");
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(alice->SyncAll(office).ok());  // the clock stands still
    EXPECT_EQ(Count(office.calls, "CALL_REPLAYED"), 0U);
  }
  // After a restart in the same millisecond, and where the network repeats a call.
  alice->Restart();
  EXPECT_TRUE(alice->SyncAll(office).ok());
  alice->Set(Record(kSite, "v1"), "summary", "x");
  EXPECT_TRUE(
      alice
          ->SyncAll(office, false,
                    [](size_t number) { return number == 0 ? Fate::kTwice : Fate::kArrives; })
          .ok());
}

TEST(WrongClock, NeedsNobodysHelp) {
  constexpr int64_t kYear1970 = 1000;
  constexpr int64_t kYear2099 = 4'070'908'800'000;
  for (const int64_t enrolled_at : {kYear1970, kYear2099, kMonday}) {
    for (const int64_t used_at : {kYear1970 + 5000, kYear2099 + 5000, kMonday - 86'400'000}) {
      Office office;
      office.strict = true;
      office.SetPerson("alice", PERSON_ROLE_INSPECTOR, "D2");
      Tablet alice("alice");
      alice.UseVault();
      alice.clock.Set(enrolled_at);
      alice.Restart();
      EXPECT_TRUE(alice.Enrol(office, office.NewCode("alice")).ok());
      alice.clock.Set(used_at);
      alice.Restart();
      alice.Set(Record(kSite, "v1"), "summary", "x");
      office.calls.clear();
      const auto report = alice.SyncAll(office);
      EXPECT_TRUE(report.ok()) << enrolled_at << " " << used_at << report.DebugString();
      EXPECT_LE(Count(office.calls, "CLOCK_UNKNOWN"), 1U);
      EXPECT_EQ(Must(alice->GetStatus({})).clock_offset_ms(), kMonday - used_at);
      // Known from now on, across restarts.
      alice.Restart();
      office.calls.clear();
      EXPECT_TRUE(alice.SyncAll(office).ok());
      EXPECT_EQ(Count(office.calls, "CLOCK_UNKNOWN"), 0U);
    }
  }
}

TEST(WrongClock, OfAServerThatSaysSoForEverEndsTheSync) {
  Office office;
  office.strict = true;
  const auto alice = EnrolledTablet(office, "alice");
  alice->Set(Record(kSite, "v1"), "summary", "x");
  v1::BeginSyncRequest begin;
  begin.add_spaces(kSpace);
  Must((*alice)->BeginSync(begin));
  int calls = 0;
  while (true) {
    const auto step = Must((*alice)->Poll({}));
    if (step.has_finished()) {
      EXPECT_EQ(step.finished().spaces(0).reason(), kClockUnknown);
      break;
    }
    ASSERT_TRUE(step.has_call());
    ASSERT_LT(++calls, 10);
    v1::DeliverRequest outcome;
    outcome.set_call_id(step.call().call_id());
    outcome.mutable_error()->set_code(16);
    outcome.mutable_error()->set_reason(kClockUnknown);
    (*outcome.mutable_error()->mutable_metadata())["server_time_ms"] = "12345";
    Must((*alice)->Deliver(outcome));
  }
  EXPECT_EQ(calls, 2);
  EXPECT_TRUE(alice->SyncAll(office).ok());
}

TEST(Revocation, ThatIsProvenDestroysTheKeyAtOnce) {
  Office office;
  office.strict = true;
  const auto alice = EnrolledTablet(office, "alice");
  alice->Set(Record(kSite, "v1"), "summary", "unsent");
  office.SetDevice("dev-1", trust::v1::DEVICE_STATE_REVOKED);
  v1::BeginSyncRequest begin;
  Must((*alice)->BeginSync(begin));
  EXPECT_EQ(ReasonOf(alice->Run(office).status()), kKeyDestroyed);
  EXPECT_EQ(ReasonOf((*alice)->GetStatus({}).status()), kKeyDestroyed);
  v1::EditRequest edit;
  EXPECT_EQ(ReasonOf((*alice)->Edit(edit).status()), kKeyDestroyed);
  std::string out;
  EXPECT_EQ(ReasonOf((*alice)->Call("Poll", "", &out)), kKeyDestroyed);
  EXPECT_EQ(ReasonOf(alice->TryRestart()), kKeyDestroyed);
  v1::KeyVault vault;
  ASSERT_TRUE(vault.ParseFromString(alice->vault.bytes()));
  EXPECT_TRUE(vault.plain_key().empty());
  EXPECT_FALSE(vault.has_pin());
  EXPECT_FALSE(vault.office_box().empty());
}

TEST(Revocation, WithoutAVaultClosesTheTablet) {
  Office office;
  office.SetPerson("alice", PERSON_ROLE_INSPECTOR, "D2");
  Tablet alice("alice");
  EXPECT_TRUE(alice.Enrol(office, office.NewCode("alice")).ok());
  office.SetDevice("dev-1", trust::v1::DEVICE_STATE_REVOKED);
  Must(alice->BeginSync({}));
  EXPECT_EQ(ReasonOf(alice.Run(office).status()), kDeviceRevoked);
  EXPECT_EQ(ReasonOf(alice.TryRestart()), kDeviceRevoked);
}

TEST(Revocation, ThatCannotBeProvenDestroysNothing) {
  Office office;
  office.strict = true;
  const auto alice = EnrolledTablet(office, "alice");
  const auto bob = EnrolledTablet(office, "bob");
  Office other("other");
  trust::v1::ControlBody body;
  *body.mutable_device() = *office.authority().Device("dev-1");
  const auto active = office.Sign(body, 100);
  body.mutable_device()->set_state(trust::v1::DEVICE_STATE_REVOKED);
  const auto by_another = other.Sign(body, 100);
  auto altered = office.Sign(body, 100);
  altered.set_position(101);
  body.mutable_device()->set_device_id("dev-2");
  const auto of_another = office.Sign(body, 100);
  std::vector<std::string> proofs = {"", "AAAA", "!"};
  for (const auto& entry : {active, by_another, altered, of_another})
    proofs.push_back(absl::WebSafeBase64Escape(entry.SerializeAsString()));
  for (const std::string& proof : proofs) {
    Must((*alice)->BeginSync({}));
    v1::DeliverRequest outcome;
    outcome.set_call_id(Must((*alice)->Poll({})).call().call_id());
    outcome.mutable_error()->set_code(16);
    outcome.mutable_error()->set_reason(kDeviceRevoked);
    if (!proof.empty()) (*outcome.mutable_error()->mutable_metadata())["control_entry"] = proof;
    Must((*alice)->Deliver(outcome));
    Must((*alice)->CancelSync({}));
  }
  EXPECT_TRUE(HasEvent(*alice, kRevocationUnproven));
  alice->Restart();
  EXPECT_TRUE(alice->SyncAll(office).ok());
}

TEST(Retirement, LetsTheTabletDeliverAndReceiveNothing) {
  Office office;
  office.strict = true;
  const auto alice = EnrolledTablet(office, "alice");
  const auto bob = EnrolledTablet(office, "bob");
  alice->Set(Record(kSite, "v1"), "summary", "before she left");
  bob->Set(Record(kSite, "v2"), "summary", "not hers any more");
  EXPECT_TRUE(bob->SyncAll(office).ok());
  office.SetDevice("dev-1", trust::v1::DEVICE_STATE_RETIRED);
  const auto report = alice->SyncAll(office);
  EXPECT_TRUE(report.ok()) << "the office's space takes nothing from it: " << report.DebugString();
  EXPECT_TRUE(office.Space(kSpace).Load({kSite, "v1"}).value().has_value());
  EXPECT_FALSE(alice->Get(Record(kSite, "v2")).exists());
  EXPECT_EQ(Identity(*alice).state(), trust::v1::DEVICE_STATE_RETIRED);
  EXPECT_TRUE(HasEvent(*alice, kDeviceRetired));
}

}  // namespace
}  // namespace dudao::client
