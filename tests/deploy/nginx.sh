#!/usr/bin/env bash
# nginx itself reads the example, with a certificate of the test's own and ports that nobody needs root for, and hands browsers' calls,
# pages and tablets' calls to the right door of a real server.
set -euo pipefail
nginx=$(command -v nginx || true)
[ -n "$nginx" ] || nginx=$DUDAO_SOURCE_DIR/third_party/nginx/usr/sbin/nginx
[ -x "$nginx" ] || { echo "skipped: no nginx; tools/setup unpacks one where Debian's packages can be reached"; exit 77; }

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key -out server.pem -days 2 -subj /CN=test 2>/dev/null
sed -e "s|/etc/dudao/|$PWD/|" -e 's/443 ssl/17443 ssl/' "$DUDAO_SOURCE_DIR/deploy/nginx/dudao.conf" >dudao.conf
cat >nginx.conf <<EOF_CONF
pid $PWD/nginx.pid;
error_log $PWD/error.log;
events {}
http {
  client_body_temp_path $PWD/body;
  proxy_temp_path $PWD/proxy;
  fastcgi_temp_path $PWD/fastcgi;
  uwsgi_temp_path $PWD/uwsgi;
  scgi_temp_path $PWD/scgi;
  include $PWD/dudao.conf;
}
EOF_CONF
check() { "$nginx" -t -q -p "$PWD" -c "$PWD/nginx.conf" -e "$PWD/error.log" >out 2>&1; }
check || { cat out error.log; exit 1; }
# It would notice a mistake.
sed -i 's/grpc_pass/grpc_pas/' dudao.conf
if check; then echo "FAILED: nginx takes anything"; exit 1; fi

# Every service of ours has a way through.
for package in identity sync blob review admin; do
  grep -qE "\b$package\b" "$DUDAO_SOURCE_DIR/deploy/nginx/dudao.conf" || { echo "FAILED: no location for $package"; exit 1; }
done

# --- in front of a real server -----------------------------------------------------------------------------------------
fail() { echo "FAILED: $*"; cat error.log server.log 2>/dev/null || true; exit 1; }
free_port() { node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'; }
rm -rf data data.incarnation port web-port
"$DUDAO_BIN_DIR/dudao" setup --data-dir data --admin p30 --name 管理员 >/dev/null
"$DUDAO_BIN_DIR/dudao" serve --data-dir data --listen 127.0.0.1:0 --port-file port --web-listen 127.0.0.1:0 --web-port-file web-port \
  --web-root nowhere --log server.log >server.out 2>&1 &
server=$!
proxy=
trap 'kill $server $proxy 2>/dev/null || true' EXIT
for _ in $(seq 600); do
  if [ -s port ]; then break; fi
  kill -0 $server || fail "the server does not start"
  sleep 0.1
done
public=$(free_port)
sed -e "s|/etc/dudao/|$PWD/|" -e "s/443 ssl/$public ssl/" -e '/listen \[::\]/d' -e "s/127\.0\.0\.1:7447/127.0.0.1:$(cat port)/" \
  -e "s/127\.0\.0\.1:8480/127.0.0.1:$(cat web-port)/" "$DUDAO_SOURCE_DIR/deploy/nginx/dudao.conf" >dudao.conf
"$nginx" -p "$PWD" -c "$PWD/nginx.conf" -e "$PWD/error.log" -g 'daemon off;' &
proxy=$!
ask() { curl -ksS --max-time 20 "$@"; }
for _ in $(seq 200); do
  if ask -o /dev/null "https://127.0.0.1:$public/ping" 2>/dev/null; then break; fi
  kill -0 $proxy || fail "nginx does not start"
  sleep 0.1
done
base=https://127.0.0.1:$public
[ "$(ask -o /dev/null -w '%{http_code} %{http_version}' $base/ping)" = '204 2' ] || fail "no ping over HTTP/2"
ask $base/office/ | grep -q 'make web' || fail "pages do not come from the browsers' door"
method=dudao.admin.v1.AdminService/GetServerInfo
printf '\0\0\0\0\0' >empty
call() { ask -X POST --data-binary @empty -H 'Content-Type: application/grpc-web+proto' "$@" | tr '\0\200' '..'; }
call $base/$method | grep -q 'grpc-status: 16' || fail "a browser's call is not answered"
call -H "Origin: $base" -H 'Sec-Fetch-Site: same-origin' $base/$method | grep -q 'grpc-status: 16' || fail "an own page is refused"
call -H 'Origin: https://evil.example' $base/$method | grep -q 'only pages of this site' || fail "a page of others may call"
call $base/dudao.identity.v1.IdentityService/GetSelf | grep -q 'grpc-status: 16' || fail "identity calls are not answered"
# A tablet's call goes to the other door: what is no gRPC there is not answered in gRPC-Web.
ask -X POST --data-binary @empty -H 'Content-Type: application/grpc' -H 'TE: trailers' -D head -o /dev/null $base/$method || true
grep -qi 'grpc-status: 16' head || fail "a tablet's call is not answered: $(cat head)"
grep -q '"door":"grpc"' server.log && grep -q '"door":"web"' server.log || fail "the log does not tell the doors apart"
