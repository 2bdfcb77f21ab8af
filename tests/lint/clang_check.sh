#!/usr/bin/env bash
# clang_check.sh ROOMS: the portable rooms compile with clang 19 without a warning. They become WebAssembly later; a
# second compiler also sees other mistakes. ROOMS as in room_includes.sh, with the room's folder instead of its headers.
set -euo pipefail
root=${DUDAO_SOURCE_DIR:?}
jobs=$(mktemp)
trap 'rm -f "$jobs"' EXIT
count=0
# Deprecated declarations are left to gcc, which reports our own uses: clang also reports what libstdc++ 12's stable_sort calls inside.
while IFS='|' read -r name folder include; do
  [ -n "$name" ] || continue
  flags=()
  IFS=';' read -ra dirs <<<"$include"
  for dir in "${dirs[@]}"; do
    case $dir in
      '') ;;
      "$root"/build/* | "$root"/third_party/* | "${DUDAO_BUILD_DIR:?}"/*) flags+=(-isystem "$dir") ;;
      "$root"/*) flags+=(-I "$dir") ;;
      *) flags+=(-isystem "$dir") ;;
    esac
  done
  while read -r source; do
    [ -e "$root/$source" ] || continue
    count=$((count + 1))
    printf '%s\0' "ccache clang++-19 -std=c++20 -O0 -c -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast -Wcast-qual -Wnon-virtual-dtor -Woverloaded-virtual -Wundef -Wno-deprecated-declarations -Werror ${flags[*]} $root/$source -o $PWD/$count.o" >>"$jobs"
  done < <(cd "$root" && git ls-files --cached -- "$folder/*.cc" ":!$folder/adapters/*")
done <"$1"
xargs -0 -r -P 2 -n 1 bash -c '$0' <"$jobs"
echo "$count sources compile with clang 19"
