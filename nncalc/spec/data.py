"""Data files: numbers from a CSV, JSON, NPY, NPZ or safetensors file below the spec's folder.

Knows how to reach a file without leaving that folder, and how JSON says numbers. What is wrong is reported at the key
`file` of the spec, with the data file's name and line.
"""

from __future__ import annotations

import os
import stat
from typing import Final

from nncalc.problems import Problem, Where, nearest
from nncalc.spec import strict_json
from nncalc.spec.document import Document, decoded
from nncalc.spec.node import Node
from nncalc.spec.places import Misread, at_line, line_at
from nncalc.spec.tables import table
from nncalc.spec.typed import given
from nncalc.spec.values import MOST_VALUES, Choice, Values, numbers
from nncalc.spec.words import either, printable, shown

ENDINGS: Final = (".csv", ".json", ".npy", ".npz", ".safetensors")
_KEYED: Final = (".npz", ".json", ".safetensors")
MOST_BYTES: Final = 8 * MOST_VALUES + 2**16
_DEVICES: Final = frozenset(
    ["con", "prn", "aux", "nul", "conin$", "conout$"] + [f"{port}{i}" for port in ("com", "lpt") for i in range(10)]
)


def from_file(owner: Node, folder: str | None, levels: int = 2) -> Values:
    """Return the numbers of the file that the table `owner` names, of what it chooses there."""
    node, key = owner.at("file"), owner.get("key")
    name = node.text()
    path = _inside(node, name, folder)
    ending = os.path.splitext(name)[1].lower()
    if key and ending not in _KEYED:
        raise key.problem("only a .npz, a .json or a .safetensors file has keys", part="key")
    choice = Choice(*[owner.get(each) for each in Choice._fields])
    stranger = next((each for each in choice if each is not None), None)
    if stranger is not None and ending != ".csv":
        raise stranger.problem("only a .csv file has columns", part="key")
    try:
        data = _bytes(path)
        if ending == ".csv":
            return _table(decoded(data, name), choice, node)
        if ending == ".json":
            return _json(decoded(data, name), key, node, levels)
        if ending == ".safetensors":
            from nncalc.spec.safetensors import array

            return array(data, key, node, levels)
        from nncalc.spec.arrays import npy, npz

        return npz(data, key, node, levels) if ending == ".npz" else npy(data, node, levels)
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


def _table(text: str, choice: Choice, node: Node) -> Values:
    """Return the numbers of a table, or of an array as a program prints it."""
    if text.lstrip().startswith(("[[", "array(", "tensor(")):
        found = given(text, node.text())
        return Values(found.rows if found.dims == 2 else [[entry for (entry,) in found.rows]], 2, node, table=True)
    if text.lstrip().startswith("["):
        text = text.replace("[", " ").replace("]", " ")
    rows, notes = table(text, choice, printable(node.text()))
    return Values(rows, 2, node, table=True, notes=notes)


def _json(text: str, key: Node | None, node: Node, levels: int) -> Values:
    """Return the numbers of a JSON file: all of it, or of the array that `key` names in an object of several."""
    try:
        tree = strict_json.parse(text)
    except Misread as wrong:
        raise at_line(wrong.message, line_at(text, wrong.start), wrong.hint) from None
    if isinstance(tree, dict) and tree:
        if key is None:
            raise Problem("the file holds an object", code="file", hint=f'choose from it: `key = "{_keys(tree)[0]}"`')
        if key.text() not in tree:
            near = nearest(key.text(), _keys(tree))
            hint = f"did you mean `{near}`?" if near else f"its keys are {either(_keys(tree))}"
            raise key.problem(f"{shown(node.text())} has no array {shown(key.text())}", hint, "file")
        tree = tree[key.text()]
    elif key is not None:
        raise key.problem(f"{shown(node.text())} holds no object, and has no keys", part="key")
    document = Document("", text, "json", {})
    return numbers(Node(document, (), tree), levels)._replace(node=node)


def _keys(tree: dict[str, object]) -> list[str]:
    return [printable(key) for key in list(tree)[:8]]
