#include <gtest/gtest.h>

#include "dudao/bench/v1/site_visit.pb.h"
#include "dudao/client/reason.h"
#include "dudao/records/v1/visit.pb.h"
#include "world.h"

namespace dudao::client {
namespace {

using bench::v1::SiteVisit;

class Edit : public testing::Test {
 protected:
  absl::Status Try(const v1::FieldEdit& edit, uint32_t type = kSite) {
    v1::EditRequest request;
    *request.mutable_record() = Record(type, "v1");
    *request.add_edits() = edit;
    return alice->Edit(request).status();
  }
  SiteVisit Content() {
    SiteVisit content;
    EXPECT_TRUE(content.ParseFromString(alice.Get(Record(kSite, "v1")).message()));
    return content;
  }

  Tablet alice{"alice"};
};

TEST_F(Edit, WritesEveryKindOfField) {
  v1::EditRequest request;
  *request.mutable_record() = Record(kSite, "v1");
  *request.add_edits() = SetText("site_name", "翟东村");
  *request.add_edits() = SetInteger("humidity", 61);
  *request.add_edits() = SetInteger("temperature", -3);  // a whole number for a double
  *request.add_edits() = SetText("checks[c07].remark", "缺台账");
  *request.add_edits() = SetInteger("checks[c07].score", 4);
  *request.add_edits() = AddText("inspectors", "r1");
  *request.add_edits() = AddText("inspectors", "r2");
  *request.add_edits() = Increment("photo_count", 5);
  Must(alice->Edit(request));
  MustBeOk(Try(Increment("photo_count", -2)));
  v1::FieldEdit remove;
  remove.set_path("inspectors");
  remove.mutable_remove()->mutable_value()->set_text("r1");
  MustBeOk(Try(remove));
  const SiteVisit content = Content();
  EXPECT_EQ(content.site_name(), "翟东村");
  EXPECT_EQ(content.humidity(), 61);
  EXPECT_EQ(content.temperature(), -3.0);
  ASSERT_EQ(content.checks_size(), 1);
  EXPECT_EQ(content.checks(0).code(), "c07");
  EXPECT_EQ(content.checks(0).remark(), "缺台账");
  EXPECT_EQ(content.checks(0).score(), 4);
  EXPECT_EQ(std::vector<std::string>(content.inspectors().begin(), content.inspectors().end()),
            std::vector<std::string>{"r2"});
  EXPECT_EQ(content.photo_count(), 3);
}

TEST_F(Edit, AddsAnElementWithItsFieldsAndRemovesIt) {
  bench::v1::SiteFinding finding;
  finding.set_severity("high");
  finding.set_deadline(42);
  v1::FieldEdit add = AddAt("findings[f\\]1]");
  add.mutable_add()->mutable_value()->set_message(finding.SerializeAsString());
  MustBeOk(Try(add));
  ASSERT_EQ(Content().findings_size(), 1);
  EXPECT_EQ(Content().findings(0).id(), "f]1");
  EXPECT_EQ(Content().findings(0).deadline(), 42);
  MustBeOk(Try(RemoveAt("findings[f\\]1]")));
  EXPECT_EQ(Content().findings_size(), 0);
}

TEST_F(Edit, RefusesPathsThatLeadNowhere) {
  for (const char* path :
       {"nothing", "site_name.x", "site_name[a]", "checks.result", "checks[c07].code", "checks[c07",
        "checks[c07]x", ".", "[a]", "checks[c07].", "findings[f1].severity[x]", "checks[c07\\"}) {
    EXPECT_EQ(ReasonOf(Try(SetText(path, "x"))), kPathUnknown) << path;
  }
  EXPECT_EQ(ReasonOf(Try(SetText("checks[].result", "x"))), kKeyInvalid);
  EXPECT_EQ(ReasonOf(Try(SetText("checks[" + std::string(300, 'k') + "].result", "x"))),
            kKeyInvalid);
  EXPECT_EQ(ReasonOf(Try(SetText(std::string(10 << 20, 'p'), "x"))), kPathUnknown);
  EXPECT_EQ(ReasonOf(Try(SetText("fix.longitude", "1"), kVisit)), kPathUnknown);
  EXPECT_FALSE(alice.Get(Record(kSite, "v1")).exists());
}

TEST_F(Edit, RefusesActionsThatTheMergeKindForbids) {
  EXPECT_EQ(ReasonOf(Try(Increment("humidity", 1))), kActionUnfit);
  EXPECT_EQ(ReasonOf(Try(SetInteger("photo_count", 1))), kActionUnfit);
  EXPECT_EQ(ReasonOf(Try(SetText("inspectors", "r1"))), kActionUnfit);
  EXPECT_EQ(ReasonOf(Try(SetText("findings[f1]", "x"))), kActionUnfit);
  EXPECT_EQ(ReasonOf(Try(AddText("site_name", "x"))), kActionUnfit);
  EXPECT_EQ(ReasonOf(Try(AddAt("findings"))), kActionUnfit);
  EXPECT_EQ(ReasonOf(Try(RemoveAt(""))), kActionUnfit);
  v1::FieldEdit nothing;
  nothing.set_path("site_name");
  EXPECT_EQ(ReasonOf(Try(nothing)), kActionUnfit);
  EXPECT_EQ(ReasonOf(Try(SetText("official_no", "1"), kVisit)), kFieldIssued);
}

TEST_F(Edit, RefusesValuesThatDoNotFit) {
  EXPECT_EQ(ReasonOf(Try(SetInteger("site_name", 1))), kValueUnfit);
  EXPECT_EQ(ReasonOf(Try(SetText("humidity", "1"))), kValueUnfit);
  v1::FieldEdit half;
  half.set_path("humidity");
  half.mutable_set()->set_number(0.5);
  EXPECT_EQ(ReasonOf(Try(half)), kValueUnfit);
  half.mutable_set()->Clear();
  EXPECT_EQ(ReasonOf(Try(half)), kValueUnfit);
  v1::FieldEdit fix;
  fix.set_path("fix");
  fix.mutable_set()->set_message("\xff\xff");
  EXPECT_EQ(ReasonOf(Try(fix, kVisit)), kValueUnfit);
  EXPECT_EQ(ReasonOf(Try(SetText("note", std::string(10 << 20, 'x')), kVisit)), kValueTooLong);
  EXPECT_EQ(ReasonOf(Try(SetText("note", "\xc3\x28"), kVisit)), kTextNotUtf8);
  EXPECT_EQ(ReasonOf(Try(SetText("findings[\xff].problem", "x"), kVisit)), kTextNotUtf8);
  EXPECT_EQ(ReasonOf(Try(SetText("note", "\xed\xa0\x80"), kVisit)),
            kTextNotUtf8);  // half of a pair
}

TEST_F(Edit, RefusesRecordsWithoutAName) {
  v1::EditRequest request;
  *request.add_edits() = SetText("site_name", "x");
  const auto reason = [&](const v1::RecordRef& ref) {
    *request.mutable_record() = ref;
    return ReasonOf(alice->Edit(request).status());
  };
  EXPECT_EQ(reason(Record(12345, "k")), kTypeUnknown);
  EXPECT_EQ(reason(Record(kSite, std::string(65, 'k'))), kKeyInvalid);
  EXPECT_EQ(reason(Record(kSite, "k", "")), kSpaceInvalid);
  EXPECT_EQ(reason(Record(kSite, "k", "a b")), kSpaceInvalid);
  EXPECT_EQ(reason(Record(kSite, "k", std::string(65, 's'))), kSpaceInvalid);
}

TEST_F(Edit, SavesAllOrNothing) {
  v1::EditRequest request;
  *request.mutable_record() = Record(kSite, "v1");
  *request.add_edits() = SetText("site_name", "good");
  *request.add_edits() = SetInteger("summary", 1);
  EXPECT_FALSE(alice->Edit(request).ok());
  EXPECT_FALSE(alice.Get(Record(kSite, "v1")).exists());
}

TEST_F(Edit, RefusesMoreOperationsThanAChangeMayHave) {
  v1::EditRequest request;
  *request.mutable_record() = Record(kSite, "v1");
  for (int i = 0; i < 100'000; ++i)
    *request.add_edits() = AddText("inspectors", "r" + std::to_string(i));
  EXPECT_EQ(ReasonOf(alice->Edit(request).status()), kTooManyEdits);
  EXPECT_FALSE(alice.Get(Record(kSite, "v1")).exists());
}

TEST_F(Edit, LetsFixedFieldsBeSetOnce) {
  MustBeOk(Try(SetText("temp_no", "D2-0921-01"), kVisit));
  MustBeOk(Try(SetText("temp_no", "D2-0921-01"), kVisit));  // the same again writes nothing
  EXPECT_EQ(ReasonOf(Try(SetText("temp_no", "D2-0921-02"), kVisit)), kFieldFixed);
  v1::FieldEdit clear;
  clear.set_path("temp_no");
  clear.mutable_clear();
  EXPECT_EQ(ReasonOf(Try(clear, kVisit)), kFieldFixed);
}

TEST_F(Edit, KeepsUnknownFieldsOfAtomicValues) {
  records::v1::GeoFix fix;
  fix.set_longitude(110.9);
  const std::string newer = fix.SerializeAsString() +
                            "\xc2\x3e\x03"
                            "abc";  // field 1000, of a later version
  v1::FieldEdit edit;
  edit.set_path("fix");
  edit.mutable_set()->set_message(newer);
  MustBeOk(Try(edit, kVisit));
  const std::string stored = alice.Get(Record(kVisit, "v1")).message();
  EXPECT_NE(stored.find(newer), std::string::npos);
}

TEST_F(Edit, KeepsAndForwardsFieldsThatThisVersionDoesNotKnow) {
  Office office;
  Tablet bob("bob");
  MustBeOk(Try(SetText("site_name", "x")));
  alice.Sync(office);
  // A newer replica writes field 777, which no descriptor here has.
  sync::LocalEdit newer;
  newer.author = "carol";
  newer.wall_ms = kMonday;
  newer.ops.push_back({{kSite, "v1"},
                       sync::Path().Field(777),
                       sync::MergeKind::kRegister,
                       sync::Value::Bytes("of tomorrow")});
  Must(office.Space(kSpace).Commit(newer));
  alice.Sync(office);
  bob.Sync(office);
  EXPECT_NE(bob.Get(Record(kSite, "v1")).message().find("of tomorrow"), std::string::npos);
  MustBeOk(Try(SetText("site_name", "y")));
  EXPECT_NE(alice.Get(Record(kSite, "v1")).message().find("of tomorrow"), std::string::npos);
  v1::ListHistoryRequest history;
  *history.mutable_record() = Record(kSite, "v1");
  const auto entries = Must(bob->ListHistory(history)).entries();
  EXPECT_TRUE(
      std::any_of(entries.begin(), entries.end(), [](const auto& e) { return e.path() == "777"; }));
}

}  // namespace
}  // namespace dudao::client
