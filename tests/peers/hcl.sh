#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The Packer files pass HashiCorp's own HCL parser and say what an image must have (hcl.js).
set -eu
src=$(cd "${srcdir:-.}" && pwd)
build=$(cd "${HPCWIZ_BUILD:-.}" && pwd)
command -v npm >/dev/null 2>&1 || { echo 'npm is not installed'; exit 77; }
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
HPCWIZ_DATADIR=$src/templates
export HPCWIZ_DATADIR

timeout 300 npm install --no-save --no-audit --no-fund --ignore-scripts --prefix "$work" \
    @cdktf/hcl2json@0.21.0 >"$work/npm.log" 2>&1 || {
    echo "@cdktf/hcl2json cannot be had: $(tail -c 300 "$work/npm.log")"
    exit 77
}
for cluster in "$src"/tests/peers/clusters/*.yaml; do
    out=$work/$(basename "$cluster" .yaml)
    "$build/tests/peers/generate-one" "$cluster" "$out"
    NODE_PATH=$work/node_modules node "$src/tests/peers/hcl.js" "$out/packer"
done
