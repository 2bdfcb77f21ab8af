#!/usr/bin/env bash
# room_includes.sh ROOMS: a wrong include must fail to build, and a right one must build. For each pair of rooms a file
# that includes the other's first public header is preprocessed with exactly the include path that CMake gives the first.
# ROOMS has one line per room: name|may see (names)|folder of its public headers|include path
set -euo pipefail
rooms=$1
cxx=${CXX:-g++}
declare -A sees folder path header
names=()
while IFS='|' read -r name may dir include; do
  [ -n "$name" ] || continue
  names+=("$name")
  sees[$name]=" $may $name "
  folder[$name]=$dir
  path[$name]=$include
  if [ -d "$dir" ]; then header[$name]=$(cd "$dir" && find . -name '*.h' | sort | head -n 1 | sed 's|^\./||'); else header[$name]=; fi
done <"$rooms"

checked=0
failed=0
for from in "${names[@]}"; do
  flags=()
  IFS=';' read -ra dirs <<<"${path[$from]}"
  for dir in "${dirs[@]}"; do
    case $dir in '') ;; *) flags+=(-isystem "$dir") ;; esac
  done
  for to in "${names[@]}"; do
    [ -n "${header[$to]}" ] || continue # that room has no headers yet
    printf '#include "%s"\n' "${header[$to]}" >"$from-$to.cc"
    status=0
    "$cxx" -std=c++20 -E -o /dev/null "${flags[@]}" "$from-$to.cc" 2>"$from-$to.log" || status=$?
    checked=$((checked + 1))
    case ${sees[$from]} in
      *" $to "*)
        if [ $status != 0 ]; then echo "$from may include ${header[$to]} but it does not compile:"; head -n 5 "$from-$to.log"; failed=1; fi ;;
      *)
        if [ $status = 0 ]; then echo "$from must not see ${header[$to]}, but it compiles"; failed=1
        elif ! grep -qF "${header[$to]}: No such file or directory" "$from-$to.log"; then
          echo "$from fails to include ${header[$to]} for another reason than that it is not there:"; head -n 5 "$from-$to.log"; failed=1
        fi ;;
    esac
  done
done
[ $checked -gt 0 ] || { echo "nothing was checked"; exit 1; }
[ $failed = 0 ] || exit 1
echo "$checked pairs of rooms are as they should be"
