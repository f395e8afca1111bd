#!/usr/bin/env python3
"""Draws docs/images/scale.svg from the output of scale-simulation on standard input, one job per line.

The tab-separated columns are: a name, ranks, who writes, images per second, their share of what is
possible, the share of their time that ranks wait, and others that are not used.
"""

import math
import sys

WIDTH, PANEL, LEFT, TOP, GAP, HEIGHT = 860, 330, 70, 56, 110, 400
INK, GRID = "#212529", "#dee2e6"
COLOURS = {"coordinator": "#d9480f", "ranks": "#1971c2"}
NAMES = {"coordinator": "the coordinator writes", "ranks": "ranks write"}


def main() -> None:
    rows = [line.rstrip("\n").split("\t") for line in sys.stdin]
    jobs = {}
    for _, ranks, writer, rate, _, idle, *_ in rows:
        jobs.setdefault(writer, []).append((int(ranks), float(rate), 100 * float(idle)))
    ranks = sorted({job[0] for lines in jobs.values() for job in lines})
    x = lambda left, value: left + PANEL * fraction(value, ranks[0], ranks[-1])
    parts = [text(LEFT, 24, "A million images at one image a second a rank, by number of ranks",
                  weight="bold")]
    right = LEFT + PANEL + GAP
    rates = [8, 16384]
    waits = [0.0001, 100]
    parts += axes(LEFT, "images a second", ranks, rates, [10, 100, 1000, 10000], x)
    parts += axes(right, "% of the ranks' time spent waiting", ranks, waits,
                  [0.0001, 0.001, 0.01, 0.1, 1, 10, 100], x)
    for row, (writer, lines) in enumerate(sorted(jobs.items())):
        lines.sort()
        colour = COLOURS[writer]
        parts += curve([(x(LEFT, n), y(rate, rates)) for n, rate, _ in lines], colour)
        parts += curve([(x(right, n), y(max(idle, waits[0]), waits)) for n, _, idle in lines],
                       colour)
        parts.append(text(LEFT + 14, TOP + 20 + 18 * row, NAMES[writer], fill=colour))
    # Drawn over the curves, which follow it for most of its length.
    ends = [(x(LEFT, n), y(n, rates)) for n in (ranks[0], ranks[-1])]
    parts.append(f'<path d="M{point(ends[0])}L{point(ends[1])}" stroke="{INK}" fill="none"'
                 ' stroke-width="2" stroke-dasharray="4 8"/>')
    parts.append(text(LEFT + 14, TOP + 56, "dashed: what the ranks could do"))
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
          f' width="{WIDTH}" font-family="sans-serif" font-size="13">\n'
          '<rect width="100%" height="100%" fill="#ffffff"/>')
    print("\n".join(parts) + "\n</svg>")


def fraction(value: float, low: float, high: float) -> float:
    return math.log(value / low) / math.log(high / low)


def bottom() -> int:
    return HEIGHT - 60


def y(value: float, limits: list[float]) -> float:
    return bottom() - (bottom() - TOP) * fraction(value, *limits)


def point(place: tuple[float, float]) -> str:
    return f"{place[0]:.1f} {place[1]:.1f}"


def axes(left, title, ranks, limits, marks, x) -> list[str]:
    parts = [text(left, TOP - 10, title)]
    for mark in marks:
        height = y(mark, limits)
        parts += [f'<path d="M{left} {height:.1f}h{PANEL}" stroke="{GRID}"/>',
                  text(left - 8, height + 4, f"{mark:,}", anchor="end")]
    for count in ranks:
        place = x(left, count)
        parts += [f'<path d="M{place:.1f} {TOP}V{bottom()}" stroke="{GRID}"/>',
                  f'<g transform="translate({place:.1f} {bottom() + 14}) rotate(-45)">'
                  + text(0, 0, f"{count:,}", anchor="end") + "</g>"]
    return parts + [f'<path d="M{left} {TOP}V{bottom()}h{PANEL}" stroke="{INK}" fill="none"/>']


def curve(places: list[tuple[float, float]], colour: str) -> list[str]:
    path = "M" + "L".join(point(place) for place in places)
    dots = [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3.5" fill="{colour}"/>' for a, b in places]
    return [f'<path d="{path}" stroke="{colour}" stroke-width="2" fill="none"/>', *dots]


def text(x, y, words, fill=INK, anchor="start", weight="normal") -> str:
    return (f'<text x="{x}" y="{y}" fill="{fill}" text-anchor="{anchor}"'
            f' font-weight="{weight}">{words}</text>')


if __name__ == "__main__":
    main()
