// The questions that the projection answers.
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/types/span.h"
#include "dudao/sync/crdt/status_macros.h"
#include "list_order.h"
#include "projection.h"

namespace dudao::server {
namespace {

constexpr size_t kTrigram = 3;

size_t Characters(std::string_view text) {
  size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80 ? 1 : 0;
  return count;
}

std::string Replaced(std::string_view text, std::string_view special, std::string_view with) {
  std::string out;
  for (const char c : text) {
    if (special.find(c) != std::string_view::npos) out += with;
    out += c;
  }
  return out;
}

std::string LikePattern(std::string_view word) {
  return absl::StrCat("%", Replaced(word, "%_\\", "\\"), "%");
}

// A WHERE clause and what is bound to it, in order.
class Where {
 public:
  explicit Where(const VisitQuery& query) {
    // One parameter however many there are: statements are cached by their text. Names of spaces
    // need no escaping.
    Add("v.space IN (SELECT value FROM json_each(?))",
        {absl::StrCat("[\"", absl::StrJoin(query.spaces, "\",\""), "\"]")});
    if (!query.team_id.empty()) Add("v.team_id = ?", {query.team_id});
    if (!query.unit_prefix.empty())
      Add("v.unit_code LIKE ? ESCAPE '\\'", {Replaced(query.unit_prefix, "%_\\", "\\") + "%"});
    if (query.state != 0) Add("v.state = CAST(? AS INTEGER)", {absl::StrCat(query.state)});
    if (!query.from_date.empty()) Add("v.visit_date >= ?", {query.from_date});
    if (!query.to_date.empty()) Add("v.visit_date <> '' AND v.visit_date <= ?", {query.to_date});
    if (query.only_conflicts) Add("v.conflicts > 0", {});
    for (absl::string_view word :
         absl::StrSplit(query.text, absl::ByAnyChar(" \t\n"), absl::SkipEmpty())) {
      AddWord(std::string(word));
    }
  }

  // Rows after a position in the order of the list.
  void After(const ListOrder& order, const VisitPosition& position) {
    Add(order.Behind(), {position.sort, position.sort, position.space, position.space});
    key_ = position.key;
    has_key_ = true;
  }

  const std::string& sql() const { return sql_; }
  // Returns the number of the next parameter.
  int Bind(sync::Statement& statement) const {
    int index = 1;
    for (const std::string& value : values_) statement.BindText(index++, value);
    if (has_key_) statement.BindBlob(index++, key_);
    return index;
  }

 private:
  void Add(const std::string& condition, const std::vector<std::string>& values) {
    absl::StrAppend(&sql_, sql_.empty() ? " WHERE " : " AND ", condition);
    values_.insert(values_.end(), values.begin(), values.end());
  }

  // The trigram index finds three characters and more; shorter words are looked for one by one.
  void AddWord(const std::string& word) {
    const std::string by_place =
        " OR v.unit_code IN (SELECT code FROM place WHERE name LIKE ? ESCAPE '\\'))";
    if (Characters(word) >= kTrigram) {
      Add("(v.id IN (SELECT rowid FROM visit_text WHERE visit_text MATCH ?)" + by_place,
          {absl::StrCat("\"", Replaced(word, "\"", "\""), "\""), LikePattern(word)});
    } else {
      Add("(v.text LIKE ? ESCAPE '\\'" + by_place, {LikePattern(word), LikePattern(word)});
    }
  }

