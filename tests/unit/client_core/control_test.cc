// The control log on a tablet: verdicts, a log that begins anew, servers that lie or were restored.
#include <gtest/gtest.h>

#include "dudao/bench/v1/site_visit.pb.h"
#include "dudao/client/reason.h"
#include "dudao/client/v1/device.pb.h"
#include "dudao/sync/v1/sync.pb.h"
#include "world.h"

namespace dudao::client {
namespace {

std::string Summary(Tablet& tablet, const std::string& key) {
  bench::v1::SiteVisit content;
  EXPECT_TRUE(content.ParseFromString(tablet.Get(Record(kSite, key)).message()));
  return content.summary();
}

v1::SpaceStatus Status(Tablet& tablet) {
  const auto status = Must(tablet->GetStatus({}));
  for (const v1::SpaceStatus& space : status.spaces()) {
    if (space.space() == kSpace) return space;
  }
  ADD_FAILURE() << "no space";
  return {};
}

std::vector<std::string> Events(Tablet& tablet) {
  std::vector<std::string> reasons;
  const auto me = Must(tablet->GetIdentity({}));
  for (const v1::TrustEvent& event : me.events()) reasons.push_back(event.reason());
  return reasons;
}

bool Has(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

std::string OfficeDigest(Office& office) {
  return std::string(sync::HashBytes(Must(office.Space(kSpace).StateDigest())));
}

TEST(KeptAside, OwnChangeIsShownAsideUntilItIsJudged) {
  for (const bool released : {true, false}) {
    Office office;
    office.strict = true;
    const auto alice = EnrolledTablet(office, "alice");
    const auto bob = EnrolledTablet(office, "bob");
    alice->Set(Record(kSite, "v1"), "address", "merged");
    EXPECT_TRUE(alice->SyncAll(office).ok());
    office.forbidden = [](const sync::Change&) { return true; };
    alice->Set(Record(kSite, "v1"), "summary", "not allowed");
    const auto report = alice->SyncAll(office);
    office.forbidden = nullptr;
    EXPECT_EQ(Summary(*alice, "v1"), "");
    ASSERT_EQ(Status(*alice).set_aside_size(), 1);
    const v1::SetAside aside = Status(*alice).set_aside(0);
    EXPECT_EQ(aside.reason(), "NOT_PERMITTED");
    EXPECT_EQ(aside.state(), v1::SET_ASIDE_STATE_PENDING);
    EXPECT_TRUE(aside.refused_by_peer());
    EXPECT_EQ(aside.author(), "alice");
    EXPECT_EQ(aside.change_hash().size(), 32U);
    ASSERT_EQ(aside.writes_size(), 1);
    EXPECT_EQ(aside.writes(0), "summary: not allowed");
    EXPECT_TRUE(bob->SyncAll(office).ok());
    EXPECT_EQ(Summary(*bob, "v1"), "");
    EXPECT_EQ(alice->Digest(), OfficeDigest(office));

    office.Judge(kSpace, {sync::ReplicaId::FromBytes(aside.dot().replica()), aside.dot().seq()},
                 released);
    for (Tablet* tablet : {alice.get(), bob.get()}) {
      EXPECT_TRUE(tablet->SyncAll(office).ok());
      tablet->Restart();
      EXPECT_EQ(Summary(*tablet, "v1"), released ? "not allowed" : "");
      EXPECT_EQ(tablet->Digest(), OfficeDigest(office));
      ASSERT_EQ(Status(*tablet).set_aside_size(), 1);
      EXPECT_EQ(Status(*tablet).set_aside(0).state(),
                released ? v1::SET_ASIDE_STATE_RELEASED : v1::SET_ASIDE_STATE_REFUSED);
      EXPECT_EQ(Status(*tablet).set_aside(0).decision_reason(), "checked by phone");
    }
    // Whoever comes later hears all of it at once.
    const auto carol = EnrolledTablet(office, "carol");
    EXPECT_TRUE(carol->SyncAll(office).ok());
    EXPECT_EQ(carol->Digest(), OfficeDigest(office));
  }
}

TEST(KeptAside, VerdictIsAppliedAfterACrash) {
  Office office;
  office.strict = true;
  const auto alice = EnrolledTablet(office, "alice");
  office.forbidden = [](const sync::Change&) { return true; };
  alice->Set(Record(kSite, "v1"), "summary", "not allowed");
  alice->SyncAll(office);
  office.forbidden = nullptr;
  const v1::Dot dot = Status(*alice).set_aside(0).dot();
  office.Judge(kSpace, {sync::ReplicaId::FromBytes(dot.replica()), dot.seq()}, true);
  // The entries arrive with the first space; the power fails before the others.
  v1::BeginSyncRequest begin;
  begin.add_spaces(kOffice);
  begin.add_spaces(kSpace);
  Must((*alice)->BeginSync(begin));
  const auto step = Must((*alice)->Poll({}));
  v1::CallError error;
  v1::DeliverRequest outcome;
  outcome.set_call_id(step.call().call_id());
  outcome.set_response(Must(office.Serve(step.call(), &error)));
  Must((*alice)->Deliver(outcome));
  alice->Restart();
  EXPECT_EQ(Summary(*alice, "v1"), "not allowed");
}

TEST(KeptAside, VerdictComesWithWhateverSpaceIsSynced) {
  Office office;
  office.strict = true;
  const auto alice = EnrolledTablet(office, "alice");
  office.forbidden = [](const sync::Change&) { return true; };
  alice->Set(Record(kSite, "v1"), "summary", "not allowed");
  alice->SyncAll(office);
  office.forbidden = nullptr;
  const v1::Dot dot = Status(*alice).set_aside(0).dot();
  office.Judge(kSpace, {sync::ReplicaId::FromBytes(dot.replica()), dot.seq()}, true);
  v1::BeginSyncRequest begin;
  begin.add_spaces(kOffice);
  Must((*alice)->BeginSync(begin));
  EXPECT_TRUE(Must(alice->Run(office)).ok());
  EXPECT_EQ(Summary(*alice, "v1"), "not allowed");
}

TEST(Change, SaysHowFarItsAuthorKnewTheControlLog) {
  Office office;
  office.strict = true;
  const auto alice = EnrolledTablet(office, "alice");
  std::vector<uint64_t> positions;
  office.forbidden = [&](const sync::Change& change) {
    positions.push_back(change.control_position);
    return false;
  };
  const uint64_t at_first = office.control.size();
  alice->Set(Record(kSite, "v1"), "summary", "x");
  office.SetPerson("dave", records::v1::PERSON_ROLE_INSPECTOR, "D3");
  EXPECT_TRUE(alice->SyncAll(office).ok());
  alice->Set(Record(kSite, "v1"), "summary", "y");
  EXPECT_TRUE(alice->SyncAll(office).ok());
  EXPECT_EQ(positions, (std::vector<uint64_t>{at_first, at_first + 1}));
}

TEST(ControlLog, IsNotBelievedWhereItDoesNotHold) {
  Office other("other");
  for (const char* lie : {"altered", "gap", "another server"}) {
    Office office;
    office.strict = true;
    const auto alice = EnrolledTablet(office, "alice");
    const uint64_t known = Must((*alice)->GetIdentity({})).control_position();
    office.SetPerson("dave", records::v1::PERSON_ROLE_INSPECTOR, "D3");
    office.SetPerson("erin", records::v1::PERSON_ROLE_INSPECTOR, "D3");
    office.tamper = [&](const std::string&, std::string& answer) {
      sync::v1::ExchangeResponse response;
      if (!response.ParseFromString(answer) || response.control_size() == 0) return;
      if (lie == std::string("altered")) response.mutable_control(0)->set_actor("mallory");
      if (lie == std::string("gap")) response.mutable_control()->DeleteSubrange(0, 1);
      if (lie == std::string("another server")) {
        response.set_control_restart(true);
        response.clear_control();
        for (const auto& entry : other.control) *response.add_control() = entry;
      }
      answer = response.SerializeAsString();
    };
    EXPECT_FALSE(alice->SyncAll(office).ok()) << lie;
    EXPECT_EQ(Must((*alice)->GetIdentity({})).control_position(), known) << lie;
    EXPECT_TRUE(Has(Events(*alice), kControlRefused) || Has(Events(*alice), kServerUnproven))
        << lie;
    alice->Restart();
    EXPECT_EQ(Must((*alice)->GetIdentity({})).control_position(), known) << lie;
    office.tamper = nullptr;
    EXPECT_TRUE(alice->SyncAll(office).ok()) << lie;
    EXPECT_EQ(Must((*alice)->GetIdentity({})).control_position(), known + 2) << lie;
  }
}

TEST(ControlLog, OfARestoredServerIsGivenBackWhatItLost) {
  Office office;
  office.strict = true;
  const auto alice = EnrolledTablet(office, "alice");
  const size_t kept = office.control.size();
  office.SetPerson("dave", records::v1::PERSON_ROLE_INSPECTOR, "D3");
  EXPECT_TRUE(alice->SyncAll(office).ok());
  office.Restore(kept);
  EXPECT_EQ(office.authority().Person("dave"), nullptr);
  EXPECT_TRUE(alice->SyncAll(office).ok());
  ASSERT_NE(office.authority().Person("dave"), nullptr);
  EXPECT_EQ(office.control.size(), kept + 1);
  EXPECT_EQ(Must((*alice)->GetIdentity({})).control_position(), kept + 1);
}

TEST(ControlLog, ThatBeganAnewIsTakenAndTheOldOneOffered) {
  Office office;
  office.strict = true;
  const auto alice = EnrolledTablet(office, "alice");
  alice->Set(Record(kSite, "v1"), "summary", "delivered before the restore");
  const size_t kept = office.control.size();
  office.SetPerson("dave", records::v1::PERSON_ROLE_INSPECTOR, "D3");
  EXPECT_TRUE(alice->SyncAll(office).ok());
  office.Restore(kept);
  office.SetPerson("erin", records::v1::PERSON_ROLE_INSPECTOR, "D3");
  EXPECT_TRUE(alice->SyncAll(office).ok());
  EXPECT_TRUE(Has(Events(*alice), kControlRestarted));
  EXPECT_TRUE(Has(Events(*alice), kServerRestored));
  // Nothing is lost: neither the record nor the entry.
  EXPECT_EQ(OfficeDigest(office), alice->Digest());
  EXPECT_NE(office.authority().Person("dave"), nullptr);
  EXPECT_TRUE(alice->SyncAll(office).ok());
  const size_t settled = office.control.size();
  alice->Restart();
  office.calls.clear();
  EXPECT_TRUE(alice->SyncAll(office).ok());
  EXPECT_EQ(office.control.size(), settled);
  EXPECT_EQ(office.calls.size(), 2U);
  EXPECT_EQ(Must((*alice)->GetIdentity({})).control_position(), settled);
}

TEST(RestoredServer, IsOfferedTheWorkOfOthersWithTheirProofs) {
  Office office;
  office.strict = true;
  const auto alice = EnrolledTablet(office, "alice");
  const auto bob = EnrolledTablet(office, "bob");
  const size_t kept = office.control.size();
  alice->Set(Record(kSite, "v1"), "summary", "by alice");
  EXPECT_TRUE(alice->SyncAll(office).ok());
  bob->Set(Record(kSite, "v2"), "summary", "by bob");
  EXPECT_TRUE(bob->SyncAll(office).ok());
  office.Restore(kept);
  // Alice's tablet fell into the river; Bob's has it all.
  EXPECT_TRUE(bob->SyncAll(office).ok());
  EXPECT_EQ(OfficeDigest(office), bob->Digest());
  EXPECT_EQ(Must(office.Space(kSpace).Size()).changes, 2U);
}

TEST(NewDevice, IsKnownByTheTimeItsProofsAreChecked) {
  Office office;
  office.strict = true;
  const auto alice = EnrolledTablet(office, "alice");
  EXPECT_TRUE(alice->SyncAll(office).ok());
  // Enrolled after Alice last synced; its rule and its changes come in one answer.
  const auto bob = EnrolledTablet(office, "bob");
  bob->Set(Record(kSite, "v2"), "summary", "by bob");
  EXPECT_TRUE(bob->SyncAll(office).ok());
  EXPECT_TRUE(alice->Sync(office).ok());
  const size_t kept = office.control.size();
  office.Restore(kept);
  EXPECT_TRUE(alice->SyncAll(office).ok());
  EXPECT_EQ(OfficeDigest(office), alice->Digest());
  EXPECT_EQ(Must(office.Space(kSpace).Size()).changes, 1U);
}

TEST(OldTablet, GetsANewNumberAndPeopleAreTold) {
  Office office;
  office.strict = true;
  const auto alice = EnrolledTablet(office, "alice");
  alice->Set(Record(kSite, "v1"), "summary", "first");
  EXPECT_TRUE(alice->SyncAll(office).ok());
  // A copy of the file with its key, token and all, as a disk image would have them.
  const std::string copy = FreshPath("image");
  {
    v1::KeyVault vault;
    ASSERT_TRUE(vault.ParseFromString(alice->vault.bytes()));
    sync::DatabaseOptions options;
    options.key = vault.plain_key();
    auto db = Must(sync::Database::Open(alice->path(), options));
    MustBeOk(db->BackupTo(copy));
  }
  alice->Set(Record(kSite, "v1"), "address", "after the image");
  EXPECT_TRUE(alice->SyncAll(office).ok());
  Tablet restored("alice again");
  restored.options_ = alice->options_;
  restored.options_.database_path = copy;
  restored.options_.seams.clock = &restored.clock;
  restored.Restart();
  restored.Set(Record(kSite, "v2"), "summary", "written on the old image");
  const auto report = restored.SyncAll(office);
  EXPECT_TRUE(report.ok()) << report.DebugString();
  EXPECT_TRUE(Has(Events(restored), kReplicaReplaced));
  EXPECT_TRUE(alice->SyncAll(office).ok());
  EXPECT_EQ(alice->Digest(), restored.Digest());
  EXPECT_EQ(alice->Digest(), OfficeDigest(office));
  // What the fork had made again is among what the old image says was delivered.
  v1::GetDeliveryReportRequest ask;
  ask.set_space(kSpace);
  const auto delivery = Must(restored->GetDeliveryReport(ask));
  EXPECT_EQ(delivery.records(), 2U) << delivery.DebugString();
  EXPECT_TRUE(delivery.equal()) << delivery.DebugString();
}

}  // namespace
}  // namespace dudao::client
