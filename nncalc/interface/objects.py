"""Python's own values as what a document holds: lists and tables, numbers as they are typed, arrays as they are."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from nncalc.language.alphabet import canonical_name
from nncalc.language.figures import text_of
from nncalc.problems import Problem, safe
from nncalc.spec import Given, value
from nncalc.spec.document import Document
from nncalc.spec.node import Node
from nncalc.spec.numbers import number
from nncalc.spec.values import numbers
from nncalc.spec.words import Path, path_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: How many axes an array has at most.
_AXES = 4


def document_of(tree: Mapping[str, object]) -> Document:
    """Return the document that a table of Python is; raise Problem for what no document holds."""
    return Document("dict", "", "python", _table(tree, ()))


def given_in(pairs: Iterable[tuple[str, object]], source: str) -> dict[str, Given]:
    """Return the numbers that are said of quantities, by name, texts as on the command line; raise Problem.

    >>> given_in([("x", [1, 2]), ("y", "1,2")], "argument")["x"].rows
    [[1], [2]]
    """
    found: dict[str, Given] = {}
    keys: set[str] = set()
    for called, said in pairs:
        key = canonical_name(called) or called
        if key in keys:
            raise Problem(f"`{called}` is given twice", None, None, "usage")
        keys.add(key)
        found[called] = _given(called, said, source)
    return found


def _given(called: str, said: object, source: str) -> Given:
    if isinstance(said, str):
        return value(said, f"{source} {called}")
    found = numbers(_node((called,), _member(said, (called,)), source))
    return Given(found.column(), found.dims, batch=False, path=())


def answer_of(called: str, said: object) -> object:
    """Return an answer as a file has it: a text, a number, a list or a list of lists; raise Problem.

    Numbers of Python are as they are typed, those of an array come from a program.
    """
    return array_of(called, said).tolist() if hasattr(said, "__array__") else said


def array_of(called: str, said: object) -> NDArray[np.float64]:
    """Return an array of doubles; raise Problem (`shape`, `usage`) for what is none."""
    import numpy as np

    try:
        array = np.asarray(said)
        if array.dtype.kind in "fiubO":
            return array.astype(np.float64)
    except (TypeError, ValueError, RuntimeError, OverflowError) as error:
        raise Problem(f"`{safe(called, 80)}` is no array of numbers: {safe(str(error), 200)}") from None
    raise Problem(f"`{safe(called, 80)}` is an array of {array.dtype}, not of real numbers")


def text_of_numbers(called: str, said: object) -> str:
    """Return numbers as they are typed on the command line.

    >>> text_of_numbers("x", [[1, 0.5], [2, 3]])
    '[[1, 0.5], [2, 3]]'
    """
    if isinstance(said, str):
        return said
    found = _given(called, said, "at")
    rows = [", ".join(map(text_of, row)) for row in found.rows]
    if found.dims == 2:
        rows = [f"[{row}]" for row in rows]
    return f"[{', '.join(rows)}]" if found.dims else rows[0]


def _node(path: Path, found: object, source: str = "dict") -> Node:
    return Node(Document(source, "", "python", {}), path, found)


def _table(tree: Mapping[Any, object], path: Path) -> dict[str, object]:
    strangers = [key for key in tree if not isinstance(key, str)]
    if strangers:
        raise _node(path, None).problem(f"the key {safe(repr(strangers[0]), 80)} is not a string")
    return {key: _member(each, (*path, key)) for key, each in tree.items()}


def _member(said: object, path: Path) -> object:
    """Return a value as a document has it, where it stands at `path`."""
    if said is None or isinstance(said, str | bool):
        return said
    if isinstance(said, Mapping):
        return _table(said, path)
    if isinstance(said, list | tuple):
        return [_member(each, (*path, place)) for place, each in enumerate(said)]
    if hasattr(said, "__array__"):
        return _array(said, path)
    if isinstance(said, int | float | Fraction | Decimal):
        return int(said) if isinstance(said, int) else number(str(said))
    raise _node(path, None).problem(f"a {type(said).__name__} is no number, list, table or text")


def _array(said: object, path: Path) -> object:
    """Return the numbers of an array, copied, with what is said of a file of them where it is none that is read."""
    import numpy as np

    from nncalc.spec.arrays import npy

    array = array_of(path_text(path), said)
    if array.ndim == 0:
        return number(repr(float(array)))
    file = io.BytesIO()
    np.save(file, np.ascontiguousarray(array), allow_pickle=False)
    node = _node(path, None)
    try:
        return npy(file.getvalue(), node, _AXES)
    except Problem as problem:
        raise node.problem(problem.message, problem.hint, problem.code) from None
