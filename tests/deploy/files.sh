#!/usr/bin/env bash
# Units, container file and install script against the program and the checkout.
set -euo pipefail
source=$DUDAO_SOURCE_DIR
program=$DUDAO_BIN_DIR/dudao
failed=0
complain() { printf 'FAILED: %s\n' "$*"; failed=1; }

# Options that a unit or the container uses must be options of that command.
check_options() { # FILE COMMAND-LINE
  local words=($2) help
  help=$("$program" "${words[0]}" --help)
  for word in "${words[@]:1}"; do
    case $word in
      --*) grep -qE -- "^ *(-[a-z],)?$word( |,|$)" <<<"$help" || complain "$1: dudao ${words[0]} has no option $word" ;;
    esac
  done
}
lines=0
while IFS=: read -r file line; do
  lines=$((lines + 1))
  check_options "$file" "${line#*/usr/local/bin/dudao }"
done < <(cd "$source/deploy" && grep -H '^ExecStart=' systemd/*.service)
[ $lines = 2 ] || complain "expected two services that start the program, found $lines"
container=$source/deploy/container/Containerfile
command=$(sed -n 's/^CMD \[\(.*\)\]$/\1/p' "$container" | tr -d '",')
[ -n "$command" ] || complain "the container file has no CMD"
check_options Containerfile "$command"

# The proxy's hint and the settings file too.
check_options dudao.conf "$(sed -n 's/^# *dudao \(serve .*[^\\]\)\\\{0,1\}$/\1/p' "$source/deploy/nginx/dudao.conf")"
check_options dudao.conf "serve $(sed -n 's/^# *\(--public-certificate .*\)$/\1/p' "$source/deploy/nginx/dudao.conf")"

# Everything that the container copies exists; what it copies from the build is what the build makes.
while read -r -a words; do
  from=("${words[@]:1:${#words[@]}-2}")
  for path in "${from[@]}"; do
    case $path in
      --from=build) continue ;;
      /src/build/release/*) [ "$path" = /src/build/release/bin/dudao ] || complain "Containerfile copies $path" ;;
      /src/build/web/office | /src/build/web/tablet) ;;
      *) [ -e "$source/$path" ] || complain "Containerfile copies $path, which is not there" ;;
    esac
  done
done < <(grep '^COPY' "$container")
for path in tools/setup tools/build tools/wasm/build tools/web/build; do
  grep -q "$path" "$container" && [ -x "$source/$path" ] || complain "Containerfile: $path"
done
grep -q '^USER dudao$' "$container" || complain "the container runs as root"

# The image has every library that the program is linked with itself.
have=$(sed -n '/^FROM debian:12-slim$/,$p' "$container" | tr ' ' '\n')
for library in $(readelf -d "$program" | sed -n 's/.*NEEDED.*\[\(lib.*\)\]/\1/p'); do
  path=$(ldd "$program" | sed -n "s|.*$library => \(/[^ ]*\).*|\1|p")
  # Packages name files as they were before /lib became a link to /usr/lib.
  package=$({ dpkg -S "$path" || dpkg -S "/usr$path" || dpkg -S "${path#/usr}"; } 2>/dev/null | sed -n '1s/[:,].*//p')
  case $package in libc6 | libgcc-s1) continue ;; esac
  grep -qxF -- "$package" <<<"$have" || complain "Containerfile lacks $package ($library)"
done

# Alerts speak of figures that the server has.
while IFS= read -r figure; do
  grep -rqF "\"$figure\"" "$source"/server/*.cc || complain "dudao-alerts.yml: there is no figure $figure"
done < <(grep -E '^ +expr:' "$source/deploy/prometheus/dudao-alerts.yml" | grep -oE 'dudao_[a-z_]+' | sort -u)

# Units: every setting is known to systemd, and what they name exists after the installation.
"$source/deploy/install" --root "$PWD/root"
if command -v systemd-analyze >/dev/null; then
  out=$(systemd-analyze verify --man=no --root="$PWD/root" dudao.service dudao-backup.service dudao-backup.timer 2>&1 |
    grep -E 'dudao' | grep -vE 'not-found|Failed to (load|create|prepare)|is not executable' || true)
  [ -z "$out" ] || complain "systemd-analyze verify: $out"
fi
# Of the web apps only what is served, where they were built.
if [ -f "$source/build/web/office/index.html" ] && [ -f "$source/build/web/tablet/index.html" ]; then
  [ -f root/usr/local/share/dudao/web/office/index.html ] || complain "deploy/install leaves out the web apps"
fi
for file in usr/local/bin/dudao etc/dudao/dudao.env etc/systemd/system/dudao.service usr/local/share/doc/dudao/operations.md; do
  [ -e "root/$file" ] || complain "deploy/install leaves out /$file"
done
while IFS= read -r file; do
  [ -e "root$file" ] || complain "a unit names $file, which is not installed"
done < <(grep -hoE '(/usr/local|/etc/dudao)/[a-z./-]+' "$source"/deploy/systemd/*.service | sort -u)

# An upgrade keeps what somebody has set.
echo 'DUDAO_PUBLIC_ADDRESS=ours:7447' >root/etc/dudao/dudao.env
"$source/deploy/install" --root "$PWD/root"
grep -q ours root/etc/dudao/dudao.env || complain "deploy/install overwrites settings"
exit $failed
