// US-02: two inspectors, one visit, both offline; in both orders of syncing.
#include <gtest/gtest.h>

#include <set>

#include "county.h"
#include "field_edit.h"
#include "spaces.h"

namespace dudao::integration {
namespace {

using nlohmann::json;

class TwoInspectors : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    county_.ImportAll();
    zhang_.Enrol(county_, "p06");
    li_.Enrol(county_, "p07");
    wang_.Enrol(county_, "p08");
    for (TerminalTablet* tablet : {&zhang_, &li_, &wang_}) tablet->DoOk({"sync"});
    li_.SetNow("2026-09-21T09:00:00+08:00");
    visit_ = li_.DoOk({"new-visit", "140824103200", "--inspector", "p08"})
                 .last()
                 .at("temp_no")
                 .get<std::string>();
    li_.DoOk({"edit", visit_, "findings[f1].problem=楼梯扶手松动",
              "findings[f1].owner_unit=140824103200", "note=晴"});
    for (TerminalTablet* tablet : {&li_, &zhang_, &wang_}) tablet->DoOk({"sync"});
  }

  void WorkApart() {
    li_.SetNow("2026-09-21T10:00:00+08:00");
    li_.DoOk({"edit", visit_, "findings[f1].level=一般", "note=晴；村委会有人值班"});
    li_.DoOk({"add-photo", visit_, WritePhoto("li1.jpg", 1, 50000), "--finding", "f1"});
    li_.DoOk({"add-photo", visit_, WritePhoto("li2.jpg", 2, 60000), "--finding", "f1"});
    wang_.SetNow("2026-09-21T10:30:00+08:00");
    wang_.DoOk({"edit", visit_, "findings[f1].level=较重", "note=晴；群众反映路灯不亮",
                "findings[f2].problem=消防通道堵塞", "findings[f2].owner_unit=140824103200"});
    wang_.DoOk({"add-photo", visit_, WritePhoto("wang1.jpg", 3, 70000), "--finding", "f1"});
  }

  // One value is shown, the other kept; both say by whom and when.
  void ExpectBothValues(const TerminalTablet& tablet, const std::string& path,
                        const std::set<std::string>& texts) {
    const json conflict = tablet.Conflict(visit_, path);
    ASSERT_TRUE(conflict.is_object()) << tablet.file() << " shows no conflict at " << path;
    std::set<std::string> found;
    std::set<std::string> authors;
    int shown = 0;
    for (const json& value : conflict.at("values")) {
      const json& raw = value.at("value");
      found.insert(raw.is_string() ? raw.get<std::string>() : value.at("text").get<std::string>());
      authors.insert(value.at("author").get<std::string>());
      EXPECT_GT(value.at("time_ms").get<int64_t>(), 0);
      shown += value.at("shown").get<bool>() ? 1 : 0;
    }
    EXPECT_EQ(found, texts);
    EXPECT_EQ(authors, (std::set<std::string>{"p07", "p08"}));
    EXPECT_EQ(shown, 1);
  }

  void ExpectOfficeSeesBoth();

  void ExpectAllEqual() {
    const std::string server = ServerDigest(county_.office(), command::TeamSpaceOf("D2"));
    const json content = zhang_.Show(visit_).at("visit");
    for (const TerminalTablet* tablet : {&zhang_, &li_, &wang_}) {
      EXPECT_EQ(tablet->TeamDigest(), server) << tablet->file();
      EXPECT_EQ(tablet->Show(visit_).at("visit"), content) << tablet->file();
    }
  }

  OwnFolder folder_;
  County county_{"server"};
  TerminalTablet zhang_{"zhang.db", "2026-09-21T08:10:00+08:00"};
  TerminalTablet li_{"li.db", "2026-09-21T08:10:00+08:00"};
  TerminalTablet wang_{"wang.db", "2026-09-21T08:10:00+08:00"};
  std::string visit_;
};

// The office sees the same competing values.
void TwoInspectors::ExpectOfficeSeesBoth() {
  const Outcome office = county_.DoOk("p21", {"review", "show", visit_});
  const json shown = office.last();
  std::set<std::string> paths;
  for (const json& conflict : shown.at("conflicts")) {
    paths.insert(conflict.at("path").get<std::string>());
    EXPECT_EQ(conflict.at("values").size(), 2U);
  }
  EXPECT_EQ(paths, (std::set<std::string>{"findings[f1].level", "note"}));
}

TEST_P(TwoInspectors, KeepBothValuesUntilOneIsSettledForEverybody) {
  WorkApart();
  TerminalTablet& first = GetParam() ? li_ : wang_;
  TerminalTablet& second = GetParam() ? wang_ : li_;
  for (TerminalTablet* tablet : {&first, &second, &first, &zhang_}) tablet->DoOk({"sync"});
  ExpectAllEqual();

  const json visit = zhang_.Show(visit_).at("visit");
  EXPECT_EQ(visit.at("evidence").size(), 3U);
  ASSERT_EQ(visit.at("findings").size(), 2U);
  for (const TerminalTablet* tablet : {&zhang_, &li_, &wang_}) {
    ExpectBothValues(*tablet, "findings[f1].level",
                     {"FINDING_LEVEL_ORDINARY", "FINDING_LEVEL_SERIOUS"});
    ExpectBothValues(*tablet, "note", {"晴；村委会有人值班", "晴；群众反映路灯不亮"});
  }
  ExpectOfficeSeesBoth();

  // The lead settles it once, and that reaches everybody.
  zhang_.SetNow("2026-09-21T18:00:00+08:00");
  zhang_.DoOk({"resolve", visit_, "findings[f1].level", "=较重"});
  for (TerminalTablet* tablet : {&zhang_, &li_, &wang_}) tablet->DoOk({"sync"});
  for (const TerminalTablet* tablet : {&zhang_, &li_, &wang_}) {
    EXPECT_TRUE(tablet->Conflict(visit_, "findings[f1].level").is_null()) << tablet->file();
    EXPECT_TRUE(tablet->Conflict(visit_, "note").is_object()) << "only what was settled is settled";
  }
  ExpectAllEqual();
  // Nothing was dropped: the past of the field names all three writes.
  EXPECT_EQ(li_.DoOk({"history", visit_, "findings[f1].level"}).lines.size(), 3U);
}

TEST_P(TwoInspectors, AFormOpenedBeforeAColleaguesValueArrivedDoesNotOverwriteIt) {
  TerminalTablet& early = GetParam() ? li_ : wang_;
  TerminalTablet& late = GetParam() ? wang_ : li_;
  early.DoOk({"open", visit_});
  late.SetNow("2026-09-21T10:00:00+08:00");
  late.DoOk({"edit", visit_, "contact_name=王书记"});
  late.DoOk({"sync"});
  early.DoOk({"sync"});  // the colleague's value is on the tablet now, but not on the form
  early.SetNow("2026-09-21T10:30:00+08:00");
  early.DoOk({"save", visit_, "contact_name=李主任"});
  early.DoOk({"sync"});
  late.DoOk({"sync"});
  for (const TerminalTablet* tablet : {&early, &late})
    ExpectBothValues(*tablet, "contact_name", {"王书记", "李主任"});
}

INSTANTIATE_TEST_SUITE_P(BothOrders, TwoInspectors, testing::Bool(),
                         [](const auto& order) { return order.param ? "LiFirst" : "WangFirst"; });

}  // namespace
}  // namespace dudao::integration
