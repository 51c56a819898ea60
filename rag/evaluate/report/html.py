"""The report as one self-contained page, from the template ``page.html`` beside this module."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from rag.evaluate.metrics import METRICS
from rag.evaluate.metrics.sampling import Estimate
from rag.evaluate.records import QuoteRecord
from rag.evaluate.report.figures import figures
from rag.evaluate.report.summary import OURS, Summary, compared, groups, verdict
from rag.render.escape import escape

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

TILES = (
    ("answer_precision", "of the answers given are right"),
    ("abstention_recall", "of the unanswerable questions are left unanswered"),
    ("R@10", "of the gold passages are found among ten"),
    ("ms_p50", "for an answer, half of the time"),
)
VERDICTS = {
    "failed": "failed",
    "wrong quote": "quoted the wrong place",
    "should abstain": "answered, though the gold set has no answer",
    "missed": "abstained, though the gold set has an answer",
    "right": "right",
}


def page(summary: Summary) -> str:
    """The whole page. Raises MissingExtra where the plotting library is not installed."""
    from markupsafe import Markup

    css = resources.files("rag.evaluate.report").joinpath("page.css").read_text(encoding="utf-8")
    return (
        _environment()
        .get_template("page.html")
        .render(
            summary=summary,
            header=summary.header,
            ours={name: summary.ours.get(name) for name in METRICS},
            OURS=OURS,
            css=Markup(css),
            tiles=[
                (METRICS[name], summary.ours[name], label)
                for name, label in TILES
                if name in summary.ours
            ],
            figures=figures(summary),
            compared=compared(summary.systems),
            groups=groups(summary.ours),
            verdicts=VERDICTS,
            record=_record(summary),
        )
    )


def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("rag.evaluate", "report"),
        autoescape=True,
        undefined=StrictUndefined,
    )
    environment.filters |= {
        "percent": lambda share: f"{share * 100:.1f}\u00a0%",
        "share": lambda share: f"{min(1.0, max(0.0, share)) * 100:.1f}%",
        "cell": _cell,
        "verdict": verdict,
        "exact": exact,
        "marked": marked,
    }
    return environment


def exact(text: str) -> Markup:
    """Document text as HTML that shows exactly it, bare carriage returns included."""
    from markupsafe import Markup

    return Markup(escape(text))


def marked(quote: QuoteRecord) -> Markup:
    """The quote with its highlight marked; the text stays what it was."""
    from markupsafe import Markup

    if quote.highlight is None:
        return exact(quote.text)
    start = quote.highlight.start - quote.span.start
    end = quote.highlight.end - quote.span.start
    before, words, after = quote.text[:start], quote.text[start:end], quote.text[end:]
    return exact(before) + Markup("<mark>") + exact(words) + Markup("</mark>") + exact(after)


def _cell(estimate: Estimate | None) -> str:
    return "–" if estimate is None else f"{estimate.value:.3f}"


def _record(summary: Summary) -> list[tuple[str, str]]:
    """What the run was made with, as (name, value) pairs; empty values left out."""
    h = summary.header
    size = [
        ("index", h.index_seconds, "s"),
        ("disk", h.disk_mb, "MB"),
        ("memory", h.memory_mb, "MB"),
    ]
    untimed = summary.untimed
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
        ("not timed", f"{untimed:,} questions, read from cached readings" if untimed else ""),
    ]
    return [(name, value) for name, value in facts if value]
