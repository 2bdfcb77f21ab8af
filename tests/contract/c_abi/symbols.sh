#!/usr/bin/env bash
# symbols.sh LIBRARY LIST: the library defines exactly the listed C functions. A change of the list is a change of the ABI.
set -euo pipefail
nm --defined-only --extern-only --format=posix "$1" | awk '$2 == "T" && $1 ~ /^dudao_client_/ { print $1 }' | sort >found.txt
diff -u "$2" found.txt
echo "the exported functions are as listed"
