"""Tables: for a terminal (rich) and in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.evaluate.metrics import METRICS, Metric
from rag.evaluate.metrics.sampling import Estimate
from rag.evaluate.report.summary import Summary, compared, groups

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table

    from rag.evaluate.compare import Comparison


def interval(metric: Metric, estimate: Estimate) -> str:
    """The 95 % interval, ``low to high``."""
    return f"{metric.printed(estimate.low)} to {metric.printed(estimate.high)}"


def headline(held: Summary) -> str:
    """The set, how much of it was asked, and what came of it, in a line."""
    header = held.header
    asked = f"{held.questions:,} questions"
    if header.partial:
        asked = f"PARTIAL: {held.questions:,} of {header.gold_questions:,} questions"
    return (
        f"{header.gold}: {asked} over {header.sources:,} sources, {header.passages:,} passages; "
        f"{held.answered:,} answered, {len(held.failures):,} failed"
    )


def markdown(held: Summary) -> str:
    """The run as Markdown: baselines beside ours, then every metric with its interval."""
    columns = compared(held.systems)
    lines = [f"**{headline(held)}**", "", "| | " + " | ".join(m.name for m in columns) + " |"]
    lines.append("|---|" + "---:|" * len(columns))
    for system, estimates in held.systems.items():
        cells = [_cell(metric, estimates.get(metric.name)) for metric in columns]
        lines.append(f"| {system} | " + " | ".join(cells) + " |")
    lines += [
        "",
        "| metric | value | 95 % interval | about | what it is |",
        "|---|---:|---|---:|---|",
    ]
    for measured in groups(held.ours).values():
        lines += [
            f"| {metric.name} | {metric.printed(e.value)} | {interval(metric, e)} "
            f"| {e.count:,} | {metric.meaning} |"
            for metric, e in measured
        ]
    return "\n".join(lines) + "\n"


def _cell(metric: Metric, estimate: Estimate | None) -> str:
    return "–" if estimate is None else metric.printed(estimate.value)


def terminal(held: Summary) -> Group:
    """The run as rich tables."""
    from rich import box
    from rich.console import Group, RenderableType
    from rich.table import Table
    from rich.text import Text

    parts: list[RenderableType] = [Text(headline(held), style="bold")]
    metrics = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title, side in (("metric", "left"), ("value", "right"), ("95 % interval", "right")):
        metrics.add_column(title, justify="right" if side == "right" else "left", no_wrap=True)
    # Only the explanation gives way on a narrow terminal: names and figures are what is read.
    metrics.add_column("what it is", style="dim", overflow="ellipsis", ratio=1)
    for group, measured in groups(held.ours).items():
        metrics.add_row(Text(group, style="bold"), "", "", "")
        for metric, e in measured:
            value = metric.printed(e.value)
            metrics.add_row(f"  {metric.name}", value, interval(metric, e), metric.meaning)
    parts += [metrics, _baselines(held)]
    if cost(held):
        parts.append(Text(cost(held), style="dim"))
    parts += [Text(f"failed: {r.id}: {r.reason}", style="red") for r in held.failures[:10]]
    if held.untimed:
        parts.append(
            Text(f"{held.untimed:,} answers came from cached readings and were not timed", "dim")
        )
    return Group(*parts)


_SHORT = {
    "this library": "ours",
    "random passage": "random",
    "first sentence": "first",
    "BM25 alone": "BM25",
    "dense alone": "dense",
    "oracle passage": "oracle",
}


def cost(held: Summary) -> str:
    """Seconds of indexing, MB on disk and most MB in memory, as far as they were measured."""
    h = held.header
    found = (("indexed in", h.index_seconds, "s"), ("on disk", h.disk_mb, "MB"))
    parts = [f"{name} {value:,.1f} {unit}" for name, value, unit in found if value is not None]
    return ", ".join(parts + ([f"in memory at most {h.memory_mb:,.0f} MB"] if h.memory_mb else []))


def _baselines(held: Summary) -> Table:
    from rich import box
    from rich.table import Table

    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    grid.add_column("beside baselines")
    for system in held.systems:
        grid.add_column(_SHORT[system], justify="right")
    for metric in compared(held.systems):
        cells = (_cell(metric, values.get(metric.name)) for values in held.systems.values())
        grid.add_row(metric.name, *cells)
    return grid


def comparison_terminal(found: Comparison, names: tuple[str, str], *, shown: int) -> Group:
    """A comparison as a rich table, with the questions that changed."""
    from rich import box
    from rich.console import Group, RenderableType
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    grid.add_column("metric")
    for title in ("A", "B", "B - A", "95 % interval", "p", "win/tie/loss"):
        grid.add_column(title, justify="right")
    for line in found.lines:
        d, metric = line.difference, METRICS[line.name]
        counts = f"{d.wins}/{d.ties}/{d.losses}" if d.wins + d.ties + d.losses else "–"
        grid.add_row(
            line.name,
            metric.printed(line.a),
            metric.printed(line.b),
            signed(metric, d.value),
            f"{signed(metric, d.low)} to {signed(metric, d.high)}",
            f"{d.p:.3f}",
            counts,
            style="bold" if d.p < 0.05 else "",
        )
    title = f"A = {names[0]}, B = {names[1]}; {found.questions:,} questions"
    parts: list[RenderableType] = [Text(title, style="bold"), grid]
    parts.append(Text(f"{len(found.changed):,} questions changed"))
    for change in found.changed[:shown]:
        sign = "+" if change.gain > 0 else "-" if change.gain < 0 else "="
        moved = f"{change.before.kind} -> {change.after.kind}"
        parts.append(Text(f"  {sign} {change.id}  {change.question}  ({moved})"))
    if len(found.changed) > shown:
        parts.append(Text(f"  ... and {len(found.changed) - shown:,} more (--show N)", style="dim"))
    return Group(*parts)


def signed(metric: Metric, value: float) -> str:
    """A difference with its sign."""
    text = metric.printed(abs(value))
    return ("-" if value < 0 else "+") + text if value else text
