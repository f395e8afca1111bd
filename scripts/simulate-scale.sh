#!/usr/bin/env bash
# Runs the coordinator with 8 to 16,384 simulated ranks in virtual time, and writes the Markdown
# table and the chart for docs/scale.md.
#
#   scripts/simulate-scale.sh [folder]
#
# Writes scale-table.md and images/scale.svg to the folder (docs by default). First measures how long
# the coordinator takes for each message, with eight ranks on this machine. To skip this, set TIMES
# to options of scale-simulation, such as "--receive 3 --send 5". You can also set IMAGES (1000000)
# and RANKS. Takes some minutes.
set -euo pipefail
folder=$(realpath "${1:-docs}")
cd "$(dirname "$0")/.."
source scripts/require-swift.sh

swift build -c release --product handout-benchmark
swift build -c release --product scale-simulation
simulation=.build/release/scale-simulation
if [ "$(id -u)" -eq 0 ]; then
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The milliseconds per image that the coordinator's main thread takes to write and to handle
# messages, in three rounds.
measure() { # name, options
  for _ in 1 2 3; do
    # shellcheck disable=SC2086
    mpirun --oversubscribe --bind-to none -n 8 .build/release/handout-benchmark \
      --images 2000 --encoded $2 --out "$work/images" 2>"$work/errors" | cut -f 7,8 >>"$work/$1" ||
      { cat "$work/errors" >&2; exit 1; }
    rm -rf "$work/images"
  done
}
median() { cut -f "$2" "$work/$1" | sort -n | sed -n 2p; }

if [ -z "${TIMES+set}" ]; then
  measure whole "--batch 8"
  measure single "--batch 1 --size 8 --discard"
  measure many "--batch 8 --size 8 --discard"
  measure published "--batch 8 --write-ranks"
  TIMES=$(awk -v single="$(median single 2)" -v many="$(median many 2)" \
    -v whole="$(median whole 2)" -v write="$(median whole 1)" -v publish="$(median published 1)" '
    function positive(x) { return x > 0 ? x : 0 }
    BEGIN {
      # Each image in a batch of one needs its own request and batch; eight in a batch share one.
      pair = positive((single - many) * 8 / 7)
      receive = positive(many - pair / 8)
      printf "--receive %.1f --send %.1f --receive-file %.1f --write-file %.1f --publish-file %.1f",
        receive * 1e3, positive(pair - receive) * 1e3, positive(whole - many) * 1e3, write * 1e3,
        publish * 1e3
    }')
fi
echo "times: ${TIMES:-as measured before}" >&2

run() { # what, options
  # shellcheck disable=SC2086
  printf '%s\t%s\n' "$1" "$("$simulation" --images "${IMAGES:-1000000}" $TIMES $2)" |
    tee -a "$work/figures" >&2
}
for ranks in ${RANKS:-8 64 512 1024 2048 4096 8192 16384}; do
  for writer in coordinator ranks; do run plain "--ranks $ranks --write $writer"; done
done
for writer in coordinator ranks; do
  faults="--ranks 4096 --write $writer --slow 0.01 --deaths 0.01 --stops 0.01"
  run "1 % slow, 1 % killed, 1 % stopped" "$faults"
  run "the same with ULFM" "$faults --ulfm"
  run "batches of one" "--ranks 4096 --write $writer --batch 1"
done

{
  echo "| what | ranks | who writes | images/s | of what is possible | idle | idle, with the end | coordinator busy | seconds | lost | back | messages | µs a message |"
  echo "|---|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
  awk -F '\t' '{
    printf "| %s | %s | %s | %.0f | %.1f %% | %.3f %% | %.1f %% | %.1f %% | %s | %s | %s | %s | %s |\n",
      $1 == "plain" ? "" : $1, $2, $3, $4, 100 * $5, 100 * $6, 100 * $7, 100 * $8, $9, $10, $11,
      $12, $13
  }' "$work/figures"
} | tee "$folder/scale-table.md"
grep '^plain' "$work/figures" | python3 scripts/scale-chart.py >"$folder/images/scale.svg"
echo "written to $folder/scale-table.md and $folder/images/scale.svg" >&2
