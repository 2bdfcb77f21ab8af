#!/usr/bin/env bash
# buf lint over the contract, and buf breaking against the last release once proto/released.binpb holds one.
set -euo pipefail
root=${DUDAO_SOURCE_DIR:?}
buf=$(ls "$root"/tools/npm/node_modules/@bufbuild/buf-linux-*/bin/buf 2>/dev/null | head -n 1)
[ -n "$buf" ] || { echo "buf is missing; run tools/setup"; exit 1; }
export BUF_CACHE_DIR=$PWD/cache HOME=$PWD
mapfile -t protos < <(cd "$root/proto" && find dudao -name '*.proto' | sort)
(cd "$root/proto" && protoc -I. -I"$root/third_party/googleapis" --include_imports --include_source_info \
  --descriptor_set_out="$OLDPWD/schema.binpb" "${protos[@]}")
"$buf" lint schema.binpb --config "$root/proto/buf.yaml"
if [ -f "$root/proto/released.binpb" ]; then
  "$buf" breaking schema.binpb --against "$root/proto/released.binpb" --config "$root/proto/buf.yaml"
fi
echo "${#protos[@]} proto files pass"
