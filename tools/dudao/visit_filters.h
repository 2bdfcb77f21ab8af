// Options that lists of visits and lists of findings share: team, unit, days, text.
//
// `filter` is a request or filter of dudao.review.v1 with these fields and outlives the command
// line. Used by one thread.
#pragma once

#include <string>

#include "command_table.h"

namespace dudao::command {

template <typename Filter>
void AddVisitFilters(CommandTable& table, CLI::App& sub, Filter& filter) {
  sub.add_option_function<std::string>(
      "--team", [&filter](const std::string& v) { filter.set_team_id(v); },
      table.Words(Text::kOptionTeam));
  sub.add_option_function<std::string>(
      "--unit", [&filter](const std::string& v) { filter.set_unit_prefix(v); },
      table.Words(Text::kOptionUnit));
  sub.add_option_function<std::string>(
      "--from", [&filter](const std::string& v) { filter.set_from_date(v); },
      table.Words(Text::kOptionFrom));
  sub.add_option_function<std::string>(
      "--to", [&filter](const std::string& v) { filter.set_to_date(v); },
      table.Words(Text::kOptionTo));
  sub.add_option_function<std::string>(
      "--text", [&filter](const std::string& v) { filter.set_text(v); },
      table.Words(Text::kOptionText));
}

}  // namespace dudao::command
