"""The paper that a document is set on: whether it stands alone, and how wide its lines are."""

from __future__ import annotations

from typing import NamedTuple

#: How wide a line is, in points, where nothing else is said: in LaTeX's article, as a page of its own, on a wide slide.
INSIDE = 345.0
WIDTHS = {"article": 455.0, "beamer": 398.0}

#: How many points there are in each unit, and the shortest and longest line in points.
UNITS = {"pt": 1.0, "cm": 72.27 / 2.54, "mm": 7.227 / 2.54, "in": 72.27}
LEAST, MOST = 113.0, 5_691.0


class Paper(NamedTuple):
    """What a LaTeX document is set on: the class it begins with, if it is a whole one, the width of a line.

    A `picture` is a file that stands under the title.
    """

    standalone: str = ""
    width: float | None = None
    picture: str | None = None

    @property
    def points(self) -> float:
        """The width of a line in points."""
        return self.width if self.width is not None else WIDTHS.get(self.standalone, INSIDE)
