"""Marking: the answers of each person judged, what is told of them, and where they differ from ours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from nncalc.judging.answers import answers_of
from nncalc.judging.judge import RIGHT, Judge, Judged
from nncalc.judging.page import Sheet, Wish
from nncalc.judging.page import page as page_of
from nncalc.page import Page
from nncalc.spec.model import Model

#: Names and what was said of them, in a file of that path, if they are in one.
Paper: TypeAlias = "tuple[str, Sequence[tuple[str, object]]]"


class Marked(NamedTuple):
    """What was judged, by whom, and the page that tells it."""

    judge: Judge
    sheets: list[Sheet]
    page: Page

    @property
    def right(self) -> bool:
        """Whether all answers are right."""
        return not self.wrong()

    def wrong(self) -> list[Judged]:
        """Return the answers that are not right."""
        return [each for sheet in self.sheets for each in sheet.judged if each.verdict not in RIGHT]


def told_of(model: Model) -> Wish:
    """Return that everything is told, and that what was given anyway is worth nothing."""
    return Wish(given=frozenset(model.given))


def marked(judge: Judge, papers: Sequence[Paper], wish: Wish) -> Marked:
    """Return the answers of each paper judged; raise Problem for what is none."""
    sheets = [Sheet(path, judge.judged(answers_of(judge.model, pairs, path))) for path, pairs in papers]
    return Marked(judge, sheets, page_of(judge, sheets, wish))
