// Files that a server lost by coming back from a backup: each tablet that holds one offers it
// again.
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "dudao/client/reason.h"
#include "dudao/sync/log/chain.h"
#include "world.h"

namespace dudao::client {
namespace {

constexpr char kMissing[] = "/dudao.blob.v1.BlobService/ListMissingBlobs";

std::string NameOf(const std::string& bytes) { return sync::HashHex(sync::Sha256(bytes)); }

class RestoredFiles : public testing::Test {
 protected:
  RestoredFiles() {
    office.strict = true;
    alice = EnrolledTablet(office, "alice");
    bob = EnrolledTablet(office, "bob");
    entries = office.control.size();
  }
  std::string AddPhoto(Tablet& tablet, const std::string& content) {
    v1::AddAttachmentRequest add;
    add.mutable_record()->set_space(kSpace);
    add.set_data(content);
    add.set_thumbnail("small " + content.substr(0, 20));
    add.mutable_evidence()->set_media_type("image/jpeg");
    return Must(tablet->AddAttachment(add)).sha256();
  }
  void Fetch(Tablet& tablet, const std::string& sha256) {
    v1::RequestAttachmentRequest request;
    request.set_space(kSpace);
    request.set_sha256(sha256);
    Must(tablet->RequestAttachment(request));
    EXPECT_TRUE(tablet.SyncAll(office).ok());
  }
  v1::GetDeliveryReportResponse Report(Tablet& tablet) {
    v1::GetDeliveryReportRequest request;
    request.set_space(kSpace);
    return Must(tablet->GetDeliveryReport(request));
  }
  bool Held(const std::string& sha256) {
    const auto it = office.files.find(absl::HexStringToBytes(sha256));
    return it != office.files.end() && NameOf(it->second) == sha256;
  }
  size_t Asked() const {
    return static_cast<size_t>(std::count(office.calls.begin(), office.calls.end(), kMissing));
  }

  Office office;
  std::unique_ptr<Tablet> alice;
  std::unique_ptr<Tablet> bob;
  size_t entries = 0;
};

TEST_F(RestoredFiles, AreOfferedAgainByWhoTookThem) {
  const std::string photo = AddPhoto(*alice, std::string(300'000, 'p'));
  const std::string kept = AddPhoto(*alice, "kept");
  alice->Set(Record(kSite, "v1"), "summary", "x");
  EXPECT_TRUE(alice->SyncAll(office).ok());
  EXPECT_TRUE(Report(*alice).equal());
  EXPECT_EQ(Asked(), 0U) << "nobody asks a server that remembers";
  const std::string kept_bytes = office.files[absl::HexStringToBytes(kept)];
  office.Restore(entries);
  office.files[absl::HexStringToBytes(kept)] = kept_bytes;
  office.file_bytes_taken = 0;
  EXPECT_TRUE(alice->SyncAll(office).ok());
  EXPECT_TRUE(Held(photo));
  EXPECT_TRUE(Held(NameOf("small " + std::string(20, 'p')))) << "thumbnails too";
  EXPECT_EQ(office.file_bytes_taken, 300'000U + 26U + 10U) << "what is there is not sent again";
  EXPECT_TRUE(Report(*alice).equal());
  office.calls.clear();
  EXPECT_TRUE(alice->SyncAll(office).ok());
  EXPECT_EQ(office.calls.size(), 2U) << "one round trip a space, nothing asked twice";
}

TEST_F(RestoredFiles, AreOfferedAgainByWhoFetchedThem) {
  const std::string photo = AddPhoto(*alice, std::string(90'000, 'p'));
  EXPECT_TRUE(alice->SyncAll(office).ok());
  bob->Set(Record(kSite, "v2"), "summary", "y");
  Fetch(*bob, photo);
  office.Restore(entries);
  EXPECT_TRUE(bob->SyncAll(office).ok());
  EXPECT_TRUE(Held(photo)) << "alice's tablet may be at the bottom of a well";
}

TEST_F(RestoredFiles, AreNotFreedBeforeTheServerHasThemAgain) {
  const std::string photo = AddPhoto(*alice, std::string(90'000, 'p'));
  alice->Set(Record(kSite, "v1"), "summary", "x");
  EXPECT_TRUE(alice->SyncAll(office).ok());
  office.Restore(entries);
  // The records arrive; then the link dies before any file is asked for.
  alice->SyncAll(office, false);
  EXPECT_FALSE(Report(*alice).equal());
  v1::FreeSpaceRequest free;
  free.set_space(kSpace);
  EXPECT_EQ(ReasonOf((*alice)->FreeSpace(free).status()), kDeliveryUnproven);
  alice->Restart();
  EXPECT_TRUE(alice->SyncAll(office).ok());
  EXPECT_TRUE(Held(photo));
  EXPECT_TRUE(Report(*alice).equal());
}

TEST_F(RestoredFiles, SurviveEveryCutOfTheSyncThatFindsOut) {
  const std::string photo = AddPhoto(*alice, std::string(90'000, 'p'));
  alice->Set(Record(kSite, "v1"), "summary", "x");
  EXPECT_TRUE(alice->SyncAll(office).ok());
  for (size_t cut = 0; cut < 12; ++cut) {
    for (const Fate fate : {Fate::kLostOnTheWay, Fate::kAnswerLost}) {
      office.Restore(entries);
      size_t calls = 0;
      alice->SyncAll(office, true, [&](size_t) { return ++calls > cut ? fate : Fate::kArrives; });
      alice->Restart();
      EXPECT_TRUE(alice->SyncAll(office).ok()) << cut;
      EXPECT_TRUE(Held(photo)) << "cut after " << cut << " calls";
      EXPECT_TRUE(Report(*alice).equal()) << cut;
    }
  }
}

TEST_F(RestoredFiles, OfATabletOfAnEarlierLayoutAreOfferedToo) {
  office.strict = false;
  Tablet carol("carol");  // without a key, so that the test can open its file
  const std::string photo = AddPhoto(carol, std::string(90'000, 'p'));
  carol.Set(Record(kSite, "v1"), "summary", "x");
  EXPECT_TRUE(carol.Sync(office, true).ok());
  {
    auto db = Must(sync::Database::Open(carol.path()));
    MustBeOk(db->Execute("DROP TABLE client_space_blob"));
    MustBeOk(
        db->Execute("UPDATE client_setting SET value = CAST('2' AS BLOB) WHERE name = 'layout'"));
  }
  carol.Restart();
  office.Restore(entries);
  EXPECT_TRUE(carol.Sync(office, true).ok());
  EXPECT_TRUE(Held(photo));
}

}  // namespace
}  // namespace dudao::client
