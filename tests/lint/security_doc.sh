#!/usr/bin/env bash
# Every test that docs/security.md names exists.
set -euo pipefail
cd "$DUDAO_SOURCE_DIR"
failed=0
count=0
tests=$(grep -rhozP 'TEST(_F|_P)?\(\s*\w+,\s*\w+' tests --include='*.cc' | tr '\0' '\n' | tr -d '\n' | sed 's/TEST[_FP]*(/\n/g' | sed -E 's/^\s*(\w+),\s*(\w+).*/\1.\2/')
while IFS= read -r name; do
  count=$((count + 1))
  grep -qxF -- "$name" <<<"$tests" || { echo "docs/security.md names $name, which is no test"; failed=1; }
done < <(grep -oE '`[A-Z][A-Za-z]+\.[A-Z][A-Za-z]+`' docs/security.md | tr -d '`' | sort -u)
[ "$count" -ge 40 ] || { echo "only $count tests found in docs/security.md"; failed=1; }
exit $failed
