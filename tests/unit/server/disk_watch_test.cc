#include "disk_watch.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <vector>

#include "reason.h"

namespace dudao::server {
namespace {

constexpr DiskMarks kMarks{100, 1000};

class DiskWatchTest : public ::testing::Test {
 protected:
  std::optional<DiskSpace> space_ = DiskSpace{5000, 10000};
  int looks_ = 0;
  std::vector<DiskLevel> told_;
  DiskWatch watch_{kMarks,
                   [this] {
                     ++looks_;
                     return space_;
                   },
                   [this](DiskLevel level, DiskSpace) { told_.push_back(level); }};
};

TEST_F(DiskWatchTest, RefusesUploadsBelowTheReserveAndSaysSo) {
  EXPECT_TRUE(watch_.AdmitBytes(10, 0).ok());
  space_->free_bytes = 105;
  const absl::Status refused = watch_.AdmitBytes(10, 2000);
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonOf(refused), "DISK_LOW");
  EXPECT_NE(ChineseOf(refused), ChineseOf(absl::InternalError("")));
  EXPECT_TRUE(watch_.AdmitBytes(5, 2000).ok()) << "what still fits above the reserve is taken";
  space_->free_bytes = 5000;
  EXPECT_TRUE(watch_.AdmitBytes(10, 4000).ok()) << "space was freed";
}

TEST_F(DiskWatchTest, CountsWhatItLetThroughSinceItLooked) {
  EXPECT_TRUE(watch_.AdmitBytes(3000, 0).ok());
  EXPECT_TRUE(watch_.AdmitBytes(1900, 10).ok());
  EXPECT_FALSE(watch_.AdmitBytes(1900, 20).ok()) << "both within one second";
  EXPECT_EQ(looks_, 1);
}

TEST_F(DiskWatchTest, AsksTheFileSystemOnceASecond) {
  for (int i = 0; i < 100; ++i) static_cast<void>(watch_.Level(i * 10));
  EXPECT_EQ(looks_, 1);
  static_cast<void>(watch_.Level(1000));
  EXPECT_EQ(looks_, 2);
  static_cast<void>(watch_.Level(-500'000));
  EXPECT_EQ(looks_, 3) << "a clock that was set back does not stop it";
}

TEST_F(DiskWatchTest, TellsEachNewLevelOnce) {
  static_cast<void>(watch_.Level(0));
  space_->free_bytes = 999;
  static_cast<void>(watch_.Level(2000));
  static_cast<void>(watch_.Level(4000));
  space_->free_bytes = 99;
  static_cast<void>(watch_.Level(6000));
  space_->free_bytes = 5000;
  static_cast<void>(watch_.Level(8000));
  EXPECT_EQ(told_, (std::vector<DiskLevel>{DiskLevel::kWarn, DiskLevel::kLow, DiskLevel::kEnough}));
}

TEST_F(DiskWatchTest, RefusesNothingWhereTheFileSystemDoesNotAnswer) {
  space_ = std::nullopt;
  EXPECT_TRUE(watch_.AdmitBytes(1 << 30, 0).ok());
  EXPECT_EQ(watch_.Level(0), DiskLevel::kEnough);
}

TEST(SpaceAt, ReadsTheRealFileSystem) {
  const auto space = SpaceAt(".");
  ASSERT_TRUE(space.has_value());
  EXPECT_GT(space->total_bytes, 0);
  EXPECT_LE(space->free_bytes, space->total_bytes);
  EXPECT_FALSE(SpaceAt("no/such/folder").has_value());
}

TEST(FolderBytes, AddsUpFilesOfAllFolders) {
  std::filesystem::create_directories("sizes/a/b");
  std::ofstream("sizes/one") << std::string(1000, 'x');
  std::ofstream("sizes/a/b/two") << std::string(234, 'x');
  EXPECT_EQ(FolderBytes("sizes"), 1234);
  EXPECT_EQ(FolderBytes("absent"), 0);
}

}  // namespace
}  // namespace dudao::server
