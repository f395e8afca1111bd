#!/usr/bin/env bash
# Measures how long the same job takes with different numbers of ranks on this machine. The numbers
# of ranks take turns over several rounds. Prints the median of the seconds and of the processor
# seconds, which other work on the machine affects less, and the median ratio of each to the first
# number of ranks in the same round.
#
#   scripts/measure-ranks.sh [diffuse-mpi options]
#
# You can set RANKS ("2 8"), ROUNDS (3), and MPIRUN (options for mpirun, "--bind-to none"). The
# default is 128 images in batches of 8. With other options, give each rank the same number of whole
# batches; otherwise the uneven end of the job affects the result.
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

# The median of a column. With another file, the median of the ratios to that file, round by round.
median() { # file, column, [other file]
  paste "$1" "${3:-/dev/null}" |
    awk -v c="$2" -v divide="${3:+1}" '{ print divide ? $c / $(c + 2) : $c }' | sort -n |
    awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
}
echo "| ranks | seconds | relative to first | processor seconds | relative to first |"
echo "|--:|--:|--:|--:|--:|"
first=$folder/seconds-${ranks[0]}
for count in "${ranks[@]}"; do
  file=$folder/seconds-$count
  printf '| %s | %.1f | %.2f | %.1f | %.2f |\n' "$count" "$(median "$file" 1)" \
    "$(median "$file" 1 "$first")" "$(median "$file" 2)" "$(median "$file" 2 "$first")"
done
