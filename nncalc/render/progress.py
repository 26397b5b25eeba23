"""How far long work is, on standard error, from one second on. Uses Rich, once there is something to say."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

#: After how many seconds work is long, and how often at most it says how far it is.
LONG, OFTEN = 1.0, 0.1


class Progress:
    """Says how far work is; a class because it begins to only when the work turns out to be long."""

    def __init__(self) -> None:
        self.next = time.monotonic() + LONG
        self.bar: Bar | None = None
        self.what, self.done = "", 0.0

    def at(self, what: str, done: float, said: Callable[[], str] | None = None) -> None:
        """Say that so much is done, of 1: never less than was said before."""
        now = time.monotonic()
        if now < self.next:
            return
        self.next = now + OFTEN
        try:
            if _in_front():
                self._say(what, done, f"{what} {said()}" if said else what)
        except OSError:  # the terminal is gone; the work goes on, and what was to be said is forgotten
            self.next, self.bar = float("inf"), None
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())

    def _say(self, what: str, done: float, text: str) -> None:
        if self.bar is None:
            from rich.console import Console
            from rich.progress import Progress as Bar

            console = Console(stderr=True)
            self.bar = Bar(
                console=console, transient=True, auto_refresh=False, redirect_stdout=False, redirect_stderr=False
            )
            self.bar.start()
        if not self.bar.task_ids or what != self.what:
            for task in self.bar.task_ids:
                self.bar.remove_task(task)
            self.bar.add_task(text, total=1.0)
            self.what, self.done = what, 0.0
        self.done = max(done, self.done)
        self.bar.update(self.bar.task_ids[0], completed=self.done, description=text, refresh=True)

    def end(self) -> None:
        """Take away what was said."""
        bar, self.bar = self.bar, None
        if bar is not None:
            with suppress(OSError):
                bar.stop()


def _in_front() -> bool:
    """Return whether the terminal is this program's, and not that of a shell that it works behind."""
    try:
        return os.tcgetpgrp(sys.stderr.fileno()) == os.getpgrp()
    except (AttributeError, OSError, ValueError):  # no such thing here, or not this program's own terminal
        return True
