// Packages: taken in like an upload, whole or in parts, any number of times, and only from devices.
#include "dudao/sync/trust/package.h"

#include <gtest/gtest.h>

#include "dudao/sync/log/chain.h"
#include "dudao/sync/trust/statements.h"
#include "files.h"
#include "reason.h"
#include "uploads.h"

namespace dudao::server {
namespace {

using trust::v1::Package;
using trust::v1::PackageBody;

constexpr auto kRevoked = trust::v1::DEVICE_STATE_REVOKED;

// What the tablet would have sent, and one photo.
PackageBody BodyOf(Office& office, Device& device, const std::string& photo = "photo") {
  PackageBody body;
  body.set_device_id(device.id());
  body.set_control_position(office->control->chain().position);
  body.set_made_ms(kTestNow);
  const sync::v1::ExchangeRequest request = device.Request();
  trust::v1::PackageSpace& part = *body.add_spaces();
  part.set_space(kTeamSpace);
  part.set_replica(request.replica());
  *part.mutable_segments() = request.segments();
  *part.mutable_proofs() = request.proofs();
  trust::v1::PackageBlob& file = *body.add_blobs();
  file.set_space(kTeamSpace);
  file.set_hash(std::string(sync::HashBytes(sync::Sha256(photo))));
  file.set_media_type("image/jpeg");
  file.set_content(photo);
  return body;
}

Package Signed(const Device& device, const PackageBody& body) {
  Package package;
  package.set_device_id(device.id());
  package.set_key(1);
  package.set_body(body.SerializeAsString());
  EXPECT_TRUE(sync::SignPackage(device.key(), package).ok());
  return package;
}

std::string Sealed(Office& office, const Package& package) {
  return *sync::SealPackage(office->key->Sealing().front().public_key, RandomBytes(32), package);
}

absl::StatusOr<admin::v1::ImportPackageResponse> Import(Office& office, const std::string& box) {
  admin::v1::ImportPackageRequest request;
  request.set_package(box);
  request.set_last(true);
  return office->packages->Import(office.As("admin"), request);
}

TEST(Packages, AreTakenInLikeAnUploadAndMoreThanOnce) {
  Office office;
  Device alice(office, "tab-a", "alice", 1);
  alice.Save("v1", VisitWith("D1-0921-01", "by stick"));
  alice.Save("v2", VisitWith("D1-0921-02", "by stick"));
  const std::string box = Sealed(office, Signed(alice, BodyOf(office, alice)));
  const auto first = Import(office, box);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->device_id(), "tab-a");
  EXPECT_EQ(first->applied(), 2u);
  EXPECT_EQ(first->files(), 1u);
  EXPECT_EQ(office.Show("v2").note(), "by stick");
  const std::string digest = office.Digest();
  const auto second = Import(office, box);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->applied(), 0u);
  EXPECT_EQ(second->duplicate(), 2u);
  EXPECT_EQ(office.Digest(), digest);
  // The tablet meets a network after all.
  ASSERT_TRUE(alice.Sync().ok());
  EXPECT_EQ(alice.Digest(), office.Digest());
}

TEST(Packages, OfALostDeviceLandAsideToBeReleased) {
  Office office;
  Device alice(office, "tab-a", "alice", 1);
  alice.Save("v1", VisitWith("D1-0921-01", "rescued"));
  office.SetDevice("tab-a", kRevoked);
  const auto taken = Import(office, Sealed(office, Signed(alice, BodyOf(office, alice))));
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_EQ(taken->applied(), 0u);
  EXPECT_EQ(taken->set_aside(), 1u);
  ASSERT_EQ(office.Aside().size(), 1u);
  EXPECT_EQ(office.Aside()[0].what.reason, "DEVICE_REVOKED");
  review::v1::JudgeChangeRequest judge;
  judge.set_space(kTeamSpace);
  judge.set_replica(std::string(16, '\1'));
  judge.set_seq(1);
  judge.set_change_hash(office.Aside()[0].change_hash);
  judge.set_release(true);
  judge.set_reason("平板已找回，内容属实");
  ASSERT_TRUE(office->aside->JudgeChange(office.As("lead1"), judge).ok());
  EXPECT_EQ(office.Show("v1").note(), "rescued");
}

