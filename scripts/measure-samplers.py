#!/usr/bin/env python3
"""Measures samplers on the bundled model, for docs/quality.md and docs/images/quality.svg.

  scripts/measure-samplers.py --work DIR --images 5000 [--only REGEX]   # generates; may be repeated
  scripts/measure-samplers.py --work DIR --report                       # writes the table and the plot

Images are generated with `diffuse-mpi`, 1000 at a time, first of all runs and then of all again, so
that an interrupted measurement has results too. All runs have the same seeds and classes. The
network of scripts/measure-quality.py, which is not the guiding one, judges them. Rows of the table
without images in DIR stay as they are, if the same network judged them.

`--score NAME` adds the classification accuracy score (Ravuri and Vinyals 2019) of a run, and that of
as many training images: a network of the same form is trained on the images with their requested
labels, and tested on the test set. Needs what measure-quality.py needs. The whole measurement takes days on two cores.
"""

import argparse
import importlib
import json
import math
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
quality = importlib.import_module("measure-quality")

BLOCK = 1000
COUNTS = [5, 8, 10, 15, 20, 25, 50]
GUIDED = ["--classifier-scale", "2"]
TABLE, PLOT = ROOT / "docs/quality.md", ROOT / "docs/images/quality.svg"
START, END = "<!-- measured -->", "<!-- end -->"


def heun_steps(evaluations: int) -> int:
    """The most steps that take no more evaluations, which are 2N − 1."""
    return (evaluations + 1) // 2


# Each family: its name, its options for a number of evaluations, and further options.
FAMILIES = {
    "dpmpp-2m, eta 1": lambda n: ["--sampler", "dpmpp-2m", "--eta", "1", "--steps", f"{n}"],
    "dpmpp-2m, eta 0": lambda n: ["--sampler", "dpmpp-2m", "--eta", "0", "--steps", f"{n}"],
    "unipc": lambda n: ["--sampler", "unipc", "--steps", f"{n}"],
    "heun": lambda n: ["--sampler", "heun", "--steps", f"{heun_steps(n)}"],
    "ddpm": lambda n: ["--sampler", "ddpm", "--steps", f"{n}"],
    "ddim": lambda n: ["--sampler", "ddim", "--steps", f"ddim{n}"],
}
SPACED = ["--spacing", "log-snr"]
ALL = ["--guidance-interval", "all"]


def all_runs() -> dict[str, list[str]]:
    """The options of every run by its name, the most important ones first."""
    runs = {"default": []}
    for n in [20, 10, 15, 8, 5, 25, 50]:
        for family, options in FAMILIES.items():
            spaced = SPACED if family.startswith(("dpmpp", "unipc")) else []
            runs[f"{family}, {n}"] = options(n) + spaced + GUIDED + ALL
    runs["ddpm, 40"] = FAMILIES["ddpm"](40) + GUIDED
    runs["ddpm, 250"] = FAMILIES["ddpm"](250) + GUIDED
    noisy = FAMILIES["dpmpp-2m, eta 1"](20)
    for spacing in ["time-uniform", "time-quadratic", "karras"]:
        runs[f"spacing {spacing}"] = noisy + ["--spacing", spacing] + GUIDED + ALL
    for scale in [0, 1, 2, 3, 4]:
        for interval in ["all", "0.3-10", "0.3-5"][: 1 if scale == 0 else 3]:
            acts = [] if scale == 0 else ["--guidance-interval", interval]
            runs[f"scale {scale}, interval {interval}"] = (
                noisy + SPACED + ["--classifier-scale", f"{scale}"] + acts
            )
    for churn in [2, 5, 20]:
        runs[f"heun, 19, churn {churn}"] = (
            FAMILIES["heun"](19) + ["--churn", f"{churn}"] + GUIDED + ALL
        )
    return runs


