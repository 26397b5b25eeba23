"""The page of judged answers: a line for each, its verdict, and the lines that a mistake stands in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from nncalc.graph.shapes import with_entries
from nncalc.judging.answers import Answer
from nncalc.judging.judge import RIGHT, Found, Judge, Judged
from nncalc.judging.slips import Mistake, Slip
from nncalc.judging.table import Array
from nncalc.language.figures import Figure, Rows
from nncalc.language.formula import Formula, Name
from nncalc.language.hats import trimmed_in
from nncalc.language.printer import show
from nncalc.numbers.rounding import Numbers, literals
from nncalc.page import Note, Page, Row, Section, Side
from nncalc.sheet.worksheet import READ

COLUMNS = ("file", "name", "verdict", "given", "expected", "mistakes", "says", "points")
#: To how many digits what is right is shown, and up to how many entries of it: beside an answer that is right from
#: there, and beside one that is not.
DIGITS, FEW, SOME = 6, 3, 9


class Wish(NamedTuple):
    """What is told: where the first wrong line is (1), what kind of mistake it is (2), the line as well (3).

    Without a `solution` nothing that is right is shown. `weights` are the points of an answer, by its name, else 1, of
    what is `given` 0. With `lines` the lines that a mistake stands in are rows of their own.
    """

    hints: int = 3
    solution: bool = True
    weights: Mapping[Name, float] = MappingProxyType({})
    given: frozenset[Name] = frozenset()
    digits: int = DIGITS
    lines: bool = True


class Sheet(NamedTuple):
    """The answers of one person: a name, and what was judged."""

    name: str
    judged: Sequence[Judged]


def page(judge: Judge, sheets: Sequence[Sheet], wish: Wish) -> Page:
    """Return the page of the answers that were judged, those of each sheet under its name."""
    model = judge.model
    several = len(sheets) > 1
    sections = [
        Section(
            sheet.name if several else "Answers",
            (*_answered(judge, sheet, wish), *_unanswered(sheet, wish)),
            notes=_summary(sheet.judged, wish) if several else (),
        )
        for sheet in sheets
    ]
    return Page(
        tuple(sections), model.title, after=() if several else _summary(sheets[0].judged, wish),
        **_spelling(judge), columns=COLUMNS, data=_data(judge, sheets, wish),
    )  # fmt: skip


def score(judged: Sequence[Judged], wish: Wish) -> float:
    """Return the share of the points that are earned, from 0 to 1."""
    points = [_points(each, wish) for each in judged]
    earned = sum(point for each, point in zip(judged, points, strict=True) if each.verdict in RIGHT)
    whole = sum(points) + sum(wish.weights[of] for of in _missing(judged, wish))
    return earned / whole if whole else 0.0


def _missing(judged: Sequence[Judged], wish: Wish) -> list[Name]:
    """Return what has a weight, and no answer."""
    answered = {of for each in judged for of in (each.answer.of, each.answer.entry)}
    return [of for of in wish.weights if of not in answered]


def _points(judged: Judged, wish: Wish) -> float:
    """Return what an answer is worth; what was given anyway is worth nothing."""
    answer = judged.answer
    if answer.of in wish.given and answer.of not in wish.weights:
        return 0.0
    return float(wish.weights.get(answer.entry or answer.of, wish.weights.get(answer.of, 1.0)))


def _unanswered(sheet: Sheet, wish: Wish) -> tuple[Row, ...]:
    """Return a row for what has a weight, and no answer."""
    return tuple(
        Row(
            of,
            why=("no answer",),
            holds=False,
            facts={"file": sheet.name, "name": of.id, "verdict": "missing", "points": "0"},
        )
        for of in _missing(sheet.judged, wish)
    )


def _answered(judge: Judge, sheet: Sheet, wish: Wish) -> Iterator[Row]:
    """Yield the rows of what was answered; lines that several answers come of stand below the first of those."""
    first: dict[tuple[tuple[str, Name, Formula | None], ...], Name] = {}
    for judged in sheet.judged:
        made = tuple((found.mistake.code, found.at, found.line) for found in judged.mistakes)
        yield from _rows(judge, judged, wish, sheet.name, first.get(made))
        if made:
            first.setdefault(made, judged.answer.entry or judged.answer.of)


def _rows(judge: Judge, judged: Judged, wish: Wish, file: str, above: Name | None) -> list[Row]:
    """Return the rows of an answer, which comes of the same mistakes as the one `above`, if there is one."""
    answer = judged.answer
    if judged.verdict == "missing":
        facts = {"file": file, **_facts(judge, judged, wish)}
        return [Row(answer.entry or answer.of, why=("no answer",), holds=False, facts=facts)]
    given = answer.formula if answer.formula is not None else _typed(judge.kept(answer.of, answer), wish.digits)
    of = answer.entry or answer.of
    right = judged.verdict in RIGHT
    facts = {"file": file, **_facts(judge, judged, wish)}
    row = Row(of, (Side(given),), why=_verdict(judged, wish), holds=right, facts=facts)
    if right or wish.hints < 2 or not wish.lines:
        return [row]
    if above is not None:
        first, *others = row.why
        return [row._replace(why=(f"{first}, the same as in ", above, *others))]
    rows = [row, *_lines(judge, judged, wish)]
    if not judged.mistakes and wish.solution and wish.hints > 2 and answer.of in judge.table.lines:
        rows.append(Row(answer.of, (Side(judge.table.lines[answer.of]),), remarks=(("ours",),)))
    return rows


def _lines(judge: Judge, judged: Judged, wish: Wish) -> Iterator[Row]:
    """Yield each mistake that an answer comes of with its line as it stands then, ours below the last of that line."""
    for place, found in enumerate(judged.mistakes):
        sides = (Side(found.line),) if found.line is not None and wish.hints > 2 else ()
        yield Row(found.at, sides, remarks=(_named(found),))
        again = any(each.at is found.at and each.line is not None for each in judged.mistakes[place + 1 :])
        if sides and wish.solution and not again:
            yield Row(found.at, (Side(judge.table.lines[found.at]),), remarks=(("ours",),))


def _verdict(judged: Judged, wish: Wish) -> Note:
    """Return what is said of an answer."""
    its = _value(judged, wish) if wish.solution else ()
    match judged.verdict:
        case "right":
            return (judged.says or "right",)
        case "rounded":
            return (judged.says, *(("; it is ", *its) if its else ()))
        case "right_from_there":
            blamed = _listed(judged.carried)
            return ("right from there, as it goes on from ", *blamed, *(("; ours is ", *its) if its else ()))
        case "mistake":
            return ("a mistake", *(("; it is ", *its) if its else ()))
        case "wrong" | "missing":
            pass
    better: Note = ()
    if judged.better is not None and wish.solution and wish.hints > 2:
        better = ("; ", judged.better, " would be right")
    why: Note = (f"wrong: {judged.says}", *better) if judged.says else ("wrong, and no mistake that is known gives it",)
    return (*why, *(("; it is ", *its) if its else ()))


def _listed(names: Sequence[Name]) -> Note:
    found: list[str | Formula] = []
    for place, of in enumerate(names):
        found += [" and " if place == len(names) - 1 else ", "] * bool(place)
        found.append(of)
    return tuple(found)


def _named(found: Found) -> Note:
    """Return the sentence of a mistake."""
    return (f"{found.mistake.code}: {found.mistake.says}{f' ({found.detail})' if found.detail else ''}",)


def _value(judged: Judged, wish: Wish) -> Note:
    """Return what is right, unless it has too many entries for a remark."""
    most = FEW if judged.verdict == "right_from_there" else SOME
    if judged.expected is None or judged.expected.size > most:
        return ()
    return (_shown(judged.expected, wish.digits),)


def _shown(value: Array, digits: int) -> Formula:
    rows = value.tolist()
    return literals(Numbers(rows, None).cut(READ, digits))


def _typed(rows: Rows, digits: int) -> Formula:
    """Return numbers as they were typed, those of a program to some digits."""
    if any(isinstance(each, Figure) for row in rows for each in row):
        return literals(Numbers(rows, None, typed=True).cut(READ, digits))
    return _shown(np.array(rows, dtype=np.float64), digits)


def _spelling(judge: Judge) -> dict[str, Any]:
    """Return how the formulas of a page are spelled."""
    model = judge.model
    return {
        "whole": frozenset(of.base for of in model.graph.names), "sized": False, "dot": True,
        "arrays": with_entries(model.graph.names, judge.table.shapes),
        "trimmed": trimmed_in([equation.formula for equation in model.graph.equations]),
    }  # fmt: skip


def _summary(judged: Sequence[Judged], wish: Wish) -> tuple[Note, ...]:
    count = len(judged)
    right = sum(each.verdict in RIGHT for each in judged)
    said: list[Note] = [(f"{right} of {count} answers {'is' if right == 1 else 'are'} right",)]
    if count == 1:
        said = [("the answer is right" if right else "the answer is wrong",)]
    first = next((each for each in judged if each.verdict not in RIGHT), None)
    if first is not None and wish.hints == 1:
        said.append(("the first that is wrong: ", first.answer.entry or first.answer.of))
    return tuple(said)


# -- the catalogue --------------------------------------------------------------------------------------------


def catalogue_page(judge: Judge) -> Page:
    """Return the page of the mistakes that can be made in a network, each with a line as it stands then."""
    model, rows, data = judge.model, list[Row](), list[dict[str, Any]]()
    first: dict[str, tuple[Mistake, Slip]] = {}
    for mistake, slip in judge.slips:
        first.setdefault(mistake.code, (mistake, slip))
    for mistake, slip in first.values():
        line = slip.lines.get(slip.at)
        detail = f" ({slip.detail})" if slip.detail else ""
        facts = {"name": mistake.code, "says": mistake.says}
        sides = (Side(line),) if line is not None else ()
        rows.append(Row(slip.at, sides, remarks=((f"{mistake.code}: {mistake.says}{detail}",),), facts=facts))
        stands = show(line) if line is not None else None
        data.append({"code": mistake.code, "says": mistake.says, "line": slip.at.id, "stands": stands})
    return Page(
        (Section("Mistakes that are looked for", tuple(rows)),), model.title,
        after=((f"{len(first)} kinds of mistakes, {len(judge.slips)} ways of making them",),),
        **_spelling(judge), columns=("name", "says"), data={"command": "check", "name": model.title, "mistakes": data},
    )  # fmt: skip


# -- for programs ---------------------------------------------------------------------------------------------


def _facts(judge: Judge, judged: Judged, wish: Wish) -> dict[str, Any]:
    answer = judged.answer
    data = _answer(judge, judged, wish)
    return {
        "name": (answer.entry or answer.of).id, "verdict": judged.verdict, "given": _text(data["given"]),
        "expected": _text(data["expected"]), "mistakes": " ".join(each["code"] for each in data["mistakes"]),
        "says": judged.says, "points": f"{_points(judged, wish) if judged.verdict in RIGHT else 0:g}",
    }  # fmt: skip


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _answer(judge: Judge, judged: Judged, wish: Wish) -> dict[str, Any]:
    answer = judged.answer
    told = wish.hints >= 2
    return {
        "name": answer.of.id,
        "entry": answer.entry.id if answer.entry is not None else None,
        "given": _given(judge, answer),
        "expected": _plain(judged.expected.tolist()) if wish.solution and judged.expected is not None else None,
        "verdict": judged.verdict,
        "from": [of.id for of in judged.carried],
        "says": judged.says,
        **({"better": show(judged.better)} if judged.better is not None and wish.solution and wish.hints > 2 else {}),
        "mistakes": [
            {
                "code": found.mistake.code,
                "says": found.mistake.says + (f" ({found.detail})" if found.detail else ""),
                "line": found.at.id,
                **({"stands": show(found.line)} if found.line is not None and wish.hints > 2 else {}),
                **_ours(judge, found, wish),
            }
            for found in judged.mistakes
            if told
        ],
        "points": _points(judged, wish) if judged.verdict in RIGHT else 0,
    }


def _given(judge: Judge, answer: Answer) -> Any:
    """Return a formula as it is typed, or numbers; None where there is no answer."""
    if answer.formula is not None:
        return show(answer.formula)
    return _plain(judge.kept(answer.of, answer)) if answer.rows else None


def _ours(judge: Judge, found: Found, wish: Wish) -> dict[str, str]:
    own = judge.table.lines.get(found.at)
    return {"ours": show(own)} if own is not None and wish.solution and wish.hints > 2 else {}


def _plain(rows: Any) -> Any:
    """Return numbers as a number, a list or a list of lists."""
    rows = [[float(each) for each in row] for row in rows]
    if len(rows) == len(rows[0]) == 1:
        return rows[0][0]
    return [row[0] for row in rows] if len(rows[0]) == 1 else rows


def _data(judge: Judge, sheets: Sequence[Sheet], wish: Wish) -> dict[str, Any]:
    found = [
        {
            "score": score(sheet.judged, wish),
            "right": all(each.verdict in RIGHT for each in sheet.judged),
            "answers": [_answer(judge, each, wish) for each in sheet.judged],
        }
        for sheet in sheets
    ]
    head = {"command": "check", "name": judge.model.title}
    if len(sheets) == 1:
        return head | found[0]
    return head | {
        "right": all(each["right"] for each in found),
        "sheets": [{"file": sheet.name, **each} for sheet, each in zip(sheets, found, strict=True)],
    }
