"""What one tab of a browser shows: which conversation, which place, which documents are ticked.

What a person would not want to lose is not here but in their ``Workspace``, which tabs share.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from rag.chat.state.dialogue import Dialogue, Kept, Turn, fresh_id, key_of
from rag.chat.state.workspaces import Workspace
from rag.types import Hit, Place, Quote


@dataclass(frozen=True, slots=True)
class View:
    """What the source viewer shows.

    turn, index: the quote it was opened from (index from 0), None when opened otherwise. place,
    paragraph, highlight: what is marked. page: the page on show, None for text. zoom: 1.0 is the
    width of the panel. as_text: show a paged source as text. find: words to mark in the text.
    """

    library: str
    place: Place
    paragraph: int
    highlight: tuple[int, int] | None = None
    turn: int | None = None
    index: int | None = None
    page: int | None = None
    zoom: float = 1.0
    as_text: bool = False
    wide: int = 0
    find: str = ""


@dataclass
class Session:
    """The state of one tab.

    library: the name of the one asked next, "" when the conversation's own is not at hand. within:
    chosen sources by library. filter, page: what the list of documents shows. hits: what was last
    searched for, in hits_library. awaiting: ids of the turns whose answer is to be opened when it
    comes. undo: what takes the last change back. sent: what each region of the page last showed;
    seen: the workspace's version then; painted: how many times, so that the page can tell a late
    reply from a new one; epoch: that it is this session which counts; lock: held while painted.
    """

    workspace: Workspace
    dialogue: Dialogue
    library: str
    view: View | None = None
    within: dict[str, frozenset[str]] = field(default_factory=dict)
    filter: str = ""
    page: int = 0
    hits: tuple[Hit, ...] = ()
    hits_library: str = ""
    awaiting: set[str] = field(default_factory=set)
    undo: Callable[[], str] | None = None
    sent: dict[str, object] = field(default_factory=dict)
    seen: int = -1
    painted: int = 0
    epoch: str = field(default_factory=fresh_id)
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    @property
    def turns(self) -> list[Turn]:
        """The turns of the conversation on show, oldest first."""
        return self.dialogue.turns

    @property
    def kept(self) -> list[Kept]:
        """The kept quotes, in the person's order."""
        return self.workspace.kept

    def turn(self, number: int) -> Turn | None:
        """The turn of that number, or None when there is none."""
        return self.dialogue.turn(number)

    def is_kept(self, library: str, quote: Quote) -> bool:
        """Whether the quote lies in the tray."""
        return key_of(library, quote) in self.workspace.kept_keys

    def chosen(self) -> frozenset[str] | None:
        """Ids of the ticked sources of the current library; None is all of them."""
        return self.within.get(self.library) or None
