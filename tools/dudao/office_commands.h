// The pieces of the office's commands: a subcommand that calls the server in the name of the person
// who signed in.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "command_table.h"
#include "office.h"

namespace dudao::command {

using OfficeWork = std::function<absl::Status(Invocation&, Office&)>;

// Opens the office with the kept session, does the work, reports an error.
Exit WithOffice(Invocation& run, const OfficeWork& work);

// A subcommand that does `work`.
CLI::App* AddOffice(CommandTable& table, CLI::App& parent, const char* name, Text about,
                    const std::string& examples, OfficeWork work);

// Calls `each` for the rows of all pages; `list` takes a request and answers with rows and
// next_page_token.
template <typename Request, typename List, typename Each>
absl::Status ForEachRow(Request request, List list, Each each) {
  constexpr int kPageSize = 500;
  request.set_page_size(kPageSize);
  do {
    const auto page = list(request);
    if (!page.ok()) return page.status();
    for (const auto& row : page->rows()) {
      if (const absl::Status done = each(row); !done.ok()) return done;
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

}  // namespace dudao::command
