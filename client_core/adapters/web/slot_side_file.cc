#include "dudao/client/slot_side_file.h"

#include <cstring>
#include <utility>

#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/log/chain.h"

namespace dudao::client {
namespace {

// magic, number, length, SHA-256 over the three and the bytes.
constexpr std::string_view kMagic("DUDAOSF1", 8);
// Of a place whose bytes were overwritten because the other one replaced it.
constexpr std::string_view kReplaced("DUDAOSF0", 8);
constexpr size_t kNumberAt = 8;
constexpr size_t kLengthAt = 16;
constexpr size_t kHashAt = 24;
constexpr size_t kHeaderBytes = 56;
// Places begin on different pages of the disk, so that no torn page spoils both.
constexpr size_t kPageBytes = 4096;

std::string Number(uint64_t value) {
  std::string bytes(8, '\0');
  for (size_t i = 0; i < 8; ++i) bytes[i] = static_cast<char>(value >> (8 * i));
  return bytes;
}

uint64_t NumberAt(std::string_view bytes, size_t at) {
  uint64_t value = 0;
  for (size_t i = 0; i < 8; ++i)
    value |= static_cast<uint64_t>(static_cast<uint8_t>(bytes[at + i])) << (8 * i);
  return value;
}

std::string HashOf(std::string_view start, std::string_view bytes) {
  std::string all(start);
  all.append(bytes);
  const sync::Hash hash = sync::Sha256(all);
  return std::string(sync::HashBytes(hash));
}

absl::Status ToStatus(SlotResult result) {
  switch (result) {
    case SlotResult::kOk:
      return absl::OkStatus();
    case SlotResult::kFull:
      return absl::ResourceExhaustedError("no room for a file beside the database");
    case SlotResult::kFailed:
      break;
  }
  return absl::UnavailableError("a file beside the database cannot be written");
}

absl::Status WriteAll(SlotFile& file, size_t offset, std::string_view bytes) {
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());  // NOLINT: characters as bytes
  DUDAO_TRY(ToStatus(file.Write(static_cast<int64_t>(offset), data, bytes.size())));
  return ToStatus(file.Flush());
}

}  // namespace

size_t SlotSideFile::Stride() const {
  return (kHeaderBytes + bytes_max_ + kPageBytes - 1) / kPageBytes * kPageBytes;
}

absl::StatusOr<SlotSideFile::Place> SlotSideFile::ReadPlace(int place) {
  std::string read(kHeaderBytes + bytes_max_, '\0');
  auto* out = reinterpret_cast<uint8_t*>(read.data());  // NOLINT: characters as bytes
  const int64_t got =
      file_.Read(static_cast<int64_t>(static_cast<size_t>(place) * Stride()), out, read.size());
  if (got < 0) return absl::UnavailableError("a file beside the database cannot be read");
  Place found;
  found.touched = read.find_first_not_of('\0') != std::string::npos;
  const std::string_view all = read;
  if (all.substr(0, kMagic.size()) != kMagic) return found;
  const uint64_t length = NumberAt(all, kLengthAt);
  if (length > bytes_max_) return found;
  const std::string_view bytes = all.substr(kHeaderBytes, length);
  if (all.substr(kHashAt, kHeaderBytes - kHashAt) != HashOf(all.substr(0, kHashAt), bytes))
    return found;
  found.number = NumberAt(all, kNumberAt);
  found.bytes = std::string(bytes);
  return found;
}

absl::StatusOr<std::optional<std::string>> SlotSideFile::Read() {
  DUDAO_ASSIGN(Place first, ReadPlace(0));
  DUDAO_ASSIGN(Place second, ReadPlace(1));
  Place& newest = first.number > second.number ? first : second;
  if (newest.number == 0) {
    // The first place is written first: if only that one was begun, nothing was acknowledged yet.
    if (!second.touched) return std::nullopt;
    return absl::DataLossError("a file beside the database is damaged");
  }
  // A kill came between the two steps of a write.
  if (first.number != 0 && second.number != 0) {
    const bool first_counts = first.number > second.number;
    DUDAO_TRY(Overwrite(first_counts ? 1 : 0, first_counts ? second : first));
  }
  return std::optional<std::string>(std::move(newest.bytes));
}

absl::Status SlotSideFile::Overwrite(int place, const Place& former) {
  return WritePlace(place,
                    std::string(kReplaced) +
                        std::string(kHeaderBytes - kReplaced.size() + former.bytes.size(), '\0'));
}

absl::Status SlotSideFile::TakeRoom() {
  const int64_t size = file_.Size();
  if (size < 0) return absl::UnavailableError("a file beside the database cannot be read");
  const size_t whole = 2 * Stride();
  if (static_cast<size_t>(size) >= whole) return absl::OkStatus();
  const std::string zeros(whole - static_cast<size_t>(size), '\0');
  return WriteAll(file_, static_cast<size_t>(size), zeros);
}

absl::Status SlotSideFile::WritePlace(int place, std::string_view bytes) {
  return WriteAll(file_, static_cast<size_t>(place) * Stride(), bytes);
}

absl::Status SlotSideFile::Write(std::string_view bytes) {
  if (bytes.size() > bytes_max_) return absl::InvalidArgumentError("too large");
  DUDAO_ASSIGN(const Place first, ReadPlace(0));
  DUDAO_ASSIGN(const Place second, ReadPlace(1));
  DUDAO_TRY(TakeRoom());
  const bool first_counts = first.number > second.number;
  const uint64_t number = (first_counts ? first.number : second.number) + 1;
  const int to = first_counts ? 1 : 0;
  const std::string start = std::string(kMagic) + Number(number) + Number(bytes.size());
  DUDAO_TRY(WritePlace(to, start + HashOf(start, bytes) + std::string(bytes)));
  // From here on the new bytes count.
  if (number == 1) return absl::OkStatus();
  return Overwrite(1 - to, first_counts ? first : second);
}

}  // namespace dudao::client
