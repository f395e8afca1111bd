"""A bar chart of the seconds of one guided step, as SVG."""

from html import escape

from .networks import CASES
from .results import STEP, Results
from .rival import OURS, Work

WIDTH, LABEL, BAR, GAP, MARGIN = 840, 370, 18, 6, 16
ACCENT, GREY, INK, PAPER = "#d9480f", "#adb5bd", "#212529", "#ffffff"


def chart(results: Results) -> str:
    """One panel for each model at its main batch size, with its own scale."""
    panels = []
    top = 2 * MARGIN + 8
    for case in CASES.values():
        works = [w for w in results.works() if (w.case, w.batch) == (case.name, case.main_batch)]
        bars = [bar for work in works for bar in bars_of(results, work)]
        if bars:
            panels.append(panel(works[0].title, sorted(bars, key=lambda bar: bar[1]), top))
            top += panel_height(len(bars))
    title = text(MARGIN, MARGIN + 8, "Seconds of one guided step (less is better)", "bold")
    about = results.machine
    source = f"{about['processor']}, {about['threads']} threads, {about['date']}"
    height = top + MARGIN
    body = "\n".join([title, *panels, text(MARGIN, height - 10, source)])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}"'
        f' font-family="sans-serif" font-size="13">\n'
        f'<rect width="100%" height="100%" fill="{PAPER}"/>\n{body}\n</svg>\n'
    )


def bars_of(results: Results, work: Work) -> list[tuple[str, float]]:
    """The seconds of rivals that do the whole step, and of the fastest peers for its parts combined."""
    seconds = {rival: results.median(work, STEP, rival) for rival in results.rivals(work)}
    if best := results.fastest_peer(work, STEP):
        seconds.setdefault(best[1], best[0])
    return [(f"{rival}, {work.precision}", value) for rival, value in seconds.items() if value]


def panel_height(bars: int) -> int:
    return bars * (BAR + GAP) + 40


def panel(title: str, bars: list[tuple[str, float]], top: int) -> str:
    scale = (WIDTH - LABEL - 90) / max(seconds for _, seconds in bars)
    parts = [text(MARGIN, top + 18, title, "bold")]
    for index, (name, seconds) in enumerate(bars):
        y = top + 28 + index * (BAR + GAP)
        colour = ACCENT if name.startswith(OURS) else GREY
        length = seconds * scale
        parts += [
            text(MARGIN, y + 14, name),
            f'<rect x="{LABEL}" y="{y}" width="{length:.1f}" height="{BAR}" fill="{colour}"/>',
            text(round(LABEL + length) + 6, y + 14, f"{seconds:.3g} s"),
        ]
    return "\n".join(parts)


def text(x: int, y: int, content: str, weight: str = "normal") -> str:
    return f'<text x="{x}" y="{y}" font-weight="{weight}" fill="{INK}">{escape(content)}</text>'
