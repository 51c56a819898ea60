"""Tables: for a terminal (rich) and in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.evaluate.metrics.sampling import Estimate
from rag.evaluate.report.summary import COMPARED, GROUPS, MEANING, Summary

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table

    from rag.evaluate.compare import Comparison

_PLAIN = ("ms_", "quote_words", "quote_sentences", "quote_chars", "over_quoting")


def number(name: str, value: float) -> str:
    """A value as it is printed: three decimals for rates, plainer for counts and times."""
    if name.startswith("ms_"):
        return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"
    if name.startswith(_PLAIN):
        return f"{value:.1f}"
    return "1.000" if value == 1 else f"{value:.3f}"


def interval(name: str, found: Estimate) -> str:
    """The 95 % interval, ``low to high``."""
    return f"{number(name, found.low)} to {number(name, found.high)}"


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
    names = [m for m in COMPARED if any(m in found for found in held.systems.values())]
    lines = [f"**{headline(held)}**", "", "| | " + " | ".join(names) + " |"]
    lines.append("|---|" + "---:|" * len(names))
    for system, found in held.systems.items():
        cells = [number(m, found[m].value) if m in found else "–" for m in names]
        lines.append(f"| {system} | " + " | ".join(cells) + " |")
    lines += [
        "",
        "| metric | value | 95 % interval | about | what it is |",
        "|---|---:|---|---:|---|",
    ]
    for _, metrics in GROUPS:
        for name in metrics:
            if name in held.ours:
                e = held.ours[name]
                lines.append(
                    f"| {name} | {number(name, e.value)} | {interval(name, e)} "
                    f"| {e.count:,} | {MEANING[name]} |"
                )
    return "\n".join(lines) + "\n"


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
    for group, names in GROUPS:
        shown = [name for name in names if name in held.ours]
        if shown:
            metrics.add_row(Text(group, style="bold"), "", "", "")
        for name in shown:
            e = held.ours[name]
            metrics.add_row(f"  {name}", number(name, e.value), interval(name, e), MEANING[name])
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
    for name in COMPARED:
        found = [values.get(name) for values in held.systems.values()]
        if any(found):
            grid.add_row(name, *("–" if e is None else number(name, e.value) for e in found))
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
        d = line.difference
        counts = f"{d.wins}/{d.ties}/{d.losses}" if d.wins + d.ties + d.losses else "–"
        grid.add_row(
            line.name,
            number(line.name, line.a),
            number(line.name, line.b),
            signed(line.name, d.value),
            f"{signed(line.name, d.low)} to {signed(line.name, d.high)}",
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


def signed(name: str, value: float) -> str:
    """A difference with its sign."""
    text = number(name, abs(value))
    return ("-" if value < 0 else "+") + text if value else text
