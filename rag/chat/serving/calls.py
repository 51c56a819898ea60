"""What the page calls: one function for every click, one that waits for news.

Each tab has a session here, found by a number the tab made up and bound to its visitor. A tab that
is not known, because the server began anew, gets a session on the conversation it shows.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.chat.actions import act
from rag.chat.actions.effects import Effect
from rag.chat.serving.paint import Painter
from rag.chat.state.desk import Desk
from rag.chat.state.problems import problem_of
from rag.chat.state.session import Session
from rag.chat.views.thread import status
from rag.errors import UsageError

if TYPE_CHECKING:
    from starlette.requests import Request

MAX_TABS = 5_000
PATIENCE = 20.0  # seconds that a tab waits for news before it asks again
GLANCE = 0.08  # seconds between two looks for news
Reply = dict[str, Any]


class Calls:
    """The functions behind the page, over one desk."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.painter = Painter(desk)
        self._tabs: OrderedDict[tuple[str, str], Session] = OrderedDict()

    def session(self, data: Mapping[str, Any], visitor: str, user: str | None) -> Session:
        """The session of a tab, begun where there is none."""
        tab = str(data.get("tab", ""))
        if not 8 <= len(tab) <= 64:
            raise UsageError("reload the page")
        key = (f"{visitor} {user}", tab)
        if key not in self._tabs or data.get("act") == "hello":
            self._tabs[key] = self.desk.begin(user, data.get("token"), data.get("showing"))
            if len(self._tabs) > MAX_TABS:
                self._tabs.popitem(last=False)
        self._tabs.move_to_end(key)
        session = self._tabs[key]
        session.workspace.used = time.monotonic()
        return session

    def act(self, data: Mapping[str, Any], visitor: str, user: str | None) -> Reply:
        """Do what a click asked for; what to change on the page. Failures are sentences."""
        try:
            session = self.session(data, visitor, user)
        except Exception as error:  # noqa: BLE001 - a visitor must see every failure as one
            return {"patches": [_status(problem_of(error), bad=True)], "failed": True}
        effect, failed = Effect(), False
        try:
            if data.get("act") not in ("hello", "refresh"):
                effect = act(self.desk, session, data)
            line = _status(effect.say, undo=effect.undo is not None)
            if effect.undo is not None:
                session.undo = effect.undo
        except Exception as error:  # noqa: BLE001 - as above
            line, failed = _status(problem_of(error), bad=True), True
        reply = self._news(session)
        if data.get("act") != "refresh":
            reply["patches"].append(line)
        more: Reply = {"show": effect.show} if effect.show else {}
        if effect.download is not None:
            more["download"] = effect.download.payload()
        return reply | more | dict(effect.reply) | {"failed": failed}

    def asked(
        self,
        data: Mapping[str, Any],
        visitor: str,
        user: str | None,
        tickets: Callable[[Session], list[str]],
    ) -> Reply:
        """Tickets for files that are to be sent."""
        try:
            return {"patches": [], "tickets": tickets(self.session(data, visitor, user))}
        except Exception as error:  # noqa: BLE001 - as above
            return {"patches": [_status(problem_of(error), bad=True)], "failed": True}

    def given(
        self,
        data: Mapping[str, Any],
        visitor: str,
        user: str | None,
        files: Callable[[Session], list[tuple[str, Path]]],
    ) -> Reply:
        """Files that were sent: they are read from now on."""
        try:
            session = self.session(data, visitor, user)
            base = self.desk.workspaces.base
            job = self.desk.work.add(session.workspace, files(session), base)
            session.awaiting.add(job.id)
        except Exception as error:  # noqa: BLE001 - as above
            return {"patches": [_status(problem_of(error), bad=True)], "failed": True}
        return self._news(session)

    async def news(self, data: Mapping[str, Any], visitor: str, user: str | None) -> Reply:
        """Wait until something changed that the tab has not seen, and say what."""
        try:
            session = self.session(data, visitor, user)
        except Exception as error:  # noqa: BLE001 - as above
            return {"patches": [_status(problem_of(error), bad=True)], "failed": True}
        until = time.monotonic() + PATIENCE
        while session.workspace.version == session.seen and time.monotonic() < until:
            await asyncio.sleep(GLANCE)
        return await asyncio.to_thread(self._news, session)

    def _news(self, session: Session) -> Reply:
        with session.lock:
            session.painted += 1
            number = session.painted
            # Before painting: what ends in between is news for the next call.
            busy = self._busy(session)
            try:
                patches = self.painter.paint(session)
            except Exception as error:  # noqa: BLE001 - as above
                patches = [_status(problem_of(error), bad=True)]
        workspace = session.workspace
        return {
            "patches": patches,
            "number": number,
            "epoch": session.epoch,
            "turns": [[turn.number, turn.id] for turn in session.turns],
            "conversation": session.dialogue.id,
            "busy": busy,
            "token": None if self.desk.workspaces.stays else workspace.token,
        }

    def _busy(self, session: Session) -> bool:
        """Whether more is to come without a click."""
        return any(turn.pending for turn in session.turns) or any(
            not job.done for job in session.workspace.jobs
        )


def _status(line: str, *, bad: bool = False, undo: bool = False) -> dict[str, str]:
    return {"id": "cv-status", "html": status(line, bad=bad, undo=undo)}


def user_of(request: Request) -> str | None:
    """The account a request is signed in with, None for none."""
    app = request.app
    cookies = request.cookies
    token = cookies.get(f"access-token-{app.cookie_id}") or cookies.get(
        f"access-token-unsecure-{app.cookie_id}"
    )
    user = app.tokens.get(token) if token else None
    return str(user) if user is not None else None
