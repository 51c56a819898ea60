"""The three figures of a report."""

from __future__ import annotations

from math import floor, log2

from rag.evaluate.metrics.abstention import Curve
from rag.evaluate.report.summary import OURS, Summary, recall_curve
from rag.evaluate.report.svg import Axis, Series, lines, percent_axis, reliability_plot, thinned

_CSS = {OURS: "ours", "BM25 alone": "words", "dense alone": "dense", "random passage": "random"}


def _figure(title: str, note: str, drawing: str, key: list[str]) -> str:
    names = "".join(f'<li class="{_CSS[name]}">{name}</li>' for name in key)
    listed = f'<ul class="key">{names}</ul>' if len(key) > 1 else ""
    return f"<figure><figcaption>{title}<span>{note}</span></figcaption>{drawing}{listed}</figure>"


def _tenth_below(value: float) -> float:
    return max(0.0, floor(value * 10 - 1e-9) / 10)


def recall_figure(held: Summary) -> str:
    """R@k over k for ours and for each search alone."""
    names = [n for n in (OURS, "BM25 alone", "dense alone") if n in held.systems]
    curves = {name: recall_curve(held.systems[name]) for name in names}
    depths = [k for k, _ in curves.get(OURS, ())]
    if not depths:
        return ""
    low = _tenth_below(min(e.low for curve in curves.values() for _, e in curve))
    ticks = tuple((log2(k), str(k)) for k in depths)
    x = Axis(0, log2(max(depths)) or 1, ticks, "passages looked at (k)")
    series = [
        Series(
            name,
            tuple((log2(k), e.value) for k, e in curve),
            _CSS[name],
            tuple((log2(k), e.low, e.high) for k, e in curve) if name == OURS else (),
            tuple(f"{name}: R@{k} {e.value:.3f}" for k, e in curve),
        )
        for name, curve in reversed(list(curves.items()))
    ]
    drawing = lines("recall by depth", x, percent_axis("", min(low, 0.8), 1.0), series)
    return _figure("Recall by depth", "gold passages among the first k", drawing, names)


def risk_figure(held: Summary) -> str:
    """Precision against coverage: what share can be answered how well."""
    if not held.curve.coverage.size:
        return ""
    names = [OURS, *held.rivals]
    series = [
        Series(name, _precision(held.rivals[name]), _CSS[name]) for name in reversed(names[1:])
    ]
    series.append(Series(OURS, _precision(held.curve), "ours"))
    drawing = lines(
        "precision by coverage", percent_axis("questions answered"), percent_axis("right"), series
    )
    return _figure(
        "Precision by coverage",
        "answering the surest questions first; risk is what is missing to 100\u00a0%",
        drawing,
        names,
    )


def _precision(curve: Curve) -> tuple[tuple[float, float], ...]:
    points = list(zip(curve.coverage.tolist(), curve.precision.tolist(), strict=True))
    return thinned(points)


def reliability_figure(held: Summary) -> str:
    """Stated confidence against what came true; left out where nothing is calibrated."""
    if not held.bins:
        return ""
    found = held.ours.get("ece")
    note = "dots on the dashed line keep their word"
    if found is not None:
        note += f"; mean gap {found.value:.3f}"
    drawing = reliability_plot([(b.count, b.confidence, b.accuracy) for b in held.bins])
    return _figure("Reliability", note, drawing, [OURS])
