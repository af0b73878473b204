#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# One libFuzzer target for some seconds; what it says goes to fuzz-found/NAME.log, and one line
# here. Fails, with the end of the log, if it finds an input that breaks the target.
set -eu

corpus=$1 seconds=$2 target=$3
name=$(basename "$target" | sed 's/^fuzz-//')
found=fuzz-found/$name
log=$found.log

last() { # a figure of -print_final_stats
    sed -n "s/^stat::$1: *//p" "$log" | tail -n 1
}

mkdir -p "$found"
status=0
"$target" -max_total_time="$seconds" -timeout=20 -print_final_stats=1 -artifact_prefix="$found-" \
    "$found" "$corpus/$name" >"$log" 2>&1 || status=$?
if [ "$status" != 0 ]; then
    tail -n 60 "$log"
    printf 'fuzz %s: FAILED after %s runs; the input is %s-*\n' "$name" "$(last number_of_executed_units)" "$found"
    exit 1
fi
printf 'fuzz %s: %s s, %s runs, %s new inputs kept, none broke it\n' "$name" "$seconds" \
    "$(last number_of_executed_units)" "$(last new_units_added)"
