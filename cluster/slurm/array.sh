#!/bin/bash
# An array of jobs of one node, each of which generates a slice. Small jobs often start sooner than
# one large job. Each is requeued until its slice is complete, and the last one joins the slices.
#SBATCH --job-name=diffuse-mpi --output=%x-%A-%a.log --open-mode=append
#SBATCH --array=1-50             # the number of slices
#SBATCH --nodes=1 --exclusive --mem=0
#SBATCH --cpus-per-task=8        # of each rank; the node gets as many ranks as fit
#SBATCH --time=4:00:00
#SBATCH --signal=B:USR1@1200     # seconds before the end: a batch and a minute (diffuse-mpi plan)
#SBATCH --requeue

# Change these three lines: the program, the images, and the folder for them.
program=diffuse-mpi
images=(--num-samples 50000)
folder=samples

# module load openmpi

launch() {
  case $(mpirun --version) in
    *" 4."*) set -- --enable-recovery ;;
    *) set -- --with-ft ulfm ;;
  esac
  exec mpirun "$@" --bind-to none \
    --map-by "ppr:$((SLURM_CPUS_ON_NODE / SLURM_CPUS_PER_TASK)):node:OVERSUBSCRIBE" \
    "${program[@]}" "${images[@]}" --out "$folder" --weights-cache "${TMPDIR:-/tmp}/weights-$USER" \
    --slice "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT"
}
# The number of the slice has as many digits as the number of slices.
printf -v status '%s/slices/%0*d-of-%d' "$folder" ${#SLURM_ARRAY_TASK_COUNT} \
  "$SLURM_ARRAY_TASK_ID" "$SLURM_ARRAY_TASK_COUNT"
wait_for_launcher() { wait $launcher; }

# ---- Nothing below needs a change. These functions are the same in all scripts of this folder. ----

# Launches the job until it is complete, and requeues it where this needs another allocation. Returns
# 0 if all images exist. It trusts the job's status, because some launchers always end with 0.
run_until_complete() {
  local first before code idle=0 draining=
  trap 'draining=yes; kill -USR1 "$launcher"' USR1 # finish the batches in progress
  trap 'kill -TERM "$launcher"' TERM               # save what is finished
  # With this, the program ends in time by itself. Slurm 22.05 and older versions do not set it.
  : "${SLURM_JOB_END_TIME:=$(date +%s --date "$(squeue --noheader --job "$SLURM_JOB_ID" --format %e)")}"
  export SLURM_JOB_END_TIME
  first=$(saved)
  while :; do
    before=$(saved)
    launch &
    launcher=$!
    while kill -0 $launcher 2>/dev/null; do wait_for_launcher; done

    "${program[@]}" status "$status"
    code=$?
    [ $code = 75 ] || return $code # complete, or an error that another start does not change
    case $(scontrol show job --oneliner "$SLURM_JOB_ID") in
      *PreemptTime=[0-9]*) break ;;
      *Reason=TimeLimit*) draining=yes ;;
      *JobState=RUNNING*) ;;
      *) return 75 ;; # cancelled, or Slurm itself requeues the job
    esac
    # A job that stops in time by itself is incomplete. Otherwise, processes died. Another start here
    # needs no waiting in the queue. A start may fail by accident, so two in a row may add no image.
    if [ "$(status_of state)" = incomplete ]; then draining=yes; fi
    if [ "$(saved)" != "$before" ]; then idle=0; else idle=$((idle + 1)); fi
    if [ -z "$draining" ] && [ $idle -lt 2 ]; then continue; fi
    if [ "$(saved)" != "$first" ] || [ "${SLURM_RESTART_COUNT:-0}" = 0 ]; then break; fi
    echo "not requeued, because no image was added since the last time" >&2
    return 75
  done
  scontrol requeue "$SLURM_JOB_ID"
  return 75
}

# Prints a value of the job's status, or nothing if there is none.
status_of() { sed -n "s/^ *\"$1\" : \"\{0,1\}\([^\",]*\).*/\1/p" "$status/status.json" 2>/dev/null; }

# Prints the number of saved images.
saved() { status_of "done"; }

# ---- End of the common functions ----
run_until_complete
code=$?
# The last one joins the slices. If several end at the same time, one does, and the others wait.
"${program[@]}" status "$folder" >/dev/null || exit $code
for attempt in {1..20}; do
  [ "$attempt" = 1 ] || sleep 15
  "${program[@]}" merge "$folder" && exit
done
