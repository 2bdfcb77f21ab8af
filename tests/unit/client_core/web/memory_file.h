// Files in memory that behave as badly as files may: they fill up, fail, lose power at any point.
// Threading: one test thread. What a power loss leaves: all that was flushed, and of the rest a
// part that the test's seed picks, torn at pages.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "dudao/client/slot_file.h"

namespace dudao::client::testing {

// What the files of one device share.
struct Device {
  int64_t bytes_max = INT64_MAX;  // of all files
  int64_t bytes = 0;
  int operations_left = INT32_MAX;  // then the power fails
  bool flush_fails = false;
  int flushes = 0;

  bool Powered() { return operations_left > 0; }
  bool Operate() { return Powered() && operations_left-- > 0; }
};

class MemoryFile final : public SlotFile {
 public:
  explicit MemoryFile(Device& device) : device_(device) {}

  int64_t Read(int64_t offset, uint8_t* out, size_t size) override {
    if (!device_.Powered()) return -1;
    const auto at = static_cast<size_t>(offset);
    if (at >= now_.size()) return 0;
    const size_t count = std::min(size, now_.size() - at);
    std::memcpy(out, now_.data() + at, count);
    return static_cast<int64_t>(count);
  }
  SlotResult Write(int64_t offset, const uint8_t* in, size_t size) override {
    if (!device_.Operate()) return SlotResult::kFailed;
    const size_t end = static_cast<size_t>(offset) + size;
    const SlotResult room = Resize(std::max(end, now_.size()));
    if (room != SlotResult::kOk) return room;
    std::memcpy(now_.data() + offset, in, size);
    return SlotResult::kOk;
  }
  SlotResult Truncate(int64_t size) override {
    if (!device_.Operate()) return SlotResult::kFailed;
    return Resize(static_cast<size_t>(size));
  }
  SlotResult Flush() override {
    if (!device_.Operate() || device_.flush_fails) return SlotResult::kFailed;
    ++device_.flushes;
    flushed_ = now_;
    return SlotResult::kOk;
  }
  int64_t Size() override { return device_.Powered() ? static_cast<int64_t>(now_.size()) : -1; }

  // After the power has failed: what the next start finds.
  void Recover(std::mt19937& random) {
    constexpr size_t kPage = 4096;
    std::string found = flushed_;
    found.resize(random() % 2 == 0 ? now_.size() : flushed_.size());
    for (size_t at = 0; at < found.size(); at += kPage) {
      if (random() % 2 == 0 || at >= now_.size()) continue;
      const size_t count = std::min({kPage, found.size() - at, now_.size() - at});
      std::memcpy(found.data() + at, now_.data() + at, count);
    }
    device_.bytes += static_cast<int64_t>(found.size()) - static_cast<int64_t>(now_.size());
    flushed_ = now_ = found;
  }
  const std::string& now() const { return now_; }
  std::string& damage() { return now_; }

 private:
  SlotResult Resize(size_t size) {
    const int64_t more = static_cast<int64_t>(size) - static_cast<int64_t>(now_.size());
    if (more > 0 && device_.bytes + more > device_.bytes_max) return SlotResult::kFull;
    device_.bytes += more;
    now_.resize(size, '\0');
    return SlotResult::kOk;
  }

  Device& device_;
  std::string now_;
  std::string flushed_;
};

}  // namespace dudao::client::testing
