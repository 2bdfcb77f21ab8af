// The lists that an office loads: found, read, imported, reported.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "console.h"
#include "office.h"

namespace dudao::command {

absl::StatusOr<std::string> ReadWholeFile(const std::string& path);

// The folder with the sample lists: `wanted`, ./data, or beside the program's checkout. NOT_FOUND
// with a hint.
absl::StatusOr<std::string> FindData(const std::string& wanted);

// Counts and problems, for people and machines.
void TellImport(Console& console, const ImportOutcome& outcome);

}  // namespace dudao::command
