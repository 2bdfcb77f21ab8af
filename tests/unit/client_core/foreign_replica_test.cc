// A replica that the server knows as another device's: two tablets set up from one image, and a
// tablet whose enrolment as another device was cut off half-way.
#include <gtest/gtest.h>

#include "dudao/bench/v1/site_visit.pb.h"
#include "dudao/client/reason.h"
#include "dudao/sync/store/database.h"
#include "world.h"

namespace dudao::client {
namespace {

class ForeignReplica : public testing::Test {
 protected:
  ForeignReplica() {
    office.strict = true;
    office.SetPerson("alice", records::v1::PERSON_ROLE_INSPECTOR, "D2");
    office.SetPerson("bob", records::v1::PERSON_ROLE_INSPECTOR, "D2");
  }

  // A second tablet with everything of the first: file and token.
  std::unique_ptr<Tablet> CopyOf(Tablet& tablet, const std::string& person) {
    const std::string copy = FreshPath(person + "-image");
    MustBeOk(Must(sync::Database::Open(tablet.path()))->BackupTo(copy));
    auto twin = std::make_unique<Tablet>(person);
    twin->options_.database_path = copy;
    twin->token.Put(tablet.token.bytes());
    twin->Restart();
    return twin;
  }
  void Become(Tablet& tablet, const std::string& person) {
    tablet.options_.person_id.clear();
    EXPECT_TRUE(tablet.Enrol(office, office.NewCode(person)).ok());
  }
  // Each has synced as often as it takes, and nothing is left to say.
  void ExpectEqual(Tablet& one, Tablet& other) {
    for (Tablet* tablet : {&one, &other, &one, &other}) {
      const auto report = tablet->SyncAll(office);
      EXPECT_TRUE(report.ok()) << report.DebugString();
    }
    EXPECT_EQ(one.Digest(), other.Digest());
    EXPECT_EQ(std::string(sync::HashBytes(Must(office.Space(kSpace).StateDigest()))), one.Digest());
    EXPECT_EQ(Must(office.Space(kSpace).Size()).quarantined, 0U);
    EXPECT_EQ(Unsent(one), 0U);
    EXPECT_EQ(Unsent(other), 0U);
  }
  uint64_t Unsent(Tablet& tablet) {
    uint64_t count = 0;
    const auto status = Must(tablet->GetStatus({}));
    for (const auto& space : status.spaces()) count += space.unsent_changes();
    return count;
  }
  bench::v1::SiteVisit Site(Tablet& tablet, const std::string& key) {
    bench::v1::SiteVisit content;
    EXPECT_TRUE(content.ParseFromString(tablet.Get(Record(kSite, key)).message()));
    return content;
  }

  Office office;
};

TEST_F(ForeignReplica, OfAnImageWithWorkInItSharesThatWorkAndKeepsWhatFollows) {
  Tablet first("image");
  first.Set(Record(kSite, "v0"), "summary", "in the image");
  first.Set(Record(kSite, "v0"), "address", "in the image too");
  const auto second = CopyOf(first, "image");
  Become(first, "alice");
  Become(*second, "bob");
  first.Set(Record(kSite, "v1"), "summary", "alice");
  second->Set(Record(kSite, "v2"), "summary", "bob");
  ExpectEqual(first, *second);
  EXPECT_EQ(Site(first, "v0").summary(), "in the image");
  EXPECT_EQ(Site(first, "v2").summary(), "bob");
  EXPECT_EQ(Site(*second, "v1").summary(), "alice");
  EXPECT_EQ(Must(office.Space(kSpace).Size()).changes, 4U) << "what both had is there once";
}

TEST_F(ForeignReplica, OfAnImageWithoutWorkGivesWayAtOnce) {
  Tablet first("image");
  Must(first->GetStatus({}));
  first.Sync(office);  // knows the space, wrote nothing
  const auto second = CopyOf(first, "image");
  Become(first, "alice");
  Become(*second, "bob");
  first.Set(Record(kSite, "v1"), "summary", "alice");
  second->Set(Record(kSite, "v2"), "summary", "bob");
  ExpectEqual(first, *second);
  EXPECT_EQ(Must(office.Space(kSpace).Size()).changes, 2U);
}

TEST_F(ForeignReplica, IsMadeAgainWhereverTheSyncIsCut) {
  for (size_t cut = 0; cut < 14; ++cut) {
    Tablet first("image" + std::to_string(cut));
    const std::string key = "v" + std::to_string(cut);
    first.Set(Record(kSite, key), "summary", "in the image");
    const auto second = CopyOf(first, "image" + std::to_string(cut));
    Become(first, "alice");
    Become(*second, "bob");
    EXPECT_TRUE(first.SyncAll(office).ok());
    second->Set(Record(kSite, key), "address", "bob");
    size_t calls = 0;
    second->SyncAll(office, true,
                    [&](size_t) { return ++calls > cut ? Fate::kAnswerLost : Fate::kArrives; });
    second->Restart();
    ExpectEqual(first, *second);
    EXPECT_EQ(Site(first, key).summary(), "in the image") << cut;
    EXPECT_EQ(Site(first, key).address(), "bob") << cut;
  }
}

// The enrolment is kept, the power fails before the replica goes by a new id.
TEST_F(ForeignReplica, OfATabletThatWasAnotherDeviceGoesOnUnderANewId) {
  Tablet tablet("x");
  Become(tablet, "alice");
  tablet.Set(Record(kSite, "v1"), "summary", "as alice");
  EXPECT_TRUE(tablet.SyncAll(office).ok());
  // The server knows the replica as dev-1's; now the same file is dev-2.
  for (auto& [replica, device] : office.owners) device = "dev-0";
  tablet.Set(Record(kSite, "v1"), "address", "under the old id");
  EXPECT_TRUE(tablet.SyncAll(office).ok());
  const auto all = Must(office.Space(kSpace).Load({kSite, "v1"}));
  ASSERT_TRUE(all.has_value());
  bench::v1::SiteVisit content;
  EXPECT_TRUE(content.ParseFromString(all->record.Materialise()));
  EXPECT_EQ(content.summary(), "as alice");
  EXPECT_EQ(content.address(), "under the old id");
  EXPECT_EQ(Must(office.Space(kSpace).Size()).changes, 2U);
  EXPECT_EQ(Unsent(tablet), 0U);
}

}  // namespace
}  // namespace dudao::client
