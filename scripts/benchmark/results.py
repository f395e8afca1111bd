"""The results of a benchmark run, and the ratios computed from them."""

import statistics
from dataclasses import asdict, dataclass, field, replace

from .networks import PARTS
from .rival import OURS, REFERENCE, Work
from .turns import Timing

STEP = "step"
FIGURES = ("part", "rival", "seconds", "difference", "left_out")
COLUMNS = PARTS | {STEP: "guided step"}


@dataclass
class Results:
    machine: dict
    timings: list[Timing] = field(default_factory=list)
    # Results of step-benchmark kernels, each with "case", "batch", "part" and "precision".
    kernels: list[dict] = field(default_factory=list)

    def works(self) -> list[Work]:
        return list(dict.fromkeys(t.work for t in self.timings))

    def rivals(self, work: Work) -> list[str]:
        return list(dict.fromkeys(t.rival for t in self.timings if t.work == work))

    def timing(self, work: Work, part: str, rival: str) -> Timing | None:
        for timing in self.timings:
            if (timing.work, timing.part, timing.rival) == (work, part, rival):
                return timing
        return None

    def seconds(self, work: Work, part: str, rival: str) -> list[float]:
        """The seconds of each round. A guided step is a forward pass of the UNet and a gradient."""
        if part == STEP:
            return [sum(parts) for parts in zip(*(self.seconds(work, p, rival) for p in PARTS))]
        timing = self.timing(work, part, rival)
        return timing.seconds if timing else []

    def median(self, work: Work, part: str, rival: str) -> float | None:
        seconds = self.seconds(work, part, rival)
        return statistics.median(seconds) if seconds else None

    def fastest_peer(self, work: Work, part: str) -> tuple[float, str] | None:
        """The seconds and name of the fastest peer. For a step, the fastest for each part combined."""
        if part == STEP:
            parts = [self.fastest_peer(work, part) for part in PARTS]
            if None in parts:
                return None
            names = dict.fromkeys(name for _, name in parts)
            return sum(seconds for seconds, _ in parts), " + ".join(names)
        peers = [name for name in self.rivals(work) if name != OURS]
        known = [(self.median(work, part, name), name) for name in peers]
        return min((entry for entry in known if entry[0]), default=None)

    def ratios(self, work: Work) -> list[dict]:
        """How many times as fast this program is, with a row per rival and a ratio per column."""
        rows = [("the fastest peer", {part: self.fastest_peer(work, part) for part in COLUMNS})]
        for precision in dict.fromkeys((work.precision, "f32")):
            other = replace(work, precision=precision)
            seconds = {part: (self.median(other, part, REFERENCE), None) for part in COLUMNS}
            rows.append((f"{REFERENCE}, {precision}", seconds))
        return [
            {"against": name} | {part: self.ratio(work, part, entry) for part, entry in row.items()}
            for name, row in rows
        ]

    def ratio(self, work: Work, part: str, entry: tuple[float | None, str | None] | None):
        ours = self.median(work, part, OURS)
        if not ours or not entry or not entry[0]:
            return None
        return {"times": entry[0] / ours, "peer": entry[1]}

    def json(self) -> dict:
        """All results, for other programs."""
        return self.machine | {
            "timings": [
                asdict(t.work) | {key: getattr(t, key) for key in FIGURES} | summary(t.seconds)
                for t in self.timings
            ],
            "steps": [
                asdict(work) | {"rival": rival} | summary(seconds)
                for work in self.works()
                for rival in self.rivals(work)
                if (seconds := self.seconds(work, STEP, rival))
            ],
            "ratios": [asdict(work) | row for work in self.works() for row in self.ratios(work)],
            "kernels": self.kernels,
        }


def summary(seconds: list[float]) -> dict:
    if not seconds:
        return {}
    return {"median": statistics.median(seconds), "least": min(seconds), "most": max(seconds)}
