// Early return on a Status that is not OK, and assignment from a StatusOr, which this Abseil has no
// macros for. For sources only: it is never included by a public header.
#pragma once

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define DUDAO_CONCAT_INNER(a, b) a##b
#define DUDAO_CONCAT(a, b) DUDAO_CONCAT_INNER(a, b)

// Returns from the enclosing function if the expression, an absl::Status, is not OK.
#define DUDAO_TRY(expression)                                                              \
  do {                                                                                     \
    if (absl::Status dudao_status = (expression); !dudao_status.ok()) return dudao_status; \
  } while (false)

// Declares or assigns `target` from an absl::StatusOr, or returns its status.
#define DUDAO_ASSIGN(target, expression) \
  DUDAO_ASSIGN_AS(DUDAO_CONCAT(dudao_or_, __LINE__), target, expression)
#define DUDAO_ASSIGN_AS(holder, target, expression) \
  auto holder = (expression);                       \
  if (!holder.ok()) return holder.status();         \
  target = std::move(holder).value()
