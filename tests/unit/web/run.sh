#!/usr/bin/env bash
# Runs the unit tests of web/.
set -euo pipefail
"$DUDAO_SOURCE_DIR/tools/web/build" --prepare
PATH=$("$DUDAO_SOURCE_DIR/tools/web/node"):$PATH
export PATH
cd "$DUDAO_SOURCE_DIR/web"
NO_COLOR=1 exec node_modules/.bin/vitest run
