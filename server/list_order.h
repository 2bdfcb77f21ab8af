// The order of a list that is read page by page: a column, then two columns that tell rows apart.
// Plain data and SQL text; reads nothing. Columns come from the code, values are bound.
#pragma once

#include <array>
#include <string>

#include "absl/strings/str_cat.h"

namespace dudao::server {

struct ListOrder {
  const char* column;
  std::array<const char*, 2> ties;
  bool downwards = false;
  bool number = false;  // the column holds numbers
  // The whole list the other way round, ties too, so that an index serves both ways.
  bool reversed = false;

  std::string By() const {
    const char* const tie = reversed ? " DESC" : "";
    return absl::StrCat(" ORDER BY ", column, downwards != reversed ? " DESC, " : ", ", ties[0],
                        tie, ", ", ties[1], tie);
  }

  // Holds for the rows behind a position. Bound to it, all as text but for a last tie that is a
  // blob: the value of the column twice, that of the first tie twice, that of the last one.
  std::string Behind() const {
    const char* const value = number ? "CAST(? AS INTEGER)" : "?";
    const char* const further = downwards != reversed ? " < " : " > ";
    const char* const next = reversed ? " < ?" : " > ?";
    return absl::StrCat("(", column, further, value, " OR (", column, " = ", value, " AND (",
                        absl::StrCat(ties[0], next, " OR (", ties[0], " = ? AND ", ties[1], next),
                        "))))");
  }
};

}  // namespace dudao::server
