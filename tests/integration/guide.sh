#!/usr/bin/env bash
# Follows the ten-minute guide of docs/operations.md word by word, with real processes and TLS. Only what a test must not do to the
# machine it runs on is replaced: root (sudo), systemd (the units' own command lines are run), folders and ports.
set -euo pipefail
guide=$DUDAO_SOURCE_DIR/docs/operations.md
root=$PWD/root
work=$PWD/work
mkdir -p "$root" "$work"
export XDG_STATE_HOME=$PWD/state HOME=$PWD PATH=$root/usr/local/bin:$PATH

blocks() { awk '/^```sh$/ {on = 1; next} /^```$/ {if (on) print "#--"; on = 0} on' "$1"; }
# Both guides say the same.
diff <(blocks "$guide") <(blocks "$DUDAO_SOURCE_DIR/docs/operations.zh.md") || { echo "FAILED: the two guides differ"; exit 1; }

free_port() { node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'; }
port=$(free_port)
pages=$(free_port)
web=$(free_port)
here() {
  sed -e "s|192\.168\.10\.5:7447|127.0.0.1:$port|g" -e "s|0\.0\.0\.0:7447|0.0.0.0:$port|g" -e "s|127\.0\.0\.1:9447|127.0.0.1:$pages|g" \
    -e "s|192\.168\.10\.5:8443|127.0.0.1:$web|g" -e "s|0\.0\.0\.0:8443|0.0.0.0:$web|g" \
    -e "s|/var/lib/dudao|$root/var/lib/dudao|g" -e "s|/var/backups/dudao|$root/var/backups/dudao|g" \
    -e "s|/usr/local/|$root/usr/local/|g" -e "s|/etc/dudao/|$root/etc/dudao/|g"
}

server=
stop_server() {
  [ -n "$server" ] || return 0
  kill -TERM "$server" 2>/dev/null || true
  wait "$server" || { echo "FAILED: the server ended with $?"; return 1; }
  server=
}
trap 'stop_server || true' EXIT

# --- what stands in for the machine ------------------------------------------------------------------------------------
make() { [ "$*" = build ] && [ -x "$DUDAO_BIN_DIR/dudao" ]; }
sudo() {
  if [ "$1" = -u ]; then shift 2; fi
  if [ "$1" = deploy/install ]; then "$DUDAO_SOURCE_DIR/deploy/install" --root "$root"; else "$@"; fi
}
command_of() { sed -n 's/^ExecStart=//p' "$root/etc/systemd/system/$1.service" | here; }
start_server() {
  # As systemd reads it: one word for ${NAME}, several or none for $NAME.
  set -a
  . "$root/etc/dudao/dudao.env"
  set +a
  eval "exec $(command_of dudao | sed 's/\${\([A-Z_]*\)}/"${\1}"/g')" >"$root/server.out" 2>>"$root/server.log" &
  server=$!
  for _ in $(seq 600); do
    if command curl -fs "http://127.0.0.1:$pages/readyz" >/dev/null; then return 0; fi
    kill -0 "$server" || { cat "$root/server.out" "$root/server.log"; return 1; }
    sleep 0.1
  done
  return 1
}
systemctl() {
  case $* in
    'enable --now dudao dudao-backup.timer') [ -e "$root/etc/systemd/system/dudao-backup.timer" ] && start_server ;;
    'restart dudao') stop_server && start_server ;;
    'stop dudao') stop_server ;;
    'start dudao') start_server ;;
    'start dudao-backup') eval "$(command_of dudao-backup)" ;;
    *) echo "FAILED: no stand-in for systemctl $*"; return 1 ;;
  esac
}

# --- the guide ---------------------------------------------------------------------------------------------------------
steps=$PWD/steps.sh
blocks "$guide" | here >"$steps"
count=$(grep -c '^#--$' "$steps")
[ "$count" -ge 12 ] || { echo "FAILED: only $count blocks found"; exit 1; }
cd "$work"
began=$SECONDS
exec 3>"$PWD/../transcript.txt"
BASH_XTRACEFD=3
set -x
. "$steps"
set +x
echo "guide: $count blocks in $((SECONDS - began)) s"

# --- what it promised --------------------------------------------------------------------------------------------------
fails() { if "$@" >out 2>&1; then echo "FAILED: should not work: $*"; cat out; exit 1; fi; }
fails dudao tablet --tablet p08.db sync
# Both keys are new, and the server and its tablets agree.
[ "$(dudao --json tablet --tablet p01.db identity | sed -n 's/.*"key":\([0-9]*\).*/\1/p')" = 2 ] || { echo "FAILED: p01 has no new key"; exit 1; }
[ "$(grep -c '^signing' "$root/var/lib/dudao/data/server.key")" = 2 ] || { echo "FAILED: the server has no new key"; exit 1; }
[ "$(stat -c %a "$root/var/lib/dudao/data/server.key")" = 600 ] || { echo "FAILED: the server's key can be read"; exit 1; }
dudao tablet --tablet p01.db identity >out
grep -qF "$(dudao --json tablet --tablet p06.db identity | sed -n 's/.*"server_fingerprint":"\([0-9a-f]*\)".*/\1/p')" out || { echo "FAILED: p01 and p06 know different servers"; exit 1; }
dudao verify --data "$root/var/lib/dudao/data" >/dev/null
# Handed over: it may deliver to its team, and reads nothing any more.
dudao tablet --tablet p07.db sync --space team-d2-2026 >/dev/null
dudao tablet --tablet p06.db sync >/dev/null
[ "$(dudao --json device list 2>/dev/null | grep -c '"device"')" = 20 ] || { echo "FAILED: not 20 devices"; dudao device list; exit 1; }
[ "$(stat -c %a "$root/var/lib/dudao/data/tls/ca.key")" = 600 ] || { echo "FAILED: the authority's key can be read"; exit 1; }
# Nothing of the people in the log; lines are JSON.
log=$root/server.log
[ -s "$log" ] || { echo "FAILED: no log"; exit 1; }
for word in 管理员 冯督六 平板 "$(cat password)"; do
  if grep -qF -- "$word" "$log"; then echo "FAILED: the log holds $word"; exit 1; fi
done
if grep -vq '^{"time":".*}$' "$log"; then echo "FAILED: not a JSON line: $(grep -v '^{"time":".*}$' "$log" | head -1)"; exit 1; fi
stop_server
grep -q '"event":"stopped"' "$log" || { echo "FAILED: it did not end in order"; exit 1; }
