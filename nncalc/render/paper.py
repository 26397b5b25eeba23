"""The paper that a document is set on: whether it stands alone, and how wide its lines are."""

from __future__ import annotations

from typing import NamedTuple

#: How wide a line is, in points, where nothing else is said: of LaTeX's article, and of a slide of beamer's.
WIDTHS = {"article": 345.0, "beamer": 307.0}


class Paper(NamedTuple):
    """What a LaTeX document is set on: the class it begins with, if it is a whole one, and the width of a line."""

    standalone: str = ""
    width: float | None = None

    @property
    def points(self) -> float:
        """The width of a line in points."""
        return self.width if self.width is not None else WIDTHS[self.standalone or "article"]
