#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "dudao/client/reason.h"
#include "dudao/records/v1/visit.pb.h"
#include "dudao/sync/log/chain.h"
#include "world.h"

namespace dudao::client {
namespace {

std::string Photo(size_t size, char salt) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i)
    bytes[i] = static_cast<char>((i * 31 + i / 251) ^ static_cast<size_t>(salt));
  return bytes;
}

v1::AddAttachmentResponse Add(Tablet& tablet, const std::string& bytes,
                              const std::string& thumbnail, const std::string& finding = "") {
  v1::AddAttachmentRequest request;
  *request.mutable_record() = Record(kVisit, "v1");
  request.set_data(bytes);
  request.set_thumbnail(thumbnail);
  request.mutable_evidence()->set_kind(records::v1::EVIDENCE_KIND_PHOTO);
  request.mutable_evidence()->set_media_type("image/jpeg");
  request.set_finding_id(finding);
  return Must(tablet->AddAttachment(request));
}

class Attachment : public testing::Test {
 protected:
  Attachment() { alice.Set(Record(kVisit, "v1"), "findings[f1].problem", "楼梯破损"); }
  std::string OnServer(const std::string& sha256) {
    return office.files[absl::HexStringToBytes(sha256)];
  }

  Office office;
  Tablet alice{"alice"};
};

TEST_F(Attachment, IsWrittenIntoTheVisitAndUnderItsFinding) {
  const std::string photo = Photo(1000, 'a');
  const auto added = Add(alice, photo, "small", "f1");
  EXPECT_EQ(added.sha256(), sync::HashHex(sync::Sha256(photo)));
  records::v1::Visit visit;
  ASSERT_TRUE(visit.ParseFromString(alice.Get(Record(kVisit, "v1")).message()));
  ASSERT_EQ(visit.evidence_size(), 1);
  EXPECT_EQ(visit.evidence(0).sha256(), added.sha256());
  EXPECT_EQ(visit.evidence(0).byte_size(), 1000);
  EXPECT_EQ(visit.evidence(0).taken_by(), "alice");
  EXPECT_EQ(visit.evidence(0).thumbnail_sha256(), added.thumbnail_sha256());
  EXPECT_EQ(visit.findings(0).evidence_ids(0), added.evidence_id());
}