  std::string sql_;
  std::vector<std::string> values_;
  std::string key_;
  bool has_key_ = false;
};

VisitRowData RowOf(const sync::Statement& read) {
  VisitRowData row;
  row.space = read.Text(0);
  row.key = read.Blob(1);
  row.temp_no = read.Text(2);
  row.team_id = read.Text(3);
  row.unit_code = read.Text(4);
  row.unit_name = read.Text(5);
  row.township_name = read.Text(6);
  row.visit_date = read.Text(7);
  row.state = static_cast<int>(read.Int(8));
  row.findings = static_cast<int>(read.Int(9));
  row.evidence = static_cast<int>(read.Int(10));
  row.conflicts = static_cast<int>(read.Int(11));
  row.changed_ms = read.Int(12);
  row.sort = read.Text(13);
  return row;
}

constexpr char kColumns[] =
    "SELECT v.space, v.key, v.temp_no, v.team_id, v.unit_code, coalesce(p.name, ''), "
    "coalesce(t.name, ''), v.visit_date, v.state, "
    "v.findings, v.evidence, v.conflicts, v.changed_ms, ";
constexpr char kFrom[] =
    " FROM visit v LEFT JOIN place p ON p.code = v.unit_code LEFT JOIN place t ON t.code = "
    "substr(v.unit_code, 1, 9)";

ListOrder OrderOf(const VisitQuery& query) {
  ListOrder order{"v.visit_date", {"v.space", "v.key"}, true, false, query.reversed};
  const auto by = [&order](const char* column, bool number, bool downwards) {
    order.column = column;
    order.number = number;
    order.downwards = downwards;
  };
  switch (query.order) {
    case VisitQuery::Order::kNewest:
      break;
    case VisitQuery::Order::kNumber:
      by("v.temp_no", false, false);
      break;
    case VisitQuery::Order::kUnit:
      by("v.unit_code", false, false);
      break;
    case VisitQuery::Order::kTeam:
      by("v.team_id", false, false);
      break;
    case VisitQuery::Order::kFindings:
      by("v.findings", true, true);
      break;
    case VisitQuery::Order::kEvidence:
      by("v.evidence", true, true);
      break;
    case VisitQuery::Order::kState:
      by("v.state", true, false);
      break;
    case VisitQuery::Order::kChanged:
      by("v.changed_ms", true, false);
      break;
  }
  return order;
}

// ?1: the day, ?2: the instant at which it began.
constexpr char kIsDue[] =
    "CASE WHEN v.visit_date GLOB '[12][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]' THEN v.visit_date < ?1 "
    "ELSE v.changed_ms < ?2 END";

}  // namespace

absl::StatusOr<std::vector<VisitRowData>> Projection::Visits(const VisitQuery& query,
                                                             const VisitPosition* after,
                                                             int count) {
  Where where(query);
  const ListOrder order = OrderOf(query);
  if (after != nullptr) where.After(order, *after);
  absl::MutexLock lock(&mutex_);
  DUDAO_ASSIGN(auto read, db_->Prepare(absl::StrCat(kColumns, order.column, kFrom, where.sql(),
                                                    order.By(), " LIMIT ?")));
  read.BindInt(where.Bind(read), count);
  std::vector<VisitRowData> rows;
  while (true) {
    DUDAO_ASSIGN(const bool more, read.Step());
    if (!more) return rows;
    rows.push_back(RowOf(read));
  }
}

absl::StatusOr<int64_t> Projection::CountVisits(const VisitQuery& query) {
  const Where where(query);
  absl::MutexLock lock(&mutex_);
  DUDAO_ASSIGN(auto read, db_->Prepare(absl::StrCat("SELECT count(*) FROM visit v", where.sql())));
  where.Bind(read);
  DUDAO_ASSIGN(const bool found, read.Step());
  return found ? read.Int(0) : 0;
}

absl::StatusOr<std::vector<records::v1::Visit>> Projection::MonthOf(
    const std::vector<std::string>& spaces, std::string_view month) {
  VisitQuery query;
  query.spaces = spaces;
  const Where where(query);
  absl::MutexLock lock(&mutex_);
  // Everything but a well-formed day of another month: the quota counts what is not dated on its
  // own.
  DUDAO_ASSIGN(auto read,
               db_->Prepare(absl::StrCat(
                   "SELECT v.team_id, v.unit_code, v.visit_date, v.state, v.arrived_ms, v.left_ms "
                   "FROM visit v",
                   where.sql(),
                   " AND (v.visit_date NOT GLOB '[12][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]' OR "
                   "substr(v.visit_date, 1, 7) = ?)")));
  read.BindText(where.Bind(read), month);
  std::vector<records::v1::Visit> visits;
  while (true) {
    DUDAO_ASSIGN(const bool more, read.Step());
    if (!more) return visits;
    records::v1::Visit& visit = visits.emplace_back();
    visit.set_team_id(std::string(read.Text(0)));
    visit.set_unit_code(std::string(read.Text(1)));
    if (!read.Text(2).empty()) visit.set_visit_date(std::string(read.Text(2)));
    visit.set_state(static_cast<records::v1::VisitState>(read.Int(3)));
    if (read.Int(4) != 0) visit.set_arrived_at_ms(read.Int(4));
    if (read.Int(5) != 0) visit.set_left_at_ms(read.Int(5));
  }
}

absl::StatusOr<FileUse> Projection::UseOfFile(std::string_view space, std::string_view sha256) {
  absl::MutexLock lock(&mutex_);
  DUDAO_ASSIGN(auto read,
               db_->Prepare("SELECT count(*), coalesce(max(personal), 0) FROM file_use WHERE "
                            "space = ? AND sha256 = ?"));
  read.BindText(1, space).BindBlob(2, sha256);
  DUDAO_ASSIGN(const bool found, read.Step());
  return found ? FileUse{read.Int(0) > 0, read.Int(1) != 0} : FileUse{};
}

absl::StatusOr<std::vector<DueVisit>> Projection::VisitsBefore(std::string_view day,
                                                               int64_t before_ms, size_t count) {
  absl::MutexLock lock(&mutex_);
  DUDAO_ASSIGN(auto read, db_->Prepare(absl::StrCat(
                              "SELECT v.space, v.key, v.temp_no, v.visit_date FROM visit v WHERE ",
                              kIsDue, " ORDER BY v.visit_date, v.space, v.key LIMIT ?3")));
  read.BindText(1, day).BindInt(2, before_ms).BindInt(3, static_cast<int64_t>(count));
  std::vector<DueVisit> visits;
  while (true) {
    DUDAO_ASSIGN(const bool more, read.Step());
    if (!more) return visits;
    visits.push_back({std::string(read.Text(0)), std::string(read.Blob(1)),
                      std::string(read.Text(2)), std::string(read.Text(3))});
  }
}

absl::StatusOr<std::vector<DueFile>> Projection::FilesBefore(std::string_view day,
                                                             int64_t before_ms, size_t count) {
  absl::MutexLock lock(&mutex_);
  DUDAO_ASSIGN(auto read,
               db_->Prepare(absl::StrCat(
                   "SELECT DISTINCT f.space, f.sha256 FROM file_use f WHERE NOT EXISTS (SELECT 1 "
                   "FROM file_use o JOIN visit v ON v.space = o.space AND v.key = o.key WHERE "
                   "o.sha256 = f.sha256 AND NOT ",
                   kIsDue, ") ORDER BY f.space, f.sha256 LIMIT ?3")));
  read.BindText(1, day).BindInt(2, before_ms).BindInt(3, static_cast<int64_t>(count));
  std::vector<DueFile> files;
  while (true) {
    DUDAO_ASSIGN(const bool more, read.Step());
    if (!more) return files;
    files.push_back({std::string(read.Text(0)), std::string(read.Blob(1))});
  }
}

}  // namespace dudao::server
