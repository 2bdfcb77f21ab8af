#!/usr/bin/env bash
# nginx itself reads the example: with a certificate of the test's own, and ports that nobody needs root for.
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
