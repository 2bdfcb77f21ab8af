#!/usr/bin/env bash
# orphan_tests.sh LIST: every committed *_test.cc is in the list of sources that CMake compiles into a test.
set -euo pipefail
cd "${DUDAO_SOURCE_DIR:?}"
orphans=$(git ls-files --cached -- '*_test.cc' '*_test.c' | while read -r f; do [ -e "$f" ] && echo "$PWD/$f"; done | sort | comm -23 - <(sort -u "$1"))
[ -z "$orphans" ] || { printf 'in no test target: %s\n' $orphans; exit 1; }
echo "$(sort -u "$1" | wc -l) test sources are all built"
