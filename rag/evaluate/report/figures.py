"""The three figures of a report, drawn by matplotlib as inline SVG in the page's own colours.

Every colour is drawn as a fixed stand-in and then replaced by a variable of the page's style sheet,
so that one drawing serves light and dark.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import floor
from typing import TYPE_CHECKING, Any

from rag.errors import require
from rag.evaluate.metrics.abstention import Curve
from rag.evaluate.report.summary import OURS, Summary, recall_curve

if TYPE_CHECKING:
    from markupsafe import Markup

KINDS = {OURS: "ours", "BM25 alone": "words", "dense alone": "dense"}
# Stand-ins for the variables of page.css: no two alike, and none that matplotlib draws by itself.
COLOURS = {
    "ours": "#010101",
    "words": "#020202",
    "dense": "#030303",
    "other": "#040404",
    "faint": "#050505",
    "soft": "#060606",
    "card": "#070707",
}
POINTS = 240  # of a curve at most: a plot needs no more than its pixels


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing with its words. key: (name, kind) of every line; kind is a class of page.css."""

    title: str
    note: str
    drawing: Markup
    key: tuple[tuple[str, str], ...]


def figures(summary: Summary) -> list[Figure]:
    """The figures that the run has values for. Raises MissingExtra without matplotlib."""
    drawn = (_recall(summary), _precision(summary), _reliability(summary))
    return [figure for figure in drawn if figure is not None]


@contextmanager
def _axes(label: str, x: str, y: str) -> Iterator[tuple[Any, list[Markup]]]:
    """Axes to draw on; the list holds the finished SVG afterwards. label: for screen readers."""
    require("matplotlib", "the report's plotting", "evaluate")
    from matplotlib import rc_context
    from matplotlib.figure import Figure as Canvas
    from matplotlib.ticker import PercentFormatter

    style: Any = {
        "svg.fonttype": "none",
        "svg.hashsalt": label,
        "font.family": "sans-serif",
        "font.size": 9,
        "axes.edgecolor": COLOURS["faint"],
        "axes.labelcolor": COLOURS["soft"],
        "xtick.color": COLOURS["soft"],
        "ytick.color": COLOURS["soft"],
        "grid.color": COLOURS["faint"],
    }
    result: list[Markup] = []
    with rc_context(style):
        canvas = Canvas(figsize=(4.4, 3.3), layout="constrained")
        axes = canvas.subplots()
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.grid(axis="y")
        axes.tick_params(length=0)
        axes.set_axisbelow(True)
        axes.set_xlabel(x)
        axes.set_ylabel(y)
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol="\u00a0%"))
        yield axes, result
        buffer = io.StringIO()
        canvas.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    result.append(_inline(buffer.getvalue(), label))


def _inline(svg: str, label: str) -> Markup:
    """The drawing without its prologue, metadata and sizes, coloured by the page."""
    from markupsafe import Markup, escape

    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<defs>\s*<style.*?</defs>", "", svg, count=1, flags=re.DOTALL)
    # References inside the page only; the link attribute of old SVG reads as a request for some.
    svg = svg.replace("xlink:href=", "href=")
    view = re.search(r'viewBox="[^"]*"', svg)
    assert view is not None, "matplotlib writes the frame of every drawing"
    head = f'<svg {view[0]} role="img" aria-label="{escape(label)}">'
    svg = re.sub(r"<svg[^>]*>", lambda _: head, svg, count=1)
    for name, colour in COLOURS.items():
        svg = svg.replace(colour, f"var(--{name})")
    return Markup(svg)


def _recall(summary: Summary) -> Figure | None:
    """R@k over k for ours and for each search alone."""
    curves = {n: recall_curve(summary.systems[n]) for n in KINDS if n in summary.systems}
    depths = [k for k, _ in curves.get(OURS, ())]
    if not depths:
        return None
    low = min(estimate.low for curve in curves.values() for _, estimate in curve)
    with _axes("recall by depth", "passages looked at (k)", "") as (axes, drawing):
        for name, curve in reversed(list(curves.items())):
            xs, colour = [k for k, _ in curve], COLOURS[KINDS[name]]
            axes.plot(xs, [e.value for _, e in curve], color=colour, marker="o", markersize=4)
            if name == OURS:
                lows, highs = [e.low for _, e in curve], [e.high for _, e in curve]
                axes.fill_between(xs, lows, highs, color=colour, alpha=0.14, linewidth=0)
        axes.set_xscale("log", base=2)
        axes.set_xticks(depths, [str(k) for k in depths])
        axes.set_ylim(min(max(0.0, floor(low * 10 - 1e-9) / 10), 0.8), 1.0)
    return Figure("Recall by depth", "gold passages among the first k", drawing[0], _key(curves))


def _precision(summary: Summary) -> Figure | None:
    """Precision against coverage: what share can be answered how well."""
    if not summary.curve.coverage.size:
        return None
    curves: dict[str, Curve] = {OURS: summary.curve, **summary.rivals}
    with _axes("precision by coverage", "questions answered", "right") as (axes, drawing):
        for name, curve in reversed(list(curves.items())):
            xs, ys = thinned(curve.coverage.tolist()), thinned(curve.precision.tolist())
            axes.plot(xs, ys, color=COLOURS[KINDS[name]], linewidth=2 if name == OURS else 1.3)
        _percents(axes)
    note = "answering the surest questions first; risk is what is missing to 100\u00a0%"
    return Figure("Precision by coverage", note, drawing[0], _key(curves))


def _reliability(summary: Summary) -> Figure | None:
    """Stated confidence against what came true; None where nothing is calibrated.

    The area of a dot grows with the number of questions in its bin.
    """
    if not summary.bins:
        return None
    most = max(b.count for b in summary.bins)
    with _axes("reliability diagram", "stated confidence", "right") as (axes, drawing):
        axes.plot([0, 1], [0, 1], color=COLOURS["other"], linestyle=(0, (3, 4)), linewidth=1)
        for b in summary.bins:
            axes.plot([b.confidence] * 2, [b.confidence, b.accuracy], color=COLOURS["other"])
            size = 4 + 12 * (b.count / most) ** 0.5
            axes.plot(
                b.confidence, b.accuracy, "o", color=COLOURS["ours"], markersize=size, clip_on=False
            )
        _percents(axes)
    error = summary.ours.get("ece")
    note = "dots on the dashed line keep their word"
    if error is not None:
        note += f"; mean gap {error.value:.3f}"
    return Figure("Reliability", note, drawing[0], ())


def _percents(axes: Any) -> None:
    from matplotlib.ticker import PercentFormatter

    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol="\u00a0%"))
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(0, 1.02)


def _key(names: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    return tuple((name, KINDS[name]) for name in names)


def thinned(values: Sequence[float], most: int = POINTS) -> Sequence[float]:
    """At most ``most`` values, evenly chosen, first and last kept."""
    if len(values) <= most:
        return values
    last = len(values) - 1
    return [values[round(n * last / (most - 1))] for n in range(most)]
