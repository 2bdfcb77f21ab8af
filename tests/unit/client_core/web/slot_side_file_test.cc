#include "dudao/client/slot_side_file.h"

#include <gtest/gtest.h>

#include "memory_file.h"

namespace dudao::client {
namespace {

using testing::Device;
using testing::MemoryFile;

constexpr size_t kBytesMax = 64 << 10;

std::string Read(SlotFile& file) {
  SlotSideFile side(file, kBytesMax);
  const auto bytes = side.Read();
  if (!bytes.ok()) return std::string(bytes.status().message());
  return bytes->value_or("nothing");
}

TEST(SlotSideFile, HasNothingUntilItIsWritten) {
  Device device;
  MemoryFile file(device);
  EXPECT_EQ(Read(file), "nothing");
}

TEST(SlotSideFile, KeepsTheNewestBytes) {
  Device device;
  MemoryFile file(device);
  SlotSideFile side(file, kBytesMax);
  for (int i = 0; i < 5; ++i) {
    const std::string bytes(static_cast<size_t>(1000 - i), static_cast<char>('a' + i));
    ASSERT_TRUE(side.Write(bytes).ok());
    EXPECT_EQ(Read(file), bytes);
  }
  ASSERT_TRUE(side.Write("").ok());
  EXPECT_EQ(Read(file), "");
}

TEST(SlotSideFile, LeavesNoByteOfWhatWasReplaced) {
  Device device;
  MemoryFile file(device);
  SlotSideFile side(file, kBytesMax);
  ASSERT_TRUE(side.Write("the plain key").ok());
  ASSERT_TRUE(side.Write("wrapped").ok());
  EXPECT_EQ(file.now().find("plain key"), std::string::npos);
}

TEST(SlotSideFile, OverwritesWhatAKillLeftOfTheFormerBytes) {
  Device device;
  MemoryFile file(device);
  SlotSideFile side(file, kBytesMax);
  ASSERT_TRUE(side.Write("the plain key").ok());
  device.operations_left = 2;  // the new bytes and their flush
  EXPECT_FALSE(side.Write("wrapped").ok());
  device.operations_left = INT32_MAX;
  EXPECT_NE(file.now().find("plain key"), std::string::npos);
  EXPECT_EQ(Read(file), "wrapped");
  EXPECT_EQ(file.now().find("plain key"), std::string::npos);
}

TEST(SlotSideFile, HoldsTheOldBytesOrTheNewOnesWhereverThePowerFails) {
  for (unsigned seed = 0; seed < 400; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    std::mt19937 random(seed);
    Device device;
    MemoryFile file(device);
    std::string held = "nothing";
    for (int write = 0; write < 8; ++write) {
      SlotSideFile side(file, kBytesMax);
      const std::string next(random() % 9000, static_cast<char>('a' + write));
      device.operations_left = static_cast<int>(random() % 8);
      const bool written = side.Write(next).ok();
      device.operations_left = INT32_MAX;
      file.Recover(random);
      const std::string found = Read(file);
      if (written) {
        ASSERT_EQ(found, next);
      } else {
        ASSERT_TRUE(found == held || found == next) << found.substr(0, 60);
      }
      held = found;
    }
  }
}

TEST(SlotSideFile, NeedsNoRoomOnceItWasWritten) {
  Device device;
  MemoryFile file(device);
  SlotSideFile side(file, kBytesMax);
  device.bytes_max = 1000;
  EXPECT_EQ(side.Write("first").code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(Read(file), "nothing");
  device.bytes_max = 1 << 20;
  ASSERT_TRUE(side.Write("first").ok());
  device.bytes_max = device.bytes;
  ASSERT_TRUE(side.Write(std::string(kBytesMax, 'x')).ok());
  ASSERT_TRUE(side.Write(std::string(kBytesMax, 'y')).ok());
  EXPECT_EQ(Read(file), std::string(kBytesMax, 'y'));
}

TEST(SlotSideFile, SaysThatItIsDamagedAndNotThatItIsEmpty) {
  Device device;
  MemoryFile file(device);
  SlotSideFile side(file, kBytesMax);
  ASSERT_TRUE(side.Write("one").ok());
  ASSERT_TRUE(side.Write("two").ok());
  const size_t at = file.now().find("two");
  ASSERT_NE(at, std::string::npos);
  file.damage()[at] ^= 1;
  EXPECT_EQ(side.Read().status().code(), absl::StatusCode::kDataLoss);
}

TEST(SlotSideFile, RefusesMoreThanItsPlaceHolds) {
  Device device;
  MemoryFile file(device);
  SlotSideFile side(file, 16);
  EXPECT_EQ(side.Write(std::string(17, 'x')).code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace dudao::client
