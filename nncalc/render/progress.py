"""How far long work is, on standard error where that is a terminal, from one second on. Uses Rich."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

#: After how many seconds work is long, and how often at most it says how far it is.
LONG, OFTEN = 1.0, 0.1


class Progress:
    """Says how far work of so many parts is; a class because it begins to only when the work turns out to be long."""

    def __init__(self, what: str, total: int) -> None:
        self.what = what
        self.total = total
        self.next = time.monotonic() + LONG if sys.stderr is not None and sys.stderr.isatty() else float("inf")
        self.bar: Bar | None = None

    def at(self, done: int, said: str = "") -> None:
        """Say that so many parts are done."""
        now = time.monotonic()
        if now < self.next:
            return
        self.next = now + OFTEN
        if self.bar is None:
            from rich.console import Console
            from rich.progress import Progress as Bar

            self.bar = Bar(console=Console(stderr=True), transient=True)
            self.bar.add_task(self.what, total=self.total)
            self.bar.start()
        self.bar.update(self.bar.task_ids[0], completed=done, description=f"{self.what} {said}")

    def end(self) -> None:
        """Take away what was said."""
        if self.bar is not None:
            self.bar.stop()
