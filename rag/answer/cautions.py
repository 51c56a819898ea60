"""Safe in context: what a reader of a quote should know about the text just around it.

A quote is whole sentences, so nothing inside it is hidden. What can mislead stands outside: the
antecedent of its pronoun, a negation, a hedge, a question, an attribution, the quotation marks
around it. Each is found by rule (``caution_rules``); ``widened`` takes in the one neighbouring
sentence that mends it where there is one, and ``cautions`` names what remains. Rules miss and
misfire: they are an aid, not a guarantee.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rag.answer import caution_rules as rules
from rag.answer.quotation import in_quotation
from rag.segment import list_parts
from rag.types import Caution, Sentence, Source, Span

MAX_WIDENED = 700  # code points; past this a quote is flagged instead of widened
_TERMINAL = ".!?…:;。！？"
_CLOSING = "\"'”’»)]*_`"
_OPENING = "\"'“‘«„([*_`>#-–—• \t\n"
_ITEM = re.compile(r"[ \t]*(?:[-*•–+]|\(?\d{1,3}[.)]|\(?[a-z][.)])[ \t]+")


@dataclass(frozen=True, slots=True)
class Finding:
    """A caution's code, and on which side the sentence stands that would mend it ("" for none)."""

    code: str
    side: Literal["before", "after", ""]


@dataclass(frozen=True, slots=True)
class _View:
    """A span with what stands around it: the neighbouring sentences of the same paragraph."""

    source: Source
    span: Span
    before: Span | None
    after: Span | None

    def slice(self, span: Span | None) -> str:
        return "" if span is None else self.source.text[span.start : span.end]

    @property
    def text(self) -> str:
        return self.slice(self.span)


def cautions(source: Source, span: Span, sentences: Sequence[Sentence]) -> tuple[Caution, ...]:
    """Reasons to read around ``span``, each code once, in a fixed order.

    sentences: those of the passage that holds the span, in source offsets.
    """
    codes = {finding.code for finding in findings(source, span, sentences)}
    if any(s.fragment and s.inner and s.inner.overlaps(span) for s in sentences):
        codes.add("fragment")
    item, cut = list_parts(source, span)
    codes |= {code for code, holds in (("list-item", item), ("list-cut", cut)) if holds}
    codes |= {mark.kind for mark in source.marks_in(span)}
    reasons = rules.REASONS | rules.MARKED
    return tuple(Caution(code, reason) for code, reason in reasons.items() if code in codes)


def widened(source: Source, span: Span, sentences: Sequence[Sentence]) -> Span:
    """``span`` with the one neighbouring sentence that mends its first finding, or as it is.

    Never over a paragraph, a page or a heading, never past ``MAX_WIDENED`` code points, and only
    when the wider quote has fewer findings than before.
    """
    found = findings(source, span, sentences)
    view = _view(source, span, sentences)
    for finding in found:
        neighbour = {"before": view.before, "after": view.after}.get(finding.side)
        if neighbour is None:
            continue
        wider = Span(min(span.start, neighbour.start), max(span.end, neighbour.end))
        if len(wider) <= MAX_WIDENED and len(findings(source, wider, sentences)) < len(found):
            return wider
    return span


def findings(source: Source, span: Span, sentences: Sequence[Sentence]) -> tuple[Finding, ...]:
    """Everything found, first what most changes the meaning."""
    view = _view(source, span, sentences)
    found = [
        *_continues(view),
        *_governed_before(view),
        *_governed_after(view),
        *_quotation(view),
        *_points_back(view),
    ]
    unique: dict[str, Finding] = {}
    for finding in found:
        unique.setdefault(finding.code, finding)
    return tuple(unique.values())


def widen_highlight(source: Source, span: Span, highlight: Span) -> Span:
    """``highlight`` with the negation or hedge that governs it, when one stands before it.

    "approve the merger" becomes "did not approve the merger". span: the quote, which holds the
    highlight. A negation governs what follows it in its own clause, ``REACH`` code points at most.
    """
    first = max(span.start, highlight.start - rules.REACH)
    before = source.text[first : highlight.start]
    ends = [match.end() for match in re.finditer(r"[.?!][\"”’)]*\s", before)]
    for match in rules.NEGATION.finditer(before, ends[-1] if ends else 0):
        if _reaches(before[match.end() :]):
            return Span(first + match.start(), highlight.end)
    return highlight


def _reaches(between: str) -> bool:
    """Whether a negation governs what comes after ``between``, which follows it."""
    between = re.sub(r"^\s*,[^,;:]{1,60},", " ", between)  # "did not, in the end, approve"
    if re.search(r"\b(?:or|nor)\s+(?:\w+\s+)?$", between):
        between = between.replace(",", " ")  # a list: "did not sign, seal or deliver"
    return not rules.CLAUSE_END.search(between)


def _view(source: Source, span: Span, sentences: Sequence[Sentence]) -> _View:
    before = after = None
    for sentence in sentences:
        if sentence.inner is None or sentence.heading:
            continue
        first, last = sentence.inner.start, sentence.inner.end
        if first < span.start:
            before = _filled(source, first, min(last, span.start)) or before
        if last > span.end and after is None:
            after = _filled(source, max(first, span.end), last)
    if before is not None and not _together(source, before.end, span.start):
        before = None
    if after is not None and not _together(source, span.end, after.start):
        after = None
    return _View(source, span, before, after)


