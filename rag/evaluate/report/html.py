"""The report as one self-contained page: no script, no font, no request leaves it."""

from __future__ import annotations

from html import escape
from importlib import resources

from rag.evaluate.metrics.sampling import Estimate
from rag.evaluate.records import QuestionRecord, QuoteRecord
from rag.evaluate.report import svg
from rag.evaluate.report.plots import recall_figure, reliability_figure, risk_figure
from rag.evaluate.report.summary import COMPARED, GROUPS, MEANING, OURS, Summary, verdict
from rag.evaluate.report.table import interval, number
from rag.types import Span

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def text(value: str) -> str:
    """Document text as HTML that shows exactly it (a bare CR would be read as a newline)."""
    return escape(value).replace("\r", "&#13;")


def page(held: Summary) -> str:
    """The whole page."""
    css = resources.files("rag.evaluate.report").joinpath("page.css").read_text(encoding="utf-8")
    body = [
        _head(held),
        _tiles(held),
        _plots(held),
        _systems(held),
        _tags(held),
        _worst(held),
        _failures(held),
        _metrics(held),
        _record(held),
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{text(held.header.gold)}: evaluation</title><style>{css}</style></head>"
        f"<body><main>{''.join(body)}</main></body></html>\n"
    )


def _head(held: Summary) -> str:
    header = held.header
    hit = held.ours.get("first_quote_hit")
    title = "No question of this set has an answer in the sources."
    if hit is not None:
        title = f"{_percent(hit.value)} of the answerable questions get a right first quote."
    counts = (
        f"{held.questions:,} questions ({held.answerable:,} with an answer) over "
        f"{header.sources:,} sources, {header.passages:,} passages"
    )
    partial = ""
    if header.partial:
        partial = (
            f'<p class="partial">Partial run: {held.questions:,} of {header.gold_questions:,} '
            "questions, the first by a hash of their ids. Figures of the whole set may differ.</p>"
        )
    return (
        f'<header><p class="set">{text(header.gold)}</p><h1>{title}</h1>'
        f'<p class="note">{counts}.</p>{partial}</header>'
    )


def _percent(share: float) -> str:
    return f"{share * 100:.1f}\u00a0%"


def _tile(name: str, found: Estimate | None, label: str) -> str:
    if found is None:
        return ""
    value = f"{found.value * 100:.1f}<small> %</small>"
    span = f"{found.low * 100:.1f} to {found.high * 100:.1f}\u00a0%"
    if name.startswith("ms_"):
        value = f"{number(name, found.value)}<small> ms</small>"
        span = f"{number(name, found.low)} to {number(name, found.high)} ms"
    return (
        f'<div class="tile"><div class="value">{value}</div>'
        f'<div class="name">{label}</div><div class="range">95 % interval {span}</div></div>'
    )


def _tiles(held: Summary) -> str:
    ours = held.ours
    tiles = [
        _tile("answer_precision", ours.get("answer_precision"), "of the answers given are right"),
        _tile(
            "abstention_recall",
            ours.get("abstention_recall"),
            "of the unanswerable questions are left unanswered",
        ),
        _tile("R@10", ours.get("R@10"), "of the gold passages are found among ten"),
        _tile("ms_p50", ours.get("ms_p50"), "for an answer, half of the time"),
    ]
    return f'<section class="tiles">{"".join(tiles)}</section>{_gate(held)}'


def _gate(held: Summary) -> str:
    """Whether every answer is its source's own text: the one figure that must be whole."""
    found = held.ours.get("verbatim")
    if found is None:
        return ""
    if found.value == 1:
        said = f"All {found.count:,} answers equal their sources to the character."
        return f'<p class="gate">{said}</p>'
    wrong = round((1 - found.value) * found.count)
    said = f"{wrong:,} of {found.count:,} answers differ from their sources. This must not happen."
    return f'<p class="gate bad">{said}</p>'


def _plots(held: Summary) -> str:
    figures = [recall_figure(held), risk_figure(held), reliability_figure(held)]
    return (
        "<h2>What it finds, and what its confidence is worth</h2>"
        "<p>Shaded bands are 95 % intervals over resampled questions.</p>"
        f'<section class="plots">{"".join(figures)}</section>'
    )


def _systems(held: Summary) -> str:
    names = [m for m in COMPARED if any(m in found for found in held.systems.values())]
    head = "".join(f'<th title="{text(MEANING[m])}">{text(m)}</th>' for m in names)
    rows = []
    for system, found in held.systems.items():
        cells = "".join(
            f"<td>{number(m, found[m].value) if m in found else '–'}</td>" for m in names
        )
        css = ' class="ours"' if system == OURS else ""
        rows.append(f"<tr{css}><td>{text(system)}</td>{cells}</tr>")
    return (
        "<h2>Beside cheap baselines</h2>"
        "<p>Each baseline quotes something for every question. A whole passage hits more often "
        "and quotes more: read a hit rate with the length beside it. The oracle is handed a "
        "gold passage and quotes all of it.</p>"
        f'<div class="scroll"><table><tr><th></th>{head}</tr>{"".join(rows)}</table></div>'
    )


def _metrics(held: Summary) -> str:
    rows = []
    for group, names in GROUPS:
        shown = [name for name in names if name in held.ours]
        if shown:
            rows.append(f'<tr class="group"><td colspan="5">{group}</td></tr>')
        for name in shown:
            e = held.ours[name]
            drawn = svg.bar(e.value, e.low, e.high) if _is_share(name) else ""
            rows.append(
                f"<tr><td>{text(name)}</td><td>{number(name, e.value)}</td>"
                f'<td>{interval(name, e)}</td><td>{drawn}</td><td class="meaning">'
                f"{text(MEANING[name])}</td></tr>"
            )
    return (
        "<h2>Every metric</h2><p>Named as the field prints them. A failure scores 0 in all.</p>"
        '<div class="scroll"><table><tr><th>metric</th><th>value</th><th>95 % interval</th>'
        f'<th></th><th class="left">what it is</th></tr>{"".join(rows)}</table></div>'
    )


