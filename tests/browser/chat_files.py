"""The sources that the tests of the chat ask, hostile ones among them."""

from __future__ import annotations

from pathlib import Path

HARBOUR = """\
# The harbour of Lindholm

The harbour of Lindholm was opened on 3 May 1884 by the engineer Clara Voss. She had drawn the
plans herself. The work took eleven years and cost 412,000 crowns.

## The lighthouse

The lighthouse stands on the northern mole and is 31 metres high. Its lamp was lit for the first
time in October 1886. It may have been the last one in the country to burn oil.

## The storm

The storm of 1902 broke the southern mole. Nine boats were lost, and the repair lasted two summers.
"""
LETTERS = """\
A letter from the keeper

The keeper of the Lindholm lighthouse wrote to his sister on 9 January 1903. He said that the storm
had broken nine boats. The lamp needs forty litres of oil a week.
"""
# Everything that a template, a parser or a terminal might take for more than text.
HOSTILE_SENTENCE = (
    "The hostile page of Zanzibar says <script>window.bad = 1</script> ${window.bad = 2} "
    '{{value}} `${window.bad = 3}` <img src=x onerror="window.bad=4"> \\n \\u0041 '
    "</bdi></blockquote><b>bold</b> &amp; &#13; 'quoted' \u202eright to left\u202c "
    "\u05e9\u05dc\u05d5\u05dd "
    "\U0001f600 e\u0301 end."
)
HOSTILE = f"Zanzibar\r\n\r\n{HOSTILE_SENTENCE}\r\n\r\nAnother\rline of the hostile page.\r\n"


def write(folder: Path) -> None:
    """Write the sources of the first library into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "harbour.md").write_text(HARBOUR, encoding="utf-8")
    (folder / "hostile.txt").write_bytes(HOSTILE.encode("utf-8"))
    (folder / "empty.txt").write_bytes(b"")
    pdf(folder / "mole.pdf")


def pdf(file: Path) -> None:
    """A PDF of two pages whose second page holds the fact."""
    from fpdf import FPDF

    page = FPDF()
    page.set_font("Helvetica", size=14)
    page.add_page()
    page.multi_cell(0, 8, "Report on the moles of the harbour. The first page says little.")
    page.add_page()
    page.multi_cell(
        0,
        8,
        "The granite came from the quarry of Bornsund. Each block of granite weighs seven tonnes. "
        "The blocks were laid by divers.",
    )
    page.output(str(file))
