#include <gtest/gtest.h>

#include "dudao/bench/v1/site_visit.pb.h"
#include "dudao/client/reason.h"
#include "world.h"

namespace dudao::client {
namespace {

using bench::v1::SiteVisit;

v1::OpenRecordResponse OpenForm(Tablet& tablet, const v1::RecordRef& record) {
  v1::OpenRecordRequest open;
  *open.mutable_record() = record;
  return Must(tablet->OpenRecord(open));
}

void EditForm(Tablet& tablet, const std::string& form_id, const std::vector<v1::FieldEdit>& edits) {
  v1::EditFormRequest request;
  request.set_form_id(form_id);
  for (const auto& edit : edits) *request.add_edits() = edit;
  Must(tablet->EditForm(request));
}

v1::SaveFormResponse SaveForm(Tablet& tablet, const std::string& form_id) {
  v1::SaveFormRequest request;
  request.set_form_id(form_id);
  return Must(tablet->SaveForm(request));
}

SiteVisit Content(const std::string& bytes) {
  SiteVisit visit;
  EXPECT_TRUE(visit.ParseFromString(bytes));
  return visit;
}

TEST(Form, KeepsAValueThatArrivedWhileItWasOpenAsAConflict) {
  Office office;
  Tablet alice("alice");
  Tablet bob("bob");
  const auto visit = Record(kSite, "v1");
  alice.Set(visit, "summary", "before");
  alice.Sync(office);
  bob.Sync(office);
  const std::string form = OpenForm(alice, visit).form_id();
  bob.Set(visit, "summary", "bob's");
  bob.Sync(office);
  alice.Sync(office);  // arrives while the form is open
  EditForm(alice, form, {SetText("summary", "alice's")});
  const auto saved = SaveForm(alice, form);
  ASSERT_EQ(saved.conflicts_size(), 1);
  EXPECT_EQ(saved.conflicts(0).path(), "summary");
  std::set<std::string> texts;
  std::set<std::string> authors;
  for (const auto& value : saved.conflicts(0).values()) {
    texts.insert(value.text());
    authors.insert(value.author());
  }
  EXPECT_EQ(texts, (std::set<std::string>{"alice's", "bob's"}));
  EXPECT_EQ(authors, (std::set<std::string>{"alice", "bob"}));
  alice.Sync(office);
  bob.Sync(office);
  EXPECT_EQ(bob.Get(visit).conflicts_size(), 1);
  EXPECT_EQ(alice.Digest(), bob.Digest());
}

TEST(Form, OverwritesWhatItShowedAndItsOwnEarlierSave) {
  Tablet alice("alice");
  const auto visit = Record(kSite, "v1");
  alice.Set(visit, "summary", "before");
  const std::string form = OpenForm(alice, visit).form_id();
  EditForm(alice, form, {SetText("summary", "first")});
  EXPECT_EQ(SaveForm(alice, form).conflicts_size(), 0);
  EditForm(alice, form, {SetText("summary", "second")});
  EXPECT_EQ(SaveForm(alice, form).conflicts_size(), 0);
  EXPECT_EQ(Content(alice.Get(visit).message()).summary(), "second");
}

TEST(Form, SavesOnlyWhatDiffersFromWhatItShowed) {
  Tablet alice("alice");
  const auto visit = Record(kSite, "v1");
  alice.Set(visit, "summary", "same");
  alice.Set(visit, "address", "old");
  const std::string form = OpenForm(alice, visit).form_id();
  EditForm(alice, form, {SetText("summary", "other"), SetText("address", "new")});
  EditForm(alice, form, {SetText("summary", "same")});  // taken back
  const auto saved = SaveForm(alice, form);
  EXPECT_TRUE(saved.saved());
  EXPECT_EQ(saved.operations(), 1U);
  EXPECT_FALSE(SaveForm(alice, form).saved());
}

TEST(Form, ShowsItsEditsAndNobodyElseDoes) {
  Tablet alice("alice");
  const auto visit = Record(kSite, "v1");
  alice.Set(visit, "summary", "kept");
  const std::string form = OpenForm(alice, visit).form_id();
  EditForm(
      alice, form,
      {SetText("summary", "typed"), AddAt("findings[f1]"), SetText("findings[f1].severity", "high"),
       AddText("inspectors", "r1"), Increment("photo_count", 2), Increment("photo_count", 1)});
  v1::GetFormRequest get;
  get.set_form_id(form);
  const SiteVisit shown = Content(Must(alice->GetForm(get)).message());
  EXPECT_EQ(shown.summary(), "typed");
  ASSERT_EQ(shown.findings_size(), 1);
  EXPECT_EQ(shown.findings(0).id(), "f1");
  EXPECT_EQ(shown.findings(0).severity(), "high");
  EXPECT_EQ(shown.inspectors(0), "r1");
  EXPECT_EQ(shown.photo_count(), 3);
  EXPECT_EQ(Content(alice.Get(visit).message()).summary(), "kept");
  SaveForm(alice, form);
  EXPECT_EQ(Content(alice.Get(visit).message()).SerializeAsString(), shown.SerializeAsString());
}

TEST(Form, TakesARemovalBackWithAnEditBelowIt) {
  Tablet alice("alice");
  const auto visit = Record(kSite, "v1");
  alice.Set(visit, "findings[f1].severity", "low");
  const std::string form = OpenForm(alice, visit).form_id();
  EditForm(alice, form, {SetText("findings[f1].status", "open"), RemoveAt("findings[f1]")});
  EditForm(alice, form, {SetText("findings[f1].severity", "high")});
  SaveForm(alice, form);
  const SiteVisit content = Content(alice.Get(visit).message());
  ASSERT_EQ(content.findings_size(), 1);
  EXPECT_EQ(content.findings(0).severity(), "high");
  EXPECT_FALSE(content.findings(0).has_status());
}

TEST(Form, IsRecoveredWithItsContextAfterARestart) {
  Office office;
  Tablet alice("alice");
  Tablet bob("bob");
  const auto visit = Record(kSite, "v1");
  alice.Set(visit, "summary", "before");
  alice.Set(visit, "address", "before");
  alice.Sync(office);
  bob.Sync(office);
  EditForm(alice, OpenForm(alice, visit).form_id(),
           {SetText("summary", "alice's"), SetText("address", "new")});
  alice.Restart();
  bob.Set(visit, "summary", "bob's");
  bob.Sync(office);
  alice.Sync(office);
  alice.Restart();
  const auto drafts = Must(alice->ListDrafts({}));
  ASSERT_EQ(drafts.drafts_size(), 1);
  const auto opened = OpenForm(alice, visit);
  EXPECT_TRUE(opened.draft_recovered());
  EXPECT_EQ(opened.form_id(), drafts.drafts(0).form_id());
  EXPECT_EQ(Content(opened.message()).summary(), "alice's");
  const auto saved = SaveForm(alice, opened.form_id());
  ASSERT_EQ(saved.conflicts_size(), 1);
  EXPECT_EQ(saved.conflicts(0).path(),
            "summary");  // the address that the form showed is overwritten
  EXPECT_EQ(Must(alice->ListDrafts({})).drafts_size(), 0);
}

TEST(Form, IsGoneOnceDiscarded) {
  Tablet alice("alice");
  const auto visit = Record(kSite, "v1");
  const std::string form = OpenForm(alice, visit).form_id();
  EditForm(alice, form, {SetText("summary", "typed")});
  v1::DiscardFormRequest discard;
  discard.set_form_id(form);
  Must(alice->DiscardForm(discard));
  v1::SaveFormRequest save;
  save.set_form_id(form);
  EXPECT_EQ(ReasonOf(alice->SaveForm(save).status()), kFormNotFound);
  alice.Restart();
  EXPECT_EQ(Must(alice->ListDrafts({})).drafts_size(), 0);
  EXPECT_FALSE(alice.Get(visit).exists());
}

TEST(Form, IsRefusedWholeWhereOneEditIsWrong) {
  Tablet alice("alice");
  const std::string form = OpenForm(alice, Record(kSite, "v1")).form_id();
  v1::EditFormRequest request;
  request.set_form_id(form);
  *request.add_edits() = SetText("summary", "good");
  *request.add_edits() = SetText("no_such_field", "bad");
  EXPECT_EQ(ReasonOf(alice->EditForm(request).status()), kPathUnknown);
  EXPECT_FALSE(SaveForm(alice, form).saved());
}

}  // namespace
}  // namespace dudao::client
