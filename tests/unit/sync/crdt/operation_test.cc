#include "dudao/sync/crdt/operation.h"

#include <gtest/gtest.h>

namespace dudao::sync {
namespace {

TEST(Path, RoundTripsFieldsAndKeys) {
  const Path path = Path().Element(30, "c07").Field(2);
  const auto parsed = Path::Parse(path.bytes());
  ASSERT_TRUE(parsed);
  EXPECT_EQ(*parsed, path);
  const auto steps = path.Steps();
  ASSERT_EQ(steps.size(), 2u);
  EXPECT_EQ(steps[0].field, 30u);
  EXPECT_EQ(steps[0].key, "c07");
  EXPECT_EQ(steps[1].field, 2u);
  EXPECT_FALSE(steps[1].key);
}

TEST(Path, SaysWhichCellsTellOfPresence) {
  EXPECT_TRUE(Path().IsPresence());
  EXPECT_TRUE(Path().Element(30, "c07").IsPresence());
  EXPECT_FALSE(Path().Field(3).IsPresence());
  EXPECT_FALSE(Path().Element(30, "c07").Field(2).IsPresence());
  EXPECT_TRUE(Path().Above().empty());
  EXPECT_EQ(Path().Field(3).Above(), std::vector<size_t>{0});
  EXPECT_EQ(Path().Element(30, "c07").Field(2).Above(), (std::vector<size_t>{0, 5}));
}

TEST(Path, RefusesWhatIsNotCanonical) {
  EXPECT_FALSE(Path::Parse(std::string("\x00", 1)));  // field 0
  EXPECT_FALSE(Path::Parse("\x85\x00"));              // over-long number
  EXPECT_FALSE(
      Path::Parse("\x05\x09"
                  "abc"));  // key longer than what is there
  EXPECT_FALSE(Path::Parse(std::string(Path::kBytesMax + 1, '\x04')));
  EXPECT_FALSE(Path::Parse(std::string(Path::kStepsMax + 1, '\x04')));
  EXPECT_TRUE(Path::Parse(""));
}

TEST(Value, KeepsNumbersAsCanonicalVarints) {
  EXPECT_EQ(Value::Varint(300).bytes, "\xac\x02");
  EXPECT_EQ(Value::Varint(300).AsVarint(), 300u);
  EXPECT_FALSE((Value{WireType::kVarint, std::string("\x80\x00", 2)}).AsVarint());
  EXPECT_EQ(CounterDelta(CounterValue(-7)), -7);
  EXPECT_FALSE(CounterDelta(Value::Bytes("x")));
}

}  // namespace
}  // namespace dudao::sync
