#!/usr/bin/env bash
# wasm_pending.sh CHECKOUT TARGET: prints what ninja would still do for a target of build/wasm; nothing where it is up to date.
#
# Asks under another name of the manifest: a dry run that finds build.ninja itself in need of a look (and with globbed folders it
# always does) ends there and never comes to the target.
set -euo pipefail
cd "$1/build/wasm"
# What that look would find, apart from new files in globbed folders.
git -C "$1" ls-files '*CMakeLists.txt' '*.cmake' | while read -r file; do
  [ ! "$1/$file" -nt build.ninja ] || echo "$file is newer than the build"
done
manifest=$(mktemp pending.XXXXXX.ninja)
trap 'rm -f "$manifest"' EXIT
cp build.ninja "$manifest"
ninja -f "$manifest" -n "$2" 2>&1 | grep -v '^ninja: ' || true
