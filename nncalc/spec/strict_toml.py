"""TOML, read by `tomllib` after a scan that bounds what it will have to do.

`tomllib` alone takes time that grows with the square of a key's parts and of a number's
digits, and recurses as deep as the text nests. Long arrays of plain numbers are read here and
put back afterwards, several times faster. Knows the text of one document.
"""

from __future__ import annotations

import re
from typing import Final

from nncalc.spec.numbers import LONGEST, number
from nncalc.spec.places import Misread
from nncalc.spec.toml_tokens import STRING
from nncalc.spec.words import Odd

DEEPEST = 32
LONGEST_KEY = 32
MOST_STATEMENTS = 50_000
MOST_DOTS = 50_000
MOST_TOKENS = 400_000
LONGEST_STRING = 2_000_000

_WORD = re.compile(r"[^\s\[\]{}=,\"'#]++")
_GAP = re.compile(r"(?:[ \t]++|#[^\n]*+)+")
_NUMBERS = re.compile(r"\[(?:[0-9eE+\-., \t\n]*+\]|\s*+(?:\[[0-9eE+\-., \t\n]*+\][ \t\n]*+,?[ \t\n]*+)++\])")
_LAST_COMMA = re.compile(r"([0-9\]])([ \t\n]*),([ \t\n]*\])")
_LONG_ARRAY = 300
_NUMERIC = re.compile(r"[0-9+-]")
_FIXED: Final = "\ufdd0"


def parse(text: str) -> dict[str, object]:
    """Return the document as Python values; raise Misread where `text` is not TOML."""
    import tomllib  # not needed for a JSON document

    lifted: list[object] = []
    bounded = _bounded(text, lifted)
    try:
        tree: dict[str, object] = tomllib.loads(bounded, parse_float=_float)
    except tomllib.TOMLDecodeError as error:
        from nncalc.spec.toml_errors import misread

        raise misread(str(error), text) from None
    return {key: _restored(value, lifted) for key, value in tree.items()} if lifted else tree


def _float(text: str) -> object:
    if text.lstrip("+-") in ("nan", "inf"):
        return Odd(text, "is not a finite number")
    return number(text.replace("_", ""))


def _bounded(text: str, lifted: list[object]) -> str:
    """Return the text with long arrays of numbers taken out; raise Misread if it would take too long to read."""
    pieces: list[str] = []
    kept = position = depth = dots = all_dots = opened = tokens = 0
    while position < len(text):
        tokens += 1
        if tokens > MOST_TOKENS or opened > MOST_STATEMENTS or all_dots > MOST_DOTS:
            raise _too_many(position, opened, all_dots)
        c = text[position]
        if c in " \t#":
            position = _end_of(_GAP, text, position)
        elif c in "\"'":
            position = _string_end(text, position)
        elif c == "[" and (end := _numbers_end(text, position)) and (values := _lift(text[position:end])) is not None:
            lines = "\n" * text.count("\n", position, end)
            pieces += [text[kept:position], f'"""{_FIXED}{len(lifted)}{lines}"""']
            lifted.append(values)
            kept = position = end
        elif c in "\n=,[]{}":
            dots = 0
            opened += c in "=["
            depth = max(0, depth + (c in "[{") - (c in "]}"))
            if depth > DEEPEST:
                raise Misread(f"nested more than {DEEPEST} levels deep", position, position + 1)
            position += 1
        else:
            end = _end_of(_WORD, text, position)
            points = text.count(".", position, end)
            dots += points
            all_dots += points if points > 1 or not _NUMERIC.match(c) else 0
            if dots > LONGEST_KEY:
                raise Misread(f"a dotted key has more than {LONGEST_KEY} parts", position, position + 1)
            if end - position > LONGEST:
                raise _too_long(text[position], end - position, position)
            position = end
    return "".join([*pieces, text[kept:]])


def _end_of(pattern: re.Pattern[str], text: str, position: int) -> int:
    """Return the offset after what `pattern` finds at `position`, at least one further."""
    found = pattern.match(text, position)
    return found.end() if found else position + 1


def _string_end(text: str, start: int) -> int:
    end = _end_of(STRING, text, start)
    if end - start > LONGEST_STRING:
        raise Misread(f"a string of {end - start} characters is too long: at most {LONGEST_STRING}", start, start + 1)
    return end


def _too_long(first: str, length: int, position: int) -> Misread:
    if _NUMERIC.match(first):
        reason = f"a number of {length} characters is too long: at most {LONGEST} digits"
    else:
        reason = f"a word of {length} characters is too long: at most {LONGEST}"
    return Misread(reason, position, position + 1)


def _too_many(position: int, opened: int, dots: int) -> Misread:
    if opened > MOST_STATEMENTS:
        reason = f"more than {MOST_STATEMENTS} keys, tables and lists"
    elif dots > MOST_DOTS:
        reason = f"more than {MOST_DOTS} points in keys"
    else:
        reason = f"more than {MOST_TOKENS} words and signs outside plain lists of numbers"
    return Misread(reason, position, position + 1, "put large tables of numbers into a file, or write the spec as JSON")


def _numbers_end(text: str, start: int) -> int:
    """Return the offset after the long array of plain numbers that starts at `start`, or 0 if there is none."""
    found = _NUMBERS.match(text, start)
    return found.end() if found and found.end() - start > _LONG_ARRAY else 0


def _lift(array: str) -> object:
    """Return the numbers of the array, or None if it is not one that JSON would read the same."""
    from nncalc.spec.strict_json import parse as parse_json  # only long arrays need it

    try:
        return parse_json(_LAST_COMMA.sub(r"\1\2\3", array))
    except Misread:
        return None


def _restored(value: object, lifted: list[object]) -> object:
    """Return `value` with each string that stands for an array of numbers replaced by the array."""
    if isinstance(value, str) and value.startswith(_FIXED):
        return lifted[int(value[1:])]
    if isinstance(value, dict):
        return {key: _restored(member, lifted) for key, member in value.items()}
    if isinstance(value, list):
        return [_restored(member, lifted) for member in value]
    return value
