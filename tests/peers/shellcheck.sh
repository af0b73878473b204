#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# shellcheck finds nothing in deploy.sh and destroy.sh, as sources and as generated.
set -eu
src=${srcdir:-.}
build=${HPCWIZ_BUILD:-.}
command -v shellcheck >/dev/null 2>&1 || { echo 'shellcheck is not installed'; exit 77; }
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
HPCWIZ_DATADIR=$src/templates
export HPCWIZ_DATADIR

shellcheck "$src"/templates/shell/*.sh
for cluster in "$src"/tests/peers/clusters/*.yaml; do
    name=$(basename "$cluster" .yaml)
    "$build/tests/peers/generate-one" "$cluster" "$work/$name"
    shellcheck "$work/$name/deploy.sh" "$work/$name/destroy.sh"
done
