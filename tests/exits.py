"""What each exit promises, checked without the code that makes it.

``python -m tests.exits`` counts cases and violations over the hostile corpus.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser

from markdown_it import MarkdownIt

from rag import render
from rag.answer.verify import verify
from rag.errors import VerificationError
from rag.types import Abstention, Answer, Place, Result, shown_quotes
from tests.hostile import Case, abstention, cases

COMMONMARK = MarkdownIt("commonmark")
_FLOW = ("html", "head", "meta", "title", "style", "body", "section", "h1", "article", "footer")
TAGS = frozenset((*_FLOW, "bdi", "span", "blockquote", "mark", "cite", "a", "div"))
ATTRIBUTES = frozenset(["lang", "charset", "name", "content", "class", "href", "rel"])
SGR = re.compile(r"\x1b\[(?:0|1|2|1;4)m")
SYMBOL = re.compile(r"[\u2400-\u241f\u2421]|⟨U\+([0-9A-F]{4,6})⟩")
# Code points a terminal must not get: controls but line feed and tab, and directional overrides.
UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def places(result: Result) -> list[Place]:
    """Every place whose text is shown, in order."""
    return [p for q in shown_quotes(result) for p in (q.place, *(a.place for a in q.also))]


def texts(result: Result) -> list[str]:
    """The texts every exit must show, sliced here from the sources."""
    return [p.source.text[p.span.start : p.span.end] for p in places(result)]


def check_json(result: Result, case: Case) -> bool:
    data = render.to_json(result)
    for ascii_only in (True, False):
        if (
            render.from_json(
                json.loads(json.dumps(data, ensure_ascii=ascii_only)), case.sources.__getitem__
            )
            != result
        ):
            return False
    nearest = result.nearest if isinstance(result, Abstention) else ()
    if [h["text"] for h in data.get("nearest", ())] != [h.passage.text for h in nearest]:
        return False
    quotes = data["quotes"] if isinstance(result, Answer) else data["candidates"]
    shown = [t for q in quotes for t in (q["text"], *(a["text"] for a in q["also"]))]
    return shown == texts(result)


def check_text(result: Result, case: Case) -> bool:
    """Piped: each exact text on lines of its own, with nothing but frames and citations between."""
    wanted = iter(texts(result))
    expected = []
    for piece in render.pieces(result):
        shown = next(wanted) if piece.kind == "quote" else piece.text
        lead = "    — " if piece.kind == "citation" else ""
        if piece.kind == "quote" and piece.role != "also":
            assert piece.index is not None
            gap = "\n" if piece.index else ""
            lead = f"{gap}[{piece.index + 1}]\n"
        expected.append(f"{lead}{shown}\n")
    return render.to_text(result, tty=False) == "".join(expected)


def check_terminal(result: Result, case: Case) -> bool:
    """On a terminal: every control is visible and undoing the symbols gives the text back."""
    out = SGR.sub("", render.to_text(result, tty=True))
    if UNSAFE.search(out):
        return False
    if any("\u241b" in p.source.text for p in places(result)):
        return True  # the source itself holds symbols: they cannot be told apart when undone
    undone = SYMBOL.sub(_character, out)
    return all(text in undone for text in texts(result))


def _character(match: re.Match[str]) -> str:
    if match.group(1):
        return chr(int(match.group(1), 16))
    return "\x7f" if match.group() == "\u2421" else chr(ord(match.group()) - 0x2400)


def check_markdown(result: Result, case: Case) -> bool:
    """As a CommonMark reader has it: blocks of code with the exact text, and no mark-up."""
    shown = []
    for token in COMMONMARK.parse(render.to_markdown(result)):
        if token.type == "fence":
            if not token.content.endswith("\n"):
                return False
            shown.append(token.content[:-1])
        elif token.type == "html_block":
            block = re.fullmatch(r"<pre>\n([^<>]*)</pre>\n", token.content)
            if not block:
                return False
            shown.append(html.unescape(block.group(1)))
        elif token.type == "inline":
            if not _plain(token.children or [], case):
                return False
        elif not re.fullmatch(r"(?:heading|paragraph)_(?:open|close)", token.type):
            return False
    return shown == texts(result)


def _plain(tokens: list, case: Case) -> bool:  # type: ignore[type-arg]
    for token in tokens:
        if token.type == "link_open" and not str(token.attrs["href"]).startswith("https://"):
            return False
        if token.type not in {"text", "text_special", "link_open", "link_close", "strong_open"} | {
            "strong_close",
            "em_open",
            "em_close",
        }:
            return False
    return True


class _Page(HTMLParser):
    """Collects the text of each ``bdi.quote`` and refuses any mark-up that is not ours."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.quotes: list[str] = []
        self.strange: list[str] = []
        self._open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS or any(name not in ATTRIBUTES for name, _ in attrs):
            self.strange.append(tag)
        given = dict(attrs)
        if not (given.get("href") or "https:").startswith("https:"):
            self.strange.append(str(given["href"]))
        if tag == "bdi" and given.get("class") == "quote":
            self.quotes.append("")
            self._open = True

    def handle_endtag(self, tag: str) -> None:
        self._open = self._open and tag != "bdi"

    def handle_data(self, data: str) -> None:
        if self._open:
            self.quotes[-1] += data

    def handle_comment(self, data: str) -> None:
        self.strange.append(data)


