"""What is made of a model's file, before it is written: a spec as a tree, whose numbers may go into a file beside it.

Knows how a tree of plain values is written in TOML; not where one came from.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from nncalc.language.figures import text_of
from nncalc.problems import Problem
from nncalc.spec.printer import quoted
from nncalc.spec.safetensors import written

#: So many numbers stand in the spec itself; of more only those of arrays that have so few.
MOST_INLINE: Final = 64
FEW: Final = 16
#: A spec that goes to no file has its numbers in itself, up to so many.
MOST_PRINTED: Final = 20_000


#: A spec, or a table in it: what TOML has, and numbers that have no place yet.
Tree: TypeAlias = dict[str, object]


class Numbers(NamedTuple):
    """Numbers of a quantity: what they are called in a file, their shape, the numbers row by row.

    `about` are the keys that stand beside them in a spec, such as the quantity's name.
    """

    key: str
    sizes: tuple[int, ...]
    entries: Sequence[float]
    about: Tree = {}  # noqa: RUF012 -- which nobody changes

    def rounded(self, digits: int) -> Numbers:
        """Return them rounded to so many significant digits."""
        return self._replace(entries=[float(f"{each:.{digits - 1}e}") for each in self.entries])

    def nested(self) -> object:
        """Return them as lists in each other."""
        found: list[object] = [*self.entries]
        for size in reversed(self.sizes[1:]):
            found = [found[start : start + size] for start in range(0, len(found), size)]
        return found if self.sizes else found[0]


class Imported(NamedTuple):
    """A spec, and what is to be said of it."""

    tree: Tree
    remarks: tuple[str, ...] = ()


def placed(
    tree: Tree, output: str | None, source: str, known: Mapping[str, Numbers], digits: int | None
) -> tuple[Tree, tuple[str, bytes] | None]:
    """Return a spec whose numbers have a place, and the name and the content of a file that is to stand beside it.

    Such numbers are rounded to so many `digits`. They stand in the spec itself where they are few, else the larger
    arrays in such a file; or in the `source`, where that lies below the folder of the `output` and the arrays that are
    `known` of it are these.
    """
    if digits is not None:
        tree, known = _mapped(tree, lambda each: each.rounded(digits)), {}
    every = [*_numbers(tree)]
    many = [each for each in every if len(each.entries) > FEW]
    count = sum(len(each.entries) for each in every)
    if output is None and count > MOST_PRINTED:
        hint = "`-o net.toml` writes them into a file beside it"
        raise Problem(f"{count} numbers are too many for standard output", None, hint, "usage")
    if output is None or count <= MOST_INLINE:
        return _mapped(tree, _inline), None
    folder = os.path.dirname(os.path.realpath(output))
    below = os.path.relpath(os.path.realpath(source), folder).replace(os.sep, "/")
    same = all(each.key in known and known[each.key].entries is each.entries for each in many)
    if same and not below.startswith("../"):
        return _mapped(tree, lambda each: _from(below, each) if len(each.entries) > FEW else _inline(each)), None
    name = os.path.splitext(os.path.basename(output))[0] + ".safetensors"
    data = written({each.key: (each.sizes, each.entries) for each in many})
    return _mapped(tree, lambda each: _from(name, each) if len(each.entries) > FEW else _inline(each)), (name, data)


def _numbers(value: object) -> Iterator[Numbers]:
    if isinstance(value, Numbers):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _numbers(each)


def _mapped(tree: Tree, place: Callable[[Numbers], object]) -> Tree:
    """Return a tree with every set of numbers in its place."""

    def mapped(value: object) -> object:
        if isinstance(value, Numbers):
            return place(value)
        if isinstance(value, dict):
            return {key: mapped(each) for key, each in value.items()}
        return [mapped(each) for each in value] if isinstance(value, list) else value

    return {key: mapped(value) for key, value in tree.items()}


def _inline(numbers: Numbers) -> object:
    return {**numbers.about, "values": numbers.nested()} if numbers.about else numbers.nested()


def _from(file: str, numbers: Numbers) -> object:
    return {**numbers.about, "file": file, "key": numbers.key}


def toml(tree: Tree, comments: Sequence[str] = ()) -> str:
    """Return a spec in TOML: a table under each heading, tables in these on one line.

    >>> print(toml({"input": {"name": "x", "values": [1, 2]}, "layers": [{"type": "flatten"}]}), end="")
    [input]
    name = "x"
    values = [1, 2]
    <BLANKLINE>
    [[layers]]
    type = "flatten"
    """
    plain = [f"{_key(key)} = {_text(value)}" for key, value in tree.items() if not _headed(value)]
    blocks = ["\n".join(f"# {line}" for line in comments)] if comments else []
    blocks += ["\n".join(plain)] if plain else []
    for key, value in tree.items():
        if isinstance(value, dict):
            blocks.append("\n".join([f"[{_key(key)}]", *_lines(value)]))
        elif isinstance(value, list) and _headed(value):
            blocks += ["\n".join([f"[[{_key(key)}]]", *_lines(each)]) for each in value]
    return "\n\n".join(blocks) + "\n"


def _headed(value: object) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and bool(value) and isinstance(value[0], dict))


def _lines(table: Tree) -> list[str]:
    return [f"{_key(key)} = {_text(value)}" for key, value in table.items()]


def _key(key: str) -> str:
    return key if key.isascii() and key.replace("_", "").replace("-", "").isalnum() else quoted(key)


def _text(value: object) -> str:
    """Return a value on one line."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        text = text_of(value)
        return quoted(text) if "/" in text else text
    if isinstance(value, dict):
        return "{ " + ", ".join(_lines(value)) + " }"
    assert isinstance(value, list)
    return f"[{', '.join(map(_text, value))}]"


def count_of(sizes: Sequence[int]) -> str:
    """Return a shape as it is said: `3×2`, `3` of a list, `1` of a number."""
    return "×".join(map(str, sizes or (1,)))
