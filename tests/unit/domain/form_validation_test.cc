#include "dudao/domain/form_validation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "data_file.h"
#include "dudao/domain/civil.h"
#include "dudao/domain/default_form.h"

namespace dudao::domain {
namespace {

using namespace records::v1;  // NOLINT: messages and enum values
using testing::Contains;
using testing::IsEmpty;
using testing::Not;

const std::int64_t kArrived = UnixMs(absl::CivilSecond(2026, 9, 21, 9, 0));
constexpr std::int64_t kHourMs = 3600000;
const std::string kHash(64, 'a');

const FormTemplate& Form() {
  static const FormTemplate form = *ParseForm(DataFile("form-default.textproto"));
  return form;
}

void AnswerAll(Visit* visit) {
  for (const CheckItem& item : Form().check_items()) {
    if (!Applies(item, visit->unit_type(), false)) continue;
    CheckAnswer& answer = *visit->add_check_items();
    answer.set_code(item.code());
    if (item.answer_kind() == ANSWER_KIND_CHOICE) answer.set_result(CHECK_RESULT_YES);
    if (item.answer_kind() != ANSWER_KIND_VALUES) continue;
    for (const ExtraInput& input : item.extras().inputs()) {
      CheckExtra& extra = *visit->add_check_extras();
      extra.set_key(item.code() + "." + input.name());
      extra.set_number(2);
    }
  }
}

// A visit of team 2 to 翟东村 without any issue, with one finding and one photo.
Visit GoodVisit() {
  Visit visit;
  visit.set_temp_no("D2-0921-01");
  visit.set_team_id("D2");
  visit.set_unit_code("140824103200");
  visit.set_unit_type(UNIT_TYPE_VILLAGE);
  visit.set_form_code("default");
  visit.set_form_version(1);
  visit.set_visit_date("2026-09-21");
  visit.set_arrived_at_ms(kArrived);
  visit.set_left_at_ms(kArrived + 7 * kHourMs);
  visit.add_inspector_ids("p07");
  visit.add_inspector_ids("p08");
  visit.set_mode(VISIT_MODE_DIRECT);
  visit.add_areas("grid");
  for (const char* id : {"i1", "i2", "i3"}) {
    Interview& interview = *visit.add_interviews();
    interview.set_id(id);
    interview.set_satisfaction(4);
  }
  AnswerAll(&visit);
  visit.mutable_check_items(1)->set_result(CHECK_RESULT_NO);  // A2
  Finding& finding = *visit.add_findings();
  finding.set_id("f1");
  finding.set_check_code("A2");
  finding.set_problem("任务清单未明确完成时限");
  finding.set_level(FINDING_LEVEL_ORDINARY);
  finding.set_owner_unit("140824103200");
  finding.add_evidence_ids("e1");
  Evidence& evidence = *visit.add_evidence();
  evidence.set_id("e1");
  evidence.set_kind(EVIDENCE_KIND_PHOTO);
  evidence.set_sha256(kHash);
  visit.mutable_unit_signature()->set_signer_name("村干部");
  visit.mutable_lead_signature()->set_signer_name("张督一");
  return visit;
}

std::vector<std::string> Found(const Visit& visit, const VisitFacts& facts = {}) {
  std::vector<std::string> found;
  for (const Issue& issue : ValidateVisit(visit, Form(), facts)) {
    found.push_back((issue.severity == Severity::kError ? "E " : "W ") + issue.code + " " +
                    issue.field);
    EXPECT_NE(issue.zh, issue.code) << "not in the catalogue";
    EXPECT_NE(issue.en, issue.zh);
  }
  return found;
}

struct Case {
  const char* name;
  std::function<void(Visit*)> spoil;
  const char* issue;
};
void PrintTo(const Case& test, std::ostream* out) { *out << test.name; }

class OneThingWrong : public testing::TestWithParam<Case> {};

TEST_P(OneThingWrong, IsTheOnlyIssue) {
  Visit visit = GoodVisit();
  GetParam().spoil(&visit);
  EXPECT_THAT(Found(visit), testing::ElementsAre(GetParam().issue));
}

INSTANTIATE_TEST_SUITE_P(
    Header, OneThingWrong,
    testing::Values(
        Case{"NoTempNo", [](Visit* v) { v->clear_temp_no(); }, "E VISIT_FIELD_REQUIRED temp_no"},
        Case{"NoTeam",
             [](Visit* v) {
               v->clear_team_id();
               v->clear_temp_no();
               v->set_temp_no("");
               v->set_team_id("D3");
               v->set_temp_no("D2-0921-01");
             },
             "E TEMP_NUMBER_WRONG temp_no"},
        Case{"NoUnit", [](Visit* v) { v->clear_unit_code(); }, "E VISIT_FIELD_REQUIRED unit_code"},
        Case{"NoDate", [](Visit* v) { v->clear_visit_date(); },
             "E VISIT_FIELD_REQUIRED visit_date"},
        Case{"NoArrival", [](Visit* v) { v->clear_arrived_at_ms(); },
             "E VISIT_FIELD_REQUIRED arrived_at_ms"},
        Case{"NoLeaving", [](Visit* v) { v->clear_left_at_ms(); },
             "E VISIT_FIELD_REQUIRED left_at_ms"},
        Case{"NoMode", [](Visit* v) { v->clear_mode(); }, "E VISIT_FIELD_REQUIRED mode"},
        Case{"NoArea", [](Visit* v) { v->clear_areas(); }, "E VISIT_FIELD_REQUIRED areas"},
        Case{"OtherArea", [](Visit* v) { v->add_areas("sports"); }, "E VISIT_AREA_UNKNOWN areas"},
        Case{"OneInspector", [](Visit* v) { v->mutable_inspector_ids()->RemoveLast(); },
             "E VISIT_INSPECTORS_TOO_FEW inspector_ids"},
        Case{"OtherForm", [](Visit* v) { v->set_form_version(2); },
             "E VISIT_OTHER_FORM form_version"},
        Case{"NoSuchDay", [](Visit* v) { v->set_visit_date("2026-09-31"); },
             "E DATE_WRONG visit_date"},
        Case{"OtherDay", [](Visit* v) { v->set_visit_date("2026-09-22"); },
             "W VISIT_OTHER_DAY arrived_at_ms"},
        Case{"LeftFirst", [](Visit* v) { v->set_left_at_ms(kArrived); },
             "E VISIT_LEFT_BEFORE_ARRIVED left_at_ms"},
        Case{"TooLong", [](Visit* v) { v->set_left_at_ms(kArrived + 24 * kHourMs + 1); },
             "E VISIT_TOO_LONG left_at_ms"},
        Case{"In1970", [](Visit* v) { v->set_arrived_at_ms(0); },
             "E TIME_IMPLAUSIBLE arrived_at_ms"},
        Case{"Overflow", [](Visit* v) { v->set_left_at_ms(INT64_MAX); },
             "E TIME_IMPLAUSIBLE left_at_ms"},
        Case{"FixOutside",
             [](Visit* v) {
               v->mutable_fix()->set_longitude(181);
               v->mutable_fix()->set_latitude(35);
               v->mutable_fix()->set_crs(COORDINATE_SYSTEM_WGS84);
             },
             "E VISIT_FIX_WRONG fix"},
        Case{"FixNoDatum",
             [](Visit* v) {
               v->mutable_fix()->set_longitude(111);
               v->mutable_fix()->set_latitude(35);
             },
             "E VISIT_FIX_WITHOUT_DATUM fix.crs"},
        Case{"FixEmpty", [](Visit* v) { v->mutable_fix(); }, "W VISIT_FIX_WITHOUT_REASON fix"}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Content, OneThingWrong,
    testing::Values(
        Case{"FewInterviews", [](Visit* v) { v->mutable_interviews()->RemoveLast(); },
             "W VISIT_INTERVIEWS_FEW interviews"},
        Case{"Satisfaction", [](Visit* v) { v->mutable_interviews(0)->set_satisfaction(6); },
             "E SATISFACTION_WRONG interviews[i1].satisfaction"},
        Case{"NoAnswer", [](Visit* v) { v->mutable_check_items(0)->clear_result(); },
             "W CHECK_NOT_ANSWERED check_items[A1]"},
        Case{"NoNumber", [](Visit* v) { v->mutable_check_extras(0)->clear_number(); },
             "W CHECK_NOT_ANSWERED check_items[B5]"},
        Case{"PartlyNeedsFinding",
             [](Visit* v) { v->mutable_check_items(0)->set_result(CHECK_RESULT_PARTLY); },
             "E CHECK_NEEDS_FINDING check_items[A1]"},
        Case{"NoNeedsFinding", [](Visit* v) { v->mutable_findings(0)->clear_check_code(); },
             "E CHECK_NEEDS_FINDING check_items[A2]"},
        Case{"OtherItem", [](Visit* v) { v->add_check_items()->set_code("Z9"); },
             "E CHECK_ITEM_UNKNOWN check_items[Z9]"},
        Case{"NotForVillages",
             [](Visit* v) {
               CheckAnswer* a = v->add_check_items();
               a->set_code("E1");
               a->set_result(CHECK_RESULT_YES);
             },
             "W CHECK_NOT_FOR_UNIT check_items[E1]"},
        Case{"OtherExtra", [](Visit* v) { v->add_check_extras()->set_key("A1.x"); },
             "E CHECK_EXTRA_UNKNOWN check_extras[A1.x]"},
        Case{"NegativeCount", [](Visit* v) { v->mutable_check_extras(0)->set_number(-1); },
             "E CHECK_EXTRA_WRONG check_extras[B5.count]"},
        Case{"ExtraDate",
             [](Visit* v) {
               CheckExtra* e = v->add_check_extras();
               e->set_key("A3.last_date");
               e->set_text("2026-02-30");
             },
             "E CHECK_EXTRA_WRONG check_extras[A3.last_date]"},
        Case{"NoProblem", [](Visit* v) { v->mutable_findings(0)->set_problem("  "); },
             "E FINDING_PROBLEM_EMPTY findings[f1].problem"},
        Case{"LongProblem",
             [](Visit* v) {
               std::string s;
               for (int i = 0; i < 301; ++i) s += "字";
               v->mutable_findings(0)->set_problem(s);
             },
             "E FINDING_PROBLEM_TOO_LONG findings[f1].problem"},
        Case{"NoLevel", [](Visit* v) { v->mutable_findings(0)->clear_level(); },
             "E FINDING_LEVEL_EMPTY findings[f1].level"},
        Case{"NoOwner", [](Visit* v) { v->mutable_findings(0)->clear_owner_unit(); },
             "E FINDING_OWNER_EMPTY findings[f1].owner_unit"},
        Case{"LimitNoDate", [](Visit* v) { v->mutable_findings(0)->set_suggested_limit("soon"); },
             "E DATE_WRONG findings[f1].suggested_limit"},
        Case{"EvidenceUnknown", [](Visit* v) { v->mutable_findings(0)->add_evidence_ids("e9"); },
             "E EVIDENCE_UNKNOWN findings[f1].evidence_ids"},
        Case{"LookbackOpen", [](Visit* v) { v->add_lookback_items()->set_finding_id("old"); },
             "W LOOKBACK_OPEN lookback_items[old].result"}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    EvidenceAndFeedback, OneThingWrong,
    testing::Values(
        Case{"NoHash", [](Visit* v) { v->mutable_evidence(0)->set_sha256(std::string(64, 'A')); },
             "E EVIDENCE_WITHOUT_HASH evidence[e1].sha256"},
        Case{"NoKind", [](Visit* v) { v->mutable_evidence(0)->clear_kind(); },
             "E EVIDENCE_WITHOUT_KIND evidence[e1].kind"},
        Case{"RemovedNoReason", [](Visit* v) { v->mutable_evidence(0)->mutable_removed(); },
             "E EVIDENCE_REMOVED_WITHOUT_REASON evidence[e1].removed"},
        Case{"RedactedOfNothing", [](Visit* v) { v->mutable_evidence(0)->set_redacted_of("e0"); },
             "E EVIDENCE_UNKNOWN evidence[e1].redacted_of"},
        Case{"NotRedacted", [](Visit* v) { v->mutable_evidence(0)->set_has_pii(true); },
             "W EVIDENCE_NOT_REDACTED evidence[e1].has_pii"},
        Case{"NotSigned", [](Visit* v) { v->clear_unit_signature(); },
             "W VISIT_NOT_SIGNED unit_signature"},
        Case{"RefusedNoReason",
             [](Visit* v) {
               v->clear_unit_signature();
               v->mutable_unit_refusal()->add_witness_ids("p07");
               v->mutable_unit_refusal()->add_witness_ids("p08");
             },
             "E VISIT_REFUSAL_WITHOUT_REASON unit_refusal.reason"},
        Case{"OneWitness",
             [](Visit* v) {
               v->clear_unit_signature();
               v->mutable_unit_refusal()->set_reason("不认可");
               v->mutable_unit_refusal()->add_witness_ids("p07");
               v->mutable_unit_refusal()->add_witness_ids("p07");
             },
             "E VISIT_REFUSAL_WITNESSES unit_refusal.witness_ids"},
        Case{"SignedAndRefused",
             [](Visit* v) {
               v->mutable_unit_refusal()->set_reason("不认可");
               v->mutable_unit_refusal()->add_witness_ids("p07");
               v->mutable_unit_refusal()->add_witness_ids("p08");
             },
             "E VISIT_SIGNED_AND_REFUSED unit_refusal"},
        Case{"ObjectionEmpty", [](Visit* v) { v->set_objection(true); },
             "W VISIT_OBJECTION_EMPTY objection_text"},
        Case{"LeadNotSigned", [](Visit* v) { v->clear_lead_signature(); },
             "W VISIT_LEAD_NOT_SIGNED lead_signature"},
        Case{"NotUtf8", [](Visit* v) { v->set_note("\xE7\xBF"); }, "E TEXT_NOT_UTF8 note"},
        Case{"IdNumber", [](Visit* v) { v->set_note("身份证14082419900101123X。"); },
             "E TEXT_HOLDS_IDENTITY_NUMBER note"},
        Case{"WideIdNumber",
             [](Visit* v) {
               v->mutable_findings(0)->set_detail("１４０８２４１９９００１０１１２３４");
             },
             "E TEXT_HOLDS_IDENTITY_NUMBER findings[f1].detail"}),
    [](const auto& test) { return test.param.name; });

TEST(FormValidation, FindsNothingWrongWithAGoodVisit) {
  EXPECT_THAT(Found(GoodVisit()), IsEmpty());
}

TEST(FormValidation, AcceptsThreeHundredCharactersAndNumbersThatAreNoIdentity) {
  Visit visit = GoodVisit();
  std::string text;
  for (int i = 0; i < 300; ++i) text += "字";
  visit.mutable_findings(0)->set_problem(text);
  visit.set_note(
      "电话13800000000 编号140824103200 20260921123456789012 合同14082419900101123 "
      "A14082419900101123X");
  EXPECT_THAT(Found(visit), IsEmpty());
}

TEST(FormValidation, AcceptsARefusalWithReasonAndTwoWitnesses) {
  Visit visit = GoodVisit();
  visit.clear_unit_signature();
  visit.mutable_unit_refusal()->set_reason("对结论有异议");
  visit.mutable_unit_refusal()->add_witness_ids("p07");
  visit.mutable_unit_refusal()->add_witness_ids("p08");
  EXPECT_THAT(Found(visit), IsEmpty());
}

TEST(FormValidation, AsksForInterviewsOnlyWhereResidentsLive) {
  Visit visit = GoodVisit();
  visit.set_unit_type(UNIT_TYPE_TOWNSHIP);
  visit.clear_interviews();
  EXPECT_THAT(Found(visit), Not(Contains("W VISIT_INTERVIEWS_FEW interviews")));
}

TEST(FormValidation, NeverAsksForPhotos) {
  Visit visit = GoodVisit();
  visit.clear_evidence();
  visit.mutable_findings(0)->clear_evidence_ids();
  EXPECT_THAT(Found(visit), IsEmpty());
}

TEST(FormValidation, AcceptsARedactedCopy) {
  Visit visit = GoodVisit();
  visit.mutable_evidence(0)->set_has_pii(true);
  Evidence& copy = *visit.add_evidence();
  copy = visit.evidence(0);
  copy.set_id("e2");
  copy.set_has_pii(false);
  copy.set_redacted_of("e1");
  EXPECT_THAT(Found(visit), IsEmpty());
}

TEST(FormValidation, UsesTheFactsThatTheVisitDoesNotHold) {
  VisitFacts facts;
  facts.now_ms = kArrived - 20 * kHourMs;
  EXPECT_THAT(Found(GoodVisit(), facts), testing::ElementsAre("W TIME_IN_FUTURE left_at_ms"));
  facts = {};
  facts.inspector_departments = {"县民政局", "140824103200"};
  EXPECT_THAT(Found(GoodVisit(), facts),
              testing::ElementsAre("E FINDING_OWNER_IS_INSPECTOR findings[f1].owner_unit"));
  facts = {};
  facts.open_finding_ids = {"old"};
  EXPECT_THAT(Found(GoodVisit(), facts),
              testing::ElementsAre("W LOOKBACK_OPEN lookback_items[old]"));
  facts = {};
  facts.place_is_flagged = true;
  EXPECT_THAT(Found(GoodVisit(), facts),
              testing::ElementsAre("W CHECK_NOT_ANSWERED check_items[A5]"));
}

TEST(FormValidation, PutsErrorsFirstAndLetsWarningsPass) {
  Visit visit = GoodVisit();
  visit.clear_lead_signature();
  std::vector<Issue> issues = ValidateVisit(visit, Form(), {});
  EXPECT_TRUE(MaySubmit(issues));
  visit.clear_interviews();
  visit.set_note("\xFF");
  issues = ValidateVisit(visit, Form(), {});
  ASSERT_EQ(issues.size(), 3u);
  EXPECT_EQ(issues[0].code, "TEXT_NOT_UTF8");
  EXPECT_FALSE(MaySubmit(issues));
}

TEST(FormValidation, StaysBoundedForHostileVisits) {
  Visit visit;
  for (int i = 0; i < 100000; ++i) visit.add_findings()->set_id(std::to_string(i));
  EXPECT_EQ(ValidateVisit(visit, Form(), {}).size(), kMaxIssues);
  EXPECT_FALSE(Found(Visit()).empty());
}

TEST(FormValidation, KeepsEvidenceUnchanged) {
  const Visit before = GoodVisit();
  const auto code = [&before](const std::function<void(Visit*)>& change) {
    Visit after = before;
    change(&after);
    const std::vector<Issue> issues = CheckEvidenceKept(before, after);
    return issues.empty() ? std::string() : issues[0].code;
  };
  EXPECT_EQ(code([](Visit* v) { v->mutable_evidence(0)->set_caption("楼梯破损"); }), "");
  EXPECT_EQ(code([](Visit* v) { v->mutable_evidence(0)->set_has_pii(true); }), "");
  EXPECT_EQ(code([](Visit* v) { v->mutable_evidence(0)->mutable_removed()->set_reason("重复"); }),
            "");
  EXPECT_EQ(code([](Visit* v) { v->add_evidence()->set_id("e2"); }), "");
  EXPECT_EQ(code([](Visit* v) { v->mutable_evidence(0)->set_sha256(std::string(64, 'b')); }),
            "EVIDENCE_CHANGED");
  EXPECT_EQ(code([](Visit* v) { v->mutable_evidence(0)->mutable_geo()->set_latitude(1); }),
            "EVIDENCE_CHANGED");
  EXPECT_EQ(code([](Visit* v) { v->clear_evidence(); }), "EVIDENCE_GONE");
}

}  // namespace
}  // namespace dudao::domain