def check_html(result: Result, case: Case) -> bool:
    page = _Page()
    written = render.to_html(result)
    try:
        page.feed(written)
        page.close()
    except AssertionError:  # the parser's own, on a broken declaration: nothing here writes any
        return False
    inert = not re.search(r"\$\{|\{\{|`", written.split("</style>")[1])
    return inert and "\r" not in written and not page.strange and page.quotes == texts(result)


def check_citations(result: Result, case: Case) -> bool:
    """One record per quote, no field or record smuggled in; CSL-JSON holds the exact quotes."""
    count = len(shown_quotes(result))
    ris = render.to_ris((result,))
    lines = ris.split("\r\n")
    well_formed = all(re.fullmatch(r"(?:[A-Z][A-Z0-9]  - [^\r\n]*)?", line) for line in lines)
    ended = sum(line.startswith("ER  - ") for line in lines)
    begun = sum(line.startswith("TY  - ") for line in lines)
    bibtex = render.to_bibtex((result,))
    entries = len(re.findall(r"^@misc\{", bibtex, re.MULTILINE))
    bare = re.sub(r"\\[{}]", "", bibtex)
    csl = [item["custom"]["quote"] for item in json.loads(render.to_csl((result,)))]
    exact = csl == [q.text for q in shown_quotes(result)]
    balanced = bare.count("{") == bare.count("}")
    return well_formed and begun == ended == entries == count and balanced and exact


def check_object(result: Result, case: Case) -> bool:
    try:
        verify(result, case.sources.__getitem__)
    except VerificationError:
        return False
    shown = [p.text for p in render.pieces(result) if p.kind == "quote"]
    return shown == texts(result)


EXITS: dict[str, Callable[[Result, Case], bool]] = {
    "object": check_object,
    "JSON": check_json,
    "text, piped": check_text,
    "text, terminal": check_terminal,
    "Markdown": check_markdown,
    "HTML": check_html,
    "citations": check_citations,
}


def holds(check: Callable[[Result, Case], bool], result: Result, case: Case) -> bool:
    """Whether an exit keeps its promise; an exit that raises does not."""
    try:
        return check(result, case)
    except VerificationError:
        return False


def violations(case: Case) -> Iterator[str]:
    """The exits that break their promise for an answer, and for an abstention beside it."""
    for result in (case.answer, abstention(case)):
        for name, check in EXITS.items():
            if not holds(check, result, case):
                yield f"{name}: {type(result).__name__}"


def count(seed: int, answers: int) -> tuple[int, list[str]]:
    """(texts put through every exit, violations)."""
    total, found = 0, []
    for case in cases(seed, answers):
        total += len(texts(case.answer)) + len(texts(abstention(case)))
        found += list(violations(case))
    return total, found


if __name__ == "__main__":
    checked, broken = count(seed=1, answers=850)
    print(f"{checked:,} texts, each through {len(EXITS)} exits: {len(broken)} violations")
