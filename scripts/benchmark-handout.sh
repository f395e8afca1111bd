#!/usr/bin/env bash
# Measures how many images per second the coordinator hands out, gathers and writes if the network
# takes no time, and where the time goes, with several numbers of ranks on this machine. Prints a
# Markdown table and writes it to a file (handout.md by default).
#
#   scripts/benchmark-handout.sh [file]
#
# You can set RANKS (8 64 256), IMAGES (2000), ROUNDS (3) and TMPDIR, the folder for the images.
# The rows take turns in each round; the table shows the median round of each row.
set -euo pipefail
table=$(realpath "${1:-handout.md}")
cd "$(dirname "$0")/.."
source scripts/require-swift.sh

swift build -c release --product handout-benchmark
program=.build/release/handout-benchmark
if [ "$(id -u)" -eq 0 ]; then
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# What each row measures, and its options.
kinds=("encoded and written" "written" "gathered only")
options=("" "--encoded" "--encoded --discard")

measure() { # kind, ranks, round
  # shellcheck disable=SC2086
  mpirun --oversubscribe --bind-to none -n "$2" "$program" --images "${IMAGES:-2000}" \
    ${options[$1]} --out "$folder/$1-$2-$3" 2>"$folder/errors" >"$folder/figures" ||
    { cat "$folder/errors" >&2; exit 1; }
  printf '%s\t%s\n' "$1" "$(cat "$folder/figures")" >>"$folder/all"
  printf '%s\n' "round $3, ${kinds[$1]}, $2 ranks: $(cut -f 4 "$folder/figures") images/s" >&2
}

for round in $(seq "${ROUNDS:-3}"); do
  for kind in "${!kinds[@]}"; do
    for ranks in ${RANKS:-8 64 256}; do measure "$kind" "$ranks" "$round"; done
  done
  # Removed here, with a pause, because ext4 searches for free space slowly after a removal.
  rm -rf "$folder"/[0-9]*
  sleep 6
done

{
  echo "| what | ranks | images/s | relative to first | encode | messages, all other ranks | coordinator: write | messages | no processor | asleep |"
  echo "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
  # The round with the median rate, for each kind and number of ranks.
  sort -t $'\t' -k 1,1n -k 2,2n -k 5,5n "$folder/all" |
    awk -F '\t' -v rounds="${ROUNDS:-3}" 'NR % rounds == int((rounds + 1) / 2) % rounds' |
    while IFS=$'\t' read -r kind ranks _ _ rate encode others write messages waiting asleep _; do
      [ "$kind" = "${last:-}" ] || first=$rate
      last=$kind
      printf '| %s | %s | %s | %.2f | %s | %s | %s | %s | %s | %s |\n' "${kinds[$kind]}" \
        "$ranks" "$rate" "$(awk "BEGIN { print $rate / $first }")" "$encode" "$others" "$write" \
        "$messages" "$waiting" "$asleep"
    done
} | tee "$table"
echo "written to $table" >&2