def main() -> None:
    arguments = parse()
    runs = {
        name: options for name, options in all_runs().items() if re.search(arguments.only, name)
    }
    if arguments.report:
        return report(arguments, runs)
    for block in range(arguments.images // BLOCK):
        for name, options in runs.items():
            generate(arguments, name, options, block)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--work", type=Path, required=True, help="folder for the images")
    parser.add_argument("--images", type=int, default=5000, help="images of each run")
    parser.add_argument("--only", default="", help="regular expression for names of runs")
    parser.add_argument("--report", action="store_true", help="judge the images that exist")
    parser.add_argument("--score", action="append", default=[], help="run to train a network on")
    parser.add_argument("--program", default=str(ROOT / ".build/release/diffuse-mpi"))
    parser.add_argument("--data", type=Path, default=quality.DATA)
    return parser.parse_args()


def folder(arguments: argparse.Namespace, name: str, block: int) -> Path:
    return arguments.work / name.replace(", ", "-").replace(" ", "_") / str(block)


def generate(arguments, name: str, options: list[str], block: int) -> None:
    out = folder(arguments, name, block)
    if is_complete(out):
        return
    seeds = f"{block * BLOCK}-{(block + 1) * BLOCK - 1}"
    # Two ranks of one thread are a little faster than one of two, for a network as small as this.
    ranks = ["mpirun", "--oversubscribe", "--bind-to", "none", "-n", str(os.cpu_count())]
    subprocess.run(
        [*ranks, arguments.program, "--threads", "1", "--quiet", "--seeds", seeds, *options,
         "--out", str(out)], check=True,
    )  # fmt: skip
    print(f"{name}: images {seeds}", flush=True)


def is_complete(out: Path) -> bool:
    try:
        return json.loads((out / "status.json").read_text())["state"] == "complete"
    except (OSError, ValueError):
        return False


# MARK: the report


def report(arguments, runs: dict[str, list[str]]) -> None:
    quality.th.manual_seed(0)
    judge = quality.trained_judge(quality.NETWORK, arguments.data)
    tests = quality.load_data(arguments.data, "t10k")
    reference = quality.Reference(judge, *tests)
    rows = {}
    for name in runs:
        loaded = load(arguments, name)
        if loaded is None:
            continue
        images, labels = loaded
        rows[name] = reference.measure(images, labels)
        if name in arguments.score:
            rows[name]["score"] = score(images, labels, tests)
        print(name, rows[name], flush=True)
    scored = {row["images"] for row in rows.values() if "score" in row}
    for count in sorted({row["images"] for row in rows.values()}):
        images, labels = quality.training_sample(arguments.data, count)
        rows["training images" if count == BLOCK else f"training images, {count}"] = row = (
            reference.measure(images, labels)
        )
        if count in scored:
            row["score"] = score(images, labels, tests)
    rows = in_order(comparable(earlier_rows(), rows) | rows)
    write_table(rows)
    PLOT.write_text(plot(rows))


def load(arguments, name: str):
    """The images and labels of the complete blocks of a run, or None without any."""
    loaded = []
    while is_complete(out := folder(arguments, name, len(loaded))):
        loaded.append(quality.load_run(out))
    if not loaded:
        return None
    return tuple(quality.th.cat(parts) for parts in zip(*loaded))


def score(images, labels, tests) -> float:
    """The accuracy on the test set of a network that was trained on the images."""
    judge = quality.train(images.round().byte(), labels, steps=1400)
    _, predicted = judge.judge(tests[0])
    return quality.mean(predicted == tests[1])


COLUMNS = {"images": "{}", "accuracy": "{:.1%}", "frechet": "{:.1f}", "precision": "{:.1%}",
           "recall": "{:.1%}", "score": "{:.1%}"}  # fmt: skip


HEADINGS = ["images", "accuracy", "Fréchet", "precision", "recall", "score"]


def earlier_rows() -> dict[str, dict]:
    """The rows of the table as it is, rounded as they are shown."""
    lines = TABLE.read_text().partition(START)[2].partition(END)[0].splitlines()
    rows = {}
    for line in [line for line in lines if line.startswith("| ")][1:]:
        name, *cells = [cell.strip() for cell in line.strip("| ").split(" | ")]
        rows[name] = {key: number(cell) for key, cell in zip(COLUMNS, cells) if cell}
    return rows


def comparable(earlier: dict[str, dict], rows: dict[str, dict]) -> dict[str, dict]:
    """The earlier rows if the same network judged them. Real images tell: training the network on
    another processor gives another network, and other figures for the same images."""
    shown = lambda row: [COLUMNS[key].format(row[key]) for key in COLUMNS if key in row]
    for name in [name for name in rows if name.startswith("training images") and name in earlier]:
        if shown(earlier[name])[:5] != shown(rows[name])[:5]:
            print("another network judged the earlier rows, so they are left out", flush=True)
            return {}
    return earlier


def number(cell: str) -> float:
    if cell.endswith("%"):
        return float(cell[:-1]) / 100
    return float(cell) if "." in cell else int(cell)


def in_order(rows: dict[str, dict]) -> dict[str, dict]:
    """The rows in the order of the runs, and those of real images after them."""
    names = list(all_runs())
    place = lambda name: names.index(name) if name in names else len(names)
    return {name: rows[name] for name in sorted(rows, key=place)}


def write_table(rows: dict[str, dict]) -> None:
    lines = ["| run | " + " | ".join(HEADINGS) + " |", "|---" * (1 + len(HEADINGS)) + "|"]
    for name, row in rows.items():
        cells = [
            form.format(row[key]) if key in row else "" for key, form in COLUMNS.items()
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    before, _, rest = TABLE.read_text().partition(START)
    _, _, after = rest.partition(END)
    TABLE.write_text("\n".join([before + START, "", *lines, "", END + after]))


# MARK: the plot

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 820, 430, 60, 190, 50, 50
COLOURS = ["#d9480f", "#1971c2", "#2f9e44", "#9c36b5", "#495057", "#e0a800"]


def plot(rows: dict[str, dict]) -> str:
    curves = {}
    for family in FAMILIES:
        points = [(n, rows[f"{family}, {n}"]["frechet"]) for n in COUNTS if f"{family}, {n}" in rows]
        if points:
            curves[family] = points
    levels = [5, 10, 20, 40, 80, 160, 320, 640, 1280]
    counts = sorted({n for points in curves.values() for n, _ in points})
    x = lambda n: LEFT + (WIDTH - LEFT - RIGHT) * (counts.index(n) + 0.5) / len(counts)
    share = lambda value: math.log(value / levels[0]) / math.log(levels[-1] / levels[0])
    y = lambda value: TOP + (HEIGHT - TOP - BOTTOM) * (1 - share(value))
    parts = [label(LEFT, 24, "Fréchet distance by evaluations of the model, guided with scale 2",
                   'font-weight="bold"')]
    for value in levels:
        parts.append(line([(LEFT, y(value)), (WIDTH - RIGHT, y(value))], "#dee2e6", 1))
        parts.append(label(LEFT - 8, y(value) + 4, f"{value}", 'text-anchor="end"'))
    for n in counts:
        parts.append(label(x(n), HEIGHT - 28, f"{n}", 'text-anchor="middle"'))
    parts.append(label((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, "evaluations for each image",
                       'text-anchor="middle"'))
    if "ddpm, 250" in rows:
        level = rows["ddpm, 250"]["frechet"]
        parts.append(line([(LEFT, y(level)), (WIDTH - RIGHT, y(level))], "#212529", 1.5, "4 4"))
    for row, (family, points) in enumerate(curves.items()):
        colour = COLOURS[row]
        parts.append(line([(x(n), y(value)) for n, value in points], colour, 2.5))
        parts += [f'<circle cx="{x(n):.1f}" cy="{y(value):.1f}" r="3.5" fill="{colour}"/>'
                  for n, value in points]
        parts.append(label(WIDTH - RIGHT + 24, TOP + 20 + 22 * row, family, f'fill="{colour}"'))
    if "ddpm, 250" in rows:
        parts.append(label(WIDTH - RIGHT + 24, TOP + 20 + 22 * len(curves), "dashed: ddpm, 250"))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
            f' width="{WIDTH}" font-family="sans-serif" font-size="13">\n'
            '<rect width="100%" height="100%" fill="#ffffff"/>\n' + "\n".join(parts) + "\n</svg>\n")


def label(x: float, y: float, text: str, attributes: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" {attributes}>{text}</text>'


def line(points: list[tuple[float, float]], colour: str, width: float, dashes: str = "") -> str:
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return (f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="{width}"'
            f' stroke-dasharray="{dashes}"/>')


if __name__ == "__main__":
    main()
