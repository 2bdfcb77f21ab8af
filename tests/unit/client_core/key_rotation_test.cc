// A tablet's new key: whatever is lost on the way, one of two keys counts and the tablet has it.
#include <gtest/gtest.h>

#include <filesystem>

#include "dudao/bench/v1/site_visit.pb.h"
#include "dudao/client/reason.h"
#include "world.h"

namespace dudao::client {
namespace {

namespace fs = std::filesystem;
using records::v1::PERSON_ROLE_INSPECTOR;

v1::GetIdentityResponse Identity(Tablet& tablet) { return Must(tablet->GetIdentity({})); }

v1::SyncFinished Rotate(Tablet& tablet, Office& office,
                        const Tablet::FateOf& fate = Tablet::Arrives) {
  Must(tablet->BeginRotateKey({}));
  return Must(tablet.Run(office, fate));
}

uint32_t OfficeKey(Office& office) { return office.authority().Device("dev-1")->key(); }

std::string Summary(Tablet& tablet) {
  bench::v1::SiteVisit content;
  EXPECT_TRUE(content.ParseFromString(tablet.Get(Record(kSite, "v1")).message()));
  return content.summary();
}

// One call of what was begun reaches the server; its answer, not handed in yet.
v1::DeliverRequest Ask(Tablet& tablet, Office& office) {
  const auto step = Must(tablet->Poll({}));
  EXPECT_TRUE(step.has_call());
  v1::CallError error;
  v1::DeliverRequest outcome;
  outcome.set_call_id(step.call().call_id());
  outcome.set_response(Must(office.Serve(step.call(), &error)));
  return outcome;
}

TEST(KeyRotation, GivesANewKeyAndTheOldOneServesNoMore) {
  Office office;
  office.strict = true;
  const auto alice = EnrolledTablet(office, "alice");
  const auto bob = EnrolledTablet(office, "bob");
  alice->Set(Record(kSite, "v1"), "summary", "by the old key");
  EXPECT_TRUE(alice->SyncAll(office).ok());
  // Whoever has read the old key out of it.
  Tablet thief("thief");
  thief.options_.database_path = FreshPath("stolen");
  for (const char* suffix : {"", "-wal"}) {
    if (fs::exists(alice->path() + suffix))
      fs::copy_file(alice->path() + suffix, thief.path() + suffix);
  }
  thief.vault.Put(alice->vault.bytes());
  thief.UseVault();
  thief.Restart();

  EXPECT_TRUE(Rotate(*alice, office).ok());
  EXPECT_EQ(Identity(*alice).key(), 2U);
  EXPECT_EQ(OfficeKey(office), 2U);
  alice->Restart();
  EXPECT_EQ(Identity(*alice).key(), 2U);
  alice->Set(Record(kSite, "v1"), "address", "by the new key");
  EXPECT_TRUE(alice->SyncAll(office).ok());
  EXPECT_FALSE(Identity(*alice).key_changing());
  const auto refused = thief.SyncAll(office);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.spaces(0).reason(), "SIGNATURE_INVALID");
  // Others believe what either key signed.
  EXPECT_TRUE(bob->SyncAll(office).ok());
  EXPECT_EQ(bob->Digest(), alice->Digest());
  EXPECT_EQ(Summary(*bob), "by the old key");
  EXPECT_TRUE(Rotate(*alice, office).ok());
  EXPECT_EQ(Identity(*alice).key(), 3U);
  EXPECT_EQ(Identity(*alice).events(Identity(*alice).events_size() - 1).reason(), kKeyRotated);
}

TEST(KeyRotation, IsFinishedAfterAPowerCutAtAnyStep) {
  enum Step { kBegun, kCallOut, kServerHasIt, kAnswered, kTold, kSynced };
  for (const Step step : {kBegun, kCallOut, kServerHasIt, kAnswered, kTold, kSynced}) {
    SCOPED_TRACE(step);
    Office office;
    office.strict = true;
    const auto alice = EnrolledTablet(office, "alice");
    alice->Set(Record(kSite, "v1"), "summary", "unsent");
    Must((*alice)->BeginRotateKey({}));
    if (step == kCallOut) Must((*alice)->Poll({}));
    if (step >= kServerHasIt) {
      const v1::DeliverRequest answer = Ask(*alice, office);
      if (step >= kAnswered) Must((*alice)->Deliver(answer));
      if (step >= kTold) Must((*alice)->Poll({}));
    }
    if (step == kSynced) alice->SyncAll(office);
    alice->Restart();
    EXPECT_EQ(OfficeKey(office), step >= kServerHasIt ? 2U : 1U);
    const auto report = alice->SyncAll(office);
    EXPECT_TRUE(report.ok()) << report.DebugString();
    EXPECT_EQ(Identity(*alice).key(), 2U);
    EXPECT_EQ(OfficeKey(office), 2U) << "a repeated call rotates once";
    EXPECT_FALSE(Identity(*alice).key_changing());
    EXPECT_EQ(Must((*alice)->GetStatus({})).spaces(0).unsent_changes(), 0U);
    alice->Restart();
    alice->Set(Record(kSite, "v1"), "address", "later");
    EXPECT_TRUE(alice->SyncAll(office).ok());
    EXPECT_EQ(alice->Digest(),
              std::string(sync::HashBytes(Must(office.Space(kSpace).StateDigest()))));
  }
}

TEST(KeyRotation, WhoseAnswersAreLostGoesOnWithTheNextSync) {
  Office office;
  office.strict = true;
  const auto alice = EnrolledTablet(office, "alice");
  const auto lost = Rotate(*alice, office, [](size_t) { return Fate::kAnswerLost; });
  EXPECT_FALSE(lost.ok());
  EXPECT_TRUE(Identity(*alice).key_changing());
  EXPECT_EQ(OfficeKey(office), 2U);
  // No network either: the sync says so, and the keys are still both there.
  EXPECT_FALSE(alice->SyncAll(office, false, [](size_t) { return Fate::kLostOnTheWay; }).ok());
  EXPECT_TRUE(alice->SyncAll(office).ok());
  EXPECT_EQ(Identity(*alice).key(), 2U);
}

TEST(KeyRotation, ThatNeverReachedTheServerHarmsNothing) {
  Office office;
  office.strict = true;
  const auto alice = EnrolledTablet(office, "alice");
  EXPECT_FALSE(Rotate(*alice, office, [](size_t) { return Fate::kLostOnTheWay; }).ok());
  EXPECT_EQ(OfficeKey(office), 1U);
  alice->Set(Record(kSite, "v1"), "summary", "x");
  EXPECT_TRUE(alice->SyncAll(office).ok());
  EXPECT_EQ(Identity(*alice).key(), 2U);
}

TEST(KeyRotation, OnAServerThatWasRestoredFromBeforeIsMadeAgain) {
  Office office;
  office.strict = true;
  const auto alice = EnrolledTablet(office, "alice");
  EXPECT_TRUE(alice->SyncAll(office).ok());
  const size_t before = office.control.size();
  EXPECT_TRUE(Rotate(*alice, office).ok());
  office.Restore(before);
  EXPECT_EQ(OfficeKey(office), 1U);
  alice->Restart();
  alice->Set(Record(kSite, "v1"), "summary", "x");
  const auto report = alice->SyncAll(office);
  EXPECT_TRUE(report.ok()) << report.DebugString();
  EXPECT_EQ(OfficeKey(office), 2U);
  EXPECT_EQ(Identity(*alice).key(), 2U);
}

TEST(KeyRotation, CutShortByAHandOverOrALossStillTellsWhichKeyCounts) {
  for (const auto state : {trust::v1::DEVICE_STATE_RETIRED, trust::v1::DEVICE_STATE_REVOKED}) {
    Office office;
    office.strict = true;
    const auto alice = EnrolledTablet(office, "alice");
    alice->Set(Record(kSite, "v1"), "summary", "unsent");
    Rotate(*alice, office, [](size_t) { return Fate::kAnswerLost; });
    office.SetDevice("dev-1", state);
    alice->Restart();
    Must((*alice)->BeginSync({}));
    const auto finished = alice->Run(office);
    if (state == trust::v1::DEVICE_STATE_RETIRED) {
      EXPECT_TRUE(Must(finished).ok()) << Must(finished).DebugString();
      EXPECT_EQ(Identity(*alice).key(), 2U);
      EXPECT_EQ(Must((*alice)->GetStatus({})).spaces(0).unsent_changes(), 0U);
    } else {
      EXPECT_EQ(ReasonOf(finished.status()), kKeyDestroyed);
    }
  }
}

TEST(KeyRotation, NeedsAnEnrolmentAndOneOfTheSuites) {
  Office office;
  Tablet bare("alice");
  EXPECT_EQ(ReasonOf(bare->BeginRotateKey({}).status()), kNotEnrolled);
  const auto alice = EnrolledTablet(office, "alice");
  v1::BeginRotateKeyRequest request;
  request.set_suite(static_cast<trust::v1::SignatureSuite>(9));
  EXPECT_FALSE((*alice)->BeginRotateKey(request).ok());
  EXPECT_FALSE(Identity(*alice).key_changing());
  request.set_suite(trust::v1::SIGNATURE_SUITE_SM2_SM3);
  office.strict = true;
  Must((*alice)->BeginRotateKey(request));
  EXPECT_TRUE(Must(alice->Run(office)).ok());
  alice->Set(Record(kSite, "v1"), "summary", "x");
  EXPECT_TRUE(alice->SyncAll(office).ok());
}

}  // namespace
}  // namespace dudao::client