TEST_F(Attachment, SendsThumbnailsFirstAndEachByteOnce) {
  const std::string first = Photo(700'000, 'a');
  const std::string second = Photo(300'000, 'b');
  const auto a = Add(alice, first, "small a");
  const auto b = Add(alice, second, "small b");
  const auto transfers = Must(alice->ListTransfers({}));
  ASSERT_EQ(transfers.transfers_size(), 4);
  EXPECT_TRUE(transfers.transfers(0).thumbnail() && transfers.transfers(1).thumbnail());
  EXPECT_TRUE(alice.Sync(office, true).ok());
  EXPECT_EQ(OnServer(a.sha256()), first);
  EXPECT_EQ(OnServer(b.sha256()), second);
  EXPECT_EQ(OnServer(a.thumbnail_sha256()), "small a");
  EXPECT_EQ(office.file_bytes_taken, 1'000'014U);
  EXPECT_EQ(Must(alice->ListTransfers({})).transfers_size(), 0);
  const size_t before = office.calls.size();
  EXPECT_TRUE(alice.Sync(office, true).ok());
  EXPECT_EQ(office.calls.size(), before + 1);  // records only
}

TEST_F(Attachment, GoesOnAfterACutAndARestart) {
  const std::string photo = Photo(2'000'000, 'c');
  const auto added = Add(alice, photo, "");
  size_t delivered = 0;
  const auto cut = alice.Sync(
      office, true, [&](size_t) { return ++delivered > 8 ? Fate::kLostOnTheWay : Fate::kArrives; });
  EXPECT_FALSE(cut.ok());
  EXPECT_EQ(cut.blobs_failed(), 1U);
  const uint64_t sent = office.file_bytes_taken;
  EXPECT_GT(sent, 0U);
  EXPECT_LT(sent, photo.size());
  EXPECT_EQ(Must(alice->GetStatus({})).unsent_blob_bytes(), photo.size() - sent);
  alice.Restart();
  EXPECT_TRUE(alice.Sync(office, true).ok());
  EXPECT_EQ(OnServer(added.sha256()), photo);
  EXPECT_EQ(office.file_bytes_taken, photo.size());
}

TEST_F(Attachment, IsAskedForAgainWhereOnlyTheAnswerWasLost) {
  const std::string photo = Photo(500'000, 'd');
  const auto added = Add(alice, photo, "");
  EXPECT_TRUE(alice
                  .Sync(office, true,
                        [](size_t n) { return n % 3 == 2 ? Fate::kAnswerLost : Fate::kArrives; })
                  .ok());
  EXPECT_EQ(OnServer(added.sha256()), photo);
  EXPECT_EQ(office.file_bytes_taken, photo.size());
}

TEST_F(Attachment, IsFetchedOnRequestAndChecked) {
  const std::string photo = Photo(400'000, 'e');
  const std::string sha256 = sync::HashHex(sync::Sha256(photo));
  office.files[absl::HexStringToBytes(sha256)] = photo;
  v1::GetAttachmentRequest get;
  get.set_sha256(sha256);
  EXPECT_EQ(ReasonOf(alice->GetAttachment(get).status()), kBlobNotHeld);
  v1::RequestAttachmentRequest request;
  request.set_space(kSpace);
  request.set_sha256(sha256);
  EXPECT_FALSE(Must(alice->RequestAttachment(request)).held());
  office.files[absl::HexStringToBytes(sha256)][12345] ^= 1;
  EXPECT_FALSE(alice.Sync(office, true).ok());
  EXPECT_EQ(ReasonOf(alice->GetAttachment(get).status()), kBlobNotHeld);
  office.files[absl::HexStringToBytes(sha256)] = photo;
  EXPECT_TRUE(alice.Sync(office, true).ok());
  EXPECT_EQ(Must(alice->GetAttachment(get)).data(), photo);
  get.set_offset(399'990);
  get.set_length_max(100);
  EXPECT_EQ(Must(alice->GetAttachment(get)).data(), photo.substr(399'990));
  get.set_offset(262'140);
  get.set_length_max(10);
  EXPECT_EQ(Must(alice->GetAttachment(get)).data(), photo.substr(262'140, 10));
}

TEST_F(Attachment, ComesInPiecesWhereItIsLarge) {
  const std::string photo = Photo(2'500'000, 'f');
  v1::StageAttachmentRequest stage;
  for (size_t at = 0; at < photo.size(); at += 1 << 20) {
    stage.set_data(photo.substr(at, 1 << 20));
    stage.set_staged_id(Must(alice->StageAttachment(stage)).staged_id());
  }
  v1::AddAttachmentRequest request;
  *request.mutable_record() = Record(kVisit, "v1");
  request.set_staged_id(stage.staged_id());
  const auto added = Must(alice->AddAttachment(request));
  EXPECT_EQ(added.sha256(), sync::HashHex(sync::Sha256(photo)));
  EXPECT_EQ(ReasonOf(alice->AddAttachment(request).status()), kStagedNotFound);
  stage.set_staged_id("nothing");
  EXPECT_EQ(ReasonOf(alice->StageAttachment(stage).status()), kStagedNotFound);
  EXPECT_TRUE(alice.Sync(office, true).ok());
  EXPECT_EQ(OnServer(added.sha256()), photo);
}

TEST_F(Attachment, IsRefusedWhereItIsTooLargeOrHasNoName) {
  v1::AddAttachmentRequest request;
  *request.mutable_record() = Record(kVisit, "v1");
  request.set_data(std::string((32 << 20) + 1, 'x'));
  EXPECT_EQ(ReasonOf(alice->AddAttachment(request).status()), kBlobTooLarge);
  request.clear_data();
  EXPECT_EQ(ReasonOf(alice->AddAttachment(request).status()), kMalformedRequest);
  v1::GetAttachmentRequest get;
  get.set_sha256("../../etc");
  EXPECT_EQ(ReasonOf(alice->GetAttachment(get).status()), kBlobHashInvalid);
}

}  // namespace
}  // namespace dudao::client
