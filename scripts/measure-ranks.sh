#!/usr/bin/env bash
# Measures how long the same job takes with different numbers of ranks on this machine, interleaved
# over several rounds, and prints the median of each beside the first: seconds, and processor
# seconds, which other work on the machine disturbs less.
#
#   scripts/measure-ranks.sh [diffuse-mpi options]
#
# RANKS ("2 8"), ROUNDS (3), and MPIRUN ("--bind-to none", options of mpirun) can be set. Give each
# rank the same number of whole batches, or what is measured is the end of the job: 128 images in
# batches of 8, unless options say otherwise.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/require-swift.sh

swift build -c release --product diffuse-mpi >&2
if [ "$(id -u)" -eq 0 ]; then
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
read -ra ranks <<<"${RANKS:-2 8}"
options=("$@")
[ $# -gt 0 ] || options=(--num-samples 128 --batch-size 8)

TIMEFORMAT="%R %U %S"
for round in $(seq "${ROUNDS:-3}"); do
  for count in "${ranks[@]}"; do
    # shellcheck disable=SC2086
    { time mpirun --oversubscribe ${MPIRUN:---bind-to none} -n "$count" .build/release/diffuse-mpi \
        "${options[@]}" --out "$folder/$count-$round" >"$folder/log" 2>&1; } 2>"$folder/time" ||
      { cat "$folder/log" >&2; exit 1; }
    awk '{ print $1, $2 + $3 }' "$folder/time" >>"$folder/seconds-$count"
    echo "round $round, $count ranks: $(tail -n 1 "$folder/seconds-$count")" >&2
    cmp "$folder/${ranks[0]}-1/images/metadata.jsonl" "$folder/$count-$round/images/metadata.jsonl"
  done
done

median() { # file, column
  sort -n -k "$2" "$1" | awk -v column="$2" '{ v[NR] = $column }
    END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
}
echo "| ranks | seconds | to first | processor seconds | to first |"
echo "|--:|--:|--:|--:|--:|"
for count in "${ranks[@]}"; do
  wall=$(median "$folder/seconds-$count" 1)
  processor=$(median "$folder/seconds-$count" 2)
  : "${firstWall:=$wall}" "${firstProcessor:=$processor}"
  awk -v r="$count" -v w="$wall" -v p="$processor" -v fw="$firstWall" -v fp="$firstProcessor" \
    'BEGIN { printf "| %s | %.1f | %.2f | %.1f | %.2f |\n", r, w, w / fw, p, p / fp }'
done
