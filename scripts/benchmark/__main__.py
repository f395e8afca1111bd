"""Compares the speed of diffuse-mpi with other ways to run the same networks, in one run.

The rivals take turns, and their outputs are compared. Kernels are compared with the limits of the
machine. Run this with scripts/benchmark.sh, which builds the program and prepares Python.
"""

import argparse
import json
import os
import platform
import signal
import sys
import tempfile
from dataclasses import asdict
from datetime import date
from pathlib import Path

import openvino
import torch as th

from . import chart, networks, report, rival
from .networks import CASES, PARTS, Case
from .results import Results
from .rival import Work
from .turns import compete, reference

ROOT = Path(__file__).resolve().parents[2]
KERNELS = "kernels"
# Cases that a quick run leaves out.
LARGE = {"adm256", "upsampler256"}


def main() -> None:
    options = parse()
    th.set_num_threads(options.threads)
    results = Results(about(options.threads))
    # So that the checkpoints are also removed when the run is stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # Checkpoints take gigabytes, which may be more than fit into a /tmp in memory.
    with tempfile.TemporaryDirectory(dir=ROOT / ".build", prefix="benchmark-") as folder:
        for case in chosen(options):
            for part in case.parts:
                measure(case, part, results, options, Path(folder))
    write(results, options)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/benchmark.sh", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    known = [*CASES, KERNELS]
    parser.add_argument("--only", default=known, type=lambda names: names.split(","), metavar="A,B",
                        help=f"parts of {','.join(known)}")  # fmt: skip
    parser.add_argument("--quick", action="store_true",
                        help="only ADM 64 and the bundled model, one batch each, without kernels")  # fmt: skip
    parser.add_argument("--rounds", type=int, default=5, help="number of turns for each rival")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results as JSON")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables")
    parser.add_argument("--update-docs", action="store_true",
                        help="update the tables and the chart of docs/performance.md")  # fmt: skip
    options = parser.parse_args()
    if unknown := set(options.only) - set(known):
        parser.error(f"--only knows {', '.join(known)}, not {', '.join(sorted(unknown))}")
    if options.rounds < 1 or options.threads < 1:
        parser.error("--rounds and --threads must be at least 1")
    return options


def chosen(options: argparse.Namespace) -> list[Case]:
    """If no case is named, the kernels of all cases are measured."""
    cases = [CASES[name] for name in options.only if name != KERNELS] or list(CASES.values())
    return [case for case in cases if not options.quick or case.name not in LARGE]


def measure(
    case: Case, part: str, results: Results, options: argparse.Namespace, folder: Path
) -> None:
    networks.write(case.name, part, folder)
    precisions = ("bf16", "f32") if results.machine["hasNativeBF16"] else ("f32",)
    if options.only != [KERNELS]:
        for batch in [case.main_batch] if options.quick else case.batches:
            expected = reference(Work(case.name, batch, "f32"), part, options.threads, folder)
            for precision in precisions:
                work = Work(case.name, batch, precision)
                print(f"{work.title}, {PARTS[part]}, {precision}", flush=True)
                results.timings += compete(
                    work, part, options.threads, options.rounds, folder, expected
                )
    if KERNELS in options.only and not options.quick:
        for precision in precisions:
            work = Work(case.name, case.main_batch, precision)
            print(f"{work.title}, {PARTS[part]}, {precision}: kernels", flush=True)
            kernels = rival.kernels(work, part, options.threads, folder)
            results.kernels.append(asdict(work) | {"part": part} | kernels)


def about(threads: int) -> dict:
    return rival.machine(threads) | {
        "date": date.today().isoformat(),
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "torch": th.__version__,
        "openvino": openvino.__version__.split("-")[0],
    }


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def write(results: Results, options: argparse.Namespace) -> None:
    text = report.markdown(results)
    print(f"\n{text}", end="")
    if options.json:
        options.json.write_text(json.dumps(results.json(), indent=1) + "\n")
    if options.markdown:
        options.markdown.write_text(text)
    if options.update_docs:
        report.update(ROOT / "docs/performance.md", text)
        (ROOT / "docs/images/performance.svg").write_text(chart.chart(results))


if __name__ == "__main__":
    main()
