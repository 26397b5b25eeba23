"""Tables: comma-separated values as people have them, to rows of numbers.

A header, lines after `#`, blank lines, quotes, tabs or semicolons, a comma at the end of rows and a column that only
counts them are read for what they are, and said where they decide. Knows texts; not how a file is reached.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias, cast

from nncalc.language.figures import Figure, Rows
from nncalc.problems import Problem, nearest
from nncalc.spec.node import Node
from nncalc.spec.numbers import number, number_list
from nncalc.spec.places import at_line
from nncalc.spec.values import MOST_VALUES, Choice
from nncalc.spec.words import Odd, counted, joined, printable, shown

#: Names of a first column that may count the rows: nothing, as pandas writes it, and what others call it.
_COUNTING = frozenset({"", "#", "unnamed: 0", "index", "id", "no", "no.", "nr", "row"})
#: Words for a missing number, which are no names.
_MISSING = frozenset({"", "nan", "na", "n/a", "null", "none", "?", "inf", "-inf"})
_SHOWN = 8
_QUOTED = re.compile(r'"[^"]*+"')

Cell: TypeAlias = "str | int | Figure | Odd"


class Line(NamedTuple):
    """A row of cells, texts or numbers already, and its line in the file."""

    number: int
    cells: Sequence[Cell]


class Table(NamedTuple):
    """The rows below a header, if there is one."""

    header: tuple[str, ...] | None
    lines: list[Line]

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(self.lines[0].cells)


def table(text: str, choice: Choice, name: str) -> tuple[Rows, tuple[str, ...]]:
    """Return the numbers of a table in the file `name`, and what was made of it; raise Problem (`file` or `shape`)."""
    found = _headed(_lines(text), choice)
    notes = [f"the first line of {name} is a header: {_listed(found.header)}"] if found.header is not None else []
    places = _columns(found, choice, name)
    if places is None:
        counting = _counts(found)
        places = list(range(counting, found.width))
        if counting:
            what = "counts" if _in_order(found.lines) else "names"
            notes.append(f"the first column of {name} only {what} the rows, and is left out")
    classes = _classes(choice)
    if classes and choice.columns is None:
        places = [_column_of_words(found, choice)]
    if classes:
        notes.append(f"classes of {name}: {joined([f'{each} is {place}' for each, place in classes.items()])}")
    whole = not classes and places == [*range(found.width)]
    return [_row(found, line, places, classes, whole=whole) for line in found.lines], tuple(notes)


# -- lines and cells --------------------------------------------------------------------------------------


def _lines(text: str) -> list[Line]:
    """Return the lines that hold cells, without an empty cell that ends each of them."""
    if text.count(",") + text.count("\n") + text.count(";") + text.count("\t") > MOST_VALUES:
        raise Problem(f"more than {MOST_VALUES} values", code="file")
    split = text.replace("\r", "\n").replace("\N{MINUS SIGN}", "-").split("\n")
    texts = [(place, line) for place, line in enumerate(split, 1) if line.strip()]
    remarks = [each for each in texts if each[1].lstrip()[0] == "#"]
    texts = [each for each in texts if each[1].lstrip()[0] != "#"]
    if not texts:
        raise Problem("the file is empty", code="file")
    bare = _QUOTED.sub("", texts[0][1])
    separator = next((sign for sign in "\t;," if sign in bare), None)
    lines = [Line(place, _cells(line, separator, place)) for place, line in texts]
    lines = [*_remarked(remarks, lines, separator), *lines]
    rest = lines[1:] or lines
    if all(len(line.cells) > 1 and line.cells[-1] == "" for line in rest):
        lines = [Line(place, cells[:-1] if cells[-1] == "" else cells) for place, cells in lines]
    return lines


def _remarked(remarks: list[tuple[int, str]], lines: list[Line], separator: str | None) -> list[Line]:
    """Return the last remark above the first row if it names as many columns, as NumPy writes a header."""
    above = [each for each in remarks if each[0] < lines[0].number]
    if not above or all(map(_is_word, lines[0].cells)):
        return []
    place, text = above[-1]
    cells = [cell.strip().strip('"') for cell in text.lstrip()[1:].strip(" ").split(separator)]
    named = all(_is_word(cell) or (cell == "" and not at) for at, cell in enumerate(cells))
    return [Line(place, cells)] if named and len(cells) == len(lines[0].cells) > 1 else []


def _cells(line: str, separator: str | None, place: int) -> Sequence[Cell]:
    """Return the cells of a line: numbers where all are plain ones, else texts."""
    if '"' in line:
        try:
            (cells,) = csv.reader([line], delimiter=separator or " ", skipinitialspace=True, strict=True)
        except csv.Error:
            raise at_line("a quote is not closed, or something follows it", place) from None
        return [cell.strip() for cell in cells]
    found = number_list(line) if separator == "," else None
    if separator is not None and separator in "\t;" and "," not in line:
        found = number_list(line.replace(separator, ","))
    return found or [cell.strip() for cell in line.split(separator)]


def _text(cell: Cell) -> str:
    """Return a cell as it was typed."""
    if isinstance(cell, int):
        return str(cell)
    return cell if isinstance(cell, str) else cell.text


def _is_word(cell: Cell) -> bool:
    """Return whether a cell holds a word: neither a number, nor what stands for a missing one."""
    if not isinstance(cell, str) or cell.casefold() in _MISSING or not cell[0].isalpha():
        return False
    return isinstance(number(cell), Odd)


# -- the header ---------------------------------------------------------------------------------------------


def _headed(lines: list[Line], choice: Choice) -> Table:
    """Return the table, its first line taken as a header where it is one; every row is as long as the first."""
    header: tuple[str, ...] | None = None
    if _has_header(lines, choice):
        header, lines = tuple(map(_text, lines[0].cells)), lines[1:]
        if not lines:
            raise Problem("a header, and no row of numbers below it", code="file")
        if len(header) == len(lines[0].cells) - 1 and _names_rows(lines):
            header = ("", *header)  # names of rows, which have no name themselves
    first = header if header is not None else lines[0].cells
    for place, line in enumerate(lines, 1):
        if len(line.cells) != len(first):
            one = "the header" if header is not None else "row 1"
            said = f"{one} has {counted(len(first), 'value')}, row {place} has {len(line.cells)}"
            raise at_line(f"rows of different lengths: {said}", line.number, None, "shape")
    return Table(header, lines)


def _has_header(lines: list[Line], choice: Choice) -> bool:
    """Return whether the first line is a header: the spec says so, or nothing but words stands there."""
    if choice.header is not None:
        if not isinstance(choice.header.value, bool):
            raise choice.header.expected("`true` or `false`")
        return choice.header.value
    cells = lines[0].cells
    if not all(_is_word(cell) or (cell == "" and not place) for place, cell in enumerate(cells)):
        return False
    classes = _classes(choice)
    return any(cells) and not any(cell in classes for cell in cells)


def _names_rows(lines: list[Line]) -> bool:
    """Return whether the first cells of rows are names, or count them."""
    return all(_is_word(line.cells[0]) for line in lines) or (len(lines) > 1 and _in_order(lines))


def _counts(found: Table) -> bool:
    """Return whether the first column only counts or names the rows, and has a name that says so."""
    if found.header is None or found.width < 2 or found.header[0].casefold() not in _COUNTING:
        return False
    return _in_order(found.lines) or (found.header[0] == "" and _names_rows(found.lines))


def _in_order(lines: list[Line]) -> bool:
    """Return whether the first cells of rows are whole numbers, one after the other from 0 or from 1."""
    texts = [_text(line.cells[0]) for line in lines]
    return any(texts == [str(place) for place in range(start, start + len(texts))] for start in (0, 1))


# -- columns and classes ------------------------------------------------------------------------------------


def _columns(found: Table, choice: Choice, name: str) -> list[int] | None:
    """Return the places of the columns that the spec asks for, by name or counted from 1; None where it says none."""
    node = choice.columns
    if node is None:
        return None
    if not isinstance(node.value, list) or not node.value:
        raise node.expected("a list of columns", 'like `columns = ["x1", "x2"]`, or `columns = [1, 2]`')
    return [_column(found, node.at(place), name) for place in range(len(node.value))]


def _column(found: Table, node: Node, name: str) -> int:
    if isinstance(node.value, str):
        if found.header is None:
            raise node.problem(f"{shown(name)} has no header", "columns are counted from 1: `columns = [1, 2]`", "file")
        if found.header.count(node.value) > 1:
            raise node.problem(f"{shown(name)} has several columns {shown(node.value)}", "count them from 1", "file")
        if node.value in found.header:
            return found.header.index(node.value)
        meant = nearest(node.value, found.header)
        hint = f"did you mean `{printable(meant)}`?" if meant else f"its columns are {_listed(found.header)}"
        raise node.problem(f"{shown(name)} has no column {shown(node.value)}", hint, "file")
    return node.whole(1, found.width) - 1


def _classes(choice: Choice) -> dict[str, int]:
    """Return the words that stand for classes, each with its number."""
    node = choice.classes
    if node is None:
        return {}
    if not isinstance(node.value, list) or not node.value:
        raise node.expected("a list of words", 'like `classes = ["no", "yes"]`, in the order of their numbers from 0')
    words = [node.at(place).text() for place in range(len(node.value))]
    twice = next((place for place, word in enumerate(words) if word in words[:place]), None)
    if twice is not None:
        raise node.at(twice).problem(f"{shown(words[twice])} is listed twice")
    return {word: place for place, word in enumerate(words)}


def _column_of_words(found: Table, choice: Choice) -> int:
    """Return the place of the one column that holds words."""
    assert choice.classes is not None
    classes = _classes(choice)
    places = [place for place in range(found.width) if all(_text(line.cells[place]) in classes for line in found.lines)]
    if len(places) != 1:
        places = [place for place in range(found.width) if _holds_words(found, place)]
    if len(places) == 1:
        return places[0]
    said = "no column holds words" if not places else f"{len(places)} columns hold words"
    raise choice.classes.problem(said, 'say which holds the classes: `columns = ["label"]`', "file")


def _holds_words(found: Table, place: int) -> bool:
    return all(_is_word(line.cells[place]) for line in found.lines)


def _row(found: Table, line: Line, places: list[int], classes: dict[str, int], *, whole: bool) -> list[float]:
    """Return the numbers in the columns at these places, which are all of them where `whole` is said."""
    if whole and set(map(type, line.cells)) <= {int, Figure}:
        return cast("list[float]", line.cells)
    return [_number(found, line, place, classes) for place in places]


def _number(found: Table, line: Line, place: int, classes: dict[str, int]) -> float:
    """Return the number in a cell, or that of the class it names."""
    cell = line.cells[place]
    if classes:
        text = _text(cell)
        if text in classes:
            return classes[text]
        meant = nearest(text, classes)
        hint = f"did you mean `{printable(meant)}`?" if meant else f"the classes are {_listed(list(classes))}"
        raise at_line(f"value {place + 1}: {shown(text)} is none of the classes", line.number, hint)
    value = number(cell) if isinstance(cell, str) else cell
    if not isinstance(value, Odd):
        return value
    raise at_line(f"value {place + 1}: {value.said}", line.number, _hint(found, line, place))


def _hint(found: Table, line: Line, place: int) -> str:
    """Return what to do about a cell without a number."""
    words = list(dict.fromkeys(_text(each.cells[place]) for each in found.lines))
    if _holds_words(found, place) and len(words) < max(2, len(found.lines)):
        listed = _listed(words, quoted=True)
        return f"`columns` chooses other columns; words stand for classes that are listed: `classes = [{listed}]`"
    if found.header is None and line is found.lines[0] and any(map(_is_word, line.cells)):
        return "if the first line is a header, say `header = true`"
    if "," in _text(line.cells[place]):
        return "a number has a decimal point"
    if any(map(_is_word, line.cells)):
        return "`columns` chooses columns; a line that holds no data is left out by a `#` before it"
    return "a cell holds a number with a decimal point; `columns` chooses columns"


def _listed(words: Sequence[str], *, quoted: bool = False) -> str:
    said = [f'"{printable(word)}"' if quoted else printable(word) or '""' for word in words[:_SHOWN]]
    return ", ".join([*said, *(["..."] if len(words) > _SHOWN else [])])
