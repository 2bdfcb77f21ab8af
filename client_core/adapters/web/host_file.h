// The files that the page's worker opened: handles in the module's array `files`, by number.
//
// Threading, errors, durability: as SlotFile says. The array may be set, or replaced, while no
// database is open.
#pragma once

#include "dudao/client/slot_file.h"

namespace dudao::client {

class HostFile final : public SlotFile {
 public:
  explicit HostFile(int number) : number_(number) {}
  int64_t Read(int64_t offset, uint8_t* out, size_t size) override;
  SlotResult Write(int64_t offset, const uint8_t* in, size_t size) override;
  SlotResult Truncate(int64_t size) override;
  SlotResult Flush() override;
  int64_t Size() override;

 private:
  int number_;
};

}  // namespace dudao::client
