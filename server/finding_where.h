// The WHERE clause of questions about findings, and what is bound to it. Private to the projection.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dudao/sync/store/database.h"
#include "finding_query.h"
#include "list_order.h"

namespace dudao::server {

// A JSON list for json_each: one parameter however many there are, for statements are cached by
// their text. Names of spaces need no escaping.
std::string SpaceList(const std::vector<std::string>& spaces);

// Over `finding f`.
class FindingWhere {
 public:
  // `paged`: for a page in order, so that the index of the order serves and not that of the parts.
  explicit FindingWhere(const FindingQuery& query, bool paged = false);
  // Rows after a position in the order of the list.
  void After(const ListOrder& order, const FindingPosition& position);

  const std::string& sql() const { return sql_; }
  // From parameter `first`; returns the number of the next one.
  int Bind(sync::Statement& statement, int first = 1) const;

 private:
  void Add(std::string_view condition, const std::vector<std::string>& values = {});
  void AddPart(const FindingQuery& query);
  void AddUnit(const std::string& unit);
  void AddLight(int light, int64_t now_ms);
  void AddWord(const std::string& word);

  const bool paged_;
  std::string sql_;
  std::vector<std::string> values_;
};

}  // namespace dudao::server
