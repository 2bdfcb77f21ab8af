#include "dudao/domain/personal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dudao/records/v1/reference.pb.h"
#include "dudao/records/v1/visit.pb.h"

namespace dudao::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Case {
  const char* text;
  bool holds;
};

class IdentityNumber : public ::testing::TestWithParam<Case> {};

TEST_P(IdentityNumber, IsRecognisedHoweverItIsWritten) {
  EXPECT_EQ(HoldsIdentityNumber(GetParam().text), GetParam().holds) << GetParam().text;
}

// 11010519491231002X is the example of GB 11643-1999.
INSTANTIATE_TEST_SUITE_P(
    Personal, IdentityNumber,
    ::testing::Values(Case{"11010519491231002X", true}, Case{"11010519491231002x", true},
                      Case{"身份证号：11010519491231002X，已核", true},
                      // One digit mistyped: still somebody's number.
                      Case{"110105194912310021", true},
                      // No day of birth, but a right check digit.
                      Case{"110105194913310024", false}, Case{"110105194913310021", true},
                      Case{"１１０１０５１９４９１２３１００２Ｘ", true},
                      Case{"110105 19491231 002X", true}, Case{"110105-19491231-002X", true},
                      Case{"110105　19491231　002X", true},
                      Case{"110105\u00a019491231\u00a0002X", true},
                      // Groups that only look like it.
                      Case{"110105 19491231 0021", false}, Case{"2026 0921 1234567890", false},
                      // Fifteen digits of before 1999.
                      Case{"110105491231002", true}, Case{"１１０１０５ 491231 002", true},
                      Case{"110105491331002", false}, Case{"860105491231002", false},
                      // What stands within something longer is something else.
                      Case{"A11010519491231002X", false}, Case{"1101051949123100211", false},
                      Case{"3f11010519491231002ab", false},
                      // Other numbers of this trade.
                      Case{"140824103200", false}, Case{"13812341234", false},
                      Case{"D2-0921-01", false}, Case{"911408240123456789", false}, Case{"", false},
                      Case{"\xE7\xBF", false}));

TEST(Personal, MasksNames) {
  EXPECT_EQ(MaskName("张三"), "张*");
  EXPECT_EQ(MaskName("李督二"), "李**");
  EXPECT_EQ(MaskName("张"), "*");
  EXPECT_EQ(MaskName(""), "");
  EXPECT_EQ(MaskName("Alexandra"), "A****");
  EXPECT_EQ(MaskName("\xE7\xBF"), "*") << "bytes that are no character";
}

TEST(Personal, MasksTelephones) {
  EXPECT_EQ(MaskPhone("13812341234"), "138****1234");
  EXPECT_EQ(MaskPhone("138 1234 1234"), "138****1234");
  EXPECT_EQ(MaskPhone("１３８１２３４１２３４"), "138****1234");
  EXPECT_EQ(MaskPhone("0359-5522110"), "035****2110");
  EXPECT_EQ(MaskPhone("5522110"), "****110");
  EXPECT_EQ(MaskPhone("119"), "****");
  EXPECT_EQ(MaskPhone(""), "");
}

TEST(Personal, MasksWhateverAPersonalFieldHolds) {
  EXPECT_EQ(MaskValue("张三"), "张*");
  EXPECT_EQ(MaskValue("张三 13812341234"), "张*138****1234");
  EXPECT_EQ(MaskValue("13812341234（张三）").find("三"), std::string::npos);
  EXPECT_EQ(MaskValue("11010519491231002X").find("1949"), std::string::npos);
}

TEST(Personal, MasksNumbersWithinTexts) {
  EXPECT_EQ(MaskText("联系13812341234或0359-5522110。"), "联系138****1234或035****2110。");
  EXPECT_EQ(MaskText("+86 138 1234 1234"), "+861****1234");
  EXPECT_EQ(MaskText("身份证 110105194912310021"), "身份证 ******************");
  EXPECT_EQ(MaskText("编号140824103200，D2-0921-01，2026-09-21"),
            "编号140824103200，D2-0921-01，2026-09-21");
}

TEST(Personal, MasksARecordAtAnyDepthAndLeavesTheRest) {
  records::v1::Visit visit;
  visit.set_temp_no("D2-0921-01");
  visit.set_unit_code("140824103200");
  visit.set_contact_name("张三");
  visit.set_contact_phone("13812341234");
  visit.set_contact_role("支部书记");
  visit.set_note("找13812341234开门");
  visit.mutable_unit_signature()->set_signer_name("张三");
  auto& supplement = *visit.add_supplements();
  supplement.set_id("13812341234");
  supplement.mutable_lead_signature()->set_signer_name("王五");
  records::v1::Visit masked = visit;
  MaskMessage(&masked);
  EXPECT_EQ(masked.contact_name(), "张*");
  EXPECT_EQ(masked.contact_phone(), "138****1234");
  EXPECT_EQ(masked.note(), "找138****1234开门");
  EXPECT_EQ(masked.unit_signature().signer_name(), "张*");
  EXPECT_EQ(masked.supplements(0).lead_signature().signer_name(), "王*");
  EXPECT_EQ(masked.supplements(0).id(), "13812341234") << "an id is no text";
  EXPECT_EQ(masked.contact_role(), "支部书记");
  EXPECT_EQ(masked.unit_code(), "140824103200");
  std::vector<std::string> paths;
  for (const auto& value : PersonalValues(visit)) paths.push_back(value.path + "=" + value.text);
  EXPECT_THAT(paths, ElementsAre("contact_name=张三", "contact_phone=13812341234",
                                 "unit_signature.signer_name=张三",
                                 "supplements[13812341234].lead_signature.signer_name=王五"));
}

TEST(Personal, FindsIdentityNumbersInEveryText) {
  records::v1::Visit visit;
  EXPECT_THAT(FindIdentityNumbers(visit), IsEmpty());
  visit.add_findings()->set_id("f1");
  visit.mutable_findings(0)->set_detail("110105194912310021");
  visit.mutable_unit_refusal()->set_reason("11010519491231002X");
  EXPECT_THAT(FindIdentityNumbers(visit),
              ElementsAre("findings[f1].detail", "unit_refusal.reason"));
}

}  // namespace
}  // namespace dudao::domain
