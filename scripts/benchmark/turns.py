"""Lets rivals take turns, so that changes in the speed of the machine affect all of them equally."""

import statistics
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from .rival import OURS, REFERENCE, Rival, RivalError, Work, peers

# A turn is as many runs as fit into this time, between one and ten.
SECONDS_A_TURN = 1.0
# The largest difference that rounding explains, relative to the largest value.
TOLERANCE = {"f32": 1e-3, "bf16": 0.1}


@dataclass
class Timing:
    """One rival on one network."""

    work: Work
    part: str
    rival: str
    # The median of the runs of each turn.
    seconds: list[float] = field(default_factory=list)
    # The largest difference from the reference in f32, relative to the largest value.
    difference: float | None = None
    # The reason why it has no figures.
    left_out: str | None = None

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


def compete(
    work: Work, part: str, threads: int, rounds: int, folder: Path, expected: np.ndarray
) -> list[Timing]:
    """Times this program and its peers on one network. The first result is this program's."""
    timings = []
    with ExitStack() as stack:
        racing = []
        for names in [(OURS,), *peers(part, work.precision)]:
            rival, timing = start(names, work, part, threads, folder)
            timings.append(timing)
            if rival:
                stack.callback(rival.close)
                racing.append((rival, timing))
                timing.difference = difference(rival.result, expected)
                print(f"  {rival.name}: largest difference {timing.difference:.1e}", flush=True)
            else:
                print(f"  {timing.rival} is left out: {timing.left_out}", flush=True)
        check(timings[0])
        take_turns(racing, rounds)
    return timings


def reference(work: Work, part: str, threads: int, folder: Path) -> np.ndarray:
    """The output of guided-diffusion for the inputs."""
    rival = Rival(REFERENCE, work, part, threads, folder)
    rival.close()
    return rival.result


def start(
    names: tuple[str, ...], work: Work, part: str, threads: int, folder: Path
) -> tuple[Rival | None, Timing]:
    """The first rival among the names that runs."""
    for name in names:
        timing = Timing(work, part, name)
        try:
            return Rival(name, work, part, threads, folder), timing
        except RivalError as error:
            timing.left_out = str(error)
    return None, timing


def take_turns(racing: list[tuple[Rival, Timing]], rounds: int) -> None:
    counts = [runs_a_turn(rival) for rival, _ in racing]
    for _ in range(rounds):
        for (rival, timing), count in zip(racing, counts):
            # During the other turns, the caches have been replaced and threads have gone to sleep.
            rival.run(1)
            timing.seconds.append(statistics.median(rival.run(count)))


def runs_a_turn(rival: Rival) -> int:
    return max(1, min(10, round(SECONDS_A_TURN / rival.run(1)[0])))


def difference(result: np.ndarray, expected: np.ndarray) -> float:
    return float(np.abs(result - expected).max() / np.abs(expected).max())


def check(ours: Timing) -> None:
    """Fails if the result is wrong, because then its speed does not count."""
    if ours.left_out:
        raise SystemExit(f"error: step-benchmark did not run: {ours.left_out}")
    limit = TOLERANCE[ours.work.precision]
    if not ours.difference <= limit:
        raise SystemExit(
            f"error: {ours.part} of {ours.work.title} in {ours.work.precision} differs from the"
            f" reference by {ours.difference:.1e} of the largest value: rounding explains {limit:g}"
        )
