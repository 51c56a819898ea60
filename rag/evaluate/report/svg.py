"""Small plots as inline SVG. Colours are classes of the page's style sheet, never fixed values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 330, 250
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 12, 42
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Series:
    """A line of (x, y) points. name: shown at its end; css: its class; titles: one per point."""

    name: str
    points: tuple[Point, ...]
    css: str
    band: tuple[tuple[float, float, float], ...] = ()
    titles: tuple[str, ...] = ()
    dots: bool = False


@dataclass(frozen=True, slots=True)
class Axis:
    """Range, tick values with their labels, and a title."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    title: str

    def share(self, value: float) -> float:
        """Where ``value`` lies between low (0) and high (1), clamped."""
        span = (self.high - self.low) or 1.0
        return min(1.0, max(0.0, (value - self.low) / span))


def percent_axis(title: str, low: float = 0.0, high: float = 1.0) -> Axis:
    """An axis of shares, ticked in fifths or tenths of the whole."""
    step = 0.2 if high - low > 0.5 else 0.1 if high - low > 0.2 else 0.05
    count = round((high - low) / step)
    ticks = tuple((low + n * step, f"{(low + n * step) * 100:.0f} %") for n in range(count + 1))
    return Axis(low, high, ticks, title)


def _x(axis: Axis, value: float) -> float:
    return round(LEFT + axis.share(value) * (WIDTH - LEFT - RIGHT), 1)


def _y(axis: Axis, value: float) -> float:
    return round(HEIGHT - BOTTOM - axis.share(value) * (HEIGHT - TOP - BOTTOM), 1)


def lines(label: str, x: Axis, y: Axis, series: Sequence[Series], diagonal: bool = False) -> str:
    """A line plot. label: what a screen reader says."""
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(label)}">',
        *_grid(x, y),
    ]
    if diagonal:
        parts.append(
            f'<line class="ideal" x1="{_x(x, x.low)}" y1="{_y(y, y.low)}" '
            f'x2="{_x(x, x.high)}" y2="{_y(y, y.high)}"/>'
        )
    for one in series:
        parts.extend(_series(x, y, one))
    return "".join([*parts, "</svg>"])


def _grid(x: Axis, y: Axis) -> list[str]:
    parts = []
    for value, text in y.ticks:
        at = _y(y, value)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at}" y2="{at}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{at + 4}" text-anchor="end">{escape(text)}</text>')
    for value, text in x.ticks:
        at = _x(x, value)
        low = HEIGHT - BOTTOM
        parts.append(f'<line class="tick" x1="{at}" x2="{at}" y1="{low}" y2="{low + 4}"/>')
        parts.append(f'<text x="{at}" y="{low + 18}" text-anchor="middle">{escape(text)}</text>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(
        f'<text class="axis" x="{middle}" y="{HEIGHT - 6}" text-anchor="middle">'
        f"{escape(x.title)}</text>"
    )
    return parts


def _series(x: Axis, y: Axis, one: Series) -> list[str]:
    parts = []
    if one.band:
        upper = [f"{_x(x, at)},{_y(y, high)}" for at, _, high in one.band]
        lower = [f"{_x(x, at)},{_y(y, low)}" for at, low, _ in reversed(one.band)]
        parts.append(f'<polygon class="band {one.css}" points="{" ".join(upper + lower)}"/>')
    path = " ".join(f"{_x(x, a)},{_y(y, b)}" for a, b in one.points)
    parts.append(f'<polyline class="line {one.css}" points="{path}"/>')
    for at, (a, b) in enumerate(one.points):
        title = one.titles[at] if at < len(one.titles) else ""
        if one.dots or title:
            parts.append(
                f'<circle class="dot {one.css}" cx="{_x(x, a)}" cy="{_y(y, b)}" r="4">'
                f"<title>{escape(title)}</title></circle>"
            )
    return parts


def thinned(points: Sequence[Point], most: int = 240) -> tuple[Point, ...]:
    """At most ``most`` points, first and last kept: a plot needs no more than its pixels."""
    if len(points) <= most:
        return tuple(points)
    last = len(points) - 1
    return tuple(points[round(n * last / (most - 1))] for n in range(most))


def reliability_plot(bins: Sequence[tuple[int, float, float]]) -> str:
    """(count, mean confidence, accuracy) of each bin against the diagonal of a perfect fit.

    The area of a dot grows with the number of questions in its bin.
    """
    x = percent_axis("stated confidence")
    y = percent_axis("right")
    most = max(count for count, _, _ in bins)
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="reliability diagram">',
        *_grid(x, y),
        f'<line class="ideal" x1="{_x(x, 0)}" y1="{_y(y, 0)}" x2="{_x(x, 1)}" y2="{_y(y, 1)}"/>',
    ]
    for count, sure, right in bins:
        radius = round(4 + 9 * (count / most) ** 0.5, 1)
        at, gap = _x(x, sure), (_y(y, sure), _y(y, right))
        parts.append(f'<line class="gap" x1="{at}" x2="{at}" y1="{gap[0]}" y2="{gap[1]}"/>')
        parts.append(
            f'<circle class="dot ours" cx="{at}" cy="{gap[1]}" r="{radius}"><title>'
            f"{count} questions: stated {sure:.0%}, right {right:.0%}</title></circle>"
        )
    return "".join([*parts, "</svg>"])


def bar(value: float, low: float, high: float) -> str:
    """A share in [0, 1] as a bar with a whisker for its interval; 120 by 10 units."""

    def at(share: float) -> float:
        return round(120 * min(1.0, max(0.0, share)), 1)

    whisker = f'<line class="whisker" x1="{at(low)}" x2="{at(high)}" y1="5" y2="5"/>'
    return (
        '<svg class="bar" viewBox="0 0 120 10" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="track" width="120" height="4" y="3" rx="2"/>'
        f'<rect class="fill" width="{at(value)}" height="4" y="3" rx="2"/>{whisker}</svg>'
    )