def _filled(source: Source, start: int, end: int) -> Span | None:
    """The range without outer white space: a neighbour, or the rest of a sentence cut into."""
    text = source.text[start:end]
    left, right = len(text) - len(text.lstrip()), len(text.rstrip())
    return Span(start + left, start + right) if left < right else None


def _together(source: Source, end: int, start: int) -> bool:
    """Whether only a space or a single line break stands between two neighbours, on one page."""
    between = source.text[end:start]
    if "\f" in between or between.strip() or source.page_at(end - 1) != source.page_at(start):
        return False
    return len(re.findall(r"\r\n|[\n\r\u2028\u2029\x85]", between)) < 2


def _opening(text: str) -> str:
    """``text`` on one line, less opening marks and list signs."""
    return " ".join(_ITEM.sub("", text, count=1).lstrip(_OPENING).split())


def _continues(view: _View) -> list[Finding]:
    found = []
    before = view.slice(view.before)
    first = view.text.lstrip(_OPENING)[:1]
    ended = before.rstrip(_CLOSING)[-1:] in (".", "?", "!") and not _abbreviated(before)
    if before and first.islower() and not ended:
        found.append(Finding("continues", "before"))
    closed = view.text.rstrip(_CLOSING)[-1:]
    onward = view.slice(view.after).lstrip("\"'“‘«(")[:1]
    if onward.islower() and closed not in ".!?":
        found.append(Finding("continues", "after"))
    return found


def _abbreviated(text: str) -> bool:
    """Whether a sentence ends in what looks like an abbreviation or an initial."""
    return bool(rules.ABBREVIATED.search(text))


def _points_back(view: _View) -> list[Finding]:
    opening = _opening(view.text)
    if opening[:2].isupper() and opening[:2] in ("IT", "SO", "HE"):
        return []  # an acronym, not a pronoun
    pairs = (
        (rules.PRONOUN, rules.PRONOUN_EXCEPT),
        (rules.DEMONSTRATIVE, rules.DEMONSTRATIVE_EXCEPT),
        (rules.CONNECTIVE, rules.CONNECTIVE_EXCEPT),
    )
    for rule, exceptions in pairs:
        if rule.match(opening) and not exceptions.match(opening):
            return [Finding("points-back", "before")]
    return []


def _governed_before(view: _View) -> list[Finding]:
    text = view.slice(view.before)
    found = []
    if text.rstrip(_CLOSING).endswith("?"):
        found.append(Finding("question", "before"))
    if rules.BEFORE_HEDGED.match(_opening(text)):
        found.append(Finding("hedged", "before"))
    lead, side = _lead_in(view)
    code = _lead_code(lead)
    if code:
        found.append(Finding(code, side))
    headings = view.source.heading_path(view.span.start)
    if headings and rules.HEADING_NEGATED.search(headings[-1]):
        found.append(Finding("negated", ""))
    elif headings and rules.HEADING_HEDGED.search(headings[-1]):
        found.append(Finding("hedged", ""))
    return found


def _lead_code(lead: str) -> str:
    """What a lead-in makes of what follows its colon: the strongest code, or ""."""
    if rules.LEAD_NEGATED.search(rules.LEAD_NEGATED_EXCEPT.sub("", lead)):
        return "negated"
    if rules.LEAD_HEDGED.search(lead):
        return "hedged"
    return "attributed" if rules.LEAD_ATTRIBUTED.search(lead) else ""


def _lead_in(view: _View) -> tuple[str, Literal["before", ""]]:
    """The sentence ending in a colon that the span, or the list it stands in, follows."""
    before = view.slice(view.before).rstrip(_CLOSING)
    if before.endswith(":"):
        return before, "before"
    text, start = view.source.text, view.span.start
    lines = text[max(0, start - 3000) : start].split("\n")
    item = _ITEM.match(lines[-1] + view.text)
    earlier = [line.strip() for line in lines[:-1] if line.strip()]
    if not earlier or (lines[-1].strip() and not item):
        return "", ""
    if item:
        while earlier and (_ITEM.match(earlier[-1] + " ") or not earlier[-1].endswith(":")):
            if not _ITEM.match(earlier[-1] + " "):
                return "", ""
            earlier.pop()
    last = earlier[-1] if earlier else ""
    return (re.split(r"(?<=[.!?])\s", last)[-1], "") if last.endswith(":") else ("", "")


def _governed_after(view: _View) -> list[Finding]:
    text = " ".join(view.slice(view.after).lstrip(_OPENING).split())
    if not text:
        return []
    table = (
        ("negated", rules.AFTER_NEGATED),
        ("hedged", rules.AFTER_HEDGED),
        ("attributed", rules.AFTER_ATTRIBUTED),
    )
    return next(([Finding(code, "after")] for code, rule in table if rule.match(text)), [])


def _quotation(view: _View) -> list[Finding]:
    if not in_quotation(view.source.text, view.span):
        return []
    for side, neighbour in (("before", view.before), ("after", view.after)):
        if rules.SAYING.search(view.slice(neighbour)):
            return [Finding("quotation", "before" if side == "before" else "after")]
    return [Finding("quotation", "")]
