#include "host_file.h"

#include <emscripten/em_js.h>

// Offsets cross as doubles: exact up to 2^53. The answers of the functions that write: 0, 1 where
// the quota or the disk is full, 2 for any other failure.
// clang-format off
EM_JS(double, dudao_file_read, (int number, double offset, uint8_t* out, int size), {
  try {
    return Module['files'][number].read(HEAPU8.subarray(out, out + size), {at: offset});
  } catch (error) {
    return -1;
  }
});

EM_JS(int, dudao_file_write, (int number, double offset, const uint8_t* from, int size), {
  try {
    const done = Module['files'][number].write(HEAPU8.subarray(from, from + size), {at: offset});
    return done === size ? 0 : 1;
  } catch (error) {
    return error && error.name === 'QuotaExceededError' ? 1 : 2;
  }
});

EM_JS(int, dudao_file_truncate, (int number, double size), {
  try {
    Module['files'][number].truncate(size);
    return 0;
  } catch (error) {
    return error && error.name === 'QuotaExceededError' ? 1 : 2;
  }
});

EM_JS(int, dudao_file_flush, (int number), {
  try {
    Module['files'][number].flush();
    return 0;
  } catch (error) {
    return 2;
  }
});

EM_JS(double, dudao_file_size, (int number), {
  try {
    return Module['files'][number].getSize();
  } catch (error) {
    return -1;
  }
});
// clang-format on

namespace dudao::client {
namespace {

SlotResult ToResult(int answer) {
  if (answer == 0) return SlotResult::kOk;
  return answer == 1 ? SlotResult::kFull : SlotResult::kFailed;
}

}  // namespace

int64_t HostFile::Read(int64_t offset, uint8_t* out, size_t size) {
  return static_cast<int64_t>(
      dudao_file_read(number_, static_cast<double>(offset), out, static_cast<int>(size)));
}

SlotResult HostFile::Write(int64_t offset, const uint8_t* in, size_t size) {
  return ToResult(
      dudao_file_write(number_, static_cast<double>(offset), in, static_cast<int>(size)));
}

SlotResult HostFile::Truncate(int64_t size) {
  return ToResult(dudao_file_truncate(number_, static_cast<double>(size)));
}

SlotResult HostFile::Flush() { return ToResult(dudao_file_flush(number_)); }

int64_t HostFile::Size() { return static_cast<int64_t>(dudao_file_size(number_)); }

}  // namespace dudao::client
