// A few bytes, replaced durably and in one step, in one SlotFile: where there is no rename.
//
// The file holds two places, each with a number, a length and a SHA-256 over all of it; the valid
// one with the higher number counts. A write goes to the other place, is flushed, and only then the
// former bytes are overwritten: a kill at any point leaves the old bytes or the new ones, and a key
// that was replaced does not stay behind. The first write takes the room of both places, so that
// a later one needs none. Errors: UNAVAILABLE for a file that cannot be read or written,
// RESOURCE_EXHAUSTED where it is full, DATA_LOSS where it was written and no place is valid.
// Threading: one thread at a time. Ownership: borrows the file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dudao/client/seams.h"
#include "dudao/client/slot_file.h"

namespace dudao::client {

class SlotSideFile final : public SideFile {
 public:
  // `bytes_max` is part of the layout: the same for ever for the same file.
  SlotSideFile(SlotFile& file, size_t bytes_max) : file_(file), bytes_max_(bytes_max) {}

  absl::StatusOr<std::optional<std::string>> Read() override;
  absl::Status Write(std::string_view bytes) override;

 private:
  struct Place {
    uint64_t number = 0;  // 0: not valid
    bool touched = false;
    std::string bytes;
  };
  size_t Stride() const;
  absl::StatusOr<Place> ReadPlace(int place);
  absl::Status TakeRoom();
  absl::Status WritePlace(int place, std::string_view bytes);
  absl::Status Overwrite(int place, const Place& former);

  SlotFile& file_;
  size_t bytes_max_;
};

}  // namespace dudao::client
