"""The frame of the page: three panes that are filled region by region."""

from __future__ import annotations

from rag.chat.views.jinja import render
from rag.chat.views.thread import limits
from rag.extract import suffixes


def frame(welcome: str) -> str:
    """The page before anything is filled in. welcome: the finished HTML of the two doors."""
    from markupsafe import Markup

    return render("frame.html", welcome=Markup(welcome), accept=",".join(suffixes()), **limits())
