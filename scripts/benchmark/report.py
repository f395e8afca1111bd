"""The results as Markdown, for the terminal and for docs/performance.md."""

import statistics
from pathlib import Path

from .networks import CASES, PARTS
from .results import COLUMNS, Results
from .rival import OURS, Work

BEGIN, END = "<!-- benchmark: begin -->", "<!-- benchmark: end -->"


def markdown(results: Results) -> str:
    sections = [machine(results.machine)]
    if results.timings:
        sections += [ratios(results), *seconds_tables(results), left_out(results)]
    if results.kernels:
        sections += [floors(results.kernels), *kernel_tables(results.kernels)]
    return "\n\n".join(section for section in sections if section) + "\n"


def machine(about: dict) -> str:
    return (
        f"{about['date']}, {about['processor']}, {about['threads']} of {about['cores']} processors,"
        f" {about['instructionSet']}. diffuse-mpi {about['program']}, oneDNN {about['oneDNN']},"
        f" PyTorch {about['torch']}, OpenVINO {about['openvino']}."
    )


def ratios(results: Results) -> str:
    rows = []
    for work in results.works():
        for row in results.ratios(work):
            cells = [ratio(row[part]) for part in COLUMNS]
            rows.append([work.title, work.precision, row["against"], *cells])
    head = ["", "precision", "times as fast as", *COLUMNS.values()]
    return "### Against the peers\n\n" + table(head, rows)


def ratio(entry: dict | None) -> str:
    if not entry:
        return "–"
    peer = f" ({entry['peer']})" if entry["peer"] else ""
    return f"{entry['times']:.2f} ×{peer}"


def seconds_tables(results: Results) -> list[str]:
    """One table for each model and batch size, with the median, shortest and longest turn."""
    titles = dict.fromkeys(work.title for work in results.works())
    head = ["", *COLUMNS.values(), "largest difference"]
    tables = []
    for title in titles:
        works = [work for work in results.works() if work.title == title]
        rows = [
            row(results, work, rival)
            for work in sorted(works, key=lambda work: work.precision)
            for rival in results.rivals(work)
        ]
        tables.append(table([title, *head[1:]], rows))
    tables[0] = (
        "### Seconds\n\nThe times are medians of the turns (least–most). The difference is the"
        " largest deviation of the output and of the gradient from guided-diffusion in f32,"
        f" relative to the largest value.\n\n{tables[0]}"
    )
    return tables


def row(results: Results, work: Work, rival: str) -> list[str]:
    cells = [spread(results.seconds(work, part, rival)) for part in COLUMNS]
    timings = [results.timing(work, part, rival) for part in PARTS]
    differences = [f"{t.difference:.0e}" for t in timings if t and t.difference is not None]
    name = f"{rival}, {work.precision}"
    return [f"**{name}**" if rival == OURS else name, *cells, " / ".join(differences)]


def spread(seconds: list[float]) -> str:
    if not seconds:
        return "–"
    return f"{statistics.median(seconds):.3f} ({min(seconds):.3f}–{max(seconds):.3f})"


def left_out(results: Results) -> str:
    return "\n".join(
        f"{t.rival} is missing from {COLUMNS[t.part]}, {t.work.title}, {t.work.precision}:"
        f" {t.left_out}."
        for t in results.timings
        if t.left_out
    )


def floors(kernels: list[dict]) -> str:
    head = ["", "precision", "one run", "convolution floor", "floor / run", "peak", "memory"]
    rows = []
    for kernel in kernels:
        floor, peaks = kernel["floor"]["seconds"], kernel["peaks"]
        rows.append(
            [
                title(kernel), kernel["precision"], f"{kernel['seconds']:.3f} s", f"{floor:.3f} s",
                f"{floor / kernel['seconds']:.0%}",
                f"{peaks['flopsPerSecond'][kernel['precision']] / 1e9:.0f} GFLOP/s",
                f"{peaks['bytesPerSecond'] / 1e9:.0f} GB/s",
            ]
        )  # fmt: skip
    return (
        "### Against the machine\n\nThe convolution floor is the time that the network's"
        " convolutions alone take as direct convolutions of oneDNN.\n\n" + table(head, rows)
    )


def kernel_tables(kernels: list[dict]) -> list[str]:
    """The operations that take the time of each network, in the first precision."""
    first = {}
    for kernel in kernels:
        first.setdefault(title(kernel), kernel)
    head = ["operations", "ms", "of the run", "GFLOP/s", "GB/s", "of its bound", "bound by"]
    return [
        table([f"{name}, {kernel['precision']}", *head[1:]], kernel_rows(kernel))
        for name, kernel in first.items()
    ]


def kernel_rows(kernel: dict) -> list[list[str]]:
    """The kinds of operation that take at least half a per cent of the run."""
    total = sum(kind["seconds"] for kind in kernel["kinds"])
    return [
        [
            f"{kind['count']} × {kind['kind']}", f"{1e3 * kind['seconds']:.1f}",
            f"{kind['seconds'] / total:.0%}", f"{kind['flops'] / kind['seconds'] / 1e9:.0f}",
            f"{kind['bytes'] / kind['seconds'] / 1e9:.1f}",
            f"{kind['bound'] / kind['seconds']:.0%}", kind["limit"],
        ]
        for kind in kernel["kinds"]
        if kind["seconds"] > 0.005 * total
    ]  # fmt: skip


def title(kernel: dict) -> str:
    return f"{CASES[kernel['case']].title}, batch {kernel['batch']}, {PARTS[kernel['part']]}"


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def update(page: Path, text: str) -> None:
    """Replaces the text between the markers of a page."""
    before, _, rest = page.read_text().partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise SystemExit(f"error: {page} does not contain the lines {BEGIN} and {END}")
    page.write_text(f"{before}{BEGIN}\n{text}{END}{after}")