def _is_share(name: str) -> bool:
    return not name.startswith(("ms_", "quote_words", "quote_sentences", "over_quoting"))


def _tags(held: Summary) -> str:
    if not held.tags:
        return ""
    rows = []
    for line in held.tags:
        cells = [
            f"<td>{_cell(e)}</td>" for e in (line.first_quote_hit, line.abstention_recall, line.f1)
        ]
        hit = line.first_quote_hit
        drawn = svg.bar(hit.value, hit.low, hit.high) if hit else ""
        rows.append(
            f"<tr><td>{text(line.tag)}</td><td>{line.questions:,}</td>"
            f"<td>{line.answerable:,}</td>{cells[0]}<td>{drawn}</td>{cells[1]}{cells[2]}</tr>"
        )
    return (
        "<h2>By tag</h2><p>A question counts under each of its tags.</p>"
        '<div class="scroll"><table><tr><th>tag</th><th>questions</th><th>with an answer</th>'
        "<th>first_quote_hit</th><th></th><th>abstention_recall</th><th>f1</th></tr>"
        f"{''.join(rows)}</table></div>"
    )


def _cell(found: Estimate | None) -> str:
    return "–" if found is None else f"{found.value:.3f}"


def _worst(held: Summary) -> str:
    if not held.worst:
        return "<h2>Worst questions</h2><p>None: every question came out right.</p>"
    cards = "".join(_card(row) for row in held.worst)
    return (
        f"<h2>The {len(held.worst)} worst questions</h2>"
        "<p>Failures, then wrong answers from the surest down, then answers that were missed.</p>"
        f"<section>{cards}</section>"
    )


_VERDICTS = {
    "failed": "failed",
    "wrong quote": "quoted the wrong place",
    "should abstain": "answered, though the sources do not say",
    "missed": "abstained, though the sources say",
}


def _card(row: QuestionRecord) -> str:
    score = "" if row.score is None else f", score {row.score:.2f}"
    said = "".join(_quote(_marked(q), q.source, q.span, "said") for q in row.quotes)
    gold = "".join(
        _quote(text(a.text) or "the whole document", a.source, a.span, "gold") for a in row.gold[:3]
    )
    nothing = '<p class="nothing">{}</p>'
    return (
        f'<article><h3>{text(row.question)}</h3><p class="meta"><span class="verdict">'
        f"{_VERDICTS[verdict(row)]}</span>{score} &#183; {text(row.id)}</p>"
        f'<div class="pair"><div class="side"><h4>What was quoted</h4>'
        f"{said or nothing.format(text(row.reason or 'nothing'))}</div>"
        '<div class="side"><h4>What should have been</h4>'
        f"{gold or nothing.format('an abstention: the sources do not say')}</div></div></article>"
    )


def _quote(body: str, source: str, span: Span, css: str) -> str:
    """A quote whose ``body`` is HTML already."""
    return (
        f'<blockquote class="{css}"><bdi>{body}</bdi></blockquote>'
        f"<cite>{text(source)}, characters {span.start:,} to {span.end:,}</cite>"
    )


def _marked(quote: QuoteRecord) -> str:
    """The quote with its highlight marked; the text stays what it was."""
    if quote.highlight is None:
        return text(quote.text)
    start = quote.highlight.start - quote.span.start
    end = quote.highlight.end - quote.span.start
    before, words, after = quote.text[:start], quote.text[start:end], quote.text[end:]
    return f"{text(before)}<mark>{text(words)}</mark>{text(after)}"


def _failures(held: Summary) -> str:
    if not held.failures:
        return ""
    rows = "".join(
        f'<tr><td>{text(r.id)}</td><td class="meaning">{text(r.reason)}</td></tr>'
        for r in held.failures
    )
    return (
        f"<h2>Failures: {len(held.failures):,}</h2><p>Counted as 0 in every figure above.</p>"
        f'<div class="scroll"><table>{rows}</table></div>'
    )


def _record(held: Summary) -> str:
    h = held.header
    size = [
        ("index", h.index_seconds, "s"),
        ("disk", h.disk_mb, "MB"),
        ("memory", h.memory_mb, "MB"),
    ]
    facts = [
        ("command", h.command),
        ("version", f"{h.version} {h.commit}".strip()),
        ("gold set", f"{h.gold}, sha256 {h.gold_digest}"),
        ("sources", f"{h.sources:,}, sha256 {h.corpus_digest}"),
        ("embedder", h.embedder),
        ("reader", h.reader),
        ("segmenter", h.segmenter),
        ("threshold", f"{h.threshold:.4f}"),
        ("settings", ", ".join(f"{k} {v}" for k, v in h.settings)),
        ("seed", str(h.seed)),
        ("machine", ", ".join(f"{k} {v}" for k, v in h.machine)),
        ("packages", ", ".join(f"{k} {v}" for k, v in h.versions)),
        ("cost", ", ".join(f"{name} {v:,.1f} {u}" for name, v, u in size if v is not None)),
        ("started, finished", f"{h.started}, {h.finished}"),
    ]
    if held.untimed:
        facts.append(("not timed", f"{held.untimed:,} questions, read from cached readings"))
    rows = "".join(f"<dt>{k}</dt><dd>{text(v)}</dd>" for k, v in facts if v)
    return (
        "<h2>How this was made</h2><p>Enough to make it again.</p>"
        f"<details open><summary>Run record</summary><dl>{rows}</dl></details>"
    )
