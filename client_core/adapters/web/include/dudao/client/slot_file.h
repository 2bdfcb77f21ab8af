// One file that was opened before and is read and written synchronously: what a browser's
// FileSystemSyncAccessHandle can do, and no more.
//
// Neither creates nor removes files: a file is "absent" while it is empty. Threading: one thread at
// a time. Errors are values: kFull where the disk or the quota is full (nothing of the write
// counts, though a part of it may have been written), kFailed for everything else. Durability: what
// was written before a Flush that answered kOk.
#pragma once

#include <cstddef>
#include <cstdint>

namespace dudao::client {

enum class SlotResult { kOk, kFull, kFailed };

class SlotFile {
 public:
  virtual ~SlotFile() = default;
  // Bytes read, fewer than `size` only at the end of the file; below 0 for an error.
  virtual int64_t Read(int64_t offset, uint8_t* out, size_t size) = 0;
  // Writes all of it; a file that ends before `offset` is filled with zeros.
  virtual SlotResult Write(int64_t offset, const uint8_t* in, size_t size) = 0;
  virtual SlotResult Truncate(int64_t size) = 0;
  virtual SlotResult Flush() = 0;
  // Below 0 for an error.
  virtual int64_t Size() = 0;
};

}  // namespace dudao::client
