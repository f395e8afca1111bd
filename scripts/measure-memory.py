#!/usr/bin/env python3
"""Measures the memory that all ranks on one node use together, and how fast they start.

  scripts/measure-memory.py --ranks 8 --model unet.pt --classifier classifier.pt --precision bf16

Starts the release build twice under mpirun, first with an empty cache of packed weights and then with
the filled one. Prints the seconds from launch until the ranks begin their first step. The second job
takes two steps on every rank. Once per second, the script adds the Pss of the ranks (each page
divided by the number of processes that share it, from /proc/PID/smaps_rollup). It prints the largest
sum, compared with the packed weights plus the activations of each rank. Other options are passed to
the program. Needs Linux and mpirun, but no Python packages.
"""

import argparse
import os
import re
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

PROGRAM = Path(__file__).resolve().parents[1] / ".build/release/diffuse-mpi"
READY = re.compile(r"networks ready after .* (\d+) MiB of activations")
ANYONE = {
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--ranks", type=int, default=8)
    arguments, options = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "cache"
        for name in ("first", "second"):
            job = Job(arguments.ranks, options, cache, Path(folder) / name)
            largest = job.watch(until_ready=name == "first")
            print(
                f"{name} start: the first rank is ready after {min(job.ready):.1f} s, "
                f"the last after {max(job.ready):.1f} s",
                flush=True,
            )
        weights = sum(file.stat().st_size for file in cache.glob("*.weights")) >> 20
    needed = weights + arguments.ranks * job.activations
    print(f"packed weights {weights} MiB, activations {job.activations} MiB per rank: {needed} MiB")
    print(f"Pss of {arguments.ranks} ranks together: {largest} MiB, {largest / needed:.2f} of that")


class Job:
    """A running job, with the times when its ranks were ready and the activations of each."""

    def __init__(self, ranks: int, options: list[str], cache: Path, out: Path):
        self.ranks, self.ready, self.activations = ranks, [], 0
        self.start, self.errors = time.monotonic(), []
        command = ["mpirun", "-n", str(ranks), "--bind-to", "none", PROGRAM, "--verbose"]
        command += ["--weights-cache", cache, "--out", out]
        command += ["--num-samples", str(ranks), "--batch-size", "1", "--steps", "ddim2", *options]
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | ANYONE,
        )
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self) -> None:
        for line in self.process.stderr:
            self.errors.append(line)
            if match := READY.search(line):
                self.activations = max(self.activations, int(match[1]))
                self.ready.append(time.monotonic() - self.start)

    def watch(self, until_ready: bool) -> int:
        """The largest sum of Pss, in MiB. Can end the job when all ranks are ready."""
        largest = 0
        while self.process.poll() is None:
            time.sleep(0.2 if until_ready else 1)
            largest = max(largest, sum(map(pss, descendants(self.process.pid))))
            if until_ready and len(self.ready) == self.ranks:
                self.process.send_signal(signal.SIGTERM)
                self.process.wait()
                return largest
        if self.process.returncode != 0 or len(self.ready) < self.ranks:
            raise SystemExit("the job failed:\n" + "".join(self.errors))
        return largest


def descendants(process: int) -> list[int]:
    """The processes that run the program under mpirun."""
    found = []
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        for child in map(int, read(children).split()):
            found += [child] if read(Path(f"/proc/{child}/comm")).strip() == PROGRAM.name else []
            found += descendants(child)
    return found


def pss(process: int) -> int:
    """The Pss in MiB; 0 for a process that has ended."""
    match = re.search(r"^Pss: +(\d+) kB", read(Path(f"/proc/{process}/smaps_rollup")), re.MULTILINE)
    return int(match[1]) >> 10 if match else 0


def read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


if __name__ == "__main__":
    main()
