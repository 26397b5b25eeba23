"""The equations that a command line states: its words, a file of equations, or those of a spec."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from nncalc.problems import Problem, Where, safe

if TYPE_CHECKING:
    from nncalc.spec.model import Model

SOURCE = "EXPR"
_NAMED = re.compile(r"[^=;\n]+\.[A-Za-z]\w*")
_TEXTS = (".toml", ".json", ".txt")


class Stated(NamedTuple):
    """Equations as one text, what that is called in messages, and the shapes that are said of their names.

    `names` are all that there are, where nobody may think of another.
    """

    equations: str
    source: str
    shapes: tuple[str, ...]
    names: frozenset[str] = frozenset()


def asked_of(words: Sequence[str], declared: Sequence[str]) -> Stated:
    """Return the equations of a command line; raise Problem where a file cannot be read."""
    files = [word for word in words if word == "-" or is_file(word)]
    if not files:
        return Stated(words[0] if len(words) == 1 else ";\n".join(words), SOURCE, tuple(declared))
    if len(words) > 1:
        raise Problem(
            f"`{safe(files[0], 100)}` is a file, which stands alone", None, "put all equations in it", "usage"
        )
    return _of_file(files[0], declared)


def is_file(word: str) -> bool:
    """Return whether a word names a file: by an ending that no formula has, or by another where there is a file."""
    named = _NAMED.fullmatch(word) is not None
    return named and (word.lower().endswith(_TEXTS) or (not word.endswith(".T") and os.path.isfile(word)))


def _of_file(path: str, declared: Sequence[str]) -> Stated:
    from nncalc.interface.opening import contents, is_spec, spec_of

    data, source = contents(path), "<stdin>" if path == "-" else path
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Problem(f"`{safe(source, 200)}` is not a text in UTF-8", Where(source), None, "file") from None
    if not (path.lower().endswith((".toml", ".json")) or is_spec(text)):
        return Stated(text, source, tuple(declared))
    from nncalc.spec.model import from_spec

    return _of_model(from_spec(spec_of(data, path)), source, declared)


def _of_model(model: Model, source: str, declared: Sequence[str]) -> Stated:
    """Return the equations of a spec; its numbers say the shapes that nobody declares otherwise."""
    from nncalc.graph.graph import end, only
    from nncalc.language.formula import names_in
    from nncalc.language.printer import show
    from nncalc.shaping.shape_text import declared as said_in
    from nncalc.spec.model import shape_of

    said = said_in(declared)
    equations = only(model.graph, [model.output or end(model.graph.equations)]).equations
    used = {of for each in equations for of in names_in(each.formula)}
    sizes = {of: shape_of(rows) for of, rows in model.given.items() if of in used and of not in said}
    shapes = [f"{of}: {rows} x {columns}" for of, (rows, columns) in sizes.items()]
    names = frozenset(of.base for each in equations for of in (each.name, *names_in(each.formula)))
    return Stated(
        "\n".join(f"{each.name} = {show(each.formula)}" for each in equations), source, (*shapes, *declared), names
    )


def check_name(stated: Stated, text: str | None) -> None:
    """Raise Problem (`name`) where nothing is called so among equations that say all their names."""
    from nncalc.language.alphabet import canonical_name
    from nncalc.spec.model import unknown

    if text is not None and stated.names and canonical_name(text.strip()) not in stated.names:
        raise unknown(text.strip(), sorted(stated.names), None)
