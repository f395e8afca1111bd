"""This program and its peers, run as processes that take turns."""

import json
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import networks

STEP_BENCHMARK = Path(__file__).resolve().parents[2] / ".build/release/step-benchmark"
OURS, REFERENCE, COMPILED = "diffuse-mpi", "guided-diffusion", "torch.compile"
# The second is used if the first does not run.
OPENVINO = ("OpenVINO", "OpenVINO without snippets")


class RivalError(Exception):
    """The reason why a rival has no figures."""


@dataclass(frozen=True)
class Work:
    """The network, batch size and precision on which rivals are compared."""

    case: str
    batch: int
    precision: str

    @property
    def title(self) -> str:
        return f"{networks.CASES[self.case].title}, batch {self.batch}"


class Rival:
    """A process that runs one network in turns, with the result of its first run."""

    def __init__(self, name: str, work: Work, part: str, threads: int, folder: Path):
        self.name = name
        dump, self.log = folder / "result.raw", folder / "errors.txt"
        if name == OURS:
            command = [*ours("time", work, part, threads, folder), "--dump", dump, "--turns"]
        else:
            order = (name, work.case, part, work.batch, work.precision, threads, folder, dump)
            command = [sys.executable, "-m", "benchmark.peer", *map(str, order)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log.open("w"),
            text=True,
        )  # fmt: skip
        self.read()
        self.result = np.fromfile(dump, np.float32)

    def run(self, count: int) -> list[float]:
        """The seconds of each of `count` runs."""
        self.process.stdin.write(f"{count}\n")
        self.process.stdin.flush()
        return self.read()

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            raise RivalError(self.end())
        return json.loads(line)

    def end(self) -> str:
        """The last output of the process, or the signal that killed it."""
        status = self.process.wait()
        if status < 0:
            return f"it ended with {signal.Signals(-status).name}"
        return (self.log.read_text().strip().splitlines() or [f"it ended with status {status}"])[-1]

    def close(self) -> None:
        self.process.communicate()


def peers(part: str, precision: str) -> list[tuple[str, ...]]:
    """The names of the rivals, each with its substitutes."""
    compiled = [(COMPILED,)] if precision == "bf16" else []
    return [(REFERENCE,), *compiled] + ([OPENVINO] if part == "unet" else [])


def kernels(work: Work, part: str, threads: int, folder: Path) -> dict:
    """Each kind of operation, compared with the limits of the machine."""
    return answer(ours("kernels", work, part, threads, folder) + ["--json"])


def machine(threads: int) -> dict:
    """The versions of program and library, and the instruction set in use."""
    return answer([STEP_BENCHMARK, "machine", "--threads", str(threads)])


def ours(command: str, work: Work, part: str, threads: int, folder: Path) -> list:
    return [
        STEP_BENCHMARK, command, networks.file(work.case, part, folder), "--batch",
        str(work.batch), "--precision", work.precision, "--threads", str(threads),
    ]  # fmt: skip


def answer(command: list) -> dict:
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)
