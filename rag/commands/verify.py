"""Check a receipt, or the chat's JSON: is it unaltered, do its quotes stand? No model is used.

Exit code 0: every quote intact. 3: some moved, all words still there. 4: a quote is changed or
missing, or another version of the extractor reads another text. 1: the receipt itself was altered.
A receipt is no signature: it shows what was quoted and from what, not who made it.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from rag.commands.console import emit, say
from rag.commands.options import reading_file
from rag.errors import UsageError

if TYPE_CHECKING:
    from rag.types import Source


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "receipt",
        type=reading_file,
        metavar="RECEIPT",
        help="a file with a receipt, or saved as JSON in the chat",
    )
    parser.add_argument(
        "--sources",
        type=Path,
        metavar="FOLDER",
        help="the folder that was indexed, as it is now; without it only the receipt is checked",
    )
    parser.add_argument("--encoding", help="of text files that are not UTF-8")
    parser.add_argument("--format", choices=("text", "json"), default="text")


def run(args: argparse.Namespace) -> int:
    """Check, print what became of each quote, and return the exit code that tells."""
    from rag.receipts.make import read_receipts
    from rag.receipts.verify import report_json, report_text, verify_receipt

    receipts = read_receipts(args.receipt)
    if args.sources is None:
        what = "the receipt is" if len(receipts) == 1 else f"the {len(receipts)} receipts are"
        say(f"{what} unaltered; give --sources FOLDER to check the quotes against the files")
        return 0
    if not args.sources.is_dir():
        raise UsageError(f"{args.sources}: no such folder")

    def read(path: Path, id: str) -> Source:
        from rag.extract import read_file

        return read_file(path, id=id, encoding=args.encoding)

    reports = [verify_receipt(receipt, args.sources, read) for receipt in receipts]
    if args.format == "json":
        rows = [report_json(report) for report in reports]
        data = rows[0] if len(rows) == 1 else rows
        emit(json.dumps(data, ensure_ascii=False, indent=2) + "\n")
    else:
        emit("\n".join(map(report_text, reports)))
    return max(report.exit_status for report in reports)
