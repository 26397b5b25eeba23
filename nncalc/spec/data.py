"""Data files: numbers from a CSV, JSON, NPY or NPZ file below the spec's folder.

Knows how to reach a file without leaving that folder, and how CSV and JSON say numbers. What is
wrong is reported at the key `file` of the spec, with the data file's name and line.
"""

from __future__ import annotations

import os
import stat
from typing import Final

from nncalc.problems import Problem, Where
from nncalc.spec import strict_json
from nncalc.spec.document import Document, decoded
from nncalc.spec.node import Node
from nncalc.spec.numbers import number, number_list
from nncalc.spec.places import Misread, line_at
from nncalc.spec.values import MOST_VALUES, Values, numbers
from nncalc.spec.words import Odd, counted, either, shown

ENDINGS: Final = (".csv", ".json", ".npy", ".npz")
MOST_BYTES: Final = 8 * MOST_VALUES + 2**16
_DEVICES: Final = frozenset(
    ["con", "prn", "aux", "nul", "conin$", "conout$"] + [f"{port}{i}" for port in ("com", "lpt") for i in range(10)]
)


def from_file(node: Node, key: Node | None, folder: str | None) -> Values:
    """Return the numbers of the file that `node` names; `key` is the array's name in an NPZ file."""
    name = node.text()
    path = _inside(node, name, folder)
    ending = os.path.splitext(name)[1].lower()
    if key and ending != ".npz":
        raise key.problem("only a .npz file has keys", part="key")
    try:
        data = _bytes(path)
        if ending == ".csv":
            return _csv(decoded(data, name), node)
        if ending == ".json":
            return _json(decoded(data, name), node)
        from nncalc.spec.arrays import npy, npz

        return npz(data, key, node) if ending == ".npz" else npy(data, node)
    except Problem as problem:
        place = problem.where if isinstance(problem.where, Where) else Where("")
        if place.path and place.source == node.document.source:
            raise
        line = f", line {place.line}" if place.line else ""
        raise node.problem(f"{shown(name)}{line}: {problem.message}", problem.hint, problem.code) from None


def _inside(node: Node, name: str, folder: str | None) -> str:
    """Return the path of the file `name`, which lies below `folder`."""
    if folder is None:
        raise node.problem("a spec without a folder cannot name files", "save the spec to a file of its own", "file")
    parts = name.split("/")
    stem = parts[-1].split(".")[0].strip().casefold()
    plain = name.isprintable() and not any(c in name for c in "\\:")
    if not plain or "" in parts or ".." in parts or parts[0].startswith("~"):
        hint = "write its path from there, with `/` between folders"
        raise node.problem(f"{shown(name)} is not a file below the spec's folder", hint, "file")
    if stem in _DEVICES or not name.lower().endswith(ENDINGS):
        raise node.problem(f"{shown(name)} is not a data file", f"its name must end in {either(ENDINGS)}", "file")
    root = os.path.realpath(folder)
    path = os.path.realpath(os.path.join(root, *parts))
    if os.path.commonpath([root, path]) != root:
        raise node.problem(f"{shown(name)} leads out of the spec's folder", None, "file")
    return path


def _bytes(path: str) -> bytes:
    """Return the content of an ordinary file of bounded size."""
    try:
        found = os.stat(path)
        if not stat.S_ISREG(found.st_mode):
            raise Problem("this is not an ordinary file", code="file")
        if found.st_size > MOST_BYTES:
            raise Problem(f"the file has {found.st_size} bytes; at most {MOST_BYTES} are read", code="file")
        with open(path, "rb") as file:
            return file.read(MOST_BYTES)
    except FileNotFoundError:
        raise Problem("there is no such file", code="file") from None
    except OSError as error:
        raise Problem(f"cannot be read: {error.strerror}", code="file") from None


def _json(text: str, node: Node) -> Values:
    try:
        tree = strict_json.parse(text)
    except Misread as wrong:
        raise _at_line(wrong.message, line_at(text, wrong.start), wrong.hint) from None
    document = Document("", text, "json", {})
    found = numbers(Node(document, (), tree))
    return Values(found.rows, found.dims, node)


def _csv(text: str, node: Node) -> Values:
    if not text.strip():
        raise Problem("the file is empty", code="file")
    if text.count(",") + text.count("\n") > MOST_VALUES:
        raise Problem(f"more than {MOST_VALUES} values", code="file")
    rows: list[list[float]] = []
    for index, line in enumerate(text.rstrip("\n").split("\n"), 1):
        row = _cells(line, index)
        if rows and len(row) != len(rows[0]):
            said = f"row 1 has {counted(len(rows[0]), 'value')}, row {index} has {len(row)}"
            raise _at_line(f"rows of different lengths: {said}", index, None, "shape")
        rows.append(row)
    return Values(rows, 2, node, table=True)


def _cells(line: str, index: int) -> list[float]:
    """Return the numbers of one line of a CSV file."""
    row: list[float] = []
    for position, cell in enumerate(number_list(line) or line.split(","), 1):
        found = number(cell.strip(" \t")) if isinstance(cell, str) else cell
        if isinstance(found, Odd):
            said = f"{shown(found.text)} {found.reason}" if found.text else "a number is missing"
            hint = "a CSV file holds numbers only, without a header, separated by commas, with a decimal point"
            raise _at_line(f"value {position}: {said}", index, hint)
        row.append(found)
    return row


def _at_line(message: str, line: int, hint: str | None, code: str = "file") -> Problem:
    return Problem(message, Where("", line), hint, code)
