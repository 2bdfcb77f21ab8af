#!/usr/bin/env bash
# run_in_fresh_dir.sh DIR COMMAND...: empties DIR, then runs COMMAND there.
set -euo pipefail
dir=$1
shift
rm -rf "$dir"
mkdir -p "$dir"
cd "$dir"
exec "$@"
