// What the inspector may read before anything is removed, and packages for the office.
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "dudao/client/reason.h"
#include "dudao/client/rescue.h"
#include "dudao/sync/log/chain.h"
#include "dudao/sync/log/segment.h"
#include "dudao/sync/trust/package.h"
#include "dudao/sync/trust/statements.h"
#include "dudao/sync/v1/sync.pb.h"
#include "world.h"

namespace dudao::client {
namespace {

constexpr char kConfirm[] = "/dudao.sync.v1.SyncService/ConfirmDelivery";

v1::GetDeliveryReportResponse Report(Tablet& tablet) {
  v1::GetDeliveryReportRequest request;
  request.set_space(kSpace);
  return Must(tablet->GetDeliveryReport(request));
}

std::string AddPhoto(Tablet& tablet, const std::string& content) {
  v1::AddAttachmentRequest add;
  add.mutable_record()->set_space(kSpace);
  add.set_data(content);
  add.set_thumbnail("small " + content.substr(0, 20));
  add.mutable_evidence()->set_media_type("image/jpeg");
  return Must(tablet->AddAttachment(add)).sha256();
}

size_t Asked(const Office& office) {
  return static_cast<size_t>(std::count(office.calls.begin(), office.calls.end(), kConfirm));
}

TEST(DeliveryReport, SaysWhatBothSidesHave) {
  Office office;
  office.strict = true;
  const auto alice = EnrolledTablet(office, "alice");
  for (int i = 0; i < 12; ++i)
    alice->Set(Record(kSite, "v" + std::to_string(i)), "summary", "x" + std::to_string(i));
  for (int i = 0; i < 31; ++i) AddPhoto(*alice, "photo " + std::to_string(i));
  const auto before = Report(*alice);
  EXPECT_FALSE(before.equal());
  EXPECT_EQ(before.unsent_changes(), 12U);
  EXPECT_EQ(before.server_time_ms(), 0);
  EXPECT_TRUE(alice->SyncAll(office).ok());
  const auto report = Report(*alice);
  EXPECT_TRUE(report.equal()) << report.DebugString();
  EXPECT_EQ(report.text_en(), "12 records, 31 photos; the server has 12 and 31, equal.");
  EXPECT_EQ(report.text_zh(), "本机 12 条记录、31 个附件；服务器有 12 条、31 个，一致。");
  EXPECT_EQ(report.unsent_changes(), 0U);
  EXPECT_EQ(report.server_time_ms(), kMonday);
  EXPECT_GT(report.receipt_position(), 0U);
  ASSERT_GE(report.receipts_size(), 1);
  EXPECT_EQ(report.receipts(0).seq(), 12U);
  // A further save makes it unequal until it is delivered, be it of a record that is counted
  // already.
  alice->Set(Record(kSite, "v3"), "summary", "changed");
  EXPECT_FALSE(Report(*alice).equal());
  EXPECT_EQ(Report(*alice).text_zh(),
            "本机 12 条记录、31 个附件；服务器有 12 条、31 个，但还有改动没有送到，请再同步。");
  alice->Set(Record(kSite, "v12"), "summary", "later");
  EXPECT_FALSE(Report(*alice).equal());
  EXPECT_TRUE(alice->SyncAll(office).ok());
  EXPECT_TRUE(Report(*alice).equal());
  EXPECT_EQ(Report(*alice).records(), 13U);
}

TEST(DeliveryReport, IsAskedForOnlyWhereSomethingWasWritten) {
  Office office;
  office.strict = true;
  const auto alice = EnrolledTablet(office, "alice");
  EXPECT_TRUE(alice->SyncAll(office).ok());
  EXPECT_EQ(Asked(office), 0U);
  alice->Set(Record(kSite, "v1"), "summary", "x");
  EXPECT_TRUE(alice->SyncAll(office).ok());
  EXPECT_EQ(Asked(office), 1U);
  alice->Restart();
  office.calls.clear();
  EXPECT_TRUE(alice->SyncAll(office).ok());
  EXPECT_EQ(office.calls.size(), 2U);  // one round trip a space
}

TEST(DeliveryReport, IsUnequalWhereTheServerLacksAFile) {
  Office office;
  office.strict = true;
  const auto alice = EnrolledTablet(office, "alice");
  const std::string sha256 = AddPhoto(*alice, "a photo");
  alice->Set(Record(kSite, "v1"), "summary", "x");
  office.tamper = [&](const std::string& method, std::string&) {
    if (method == kConfirm) return;
    // Lost again before the question is asked.
    if (const auto it = office.files.find(absl::HexStringToBytes(sha256));
        it != office.files.end() && it->second.size() == 7)
      it->second[0] = '?';
  };
  alice->SyncAll(office);
  const auto report = Report(*alice);
  EXPECT_FALSE(report.equal());
  EXPECT_EQ(report.files_held(), 0U);
  v1::FreeSpaceRequest free;
  free.set_space(kSpace);
  const absl::Status refused = (*alice)->FreeSpace(free).status();
  EXPECT_EQ(ReasonOf(refused), kDeliveryUnproven);
  EXPECT_EQ(TextOf(refused).en, report.text_en());
}

TEST(DeliveryReport, IsUnequalWithoutAReceiptThatHolds) {
  Office office;
  office.strict = true;
  const auto alice = EnrolledTablet(office, "alice");
  alice->Set(Record(kSite, "v1"), "summary", "x");
  office.tamper = [](const std::string& method, std::string& answer) {
    if (method == kConfirm) {
      sync::v1::ConfirmDeliveryResponse response;
      ASSERT_TRUE(response.ParseFromString(answer));
      response.clear_receipt();
      answer = response.SerializeAsString();
      return;
    }
    sync::v1::ExchangeResponse response;
    if (!response.ParseFromString(answer) || !response.has_receipt()) return;
    (*response.mutable_receipt()->mutable_signature())[5] ^= 1;
    answer = response.SerializeAsString();
  };
  alice->SyncAll(office);
  EXPECT_FALSE(Report(*alice).equal());
  EXPECT_EQ(Report(*alice).receipts_size(), 0);
  const auto me = Must((*alice)->GetIdentity({}));
  EXPECT_EQ(me.events(me.events_size() - 1).reason(), kReceiptInvalid);
}

// Whoever has read an old key of the server can sign receipts with it. They prove nothing.
TEST(DeliveryReport, IsUnequalWithAReceiptByAKeyThatWasReplaced) {
  Office office;
  office.strict = true;
  const auto alice = EnrolledTablet(office, "alice");
  alice->Set(Record(kSite, "v1"), "summary", "x");
  alice->SyncAll(office);
  EXPECT_TRUE(Report(*alice).equal());
  office.ReplaceKey();
  alice->SyncAll(office);
  EXPECT_TRUE(Report(*alice).equal()) << "what the old key signed in its time stays true";

  office.receipt_key = 1;
  alice->Set(Record(kSite, "v1"), "summary", "y");
  alice->SyncAll(office);
  EXPECT_FALSE(Report(*alice).equal());
  const auto me = Must((*alice)->GetIdentity({}));
  EXPECT_EQ(me.events(me.events_size() - 1).reason(), kReceiptInvalid);

  office.receipt_key = 0;
  alice->Set(Record(kSite, "v1"), "summary", "z");
  alice->SyncAll(office);
  EXPECT_TRUE(Report(*alice).equal());
}

TEST(FreeSpace, RemovesOnlyWhatTheServerHoldsAndCanFetchAgain) {
  Office office;
  office.strict = true;
  const auto alice = EnrolledTablet(office, "alice");
  const std::string sha256 = AddPhoto(*alice, std::string(300'000, 'p'));
  const std::string thumbnail = sync::HashHex(sync::Sha256("small " + std::string(20, 'p')));
  v1::FreeSpaceRequest free;
  free.set_space(kSpace);
  EXPECT_EQ(ReasonOf((*alice)->FreeSpace(free).status()), kDeliveryUnproven);
  EXPECT_TRUE(alice->SyncAll(office).ok());
  const auto freed = Must((*alice)->FreeSpace(free));
  EXPECT_EQ(freed.files(), 1U);
  EXPECT_EQ(freed.bytes(), 300'000U);
  v1::GetAttachmentRequest get;
  get.set_sha256(sha256);
  EXPECT_EQ(ReasonOf((*alice)->GetAttachment(get).status()), kBlobNotHeld);
  EXPECT_TRUE(Report(*alice).equal());
  get.set_sha256(thumbnail);
  EXPECT_TRUE((*alice)->GetAttachment(get).ok());
  v1::RequestAttachmentRequest request;
  request.set_space(kSpace);
  request.set_sha256(sha256);
  EXPECT_FALSE(Must((*alice)->RequestAttachment(request)).held());
  EXPECT_TRUE(alice->SyncAll(office).ok());
  get.set_sha256(sha256);
  EXPECT_EQ(Must((*alice)->GetAttachment(get)).byte_size(), 300'000U);
}

// What the office does with a package: checks it, and takes in what it carries.
trust::v1::PackageBody OpenAtOffice(Office& office, const std::string& sealed) {
  const auto package = Must(sync::OpenPackage(office.sealing(), sealed));
  const auto* rule = office.authority().DeviceKey(package.device_id(), package.key());
  EXPECT_NE(rule, nullptr);
  const auto body = Must(sync::CheckPackage(rule->public_key(), package));
  for (const auto& space : body.spaces()) {
    const std::vector<std::string> segments(space.segments().begin(), space.segments().end());
    const std::vector<trust::v1::HeadProof> proofs(space.proofs().begin(), space.proofs().end());
    sync::Arrival arrival;
    arrival.segments = segments;
    arrival.proofs = proofs;
    arrival.from = sync::ReplicaId::FromBytes(space.replica());
    arrival.proofs_required = true;
    arrival.check_proof = [&](const trust::v1::HeadProof& proof) {
      return sync::CheckProof(rule->public_key(), space.space(), proof);
    };
    const auto outcome = Must(office.Space(space.space()).Ingest(arrival));
    EXPECT_TRUE(outcome.bad_proofs.empty());
    EXPECT_EQ(outcome.gap, 0U);
  }
  return body;
}

TEST(Package, CarriesWhatTheServerHasNotConfirmed) {
  Office office;
  const auto alice = EnrolledTablet(office, "alice");
  alice->Set(Record(kSite, "v1"), "summary", "delivered");
  EXPECT_TRUE(alice->SyncAll(office).ok());
  alice->Set(Record(kSite, "v2"), "summary", "not delivered");
  AddPhoto(*alice, "a photo");
  v1::ExportPackageRequest request;
  EXPECT_EQ(Must((*alice)->ExportPackage(request)).files(), 0U);
  request.set_include_files(true);
  const auto exported = Must((*alice)->ExportPackage(request));
  EXPECT_EQ(exported.changes(), 1U);
  EXPECT_EQ(exported.files(), 2U);  // with its thumbnail
  EXPECT_EQ(exported.package().find("not delivered"), std::string::npos);
  const auto body = OpenAtOffice(office, exported.package());
  EXPECT_EQ(body.blobs(1).content().size() + body.blobs(0).content().size(), 7U + 13U);
  EXPECT_EQ(alice->Digest(),
            std::string(sync::HashBytes(Must(office.Space(kSpace).StateDigest()))));
  // The tablet goes on; what it carried by hand and by net is the same.
  EXPECT_TRUE(alice->SyncAll(office).ok());
  EXPECT_EQ(Must((*alice)->ExportPackage(request)).changes(), 0U);
  request.set_include_delivered(true);
  EXPECT_EQ(Must((*alice)->ExportPackage(request)).changes(), 2U);
  EXPECT_EQ(Must((*alice)->ExportPackage(request)).files(), 1U);
  Tablet stranger("mallory");
  EXPECT_EQ(ReasonOf(stranger->ExportPackage(request).status()), kNotEnrolled);
}

TEST(Rescue, OpensATabletThatDestroyedItsKey) {
  Office office;
  const auto alice = EnrolledTablet(office, "alice");
  alice->Set(Record(kSite, "v1"), "summary", "nobody else has this");
  AddPhoto(*alice, "a photo");
  const std::string digest = alice->Digest();
  office.SetDevice("dev-1", trust::v1::DEVICE_STATE_REVOKED);
  Must((*alice)->BeginSync({}));
  EXPECT_EQ(ReasonOf(alice->Run(office).status()), kKeyDestroyed);
  SeededRandom random("office desk");
  RescueOptions options;
  options.database_path = alice->path();
  options.copy_path = FreshPath("rescue");
  options.vault = alice->vault.bytes();
  options.office = office.sealing();
  options.seams.clock = &office.clock;
  options.seams.random = &random;
  v1::ExportPackageRequest request;
  request.set_include_files(true);
  const auto rescued = Must(Rescue(options, request));
  EXPECT_EQ(rescued.changes(), 1U);
  EXPECT_EQ(rescued.files(), 2U);
  OpenAtOffice(office, rescued.package());
  EXPECT_EQ(digest, std::string(sync::HashBytes(Must(office.Space(kSpace).StateDigest()))));
  // Nobody but the office.
  Office other("other");
  options.office = other.sealing();
  options.copy_path = FreshPath("rescue");
  EXPECT_EQ(ReasonOf(Rescue(options, request).status()), kKeyMissing);
}

}  // namespace
}  // namespace dudao::client
