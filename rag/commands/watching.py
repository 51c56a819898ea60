"""``rag index --watch``: a library that follows its folders until it is stopped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rag.commands.console import say
from rag.errors import LibraryError

if TYPE_CHECKING:
    from rag.store.sync import SyncReport

QUIET_MS = 1_000  # a change is taken up when nothing more has changed for so long


def follow(
    roots: Sequence[Path],
    library: Path,
    sync: Callable[[Path], SyncReport],
    tell: Callable[[SyncReport], None],
) -> None:
    """Bring a library up to date with each of its roots whenever something changes there.

    Returns when interrupted. What one run fails with is said, and the next change tried again.
    """
    from watchfiles import watch

    own = library.resolve()

    def is_of_interest(_: object, path: str) -> bool:
        return not Path(path).is_relative_to(own)

    say(f"watching {', '.join(map(str, roots))}; Ctrl-C ends it")
    changes = watch(
        *[root.resolve() for root in roots],
        watch_filter=is_of_interest,
        step=QUIET_MS // 4,
        debounce=4 * QUIET_MS,
        ignore_permission_denied=True,
        raise_interrupt=False,
    )
    for batch in changes:
        paths = [Path(path) for _, path in batch]
        for root in roots:
            if any(path.is_relative_to(root.resolve()) for path in paths):
                _bring_up_to_date(root, sync, tell)


def _bring_up_to_date(
    root: Path, sync: Callable[[Path], SyncReport], tell: Callable[[SyncReport], None]
) -> None:
    if not root.exists():
        say(f"{root} is gone; its sources are kept")
        return
    try:
        report = sync(root)
    except LibraryError as error:
        say(str(error))
        return
    if report.added or report.changed or report.renamed or report.removed:
        tell(report)
