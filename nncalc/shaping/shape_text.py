"""Shapes as people write them: `X: n x d`, `y: n`, `lam: 1`. Text to names and sizes, nothing more."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from nncalc.graph.shapes import SCALAR, Shape, Size, Unknown, product
from nncalc.graph.sizes import added
from nncalc.language.alphabet import canonical_name
from nncalc.language.formula import Name, name
from nncalc.ops.elementary import UNKNOWN_FUNCTIONS
from nncalc.problems import Problem

MOST_TEXT = 20_000
MOST_LETTERS = 60
MOST_SIZE = 9_999_999
MOST_SIZE_TEXT = 200

_BETWEEN = re.compile(r"\s*(?:×|,|\bby\b|(?<=[\s\d)?])[xX](?=[\s\d(?]))\s*")
_RUN_TOGETHER = re.compile(r"(?:\d+|[^\W\d_])x(?:\w|\d+)")
_SCALARS = ("1", "scalar", "number", "()")
_SHAPE_HINT = "a shape is written `X: n x d`, `x: n` for a column, `lam: 1` for a number"
_SIZE_HINT = "a size is a name, a whole number from 1 to 9999999, a product such as `d*p`, or a sum such as `n+1`"


class Said(NamedTuple):
    """A shape that was said, with unknown sizes where it leaves some open; None where it leaves all open.

    `asked` says that a `?` stands in it.
    """

    shape: Shape | None
    asked: bool
    text: str


def declared(texts: Sequence[str]) -> dict[Name, Said]:
    """Return the shape that each name is said to have; raise Problem (`usage`).

    >>> declared(["X: n x d, y: n; lam: 1"])[name("X")].shape
    ('n', 'd')
    """
    found: dict[Name, Said] = {}
    before = ""
    for text in texts:
        for piece in pieces(text, "--shapes"):
            left, colon, right = piece.partition(":")
            if not colon:
                raise _no_colon(piece, before)
            of = read_name(left, piece)
            if of in found:
                raise Problem(
                    f"`{of}` is declared twice: `{cut(found[of].text)}` and `{cut(right.strip())}`", None, None, "usage"
                )
            found[of] = read_shape(of, right.strip(), cut(piece))
            before = piece
    return found


def functions(texts: Sequence[str]) -> tuple[frozenset[str], tuple[str, ...]]:
    """Return the names that are said to be functions, `g: function` or `g: scalar -> scalar`, and the other texts.

    >>> functions(["g: function, x: n"])
    (frozenset({'g'}), ('x: n',))
    """
    found: set[str] = set()
    others: list[str] = []
    for text in texts:
        rest = []
        for piece in pieces(text, "--shapes"):
            left, _, right = piece.partition(":")
            if right.strip().casefold() == "function" or "->" in right:
                found.add(_function(read_name(left, piece), right, cut(piece)))
            else:
                rest.append(piece)
        others += [", ".join(rest)] if rest else []
    return frozenset(found), tuple(others)


def _function(of: Name, text: str, piece: str) -> str:
    """Return the name of a function of numbers; raise Problem (`usage`) for another."""
    before, found, after = (part.strip().casefold() for part in text.partition("->"))
    if found and not {before, after} <= {*_SCALARS, "r"}:
        raise Problem(
            f"`{piece}`: a function that nobody knows takes a number to a number", None,
            f"`{of}: scalar -> scalar`; on a matrix it acts entry by entry", "usage",
        )  # fmt: skip
    if of.base not in UNKNOWN_FUNCTIONS:
        raise Problem(
            f"`{of}` is no name of a function that nobody knows", None,
            f"those are {', '.join(f'`{each}`' for each in UNKNOWN_FUNCTIONS)}", "usage",
        )  # fmt: skip
    return of.base


def pieces(text: str, option: str) -> Iterator[str]:
    """Yield what stands between commas and semicolons outside brackets."""
    if len(text) > MOST_TEXT:
        raise Problem(f"{option} has {len(text)} characters, at most {MOST_TEXT:,} are read", None, None, "usage")
    found = _parted(text, ",;\n")
    if len(found) > 1 and not found[-1]:
        found.pop()
    for piece in found:
        if not piece:
            what = f"`{cut(text)}` has an empty place" if text.strip() else "is empty"
            raise Problem(f"{option} {what}", None, "each place names a quantity: `X: ...`", "usage")
        yield piece


def _no_colon(piece: str, before: str) -> Problem:
    hint = _SHAPE_HINT
    if before and (canonical_name(piece) or piece.isdecimal()):
        hint = f"two sizes are written `{cut(before)} x {cut(piece)}`, another quantity has a shape of its own"
    elif "=" in piece or " in " in piece or "∈" in piece:
        hint = f"a colon stands between name and shape: {_SHAPE_HINT}"
    return Problem(f"`{cut(piece)}` does not say what has which shape", None, hint, "usage")


def read_name(text: str, piece: str) -> Name:
    """Return the name that `text`, a part of `piece`, spells; raise Problem (`usage`)."""
    plain = canonical_name(text.strip())
    if plain is None or len(plain) > MOST_LETTERS:
        shown = f"`{cut(text.strip())}` in `{cut(piece)}` is not a name"
        raise Problem(shown if text.strip() else f"`{cut(piece)}` lacks a name", None, _SHAPE_HINT, "usage")
    return name(plain)


def read_shape(of: Name, text: str, piece: str) -> Said:
    """Return the shape of `of` that `text`, a part of `piece`, spells; raise Problem (`usage`)."""
    body = text
    if _enclosed(body):
        body = body[1:-1].strip().removesuffix(",").strip() or "()"
    if body == "?":
        return Said(None, True, text)
    if body.casefold() in _SCALARS:
        return Said(SCALAR, False, text)
    word, _, rest = body.partition(" ")
    word = word.casefold()
    some, other = Unknown(of.base), Unknown(of.base)
    words: Mapping[str, Shape] = {
        "column": (some, 1), "vector": (some, 1), "row": (1, some), "matrix": (some, other), "square": (some, some),
    }  # fmt: skip
    if word in words and not rest:
        return Said(words[word], False, text)
    found = [rest] if word in ("row", "column", "vector") else _BETWEEN.split(body)
    if len(found) > 2:
        raise Problem(
            f"`{piece}` has {len(found)} sizes, a shape has two, rows and columns", None, _SHAPE_HINT, "usage"
        )
    sizes = [_size(of, each.strip(), piece) for each in found]
    rows, columns = sizes if len(sizes) == 2 else (1, sizes[0]) if word == "row" else (sizes[0], 1)
    return Said((rows, columns), "?" in body, text)


def _size(of: Name, text: str, piece: str) -> Size:
    if text == "?":
        return Unknown(of.base)
    size = _read_size(text) if len(text) <= MOST_SIZE_TEXT else None
    if size is None:
        raise _no_size(text, piece)
    if isinstance(size, int) and size > MOST_SIZE:
        raise Problem(f"`{piece}` is too large", None, _SIZE_HINT, "usage")
    return size


def _read_size(text: str) -> Size | None:
    """Return the size that `text` spells, such as `2*(n+1)`, None where it spells none."""
    *terms, last = _parted(text, "+")
    if terms:
        found = [_read_size(term) for term in (*terms, last)]
        return None if None in found else added(*[term for term in found if term is not None])
    factors = _parted(text, "*·")
    if len(factors) == 1:
        return _read_size(text[1:-1]) if _enclosed(text) else _factor(text)
    found = [_read_size(factor) for factor in factors]
    return None if None in found else product(*[factor for factor in found if factor is not None])


def _parted(text: str, signs: str) -> list[str]:
    """Return the parts of `text` between `signs` outside brackets."""
    found, depth = [""], 0
    for character in text:
        depth += (character in "([") - (character in ")]")
        if character in signs and depth <= 0:
            found.append("")
        else:
            found[-1] += character
    return [part.strip() for part in found]


def _enclosed(text: str) -> bool:
    """Return whether one pair of brackets holds all of `text`."""
    if len(text) < 2 or (text[0], text[-1]) not in (("(", ")"), ("[", "]")):
        return False
    depth = 0
    for place, character in enumerate(text):
        depth += (character in "([") - (character in ")]")
        if depth == 0 and place < len(text) - 1:
            return False
    return depth == 0


def _no_size(text: str, piece: str) -> Problem:
    if not text:
        return Problem(f"`{piece}` lacks a size", None, _SIZE_HINT, "usage")
    hint = _SIZE_HINT
    if _RUN_TOGETHER.fullmatch(text) or re.fullmatch(r"\w+\s+\w+", text):
        hint = "two sizes are written `n x d`, with blanks"
    return Problem(f"`{cut(text)}` in `{piece}` is not a size", None, hint, "usage")


def _factor(text: str) -> int | str | None:
    """Return a number or a name, None for anything else."""
    if text.isascii() and text.isdecimal():
        return int(text) if len(text) <= 7 and int(text) > 0 else None
    plain = canonical_name(text)
    good = plain is not None and len(plain) <= MOST_LETTERS and not _RUN_TOGETHER.fullmatch(text)
    return plain if good else None


def cut(text: str) -> str:
    """Return `text`, without its end where that is far."""
    return text if len(text) <= 80 else text[:80] + " ..."
