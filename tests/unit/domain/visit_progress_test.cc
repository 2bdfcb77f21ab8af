#include "dudao/domain/visit_progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "data_file.h"
#include "dudao/domain/default_form.h"

namespace dudao::domain {
namespace {

using namespace records::v1;  // NOLINT: messages and enum values

const FormTemplate& Form() {
  static const FormTemplate form = *ParseForm(DataFile("form-default.textproto"));
  return form;
}

Visit Empty(UnitType type = UNIT_TYPE_VILLAGE) {
  Visit visit;
  visit.set_unit_type(type);
  return visit;
}

const ItemProgress* Find(const VisitProgress& progress, const std::string& code) {
  for (const SectionProgress& section : progress.sections) {
    for (const ItemProgress& item : section.items) {
      if (item.item->code() == code) return &item;
    }
  }
  return nullptr;
}

CheckAnswer* Answer(Visit* visit, const std::string& code, CheckResult result) {
  CheckAnswer* answer = visit->add_check_items();
  answer->set_code(code);
  answer->set_result(result);
  return answer;
}

TEST(VisitProgress, HasTheSectionsAndItemsOfThisUnitInOrder) {
  const Visit visit = Empty();
  const VisitProgress progress = ProgressOf(visit, Form(), false);
  std::string sections;
  for (const SectionProgress& section : progress.sections) {
    sections += section.section->code();
    for (size_t i = 1; i < section.items.size(); ++i)
      EXPECT_LT(section.items[i - 1].item->position(), section.items[i].item->position());
  }
  EXPECT_EQ(sections, "ABCDFH");  // neither enforcement nor community work in a village
  EXPECT_EQ(Find(progress, "A5"), nullptr);
  EXPECT_NE(Find(ProgressOf(visit, Form(), true), "A5"), nullptr);
  EXPECT_EQ(Find(ProgressOf(Empty(UNIT_TYPE_TOWNSHIP), Form(), false), "A4"), nullptr);
}

TEST(VisitProgress, CountsWhatHasToBeAnswered) {
  Visit visit = Empty();
  const VisitProgress before = ProgressOf(visit, Form(), false);
  EXPECT_GT(before.required, 15);
  EXPECT_EQ(before.answered, 0);
  Answer(&visit, "A1", CHECK_RESULT_YES);
  Answer(&visit, "B1", CHECK_RESULT_UNSPECIFIED);
  Answer(&visit, "E1", CHECK_RESULT_YES);  // not asked of a village
  const VisitProgress after = ProgressOf(visit, Form(), false);
  EXPECT_EQ(after.required, before.required);
  EXPECT_EQ(after.answered, 1);
  EXPECT_EQ(after.sections[0].answered, 1);
  EXPECT_TRUE(Find(after, "A1")->answered);
  EXPECT_FALSE(Find(after, "B1")->answered);
}

TEST(VisitProgress, TakesAnItemOfValuesAsAnsweredOnceAllAreGiven) {
  Visit visit = Empty();
  CheckExtra* first = visit.add_check_extras();
  first->set_key("C2.income_prev");
  first->set_number(100);
  EXPECT_TRUE(Find(ProgressOf(visit, Form(), false), "C2")->required);
  EXPECT_FALSE(Find(ProgressOf(visit, Form(), false), "C2")->answered);
  CheckExtra* second = visit.add_check_extras();
  second->set_key("C2.income_ytd");
  second->set_number(0);
  EXPECT_TRUE(Find(ProgressOf(visit, Form(), false), "C2")->answered);
}

TEST(VisitProgress, DoesNotAskForWords) {
  Visit visit = Empty();
  EXPECT_FALSE(Find(ProgressOf(visit, Form(), false), "H4")->required);
  EXPECT_FALSE(Find(ProgressOf(visit, Form(), false), "H4")->answered);
  Answer(&visit, "H4", CHECK_RESULT_UNSPECIFIED)->set_note("广播每天说一件事");
  EXPECT_TRUE(Find(ProgressOf(visit, Form(), false), "H4")->answered);
  EXPECT_EQ(ProgressOf(visit, Form(), false).answered, 0);
}

TEST(VisitProgress, AsksForAFindingOnceTheAnswerIsNoOrPartly) {
  Visit visit = Empty();
  CheckAnswer* answer = Answer(&visit, "B3", CHECK_RESULT_YES);
  EXPECT_FALSE(Find(ProgressOf(visit, Form(), false), "B3")->needs_finding);
  for (const CheckResult result : {CHECK_RESULT_NO, CHECK_RESULT_PARTLY}) {
    answer->set_result(result);
    EXPECT_TRUE(Find(ProgressOf(visit, Form(), false), "B3")->needs_finding);
  }
  visit.add_findings()->set_check_code("B3");
  EXPECT_FALSE(Find(ProgressOf(visit, Form(), false), "B3")->needs_finding);
}

}  // namespace
}  // namespace dudao::domain
