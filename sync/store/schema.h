// Layout of the store's file, as migration steps. docs/storage.md explains the tables.
#pragma once

#include "absl/types/span.h"

namespace dudao::sync {

// For Database::Migrate. A step that has shipped never changes; a new layout is a further step.
absl::Span<const char* const> SchemaSteps();

}  // namespace dudao::sync
