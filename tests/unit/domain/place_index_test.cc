#include "dudao/domain/place_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "data_file.h"
#include "dudao/domain/divisions.h"

namespace dudao::domain {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class PlaceIndexTest : public testing::Test {
 protected:
  static PlaceIndex Load() {
    auto places = ParseDivisions(DataFile("jishan-divisions.csv"));
    EXPECT_TRUE(places.ok());
    EXPECT_TRUE(ApplyPinyin(DataFile("jishan-pinyin.csv"), &*places).ok());
    return PlaceIndex(*places);
  }
  std::vector<std::string> Names(absl::string_view query, std::size_t limit = 5) const {
    std::vector<std::string> names;
    for (const auto* place : index_.Search(query, limit)) names.push_back(place->display_name());
    return names;
  }
  PlaceIndex index_ = Load();
};

TEST_F(PlaceIndexTest, FindsByInitials) {
  EXPECT_THAT(Names("zdc"), ElementsAre("翟东村"));
  EXPECT_THAT(Names("zdz"), ElementsAre("翟店镇"));
  EXPECT_THAT(Names(" ZDC "), ElementsAre("翟东村"));
}

TEST_F(PlaceIndexTest, FindsByFullPinyinNameAndCode) {
  EXPECT_THAT(Names("zhaidong"), ElementsAre("翟东村"));
  EXPECT_THAT(Names("翟东"), ElementsAre("翟东村"));
  EXPECT_THAT(Names("翟东村委会"), ElementsAre("翟东村"));
  EXPECT_THAT(Names("140824103200"), ElementsAre("翟东村"));
}

TEST_F(PlaceIndexTest, PutsExactMatchesFirstAndTownshipsBeforeVillages) {
  EXPECT_THAT(Names("蔡村", 2), ElementsAre("蔡村", "蔡村乡"));
  EXPECT_THAT(Names("化峪"), ElementsAre("化峪镇", "化峪镇村", "化峪村"));
}

TEST_F(PlaceIndexTest, GivesNothingForNothing) {
  EXPECT_THAT(Names(""), IsEmpty());
  EXPECT_THAT(Names("   "), IsEmpty());
  EXPECT_THAT(Names("qqqq"), IsEmpty());
  EXPECT_THAT(Names("cun", 0), IsEmpty());
}

TEST_F(PlaceIndexTest, FindsByExactCode) {
  ASSERT_NE(index_.Find("140824400001"), nullptr);
  EXPECT_EQ(index_.Find("140824400001")->display_name(), "汾水社区");
  EXPECT_EQ(index_.Find("14082440000"), nullptr);
}

}  // namespace
}  // namespace dudao::domain
