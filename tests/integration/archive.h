// Backup, restore, verification and audit export as commands, for the stories that need them.
#pragma once

#include <string>

#include "county.h"

namespace dudao::integration {

// Of a server at work; the folder that holds this backup.
std::string BackUp(County& county, const std::string& target);
void RestoreInto(const std::string& backup, const std::string& data_dir);
// `dudao verify` finds the county's folder sound, and `dudao export-audit` hands out a copy that
// says so too; the first altered byte is named.
void Verify(County& county, const std::string& target);

}  // namespace dudao::integration
