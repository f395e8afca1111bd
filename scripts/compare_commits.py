"""Compares the images and the speed of two builds. Run it by scripts/compare-commits.sh.

Needs no Python packages. The jobs run under mpirun, so a base with other messages or files can be
compared too.
"""

import argparse
import io
import itertools
import json
import os
import random
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tarfile
import tempfile
import time
import zlib
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUNDLED = ROOT / "Sources/Model/Bundled/fashion-mnist"
SHAPES = ROOT / "Tests/ModelTests/Fixtures/shapes"


def main() -> None:
    options = parse()
    if options.check:
        return
    # Checkpoints and caches take gigabytes, which may be more than fit into a /tmp in memory.
    with tempfile.TemporaryDirectory(dir=ROOT / ".build", prefix="compare-") as folder:
        compare = compare_speed if options.speed else compare_images
        sys.exit(compare(options, Path(folder)))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/compare-commits.sh [BASE]")
    cores = len(os.sched_getaffinity(0))
    parser.add_argument("--full", action="store_true",
                        help="250 steps of DDPM and 25 of DDIM instead of 10 of each")  # fmt: skip
    parser.add_argument("--ranks", type=int, default=min(cores, 8))
    parser.add_argument("--speed", action="store_true", help="compare times instead of images")
    parser.add_argument("--rounds", type=int, default=9, help="turns that each build takes")
    parser.add_argument("--threads", type=int, default=cores)
    parser.add_argument("--cases", default="bundled,adm64", help="networks to time")
    for hidden in ("--base", "--now"):
        parser.add_argument(hidden, type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--check", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if min(options.ranks, options.rounds, options.threads) < 1:
        parser.error("--ranks, --rounds and --threads are at least 1")
    options.cases = options.cases.split(",")
    if unknown := set(options.cases) - set(CASES):
        parser.error(f"--cases knows {', '.join(CASES)}, not {', '.join(sorted(unknown))}")
    return options


# Images


@dataclass(frozen=True)
class Job:
    """A job of the bundled model's 100 images."""

    guided: bool
    sampler: str
    precision: str
    format: str

    def __str__(self) -> str:
        guidance = "guided" if self.guided else "unguided"
        return f"{guidance}, {self.sampler}, {self.precision}, {self.format}"

    def options(self, full: bool) -> list[str]:
        steps = {"ddpm": "250" if full else "10", "ddim": "ddim25" if full else "ddim10"}
        return [
            "--sampler", self.sampler, "--steps", steps[self.sampler],
            "--precision", self.precision, "--format", self.format,
            *([] if self.guided else ["--classifier-scale", "0"]),
        ]  # fmt: skip


JOBS = [
    Job(*values)
    for values in itertools.product((True, False), ("ddpm", "ddim"), ("f32", "bf16"), ("png", "tar"))
]
# Jobs that are interrupted, once with each signal.
RESUMED = [Job(True, "ddpm", "f32", "png"), Job(True, "ddim", "bf16", "tar")]
SIGNALS = (signal.SIGTERM, signal.SIGKILL)


def compare_images(options: argparse.Namespace, folder: Path) -> int:
    programs = {"base": options.base / "diffuse-mpi", "now": options.now / "diffuse-mpi"}
    table, files = [], {}
    for number, job in enumerate(JOBS):
        outs = {name: folder / f"{number}-{name}" for name in programs}
        for name, program in programs.items():
            run(program, job, outs[name], options, options.ranks)
        table.append(row(str(job), outs, files))
        if job in RESUMED:
            for stop in SIGNALS:
                out = folder / f"{number}-{stop.name}"
                kept = interrupt(programs["base"], job, out, outs["base"], stop, options)
                run(programs["now"], job, out, options, options.ranks)
                title = f"{job}, resumed after {stop.name} at {kept} images"
                table.append(row(title, {"base": outs["base"], "now": out}, None))
                shutil.rmtree(out)
        for out in outs.values():
            shutil.rmtree(out)
    print("\n| job | images | pixels that differ | files that differ |\n|---|--:|--:|---|")
    for title, count, wrong, differing in table:
        print(f"| {title} | {count} | {wrong} | {', '.join(differing) or 'none'} |")
    print("\n| file | same | different |\n|---|--:|--:|")
    for kind, counts in sorted(files.items()):
        print(f"| {kind} | {counts[True]} | {counts[False]} |")
    failed = [title for title, count, wrong, _ in table if wrong or count != 100]
    print("\n" + (f"different images: {'; '.join(failed)}" if failed else "every pixel is the same"))
    return 1 if failed else 0


def run(program: Path, job: Job, out: Path, options: argparse.Namespace, ranks: int) -> None:
    """Runs a job until it ends."""
    done = subprocess.run(
        ["mpirun", "--oversubscribe", "--bind-to", "none", "-n", str(ranks),
         *command(program, job, out, options)],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    if done.returncode != 0:
        sys.exit(f"error: {program} ended with {done.returncode}: {job}\n{done.stderr}")


def command(program: Path, job: Job, out: Path, options: argparse.Namespace) -> list[str]:
    # Each build has its own packed weights.
    cache = out.parent / f"cache-{'base' if program.is_relative_to(options.base) else 'now'}"
    return [str(program), "--out", str(out), "--weights-cache", str(cache),
            *job.options(options.full)]  # fmt: skip


def interrupt(
    program: Path, job: Job, out: Path, whole: Path, stop: signal.Signals, options: argparse.Namespace
) -> int:
    """Stops a job of one rank half way, and returns the number of images that it leaves."""
    for attempt in range(10):
        process = subprocess.Popen(
            command(program, job, out, options), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while process.poll() is None and size(out) < size(whole) / 2:
            time.sleep(0.002)
        process.send_signal(stop)
        process.wait()
        kept = count_kept(out)
        if 0 < kept < 100:
            return kept
        shutil.rmtree(out)
    sys.exit(f"error: {job} could not be interrupted half way in ten attempts")


def size(out: Path) -> int:
    """The bytes of a job's images, including those in the logs of unfinished shards."""
    total = 0
    for pattern in ("images/*.png", "shards/*.tar", "shards/.*.partial"):
        for path in out.glob(pattern):
            try:
                total += path.stat().st_size
            except FileNotFoundError:
                pass
    return total


def count_kept(out: Path) -> int:
    """The number of images in an unfinished folder."""
    logs = [*out.glob("shards/.*.partial"), *out.glob("shards/*.tar")]
    return len(list(out.glob("images/*.png"))) + sum(
        log.read_bytes().count(b"\x89PNG\r\n\x1a\n") for log in logs
    )


def row(
    title: str, outs: dict[str, Path], files: dict[str, Counter] | None
) -> tuple[str, int, int, list[str]]:
    """Compares two output folders: a row of the table. `files` counts equal files by kind."""
    base, now = (contents(outs[name]) for name in ("base", "now"))
    names = {name for name in base.images | now.images}
    wrong = sum(
        different_pixels(base.images.get(name), now.images.get(name)) for name in sorted(names)
    )
    same = Counter()
    for name in base.files | now.files:
        equal = base.files.get(name) == now.files.get(name)
        same[base.kind(name), equal] += 1
        if files is not None:
            files.setdefault(base.kind(name), Counter())[equal] += 1
    differing = sorted({kind for kind, equal in same if not equal})
    print(f"{title}: {len(now.images)} images, {wrong} different pixels", flush=True)
    return title, len(now.images), wrong, differing


class contents:
    """An output folder: images by name, and all files, including those in shards."""

    def __init__(self, out: Path):
        self.images, self.files = {}, {}
        for path in out.rglob("*"):
            if path.is_file() and path.suffix == ".tar":
                self.add_shard(path, str(path.relative_to(out)))
            elif path.is_file():
                self.add(str(path.relative_to(out)), path.read_bytes())

    def add_shard(self, path: Path, name: str) -> None:
        self.files[name] = path.read_bytes()
        with tarfile.open(path) as shard:
            for member in shard:
                self.add(f"{name}/{member.name}", shard.extractfile(member).read())

    def add(self, name: str, data: bytes) -> None:
        if name.endswith(".png") and name.startswith(("images/", "shards/")):
            self.images[name] = data
        self.files[name] = data

    @staticmethod
    def kind(name: str) -> str:
        path = Path(name)
        return str(path.parent / f"*{path.suffix}") if path.stem.isdigit() else name


def different_pixels(base: bytes | None, now: bytes | None) -> int:
    """The number of pixels that differ. All pixels, if an image is missing or has another size."""
    if base == now:
        return 0
    pictures = [Picture(data) if data else None for data in (base, now)]
    first, second = pictures
    if first is None or second is None or first.size != second.size:
        return max(picture.count for picture in pictures if picture)
    return sum(a != b for a, b in zip(first.pixels(), second.pixels()))


class Picture:
    """The pixels of an 8-bit PNG file without interlacing."""

    def __init__(self, data: bytes):
        stream, compressed = io.BytesIO(data[8:]), b""
        while header := stream.read(8):
            length, kind = struct.unpack(">I4s", header)
            body = stream.read(length)
            stream.read(4)
            if kind == b"IHDR":
                width, height, depth, colours, _, _, interlaced = struct.unpack(">IIBBBBB", body)
                if depth != 8 or colours not in (0, 2) or interlaced:
                    raise ValueError("only 8-bit grey and RGB PNG files are read")
            elif kind == b"IDAT":
                compressed += body
        self.channels = 3 if colours == 2 else 1
        self.size = (width, height, self.channels)
        self.count = width * height
        self.rows = self.unfilter(zlib.decompress(compressed), width * self.channels)

    def pixels(self) -> list[bytes]:
        n = self.channels
        return [line[at : at + n] for line in self.rows for at in range(0, len(line), n)]

    def unfilter(self, data: bytes, stride: int) -> list[bytes]:
        rows, above = [], bytearray(stride)
        for start in range(0, len(data), stride + 1):
            filter, line = data[start], bytearray(data[start + 1 : start + 1 + stride])
            for i in range(stride):
                left = line[i - self.channels] if i >= self.channels else 0
                corner = above[i - self.channels] if i >= self.channels else 0
                line[i] = (line[i] + predicted(filter, left, above[i], corner)) & 255
            rows.append(bytes(line))
            above = line
        return rows


def predicted(filter: int, left: int, up: int, corner: int) -> int:
    """The value that a PNG filter predicts for a byte from its neighbours."""
    if filter == 4:
        estimate = left + up - corner
        return min((left, up, corner), key=lambda value: abs(estimate - value))
    return (0, left, up, (left + up) // 2)[filter]


# Speed

# The batch sizes.
CASES = {"bundled": 10, "adm64": 4}
PARTS = ("unet", "classifier")
# A turn is as many runs as fit into this time, at least one.
SECONDS_A_TURN = 0.5


def compare_speed(options: argparse.Namespace, folder: Path) -> int:
    """Times a guided step (the UNet and the classifier's gradient) of both builds in turns."""
    programs = {"base": options.base / "step-benchmark", "now": options.now / "step-benchmark"}
    machine = json.loads(subprocess.check_output([programs["now"], "machine"]))
    precisions = ("f32", "bf16") if machine["hasNativeBF16"] else ("f32",)
    table = []
    for case, precision in itertools.product(options.cases, precisions):
        seconds = {name: [0.0] * options.rounds for name in programs}
        for part in PARTS:
            for name, turns in race(programs, case, part, precision, options, folder).items():
                seconds[name] = [sum(pair) for pair in zip(seconds[name], turns)]
        ratios = [now / base for base, now in zip(seconds["base"], seconds["now"])]
        medians = [statistics.median(seconds[name]) for name in ("base", "now")]
        table.append((case, precision, *medians, statistics.median(ratios), min(ratios), max(ratios)))
        print("{} {}: {:.4f} s, {:.4f} s, ratio {:.3f}".format(*table[-1][:5]), flush=True)
    print("\n| guided step | base, ms | now, ms | ratio | range of the rounds |\n|---|--:|--:|--:|--:|")
    for case, precision, base, now, ratio, low, high in table:
        title = f"{case}, batch {CASES[case]}, {precision}"
        print(f"| {title} | {1e3 * base:.1f} | {1e3 * now:.1f} | {ratio:.3f} | {low:.3f} to {high:.3f} |")
    return 0


def race(
    programs: dict[str, Path], case: str, part: str, precision: str,
    options: argparse.Namespace, folder: Path,
) -> dict[str, list[float]]:  # fmt: skip
    """The seconds of a run of each build: the median of each turn."""
    words = ["time", checkpoint(case, part, folder), "--batch", CASES[case], "--precision",
             precision, "--threads", options.threads, "--turns"]  # fmt: skip
    seconds = {name: [] for name in programs}
    with ExitStack() as stack:
        racers = {}
        for name, program in programs.items():
            racers[name] = Racer([str(word) for word in (program, *words)])
            stack.callback(racers[name].close)
        count = max(1, round(SECONDS_A_TURN / racers["base"].run(1)[0]))
        for turn in range(options.rounds):
            # The order changes from turn to turn, because the speed of a machine drifts.
            for name in list(racers)[:: 1 if turn % 2 == 0 else -1]:
                # During the other turn, the caches were replaced and threads went to sleep.
                racers[name].run(1)
                seconds[name].append(statistics.median(racers[name].run(count)))
    return seconds


class Racer:
    """A process that runs a network in turns."""

    def __init__(self, command: list[str]):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.read()

    def run(self, count: int) -> list[float]:
        self.process.stdin.write(f"{count}\n")
        self.process.stdin.flush()
        return self.read()

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"error: step-benchmark ended with {self.process.wait()}")
        return json.loads(line)

    def close(self) -> None:
        self.process.communicate()


def checkpoint(case: str, part: str, folder: Path) -> Path:
    """The bundled network, or one with random weights, which are as fast as trained ones."""
    if case == "bundled":
        return BUNDLED / f"{part}.safetensors"
    path = folder / f"{case}-{part}.safetensors"
    if not path.exists():
        shapes = {"unet": "64x64_diffusion", "classifier": "64x64_classifier"}[part]
        write_random(path, (SHAPES / f"{shapes}.txt").read_text().splitlines()[1:])
    return path


def write_random(path: Path, lines: list[str]) -> None:
    """Writes a .safetensors file of f16 tensors with the given names and shapes."""
    header, end = {}, 0
    for line in lines:
        name, _, shape = line.partition(" ")
        sizes = [int(size) for size in shape.split("x")] if shape else []
        start, end = end, end + 2 * product(sizes)
        header[name] = {"dtype": "F16", "shape": sizes, "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    values = random.Random(1)
    # A prime number of values, so that rows of a matrix differ.
    block = struct.pack("<65537e", *(values.gauss(0, 0.02) for _ in range(65537)))
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        while end > 0:
            end -= file.write(block[:end])


def product(sizes: list[int]) -> int:
    total = 1
    for size in sizes:
        total *= size
    return total


main()
