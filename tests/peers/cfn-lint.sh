#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cfn-lint finds nothing, neither in the template sources nor in what is generated for several
# cluster files, the hostile one included.
set -eu
src=${srcdir:-.}
build=${HPCWIZ_BUILD:-.}
command -v cfn-lint >/dev/null 2>&1 || { echo 'cfn-lint is not installed'; exit 77; }
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
HPCWIZ_DATADIR=$src/templates
export HPCWIZ_DATADIR

for cluster in "$src"/tests/peers/clusters/*.yaml; do
    "$build/tests/peers/generate-one" "$cluster" "$work/$(basename "$cluster" .yaml)"
done
cfn-lint --non-zero-exit-code informational "$src"/templates/cloudformation/*.yaml "$work"/*/*.yaml
