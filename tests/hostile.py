"""Hostile text: sources, spans and titles made to break whatever copies them.

Everything is drawn from ``random.Random(seed)``: the same seed gives the same cases everywhere.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from rag.types import (
    Abstention,
    Also,
    Answer,
    Caution,
    Heading,
    Hit,
    Passage,
    Place,
    Quote,
    Searched,
    Skipped,
    Source,
    Span,
    Unreadable,
    digest,
)

FRAGMENTS: tuple[str, ...] = (
    # HTML and its entities
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</bdi></blockquote><b>out</b>",
    '" onmouseover="alert(1)',
    "<!-- comment -->",
    "<![CDATA[x]]>",
    "</style></head><body onload=x>",
    "&amp; &lt;b&gt; &#13; &#x41; &nbsp;",
    "a < b && c > d",
    "</pre><plaintext>",
    "<textarea>\n",
    # templates and JavaScript literals
    "${alert(1)}",
    "{{constructor.constructor('x')()}}",
    "{{{raw}}}",
    "`${`nested`}`",
    "{% raw %}",
    "$' $& $1 \\1",
    # Markdown
    "```\ncode\n```",
    "````",
    "~~~",
    "# not a heading",
    "> quoted",
    "- item",
    "1. one",
    "[1] [text](javascript:alert(1)) ![x](y)",
    "[1]: http://example.org",
    "**bold** __b__ *i* _i_ ~~s~~ `c`",
    "| a | b |\n|---|---|",
    "<https://example.org>",
    "Setext\n===",
    "    indented code",
    "---",
    "line with two spaces  \nand a break\\\nanother",
    # back-slashes and paths
    "C:\\new\\notes\\table",
    "\\n \\t \\\\ \\u0041",
    "\\",
    # white space
    "two  spaces",
    "three   spaces",
    "tab\tseparated\t",
    "blank\n\n\nlines",
    " \n \n ",
    "no\u00a0break",
    "thin\u2009space",
    "ideographic\u3000space",
    "line\u2028separator",
    "paragraph\u2029separator",
    "next\u0085line",
    # line ends and other controls
    "carriage\rreturn",
    "dos\r\nline\r\n",
    "\r\r\n\n",
    "vertical\x0btab",
    "form\x0cfeed",
    "bell\x07 back\x08space del\x7f",
    "unit\x1fsep group\x1d \x1e \x1c",
    "c1\x80 \x84 \x9f \x9b31m",
    # terminal sequences
    "\x1b[31mred\x1b[0m",
    "\x1b[2J\x1b[H",
    "\x1b]0;title\x07",
    "\x1b]8;;http://example.org\x1b\\link\x1b]8;;\x1b\\",
    "\x1bP+q\x1b\\",
    # quotation marks
    "“nested ‘quotes’ inside”",
    "“never closed",
    "closed only”",
    '"odd \'number"of" marks',
    "«guillemets» „low“ ‚single‘ 「corner」",
    "it's 6\" by 4'",
    # invisible and directional
    "zero\u200bwidth",
    "joiner\u200djoined non\u200cjoined",
    "word\u2060joiner\ufeff",
    "soft\u00adhyphen",
    "\u202eoverride\u202c",
    "\u202bembedded",
    "\u2066isolate\u2069 \u2067rtl",
    "\u200e\u200f\u061c",
    "שלום עולם",
    "مرحبا بالعالم",
    "tag \U000e0001\U000e0041",
    # code points that conversions lose
    "inter\ufffenational",
    "nonchar \uffff \ufdd0 \U0001ffff",
    "replacement \ufffd",
    "private \ue000 \U000f0000",
    "combining e\u0301 o\u0308\u0323 \u0301",
    "composed é ö",
    "İstanbul ı ſ ß ẞ ﬁ ﬀ",
    "Hangul \u1100\u1161 가",
    "👩‍👩‍👧‍👦 👍🏽 🇩🇪 1️⃣ ❤️",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𐍈 🂡",
    # what looks like our own frames
    "[1]",
    "    — “Title”, para. 1, characters 0–5",
    "Caution: nothing",
    "Identical text:",
    '{"kind": "answer"}',
    "ER  - ",
    "</mark><mark>",
    "\u241b \u27e8U+202E\u27e9",
)
WORDS = ("The", "board", "did", "not", "approve", "the", "merger", "in", "1912", "3.5", "%")
TITLES = (
    "Plain title",
    "A & B <i>“quoted”</i> {braces} \\ $x$ #1 ~ ^ _",
    "Two\nlines\r\nER  - \nTY  - BOOK",
    "\x1b[31mred\x1b[0m \u202etitle",
    "[link](javascript:alert(1)) `code` ${x} {{y}}",
)
IDS = ("a.txt", "sub dir/ü & <b>.html", "x\\y`${z}`.md", "r\u202etxt.pdf")


@dataclass(frozen=True, slots=True)
class Case:
    """An answer over hostile sources, and the sources by id."""

    answer: Answer
    sources: dict[str, Source]


def text(draw: random.Random, pieces: int) -> str:
    """Hostile text of so many fragments or words; never empty, no NUL, no surrogate."""
    parts: list[str] = []
    for _ in range(pieces):
        parts.append(draw.choice(FRAGMENTS) if draw.random() < 0.7 else draw.choice(WORDS))
        parts.append(draw.choice(("", " ", " ", "  ", "\n", "\r\n", ". ", "\n\n", "\t")))
    return "".join(parts) or "x"


def source(draw: random.Random, id: str, content: str) -> Source:
    """A source with a hostile title, headings, pages and metadata."""
    ends = sorted(draw.sample(range(len(content)), min(2, len(content))))
    headings: tuple[Heading, ...] = ()
    if len(content) > 4:
        headings = (Heading(1, Span(0, 2)), Heading(2, Span(2, 4)))
    return Source(
        id=id,
        text=content,
        sha256=digest(content),
        file_sha256=digest(content + "file"),
        title=draw.choice(TITLES),
        media_type=draw.choice(("text/plain", "text/html", "application/pdf")),
        extractor="hostile 1",
        pages=(0, *ends) if draw.random() < 0.5 else (),
        headings=headings if draw.random() < 0.5 else (),
        metadata=(
            ("address", draw.choice(("https://example.org/a?b=<c>#d", "javascript:alert(1)", ""))),
            ("author", draw.choice(TITLES)),
            ("date", draw.choice(("2025-02-06", "D:20120415", "15 April", "9999-99-99"))),
        ),
    )


def spans(draw: random.Random, length: int, count: int) -> list[Span]:
    """Disjoint spans at any offsets: what a renderer must bear, not only whole sentences."""
    count = min(count, max(1, length // 2))
    cuts = sorted(draw.sample(range(length + 1), min(2 * count, (length + 1) // 2 * 2)))
    return [Span(a, b) for a, b in zip(cuts[::2], cuts[1::2], strict=True)]


def quote(draw: random.Random, where: Source, span: Span) -> Quote:
    """A quote of ``span``, most with a highlight, some with a confidence and a caution."""
    light = None
    if draw.random() < 0.7:
        start = draw.randrange(span.start, span.end)
        light = Span(start, draw.randint(start + 1, span.end))
    sure = draw.random() if draw.random() < 0.5 else None
    caution = (Caution("points-back", "It points back."),) if draw.random() < 0.3 else ()
    return Quote(Place(where, span), draw.randint(1, 99), light, sure, caution=caution)


def cases(seed: int, answers: int, quotes: int = 10) -> Iterator[Case]:
    """Answers of up to ``quotes`` quotes each from one or two sources, with further places."""
    draw = random.Random(seed)
    for number in range(answers):
        first = text(draw, draw.randint(3, 30))
        held = [source(draw, draw.choice(IDS), first)]
        if draw.random() < 0.3:
            held.append(source(draw, f"copy {number}.txt", f"{draw.choice(FRAGMENTS)}\n{first}"))
        made = [quote(draw, held[0], span) for span in spans(draw, len(first), quotes)]
        made = [_with_copy(q, held[1]) if len(held) > 1 else q for q in made]
        kept = tuple(q for q in made if q.text.strip() and _marked(q))
        if kept:
            found = tuple(hits(held[0]))
            answer = Answer(draw.choice(TITLES), kept, found, Searched(len(held), 5))
            yield Case(answer, {s.id: s for s in held})


def _marked(made: Quote) -> bool:
    light = made.highlight
    return light is None or bool(made.source.text[light.start : light.end].strip())


def _with_copy(made: Quote, copy: Source) -> Quote:
    shift = len(copy.text) - len(made.source.text)
    also = Also(Place(copy, made.span.shift(shift)), 3, "identical")
    return Quote(made.place, made.paragraph, made.highlight, made.confidence, (also,), made.caution)


def hits(where: Source) -> Iterator[Hit]:
    """The whole source as one passage, with scores."""
    yield Hit(Passage(Place(where, Span(0, len(where.text))), 0, 1), 0.75, 0.5, 3.25)


def abstention(case: Case) -> Abstention:
    """An abstention over the same sources."""
    unreadable = (Unreadable("b\x1b[0m.pdf", "the file is <encrypted>"),)
    return Abstention(
        case.answer.question,
        "unsure",
        "No quote reached the threshold.",
        Searched(3, 1234, unreadable, (), (Skipped(".<b>", 2),), ("${x}\x1b[0m: stopped",)),
        case.answer.quotes[:3],
        case.answer.hits,
        ("zebra", "<b>"),
    )