TEST(Packages, ComeInParts) {
  Office office;
  Device alice(office, "tab-a", "alice", 1);
  alice.Save("v1", VisitWith("D1-0921-01", "in parts"));
  // More than one piece of a file, too.
  const std::string box =
      Sealed(office, Signed(alice, BodyOf(office, alice, std::string(600 << 10, 'p'))));
  admin::v1::ImportPackageRequest request;
  request.set_upload("stick 1");
  constexpr size_t kPart = 100'000;
  for (size_t at = 0; at < box.size(); at += kPart) {
    request.set_offset(at);
    request.set_package(box.substr(at, kPart));
    request.set_last(at + kPart >= box.size());
    if (at == kPart) {
      // An answer was lost: the same part again.
      auto again = request;
      again.set_last(false);
      ASSERT_TRUE(office->packages->Import(office.As("admin"), again).ok());
    }
    const auto taken = office->packages->Import(office.As("admin"), request);
    ASSERT_TRUE(taken.ok()) << at << " " << taken.status();
    EXPECT_EQ(taken->applied(), request.last() ? 1u : 0u);
  }
  EXPECT_EQ(office.Show("v1").note(), "in parts");
  request.set_offset(5);
  EXPECT_EQ(ReasonOf(office->packages->Import(office.As("admin"), request).status()),
            "PACKAGE_OFFSET");
  request.set_upload("../../server.key");
  request.set_offset(0);
  request.set_last(false);
  EXPECT_TRUE(office->packages->Import(office.As("admin"), request).ok()) << "a name is no path";
  request.set_offset(uint64_t{1} << 62);
  EXPECT_EQ(ReasonOf(office->packages->Import(office.As("admin"), request).status()),
            "PACKAGE_TOO_LARGE");
}

// Each alters a good package; none leaves a trace in the space.
TEST(Packages, ThatAreForgedAreRefused) {
  Office office;
  Device alice(office, "tab-a", "alice", 1);
  Device bob(office, "tab-b", "bob", 2);
  alice.Save("v1", VisitWith("D1-0921-01", "forged"));
  bob.Save("vb", VisitWith("D1-0921-09", "bob"));
  ASSERT_TRUE(bob.Sync().ok());
  bob.Save("vc", VisitWith("D1-0921-10", "bob"));
  const PackageBody good = BodyOf(office, alice);
  struct Case {
    const char* name;
    std::string box;
    const char* reason;
  };
  std::vector<Case> cases;
  std::string flipped = Sealed(office, Signed(alice, good));
  flipped[flipped.size() / 2] = static_cast<char>(flipped[flipped.size() / 2] ^ 1);
  cases.push_back({"flipped byte", flipped, "PACKAGE_DAMAGED"});
  cases.push_back({"not a package", std::string(100, 'x'), "PACKAGE_DAMAGED"});
  cases.push_back({"empty", "", "PACKAGE_DAMAGED"});
  Package by_another = Signed(bob, good);
  by_another.set_device_id("tab-a");
  cases.push_back({"signed by another key", Sealed(office, by_another), "PROOF_INVALID"});
  cases.push_back({"another's body", Sealed(office, Signed(bob, good)), "PROOF_INVALID"});
  Package stranger = Signed(alice, good);
  stranger.set_device_id("tab-z");
  cases.push_back({"unknown device", Sealed(office, stranger), "DEVICE_UNKNOWN"});
  Package unsigned_package = Signed(alice, good);
  unsigned_package.clear_signature();
  cases.push_back({"unsigned", Sealed(office, unsigned_package), "PROOF_INVALID"});
  PackageBody foreign = BodyOf(office, bob);
  foreign.set_device_id("tab-a");
  cases.push_back({"another's replica", Sealed(office, Signed(alice, foreign)), "REPLICA_FOREIGN"});
  PackageBody bare = good;
  bare.mutable_spaces(0)->clear_proofs();
  cases.push_back({"no proof", Sealed(office, Signed(alice, bare)), "PROOF_MISSING"});
  PackageBody elsewhere = good;
  elsewhere.mutable_spaces(0)->set_space("nowhere");
  cases.push_back({"unknown space", Sealed(office, Signed(alice, elsewhere)), "SPACE_UNKNOWN"});
  PackageBody swapped;
  swapped.set_device_id("tab-a");
  *swapped.add_blobs() = good.blobs(0);
  swapped.mutable_blobs(0)->set_content("another photo");
  cases.push_back({"swapped file", Sealed(office, Signed(alice, swapped)), "BLOB_HASH_MISMATCH"});
  PackageBody intruding = swapped;
  intruding.mutable_blobs(0)->set_space(kOtherSpace);
  cases.push_back(
      {"file for another team", Sealed(office, Signed(alice, intruding)), "SPACE_FORBIDDEN"});
  const std::string before = office.Digest();
  for (const Case& c : cases) {
    EXPECT_EQ(ReasonOf(Import(office, c.box).status()), c.reason) << c.name;
    EXPECT_EQ(office.Digest(), before) << c.name;
  }
  EXPECT_GE(office.AccessRows("PROOF_INVALID"), 1);
  EXPECT_GE(office.AccessRows("REPLICA_FOREIGN"), 1);
  ASSERT_TRUE(Import(office, Sealed(office, Signed(alice, good))).ok()) << "the good one still is";
}

}  // namespace
}  // namespace dudao::server
