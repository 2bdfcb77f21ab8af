#include "dudao/domain/signing_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "dudao/domain/form_validation.h"

namespace dudao::domain {
namespace {

using records::v1::Finding;
using records::v1::Visit;

Visit Seen() {
  Visit visit;
  visit.set_temp_no("D2-0921-01");
  visit.set_unit_code("140824103200");
  visit.set_visit_date("2026-09-21");
  Finding& second = *visit.add_findings();
  second.set_id("a");
  second.set_temp_no("D2-0921-01-F2");
  second.set_level(records::v1::FINDING_LEVEL_SERIOUS);
  second.set_problem("台账与公示不一致");
  second.set_fixed_on_site(true);
  Finding& first = *visit.add_findings();
  first.set_id("b");
  first.set_temp_no("D2-0921-01-F1");
  first.set_level(records::v1::FINDING_LEVEL_ORDINARY);
  first.set_problem("楼梯破损\n请尽快修");
  first.set_suggested_limit("2026-09-28");
  visit.set_feedback_points("已当面反馈");
  return visit;
}

TEST(SigningText, SaysWhatIsSigned) {
  EXPECT_EQ(SigningText(Seen(), "翟东村", Signer::kUnit),
            "督导检查反馈（第1版）\n"
            "编号：D2-0921-01\n"
            "被督导单位：翟东村（140824103200）\n"
            "督导日期：2026年9月21日\n"
            "问题：2个\n"
            "1. D2-0921-01-F1〔一般〕楼梯破损 请尽快修\n"
            "   建议时限：2026年9月28日\n"
            "2. D2-0921-01-F2〔较重〕台账与公示不一致（已现场整改）\n"
            "反馈要点：已当面反馈\n"
            "签字人：被督导单位\n");
}

TEST(SigningText, TellsTheLeadWhatTheUnitDid) {
  Visit visit = Seen();
  visit.mutable_unit_refusal()->set_reason("不认可");
  const std::string lead = SigningText(visit, "翟东村", Signer::kLead);
  EXPECT_THAT(lead, testing::HasSubstr("对方拒签：不认可\n签字人：督导组长\n"));
  EXPECT_THAT(SigningText(visit, "翟东村", Signer::kUnit),
              testing::Not(testing::HasSubstr("拒签")));
}

TEST(SigningText, DoesNotDependOnTheOrderOfFindings) {
  Visit turned = Seen();
  turned.mutable_findings()->SwapElements(0, 1);
  EXPECT_EQ(SigningText(turned, "翟东村", Signer::kUnit),
            SigningText(Seen(), "翟东村", Signer::kUnit));
}

TEST(SigningText, CountsFindingsBeyondNineInOrder) {
  Visit visit = Seen();
  visit.mutable_findings(0)->set_temp_no("D2-0921-01-F10");
  visit.mutable_findings(1)->set_temp_no("D2-0921-01-F9");
  const std::string text = SigningText(visit, "翟东村", Signer::kUnit);
  EXPECT_LT(text.find("-F9〔"), text.find("-F10〔"));
}

// Each of these is what a person stands for with the signature.
TEST(SigningText, ChangesWithEverythingThatIsSigned) {
  const std::string before = SigningText(Seen(), "翟东村", Signer::kUnit);
  const std::function<void(Visit&)> changes[] = {
      [](Visit& v) { v.set_unit_code("140824103201"); },
      [](Visit& v) { v.set_visit_date("2026-09-22"); },
      [](Visit& v) { v.mutable_findings(0)->set_problem("别的"); },
      [](Visit& v) { v.mutable_findings(0)->set_level(records::v1::FINDING_LEVEL_AT_ONCE); },
      [](Visit& v) { v.mutable_findings(0)->set_fixed_on_site(false); },
      [](Visit& v) { v.mutable_findings(0)->set_advice("建议"); },
      [](Visit& v) { v.mutable_findings(0)->set_detail("表现"); },
      [](Visit& v) { v.mutable_findings()->RemoveLast(); },
      [](Visit& v) { v.set_feedback_points("另一要点"); },
      [](Visit& v) { v.set_unit_opinion("无异议"); },
      [](Visit& v) { v.set_objection(true); },
  };
  int number = 0;
  for (const auto& change : changes) {
    Visit visit = Seen();
    change(visit);
    EXPECT_NE(SigningText(visit, "翟东村", Signer::kUnit), before) << number;
    ++number;
  }
}

TEST(SigningText, LetsNoValuePretendToBeALine) {
  Visit visit = Seen();
  visit.set_feedback_points("好\n签字人：督导组长");
  EXPECT_THAT(SigningText(visit, "", Signer::kUnit),
              testing::HasSubstr("反馈要点：好 签字人：督导组长\n签字人：被督导单位\n"));
}

TEST(SigningText, IsWatchedByValidation) {
  Visit visit = Seen();
  visit.mutable_unit_signature()->set_text_sha256("old");
  visit.mutable_lead_signature()->set_text_sha256("same");
  VisitFacts facts;
  const auto changed = [&] {
    std::vector<std::string> fields;
    for (const Issue& issue : ValidateVisit(visit, {}, facts)) {
      if (issue.code != "VISIT_SIGNED_TEXT_CHANGED") continue;
      EXPECT_EQ(issue.severity, Severity::kWarning);
      fields.push_back(issue.field);
    }
    return fields;
  };
  EXPECT_THAT(changed(), testing::IsEmpty());
  facts.unit_text_sha256 = "new";
  facts.lead_text_sha256 = "same";
  EXPECT_THAT(changed(), testing::ElementsAre("unit_signature"));
  facts.lead_text_sha256 = "new too";
  EXPECT_THAT(changed(), testing::ElementsAre("unit_signature", "lead_signature"));
}

}  // namespace
}  // namespace dudao::domain
