#include "dudao/domain/default_form.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>

#include "data_file.h"
#include "dudao/domain/text.h"

namespace dudao::domain {
namespace {

using namespace records::v1;  // NOLINT: messages and enum values
using testing::HasSubstr;

FormTemplate Default() {
  const auto form = ParseForm(DataFile("form-default.textproto"));
  EXPECT_TRUE(form.ok()) << form.status();
  return form.value_or(FormTemplate());
}

int CountFor(UnitType type, bool flagged) {
  int count = 0;
  const FormTemplate form = Default();
  for (const CheckItem& item : form.check_items()) count += Applies(item, type, flagged) ? 1 : 0;
  return count;
}

TEST(DefaultForm, HasAllItemsOfEachSection) {
  std::map<std::string, int> sections;
  const FormTemplate form = Default();
  for (const CheckItem& item : form.check_items()) ++sections[item.section_code()];
  EXPECT_EQ(sections,
            (std::map<std::string, int>{
                {"A", 5}, {"B", 7}, {"C", 6}, {"D", 3}, {"E", 5}, {"F", 2}, {"G", 6}, {"H", 4}}));
  EXPECT_EQ(form.areas_size(), 6);
}

TEST(DefaultForm, AsksEachTypeOfUnitItsItems) {
  EXPECT_EQ(CountFor(UNIT_TYPE_VILLAGE, true), 24);
  EXPECT_EQ(CountFor(UNIT_TYPE_VILLAGE, false), 23) << "A5 only where the village is flagged";
  EXPECT_EQ(CountFor(UNIT_TYPE_COMMUNITY, false), 23);
  EXPECT_EQ(CountFor(UNIT_TYPE_TOWNSHIP, false), 22);
  EXPECT_EQ(CountFor(UNIT_TYPE_DEPARTMENT, false), 3) << "H1, H3 and H4";
}

TEST(DefaultForm, NamesTheLineOfASyntaxError) {
  const auto form = ParseForm("form_code: \"x\"\nversion: many\n");
  EXPECT_EQ(ReasonOf(form.status()), "FORM_WRONG");
  EXPECT_THAT(std::string(form.status().message()), HasSubstr("line 2, column 10"));
  EXPECT_THAT(std::string(ParseForm("\xFF\xFE").status().message()), HasSubstr("line 1"));
}

TEST(DefaultForm, RefusesInconsistentForms) {
  const auto error = [](const std::function<void(FormTemplate*)>& spoil) {
    FormTemplate form = Default();
    spoil(&form);
    return std::string(CheckForm(form).message());
  };
  EXPECT_THAT(error([](FormTemplate* f) { f->clear_version(); }), HasSubstr("no code or version"));
  EXPECT_THAT(error([](FormTemplate* f) { f->clear_check_items(); }), HasSubstr("no check items"));
  EXPECT_THAT(error([](FormTemplate* f) { *f->add_check_items() = f->check_items(0); }),
              HasSubstr("item \"A1\": empty or given twice"));
  EXPECT_THAT(
      error([](FormTemplate* f) { f->mutable_check_items(1)->set_identifier("knows_card"); }),
      HasSubstr("A2: its identifier"));
  EXPECT_THAT(error([](FormTemplate* f) { f->mutable_check_items(0)->set_section_code("Q"); }),
              HasSubstr("A1: section \"Q\" does not exist"));
  EXPECT_THAT(error([](FormTemplate* f) { f->mutable_check_items(0)->clear_label(); }),
              HasSubstr("A1: no label"));
  EXPECT_THAT(error([](FormTemplate* f) { f->mutable_check_items(0)->clear_answer_kind(); }),
              HasSubstr("A1: no answer kind"));
  EXPECT_THAT(
      error([](FormTemplate* f) { f->mutable_check_items(0)->set_answer_kind(ANSWER_KIND_TEXT); }),
      HasSubstr("only a choice"));
  EXPECT_THAT(error([](FormTemplate* f) { f->mutable_check_items(9)->clear_extras(); }),
              HasSubstr("B5: nothing to fill in"));
  EXPECT_THAT(
      error([](FormTemplate* f) {
        f->mutable_check_items(5)->mutable_extras()->mutable_inputs(1)->set_name("grids_stated");
      }),
      HasSubstr("B1: input \"grids_stated\""));
  EXPECT_THAT(error([](FormTemplate* f) {
                f->mutable_check_items(5)->mutable_extras()->mutable_inputs(1)->clear_kind();
              }),
              HasSubstr("has no label or kind"));
  EXPECT_THAT(error([](FormTemplate* f) { f->add_sections()->set_code("A"); }),
              HasSubstr("section \"A\""));
  EXPECT_THAT(error([](FormTemplate* f) { f->add_areas()->set_code("grid"); }),
              HasSubstr("area \"grid\""));
}

}  // namespace
}  // namespace dudao::domain
