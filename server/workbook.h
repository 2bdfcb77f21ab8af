// A workbook (.xlsx) as offices print it: a merged title, a header that stays and is repeated on
// each page, wrapped text, A4 landscape, one page wide.
//
// Programs other than the one that wrote it do not measure rows again, so each row gets the height
// that its wrapped text takes, by an estimate with room to spare.
// Every cell but a count is written as text, so codes keep their zeros and nothing that somebody
// typed is ever a formula. One use: sheets first, then Make. Not thread-safe. Errors: UNAVAILABLE
// or RESOURCE_EXHAUSTED where the file cannot be written.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace dudao::server {

// Widths of a sheet add up to at most this, or a print of one page's width is too small to read.
inline constexpr double kPrintWidthMax = 200;

struct SheetColumn {
  std::string name;
  double width = 10;  // characters
};

class Workbook {
 public:
  // `folder`: where the file lies while it is made.
  static absl::StatusOr<std::unique_ptr<Workbook>> Create(const std::string& folder);
  ~Workbook();
  Workbook(const Workbook&) = delete;
  Workbook& operator=(const Workbook&) = delete;

  // The first column is 序号 and counts the rows. A name that is taken, or that the format does not
  // allow, is altered.
  absl::Status AddSheet(const std::string& name, const std::string& title,
                        const std::vector<SheetColumn>& columns,
                        const std::vector<std::vector<std::string>>& rows);
  absl::StatusOr<std::string> Make();

 private:
  struct Parts;
  explicit Workbook(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace dudao::server
