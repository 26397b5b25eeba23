"""A node: one value of a document together with its key path, and the questions asked of it.

Every answer is of the kind asked for, or a Problem that names the key path, what stands
there, and what may.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple

from nncalc.problems import Problem, nearest
from nncalc.spec.document import Document
from nncalc.spec.words import Odd, Path, either, kind, path_text, shown

Part = Literal["key", "value", "both"]


class Node(NamedTuple):
    """A value and where it stands."""

    document: Document
    path: Path
    value: object

    def problem(
        self, message: str, hint: str | None = None, code: str = "spec", part: Part = "both", about: Path | None = None
    ) -> Problem:
        """Return a problem with this value; `about` is the key path named when it is not the place's own."""
        name = path_text(self.path if about is None else about)
        places = {"key": self.document.where_key, "value": self.document.where, "both": self.document.where_both}
        return Problem(f"{name}: {message}" if name else message, places[part](self.path), hint, code)

    def expected(self, wanted: str, hint: str | None = None) -> Problem:
        """Return the problem that this value is not what is wanted."""
        if isinstance(self.value, Odd):
            return self.problem(f"{kind(self.value)} {self.value.reason}", hint)
        return self.problem(f"must be {wanted}, not {kind(self.value)}", hint)

    def at(self, part: str | int) -> Node:
        """Return the member `part`, which exists."""
        value = self.value
        member = value[part] if isinstance(value, dict) else value[part] if isinstance(value, list) else None  # type: ignore[index]
        return Node(self.document, (*self.path, part), member)

    def get(self, key: str) -> Node | None:
        """Return the member `key` of this table, or None."""
        return self.at(key) if isinstance(self.value, dict) and key in self.value else None

    def need(self, key: str, hint: str | None = None) -> Node:
        """Return the member `key` of this table, or raise that it is missing."""
        member = self.get(key)
        if member is None:
            raise self.missing(key, hint)
        return member

    def missing(self, key: str, hint: str | None = None) -> Problem:
        """Return the problem that this table lacks a key."""
        owner = path_text(self.path)
        place = self.document.where_key(self.path)
        return Problem(f"missing key `{key}`" + (f" in {owner}" if owner else ""), place, hint)

    def members(self) -> list[tuple[str, Node]]:
        """Return the keys of this table with their values, in order."""
        if not isinstance(self.value, dict):
            raise self.expected("a table")
        return [(key, self.at(key)) for key in self.value]

    def table(self, known: Iterable[str]) -> Node:
        """Return this node if it is a table that has no key but the known ones."""
        if not isinstance(self.value, dict):
            raise self.expected("a table", f"with the keys {either(known)}")
        known = list(known)
        for key in self.value:
            if key not in known:
                raise self.unknown(key, known)
        return self

    def unknown(self, key: str, known: list[str]) -> Problem:
        """Return the problem that this table has no key of that name."""
        near = nearest(key, known)
        owner = path_text(self.path)
        message = f"unknown key {shown(key)}" + (f" in {owner}" if owner else "")
        listed = "known keys: " + ", ".join(f"`{word}`" for word in known)
        place = self.document.where_key((*self.path, key))
        return Problem(message, place, f"did you mean `{near}`? {listed}" if near else listed)

    def text(self) -> str:
        """Return this string."""
        if not isinstance(self.value, str):
            raise self.expected("a string")
        return self.value

    def choice(self, known: Iterable[str], elsewhere: Callable[[str], str | None] | None = None) -> str:
        """Return this string, which is one of the known words; of others `elsewhere` may say what they are here."""
        known = list(known)
        if isinstance(self.value, str):
            if self.value in known:
                return self.value
            meant = elsewhere(self.value) if elsewhere is not None else None
            if meant is not None:
                raise self.problem(f"{shown(self.value)} is not known", f"here it is {meant}")
        if not isinstance(self.value, str):
            many = len(known) > _MANY
            raise self.expected(
                "a string" if many else f"a string: {either(known)}", f"one of {either(known)}" if many else None
            )
        near = nearest(self.value.strip(), known)
        listed = [] if near and len(known) > _MANY else [f"known: {either(known)}"]
        raise self.problem(
            f"{shown(self.value)} is not known" if self.value else "must not be empty",
            " ".join([*([f"did you mean `{near}`?"] if near else []), *listed]),
        )  # fmt: skip

    def whole(self, least: int, most: int) -> int:
        """Return this integer between `least` and `most`."""
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            raise self.expected("an integer")
        if not least <= self.value <= most:
            raise self.problem(f"must be between {least} and {most}, not {str(self.value)[:_LONGEST_NAME]}")
        return self.value

    def name(self) -> str:
        """Return the quantity's name that this string spells, in its plain form."""
        return legal_name(self.text(), self)


def legal_name(text: str, node: Node, part: Part = "both") -> str:
    """Return the plain form of the name `text`; raise a problem with `node` if no quantity may be called so."""
    from nncalc.language.alphabet import canonical_name  # the language is not needed to read a file that is wrong
    from nncalc.ops import OPS

    name = canonical_name(text)
    if name is None or len(name) > _LONGEST_NAME:
        raise node.problem(
            f"{shown(text)} is not a name" if text else "a name must not be empty",
            f"a name is a letter, then letters, digits and underscores, at most {_LONGEST_NAME}", "name", part,
        )  # fmt: skip
    if name in OPS:
        raise node.problem(f"{shown(text)} is the name of an operation", "choose another name", "name", part)
    return name


_LONGEST_NAME = 100
#: More words than this are listed only where none of them is near.
_MANY = 12
