// The key of the database: encryption, PIN, crashes in between.
#include <gtest/gtest.h>

#include <fstream>

#include "dudao/client/reason.h"
#include "dudao/client/rescue.h"
#include "dudao/client/v1/device.pb.h"
#include "dudao/sync/trust/sealing.h"
#include "world.h"

namespace dudao::client {
namespace {

constexpr char kSecret[] = "the bridge at Wangjiazhuang";

// Every file of the database.
bool FilesContain(const std::string& path, const std::string& text) {
  for (const char* suffix : {"", "-wal", "-shm", ".encrypting"}) {
    std::ifstream file(path + suffix, std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(file), {});
    if (bytes.find(text) != std::string::npos) return true;
  }
  return false;
}

void Write(Tablet& tablet) {
  tablet.Set(Record(kSite, "v1"), "summary", kSecret);
  // A draft, too.
  v1::OpenRecordRequest open;
  *open.mutable_record() = Record(kSite, "v2");
  v1::EditFormRequest typed;
  typed.set_form_id(Must(tablet->OpenRecord(open)).form_id());
  *typed.add_edits() = SetText("summary", std::string(kSecret) + " draft");
  Must(tablet->EditForm(typed));
}

absl::Status SetPin(Tablet& tablet, const std::string& old_pin, const std::string& new_pin,
                    uint32_t tries = 0) {
  v1::SetPinRequest request;
  request.set_old_pin(old_pin);
  request.set_new_pin(new_pin);
  request.set_tries_max(tries);
  return tablet->SetPin(request).status();
}

v1::KeyVault VaultOf(const Tablet& tablet) {
  v1::KeyVault vault;
  EXPECT_TRUE(vault.ParseFromString(tablet.vault.bytes()));
  return vault;
}

TEST(Encryption, LeavesNothingReadableInTheFiles) {
  Tablet plain("plain");
  Write(plain);
  EXPECT_TRUE(FilesContain(plain.path(), kSecret));  // the search finds what is there
  Office office;
  const auto alice = EnrolledTablet(office, "alice");
  Write(*alice);
  EXPECT_FALSE(FilesContain(alice->path(), kSecret));
  EXPECT_FALSE(FilesContain(alice->path(), "SQLite format"));
  EXPECT_FALSE(FilesContain(alice->path(), "dev-1"));
  alice->SyncAll(office);
  alice->Restart();
  EXPECT_TRUE(alice->Get(Record(kSite, "v1")).exists());
  EXPECT_EQ(Must((*alice)->ListDrafts({})).drafts_size(), 1);
  EXPECT_FALSE(FilesContain(alice->path(), kSecret));
}

TEST(Encryption, TakesOverAPlainDatabaseOnce) {
  Tablet alice("alice");
  Write(alice);
  const std::string digest = alice.Digest();
  alice.UseVault();
  alice.Restart();
  EXPECT_EQ(alice.Digest(), digest);
  EXPECT_EQ(Must(alice->ListDrafts({})).drafts_size(), 1);
  EXPECT_FALSE(FilesContain(alice.path(), kSecret));
  const std::string vault = alice.vault.bytes();
  alice.Restart();
  EXPECT_EQ(alice.vault.bytes(), vault);
  EXPECT_FALSE(VaultOf(alice).encrypting());
}

TEST(Encryption, SurvivesACrashAtEachStepOfTheBeginning) {
  for (int writes = 0; writes < 3; ++writes) {
    Tablet alice("alice");
    Write(alice);
    const std::string digest = alice.Digest();
    alice.UseVault();
    alice.vault.fails_after = writes;
    const absl::Status cut = alice.TryRestart();
    EXPECT_EQ(cut.ok(), writes > 1) << writes << cut;
    alice.vault.fails_after = -1;
    alice.Restart();
    EXPECT_EQ(alice.Digest(), digest) << writes;
    EXPECT_FALSE(FilesContain(alice.path(), kSecret)) << writes;
  }
}

TEST(Encryption, WithoutItsKeyFileRefusesAndTouchesNothing) {
  Tablet alice("alice");
  alice.UseVault();
  alice.Restart();
  Write(alice);
  const std::string vault = alice.vault.bytes();
  alice.vault.Forget();
  EXPECT_EQ(ReasonOf(alice.TryRestart()), kKeyMissing);
  EXPECT_FALSE(Must(alice.vault.Read()).has_value());
  alice.options_.seams.vault = nullptr;
  EXPECT_EQ(ReasonOf(alice.TryRestart()), kKeyMissing);
  alice.UseVault();
  Tablet other("other");
  other.UseVault();
  other.Restart();
  alice.vault.Put(other.vault.bytes());
  EXPECT_EQ(ReasonOf(alice.TryRestart()), kKeyMissing);
  alice.vault.Put("\xff\xff rubbish");
  EXPECT_EQ(ReasonOf(alice.TryRestart()), kVaultDamaged);
  alice.vault.Put(vault);
  alice.Restart();
  EXPECT_TRUE(alice.Get(Record(kSite, "v1")).exists());
}

TEST(Pin, IsAskedForAtTheStartAndNeverWhileWorking) {
  Office office;
  const auto alice = EnrolledTablet(office, "alice");
  MustBeOk(SetPin(*alice, "", "482913"));
  Write(*alice);
  EXPECT_TRUE(alice->SyncAll(office).ok());
  EXPECT_TRUE(VaultOf(*alice).plain_key().empty());
  const absl::Status asked = alice->TryRestart();
  EXPECT_EQ(ReasonOf(asked), kPinNeeded);
  EXPECT_EQ(asked.code(), absl::StatusCode::kUnauthenticated);
  MustBeOk(alice->TryRestart("482913"));
  EXPECT_TRUE(alice->Get(Record(kSite, "v1")).exists());
  EXPECT_TRUE(Must((*alice)->GetIdentity({})).has_pin());
}

TEST(Pin, CanBeChangedAndRemovedByWhoKnowsIt) {
  Office office;
  const auto alice = EnrolledTablet(office, "alice");
  MustBeOk(SetPin(*alice, "", "482913"));
  EXPECT_EQ(ReasonOf(SetPin(*alice, "000000", "111111")), kPinWrong);
  EXPECT_EQ(ReasonOf(SetPin(*alice, "", "")), kPinNeeded);
  MustBeOk(SetPin(*alice, "482913", "另一个密码六"));
  EXPECT_EQ(ReasonOf(alice->TryRestart("482913")), kPinWrong);
  MustBeOk(alice->TryRestart("另一个密码六"));
  MustBeOk(SetPin(*alice, "另一个密码六", ""));
  MustBeOk(alice->TryRestart());
}

TEST(Pin, HasRulesOfItsOwn) {
  Office office;
  const auto alice = EnrolledTablet(office, "alice");
  for (const std::string& pin : {std::string("12345"), std::string(65, '1'),
                                 std::string("四个汉字"), std::string("\xff\xff\xff\xff\xff\xff")})
    EXPECT_EQ(ReasonOf(SetPin(*alice, "", pin)), kPinUnfit) << pin;
  // Nobody could help after a forgotten PIN where there is no office.
  Tablet trial("trial");
  EXPECT_EQ(ReasonOf(SetPin(trial, "", "482913")), kVaultAbsent);
  trial.UseVault();
  trial.Restart();
  EXPECT_EQ(ReasonOf(SetPin(trial, "", "482913")), kNotEnrolled);
}

TEST(Pin, WrongTooOftenDestroysTheKeyAndLeavesTheOfficeItsOwn) {
  Office office;
  const auto alice = EnrolledTablet(office, "alice");
  MustBeOk(SetPin(*alice, "", "482913", 3));
  Write(*alice);
  const absl::Status first = alice->TryRestart("000000");
  EXPECT_EQ(ReasonOf(first), kPinWrong);
  EXPECT_NE(TextOf(first).zh.find(" 2 次"), std::string::npos) << TextOf(first).zh;
  EXPECT_NE(TextOf(first).en.find("2 tries"), std::string::npos) << TextOf(first).en;
  EXPECT_EQ(ReasonOf(alice->TryRestart("000001")), kPinWrong);
  // The right one gives all tries back.
  MustBeOk(alice->TryRestart("482913"));
  EXPECT_EQ(VaultOf(*alice).pin().tries_left(), 3U);
  EXPECT_EQ(ReasonOf(alice->TryRestart("000000")), kPinWrong);
  EXPECT_EQ(ReasonOf(alice->TryRestart("000001")), kPinWrong);
  EXPECT_EQ(ReasonOf(alice->TryRestart("000002")), kKeyDestroyed);
  EXPECT_EQ(ReasonOf(alice->TryRestart("482913")), kKeyDestroyed);
  const v1::KeyVault vault = VaultOf(*alice);
  EXPECT_FALSE(vault.has_pin());
  EXPECT_EQ(vault.destroyed(), v1::KEY_DESTRUCTION_PIN_LIMIT);
  const auto key = Must(sync::OpenSealed(office.sealing(), kOfficeBoxBound, vault.office_box()));
  sync::DatabaseOptions options;
  options.key = key;
  EXPECT_TRUE(sync::Database::Open(alice->path(), options).ok());
}

TEST(Pin, TriesInTheOpenTabletCountAsWell) {
  Office office;
  const auto alice = EnrolledTablet(office, "alice");
  MustBeOk(SetPin(*alice, "", "482913", 2));
  EXPECT_EQ(ReasonOf(SetPin(*alice, "000000", "")), kPinWrong);
  EXPECT_EQ(ReasonOf(SetPin(*alice, "000001", "")), kKeyDestroyed);
  EXPECT_EQ(ReasonOf((*alice)->GetStatus({}).status()), kKeyDestroyed);
}

TEST(Pin, PullingTheBatteryGainsNoTry) {
  Office office;
  const auto alice = EnrolledTablet(office, "alice");
  MustBeOk(SetPin(*alice, "", "482913", 2));
  // The count cannot be written: no try at all, not even with the right PIN.
  alice->vault.fails_after = 0;
  EXPECT_EQ(alice->TryRestart("482913").code(), absl::StatusCode::kUnavailable);
  // It is written, then the power fails before anything else.
  alice->vault.fails_after = 1;
  EXPECT_EQ(alice->TryRestart("482913").code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(VaultOf(*alice).pin().tries_left(), 1U);
  alice->vault.fails_after = 1;
  EXPECT_FALSE(alice->TryRestart("000000").ok());
  alice->vault.fails_after = -1;
  EXPECT_EQ(ReasonOf(alice->TryRestart("482913")), kKeyDestroyed);
}

}  // namespace
}  // namespace dudao::client
