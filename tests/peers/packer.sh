#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Packer itself accepts the images of each cluster: every option, every expression, every script.
# Debian's Packer 1.6 has the Amazon builder built in and does not know two blocks that the files
# use, which later versions do: what to fetch (packer) and the metadata service (metadata_options).
set -eu
src=${srcdir:-.}
build=${HPCWIZ_BUILD:-.}
command -v packer >/dev/null 2>&1 || { echo 'packer is not installed'; exit 77; }
packer version | grep -q 'v1\.6\.' || { echo 'this Packer fetches its builders'; exit 77; }
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
HPCWIZ_DATADIR=$src/templates
PACKER_CONFIG_DIR=$work
CHECKPOINT_DISABLE=1
AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE
AWS_SECRET_ACCESS_KEY=example
export HPCWIZ_DATADIR PACKER_CONFIG_DIR CHECKPOINT_DISABLE AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY

validate() { # validate FOLDER [OPTION]...
    folder=$1
    shift
    (cd "$folder" && packer validate "$@" . 2>&1)
}

for cluster in "$src"/tests/peers/clusters/*.yaml; do
    out=$work/$(basename "$cluster" .yaml)
    "$build/tests/peers/generate-one" "$cluster" "$out"
    sed -i '/^packer {/,/^}/d; /^  metadata_options {/,/^  }/d' "$out/packer/common.pkr.hcl"
    for options in '' '-var instance_profile=reader' '-var copy_media=false' '-var region=cn-north-1'; do
        # shellcheck disable=SC2086
        said=$(validate "$out/packer" $options) || { echo "$cluster $options: $said"; exit 1; }
    done
done

# What it accepts means something only if it refuses the rest.
sed -i 's/disable_stop_instance/disable_stop_instanze/' "$out/packer/common.pkr.hcl"
if validate "$out/packer" >/dev/null; then
    echo 'Packer accepts an option that does not exist'
    exit 1
fi
