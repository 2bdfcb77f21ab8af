// Zip files that somebody sends: what is read of good ones, and that no lie of a bad one is
// believed.
#include "zip_reader.h"

#include <gtest/gtest.h>

#include "book_maker.h"
#include "dudao/domain/text.h"
#include "zip_writer.h"

namespace dudao::server {
namespace {

constexpr char kEnd[] = "PK\x05\x06";

// The reason why opening, or reading this part, is refused; empty where neither is.
std::string Refusal(const std::string& zip, const std::string& part = "a") {
  auto reader = ZipReader::Open(zip);
  if (!reader.ok()) return domain::ReasonOf(reader.status());
  const auto content = reader->Read(part);
  return content.ok() ? "" : domain::ReasonOf(content.status());
}

class ZipReaderTest : public ::testing::Test {
 protected:
  const std::string good_ = Zipped({{"a", std::string(5000, 'x')}, {"b", "other"}});
  const size_t end_ = good_.rfind(kEnd);
  const size_t a_ = EntryOf(good_, "a");
  const size_t b_ = EntryOf(good_, "b");

  std::string With(size_t at, int size, uint32_t value) const {
    std::string zip = good_;
    SetNumber(zip, at, size, value);
    return zip;
  }
};

TEST_F(ZipReaderTest, ReadsWhatTheWriterWrites) {
  auto reader = ZipReader::Open(good_);
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_TRUE(reader->Has("a"));
  EXPECT_FALSE(reader->Has("c"));
  EXPECT_EQ(*reader->Read("a"), std::string(5000, 'x'));
  EXPECT_EQ(*reader->Read("b"), "other");
  EXPECT_EQ(Refusal(good_, "c"), "IMPORT_BOOK_DAMAGED");
}

TEST_F(ZipReaderTest, ReadsACommentAtTheEndAndNothingBehindIt) {
  std::string zip = good_ + "comment";
  SetNumber(zip, end_ + 20, 2, 7);
  EXPECT_EQ(Refusal(zip), "");
  EXPECT_EQ(Refusal(zip + "x"), "IMPORT_BOOK_DAMAGED");
}

TEST_F(ZipReaderTest, RefusesEveryTruncation) {
  for (size_t size = 0; size < good_.size(); ++size)
    EXPECT_EQ(Refusal(good_.substr(0, size)), "IMPORT_BOOK_DAMAGED") << size;
}

TEST_F(ZipReaderTest, RefusesADirectoryThatIsNotWhatItSays) {
  const char* damaged = "IMPORT_BOOK_DAMAGED";
  EXPECT_EQ(Refusal(With(end_ + 16, 4, Number(good_, end_ + 16, 4) + 1)), damaged) << "offset";
  EXPECT_EQ(Refusal(With(end_ + 16, 4, 0xfffffff0)), damaged) << "far offset";
  EXPECT_EQ(Refusal(With(end_ + 12, 4, Number(good_, end_ + 12, 4) - 1)), damaged) << "size";
  EXPECT_EQ(Refusal(With(end_ + 10, 2, 1)), damaged) << "fewer entries on all disks";
  std::string fewer = With(end_ + 10, 2, 1);
  SetNumber(fewer, end_ + 8, 2, 1);
  EXPECT_EQ(Refusal(fewer), damaged) << "fewer entries than there are";
  EXPECT_EQ(Refusal(With(end_ + 4, 2, 1)), damaged) << "another disk";
  EXPECT_EQ(Refusal(With(a_, 4, 0)), damaged) << "no entry";
  EXPECT_EQ(Refusal(With(a_ + 28, 2, 0xffff)), damaged) << "long name";
  EXPECT_EQ(Refusal(With(a_ + 34, 2, 1)), damaged) << "part on another disk";
  EXPECT_EQ(Refusal(With(a_ + 46, 1, 'b')), damaged) << "a name that the part does not have";
  EXPECT_EQ(Refusal(With(a_ + 42, 4, 7)), damaged) << "part elsewhere";
  EXPECT_EQ(Refusal(With(a_ + 42, 4, 0xfffffff0)), damaged) << "part far away";
  EXPECT_EQ(Refusal(With(a_ + 10, 2, 12)), damaged) << "another method";
}

TEST_F(ZipReaderTest, RefusesOneNameTwice) {
  std::string zip = Zipped({{"a", "1"}, {"b", "2"}});
  SetNumber(zip, EntryOf(zip, "b") + 46, 1, 'a');
  const size_t local = zip.find("PK\x03\x04", 4);
  SetNumber(zip, local + 30, 1, 'a');
  EXPECT_EQ(Refusal(zip), "IMPORT_BOOK_DAMAGED");
}

TEST_F(ZipReaderTest, RefusesPartsThatOverlap) {
  EXPECT_TRUE(ZipReader::Open(good_).ok());
  // The first one reaches into the second, the last one into the directory.
  EXPECT_FALSE(ZipReader::Open(With(a_ + 20, 4, Number(good_, a_ + 20, 4) + 10)).ok());
  EXPECT_FALSE(ZipReader::Open(With(b_ + 20, 4, Number(good_, b_ + 20, 4) + 10)).ok());
}

TEST_F(ZipReaderTest, RefusesEncryptionAndZip64) {
  std::string zip = With(a_ + 8, 2, Number(good_, a_ + 8, 2) | 1);
  EXPECT_EQ(Refusal(zip), "IMPORT_BOOK_OLD");
  EXPECT_EQ(Refusal(With(a_ + 24, 4, 0xffffffff)), "IMPORT_BOOK_TOO_LARGE");
  EXPECT_EQ(Refusal(With(a_ + 20, 4, 0xffffffff)), "IMPORT_BOOK_TOO_LARGE");
  EXPECT_EQ(Refusal(With(a_ + 42, 4, 0xffffffff)), "IMPORT_BOOK_TOO_LARGE");
}

TEST_F(ZipReaderTest, RefusesAPartThatDeclaresTooMuch) {
  EXPECT_EQ(Refusal(With(a_ + 24, 4, ZipReader::kPartBytesMax + 1)), "IMPORT_BOOK_TOO_LARGE");
  EXPECT_EQ(Refusal(With(a_ + 24, 4, 20 << 20)), "IMPORT_BOOK_TOO_LARGE") << "by its ratio";
  const std::string bomb = Zipped({{"a", std::string(8 << 20, '\0')}});
  EXPECT_LT(bomb.size(), 16u << 10);
  EXPECT_EQ(Refusal(bomb), "IMPORT_BOOK_TOO_LARGE");
}

TEST_F(ZipReaderTest, RefusesPartsThatAreTooMuchTogether) {
  // Each of them is within the ratio.
  std::string text;
  for (uint32_t i = 0; text.size() < 24u << 20; ++i)
    text += std::to_string(i * 2654435761U) + std::string(1000, 'x');
  EXPECT_EQ(Refusal(Zipped({{"a", text}, {"b", text}})), "");
  EXPECT_EQ(Refusal(Zipped({{"a", text}, {"b", text}, {"c", text}})), "IMPORT_BOOK_TOO_LARGE");
  const std::string two = Zipped({{"a", text}, {"b", text}});
  auto again = ZipReader::Open(two);
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->Read("a").ok());
  EXPECT_TRUE(again->Read("a").ok());
  EXPECT_EQ(domain::ReasonOf(again->Read("a").status()), "IMPORT_BOOK_TOO_LARGE");
}

TEST_F(ZipReaderTest, UnpacksNoMoreThanDeclared) {
  EXPECT_EQ(Refusal(With(a_ + 24, 4, 4999)), "IMPORT_BOOK_DAMAGED") << "it goes on";
  EXPECT_EQ(Refusal(With(a_ + 24, 4, 10)), "IMPORT_BOOK_DAMAGED");
  EXPECT_EQ(Refusal(With(a_ + 24, 4, 5001)), "IMPORT_BOOK_DAMAGED") << "it ends early";
  EXPECT_EQ(Refusal(With(a_ + 16, 4, 1)), "IMPORT_BOOK_DAMAGED") << "checksum";
}

TEST_F(ZipReaderTest, RefusesTooManyParts) {
  std::map<std::string, std::string> parts;
  for (size_t i = 0; i <= ZipReader::kPartsMax; ++i) parts["p" + std::to_string(i)] = "x";
  EXPECT_EQ(Refusal(Zipped(parts), "p1"), "IMPORT_BOOK_TOO_LARGE");
  parts.erase("p0");
  EXPECT_EQ(Refusal(Zipped(parts), "p1"), "");
}

}  // namespace
}  // namespace dudao::server
