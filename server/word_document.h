// A Word document (.docx) in the look of formal papers: A4, text block 156 by 225 mm, title in
// 小标宋, body in 仿宋, page numbers between dashes.
//
// Fonts are named, with one that is free behind each, and never shipped. Does not: draw a red head
// or a seal, both belong to whoever really issues the paper. Texts are written as texts whatever
// they hold. Not thread-safe; errors are those of the zip writer.
// Source: GB/T 9704-2012 (layout), ECMA-376 part 1 (the format).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace dudao::server {

class WordDocument {
 public:
  // Size 2 in the middle.
  void Title(std::string_view text);
  // Size 3 in the middle, e.g. the number of the paper; on the page of what follows.
  void Centred(std::string_view text);
  // Size 3 from the margin, e.g. the addressee.
  void Plain(std::string_view text);
  // Size 3 with two characters of indentation; line breaks begin a new one.
  void Paragraph(std::string_view text);
  // A heading of the first level, in 黑体.
  void Heading(std::string_view text);
  // Size 3 to the right, e.g. who signs.
  void Right(std::string_view text);
  // A table with lines; no row is broken by a page. `widths`: parts of the text block, in
  // thousandths.
  enum class TableKind {
    kPlain,
    kHeaded,  // the first row is repeated on each page
    kWhole,   // with the line above, all on one page
  };
  void Table(const std::vector<int>& widths, const std::vector<std::vector<std::string>>& rows,
             TableKind kind = TableKind::kPlain);

  absl::StatusOr<std::string> Make() const;

 private:
  void Write(std::string_view text, std::string_view paragraph, std::string_view run,
             std::string_view keep = {});
  std::string body_;
};

// Text for XML: what XML cannot hold is left out.
std::string XmlText(std::string_view text);

}  // namespace dudao::server
