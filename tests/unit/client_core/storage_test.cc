#include <gtest/gtest.h>

#include <fstream>

#include "dudao/bench/v1/site_visit.pb.h"
#include "dudao/client/reason.h"
#include "world.h"

namespace dudao::client {
namespace {

bench::v1::SiteVisit Content(Tablet& tablet, const std::string& key) {
  bench::v1::SiteVisit content;
  EXPECT_TRUE(content.ParseFromString(tablet.Get(Record(kSite, key)).message()));
  return content;
}

TEST(Storage, ThatIsFullRefusesAndLosesNothing) {
  Office office;
  Tablet alice("alice");
  alice.Set(Record(kSite, "first"), "summary", "kept");
  alice.options_.database_pages_max = 200;
  alice.Restart();
  int saved = 0;
  absl::Status full;
  for (; saved < 10'000 && full.ok(); ++saved) {
    v1::EditRequest edit;
    *edit.mutable_record() = Record(kSite, "v" + std::to_string(saved));
    *edit.add_edits() = SetText("summary", std::string(2000, 'x'));
    full = alice->Edit(edit).status();
  }
  EXPECT_EQ(ReasonOf(full), kStorageFull);
  --saved;  // the last one was refused
  ASSERT_GT(saved, 10);
  v1::OpenRecordRequest open;
  *open.mutable_record() = Record(kSite, "first");
  v1::EditFormRequest typed;
  typed.set_form_id(Must(alice->OpenRecord(open)).form_id());
  *typed.add_edits() = SetText("summary", std::string(60'000, 'y'));
  EXPECT_EQ(ReasonOf(alice->EditForm(typed).status()), kStorageFull);
  v1::SaveFormRequest save;
  save.set_form_id(typed.form_id());
  EXPECT_FALSE(Must(alice->SaveForm(save)).saved());  // a refused keystroke is not in the form
  EXPECT_EQ(Content(alice, "first").summary(), "kept");
  // Space is freed: everything acknowledged is there, and work goes on.
  alice.options_.database_pages_max = 0;
  alice.Restart();
  for (int i = 0; i < saved; ++i)
    ASSERT_EQ(Content(alice, "v" + std::to_string(i)).summary().size(), 2000U) << i;
  EXPECT_FALSE(alice.Get(Record(kSite, "v" + std::to_string(saved))).exists());
  alice.Set(Record(kSite, "last"), "summary", "goes on");
  EXPECT_TRUE(alice.Sync(office).ok());
  EXPECT_EQ(Must(alice->GetStatus({})).spaces(0).unsent_changes(), 0U);
}

TEST(Storage, ThatIsFullWhileSavingKeepsTheDraft) {
  Tablet alice("alice");
  const auto visit = Record(kSite, "v1");
  alice.Set(visit, "address", "here");
  v1::OpenRecordRequest open;
  *open.mutable_record() = visit;
  v1::EditFormRequest typed;
  typed.set_form_id(Must(alice->OpenRecord(open)).form_id());
  *typed.add_edits() = SetText("summary", std::string(60'000, 'y'));
  Must(alice->EditForm(typed));
  alice.options_.database_pages_max =
      static_cast<int64_t>(Must(alice->GetStatus({})).database_bytes() / 4096) + 8;
  alice.Restart();
  v1::SaveFormRequest save;
  save.set_form_id(typed.form_id());
  EXPECT_EQ(ReasonOf(alice->SaveForm(save).status()), kStorageFull);
  // A smaller save takes the number that was meant for the draft; the draft must not be taken for
  // saved.
  alice.Set(visit, "address", "there");
  alice.options_.database_pages_max = 0;
  alice.Restart();
  ASSERT_EQ(Must(alice->ListDrafts({})).drafts_size(), 1);
  EXPECT_TRUE(Must(alice->SaveForm(save)).saved());
  EXPECT_EQ(Content(alice, "v1").summary().size(), 60'000U);
  EXPECT_EQ(Content(alice, "v1").address(), "there");
}

TEST(Storage, ThatIsNoDatabaseIsRefusedAndLeftAsItIs) {
  Tablet alice("alice");
  Options options = alice.options_;
  options.database_path = "letter.txt";
  const std::string text(5000, 't');
  std::ofstream(options.database_path) << text;
  const auto client = Client::Open(options);
  EXPECT_EQ(ReasonOf(client.status()), kStorageDamaged) << client.status();
  std::ifstream file(options.database_path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), text);
  options.database_path = "no/such/folder/x.db";
  EXPECT_FALSE(Client::Open(options).ok());
}

TEST(Storage, OfANewerVersionIsRefused) {
  Tablet alice("alice");
  {
    auto db = Must(sync::Database::Open(alice.path()));
    MustBeOk(
        db->Execute("UPDATE client_setting SET value = CAST('99' AS BLOB) WHERE name = 'layout'"));
  }
  const auto client = Client::Open(alice.options_);
  EXPECT_EQ(ReasonOf(client.status()), kStorageNewer) << client.status();
}

TEST(Options, WithAnAuthorThatIsNoTextAreRefused) {
  Tablet alice("alice");
  Options options = alice.options_;
  options.person_id = "\xff";
  EXPECT_EQ(ReasonOf(Client::Open(options).status()), kMalformedRequest);
  options.person_id = std::string(65, 'p');
  EXPECT_EQ(ReasonOf(Client::Open(options).status()), kMalformedRequest);
}

}  // namespace
}  // namespace dudao::client
