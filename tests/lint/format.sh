#!/usr/bin/env bash
# Our C and C++ is formatted as .clang-format says. With --fix: makes it so.
set -euo pipefail
cd "${DUDAO_SOURCE_DIR:-$(dirname "$0")/../..}"
mapfile -t files < <(git ls-files --cached --others --exclude-standard -- '*.h' '*.cc' '*.c' | while read -r f; do [ -e "$f" ] && echo "$f"; done)
[ ${#files[@]} -gt 0 ] || exit 0
if [ "${1:-}" = --fix ]; then
  clang-format -i -- "${files[@]}"
  exit
fi
# Only committed files count: work in progress next door is not this run's business.
mapfile -t files < <(git ls-files --cached -- '*.h' '*.cc' '*.c' | while read -r f; do [ -e "$f" ] && echo "$f"; done)
bad=()
for file in "${files[@]}"; do
  clang-format --dry-run --Werror -- "$file" >/dev/null 2>&1 || bad+=("$file")
done
[ ${#bad[@]} -eq 0 ] || { printf 'not formatted (make format): %s\n' "${bad[@]}"; exit 1; }
echo "${#files[@]} files are formatted"
