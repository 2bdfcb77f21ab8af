#!/usr/bin/env bash
# Runs the suite. Pictures of the pages are kept in build/e2e/screenshots.
set -euo pipefail
source=$DUDAO_SOURCE_DIR
export DUDAO_CHROMIUM=${DUDAO_CHROMIUM:-$(command -v chromium || true)}
[ -n "$DUDAO_CHROMIUM" ] || { echo "there is no chromium; make setup installs it"; exit 77; }
[ -x "$DUDAO_BIN_DIR/dudao" ] || { echo "the programs are not built"; exit 77; }
[ -f "$source/build/web/office/index.html" ] || { echo "the web apps are not built; make web"; exit 77; }
PATH=$("$source/tools/web/node"):$PATH
export PATH DUDAO_WORK=$PWD DUDAO_SCREENSHOTS=$source/build/e2e/screenshots
mkdir -p "$DUDAO_SCREENSHOTS"
exec node --test --test-concurrency=1 --test-reporter=spec "$source"/tests/e2e/office/*.test.mjs
