#!/bin/bash
# An array of jobs of one node, each of which generates a slice. Small jobs often start sooner than
# one large job. Each continues if processes die, and the last one joins the slices. If some ran out
# of time, submit the array again: complete slices end at once.
# Torque: -l nodes=1:ppn=128 and -t 1-50 in place of select, place and -J, and PBS_ARRAYID below.
#PBS -J 1-50
#PBS -l select=1:ncpus=128:mpiprocs=16
#PBS -l place=excl
#PBS -l walltime=4:00:00
#PBS -r y -j oe

# Change these three lines: the program, the images, and the folder for them.
program=diffuse-mpi
images=(--num-samples 50000)
folder=samples

# module load openmpi

slice=$PBS_ARRAY_INDEX/50 # of the number of slices
early=1200 # seconds before the limit to begin no more batches: a batch and a minute (diffuse-mpi plan)
cd "$PBS_O_WORKDIR" || exit

launch() {
  case $(mpirun --version) in
    *" 4."*) set -- --enable-recovery ;;
    *) set -- --with-ft ulfm ;;
  esac
  # timeout sends a signal, after which the batches in progress are finished.
  exec timeout --signal=USR1 "$(seconds_left)" mpirun "$@" --bind-to none \
    "${program[@]}" "${images[@]}" --out "$folder" --weights-cache "${TMPDIR:-/tmp}/weights-$USER" \
    --slice "$slice"
}
# The number of the slice has as many digits as the number of slices.
count=${slice#*/}
printf -v status '%s/slices/%0*d-of-%d' "$folder" ${#count} "${slice%/*}" "$count"
wait_for_launcher() { wait $launcher; }
again() { echo "slice $slice needs more time: submit the array again" >&2; }

# ---- Nothing below needs a change. These functions are the same in all scripts of this folder. ----

# Launches the job until it is complete, and submits it again where it needs more time. Returns 0 if
# all images exist. It trusts the job's status, because some launchers always end with 0.
run_until_complete() {
  local first before code idle=0 stopped=
  trap 'stopped=yes; kill -TERM "$launcher"' TERM # save what is finished
  first=$(saved)
  while :; do
    before=$(saved)
    launch &
    launcher=$!
    while kill -0 $launcher 2>/dev/null; do wait_for_launcher; done

    "${program[@]}" status "$status"
    code=$?
    [ $code = 75 ] || return $code      # complete, or an error that another start does not change
    [ -z "$stopped" ] || return 75      # deleted, or PBS itself starts it again
    # Processes died. Another start here needs no waiting in the queue. A start may fail by accident,
    # so only the second one in a row that adds no image is too many.
    if [ "$(saved)" != "$before" ]; then idle=0; else idle=$((idle + 1)); fi
    if [ "$(seconds_left)" -gt 0 ] && [ $idle -lt 2 ]; then continue; fi
    if [ "$(saved)" != "$first" ]; then break; fi
    echo "not submitted again, because no image was added" >&2
    return 75
  done
  again
  return 75
}

# Prints the seconds until the job should begin to end.
seconds_left() { echo $((limit - early - SECONDS)); }

# Prints a value of the job's status, or nothing if there is none.
status_of() { sed -n "s/^ *\"$1\" : \"\{0,1\}\([^\",]*\).*/\1/p" "$status/status.json" 2>/dev/null; }

# Prints the number of saved images.
saved() { status_of "done"; }

# The time limit in seconds, which Torque sets and PBS Pro prints.
limit=${PBS_WALLTIME:-$(qstat -f "$PBS_JOBID" |
  awk -F'[ :]+' '/Resource_List.walltime/ { print $(NF-2) * 3600 + $(NF-1) * 60 + $NF }')}

# ---- End of the common functions ----
run_until_complete
code=$?
# The last one joins the slices. If several end at the same time, one does, and the others wait.
"${program[@]}" status "$folder" >/dev/null || exit $code
for attempt in {1..20}; do
  [ "$attempt" = 1 ] || sleep 15
  "${program[@]}" merge "$folder" && exit
done
