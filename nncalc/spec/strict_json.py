"""JSON, read strictly (RFC 8259): no comments, no trailing commas, no key twice, no NaN.

Knows the text of one document. Integers become `int`, other numbers figures that keep their
text. `find` walks the same text again to say where a value stands: only an error asks that.
"""

from __future__ import annotations

import re
from typing import Final

from nncalc.spec.numbers import number, number_list
from nncalc.spec.places import Misread, Place, line_at
from nncalc.spec.words import Path, shown

DEEPEST = 32
LONGEST_STRING = 2_000_000
MOST_BRACKETS = 250_000
MOST_QUOTES = 4_400_000
_SPACE = re.compile(r"[ \t\r\n]*+")
_INSIDE = r'(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+'
_STRING = re.compile(f'"({_INSIDE})"')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?")
#: A number of a list and the comma after it, if another value follows.
_ITEM = re.compile(r"(-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?)[ \t\r\n]*+,[ \t\r\n]*+(?=[^\],])")
_FLAT = re.compile(r"\[([-+.0-9eE, \t\r\n]++)\]")
_WORD = re.compile(r"[\w.+\-]{1,40}")
#: What few documents need is compiled when it is needed.
_STRING_START: Final = f'"{_INSIDE}'
_TOML: Final = r"\s*+(?:#[^\n]*+\s*+)*+(?:\[+[a-z]++\]|\w++\s*+=)"
_ESCAPE: Final = r"\\(?:u([0-9a-fA-F]{4})|(.))"
_ESCAPED: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_CONSTANTS: Final = {"true": True, "false": False, "null": None}
_HINTS: Final = {
    "True": "JSON writes `true`",
    "False": "JSON writes `false`",
    "None": "JSON writes `null`",
    "NaN": "a value must be a finite number",
    "Infinity": "a value must be a finite number",
    "-Infinity": "a value must be a finite number",
}


def parse(text: str) -> object:
    """Return the document as Python values; raise Misread where `text` is not JSON."""
    if text.count("[") + text.count("{") > MOST_BRACKETS or text.count('"') > MOST_QUOTES:
        hint = "put large tables of numbers into a file"
        raise Misread("more lists, objects and strings than a spec can have", 0, 1, hint)
    try:
        value, end = _value(text, _skip(text, 0), 0)
    except Misread as wrong:
        if re.match(_TOML, text):
            wrong.hint = "if this is TOML, name the file .toml"
        raise
    end = _skip(text, end)
    if end < len(text):
        raise Misread("text after the end of the document", end, end + 1)
    return value


def find(text: str, path: Path) -> Place | None:
    """Return where the value of `path` stands in `text`, which `parse` has read, or None if it has no such value."""
    start = _skip(text, 0)
    key = (start, start)
    for part in path:
        found = _member(text, start, part)
        if found is None:
            return None
        key, start = found
    return Place(key, (start, _value(text, start, 0)[1]))


def _member(text: str, start: int, wanted: str | int) -> tuple[tuple[int, int], int] | None:
    """Return the span of the key and the start of the value of one member of the value at `start`."""
    opening = text[start]
    if opening != ("{" if isinstance(wanted, str) else "["):
        return None
    position, index = _skip(text, start + 1), 0
    while text[position] not in "}]":
        key: object = index
        span = (position, position)
        if opening == "{":
            key, after = _string(text, position)
            span = (position, after)
            position = _skip(text, _skip(text, after) + 1)
        if key == wanted:
            return (span if opening == "{" else (position, position)), position
        position = _skip(text, _value(text, position, 0)[1])
        position = _skip(text, position + 1) if text[position] == "," else position
        index += 1
    return None


def _skip(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    assert match is not None
    return match.end()


def _value(text: str, start: int, depth: int) -> tuple[object, int]:
    if depth > DEEPEST:
        raise Misread(f"nested more than {DEEPEST} levels deep", start, start + 1)
    c = text[start : start + 1]
    if c == "{":
        return _object(text, start, depth)
    if c == "[":
        flat = _FLAT.match(text, start)
        values = number_list(flat[1]) if flat else None
        return (values, flat.end()) if flat and values is not None else _array(text, start, depth)
    if c == '"':
        return _string(text, start)
    if not c:
        raise _ended(text, "a value")
    found = _NUMBER.match(text, start)
    if found and not _WORD.match(text, found.end()):
        return number(found[0]), found.end()
    return _constant(text, start)


def _constant(text: str, start: int) -> tuple[object, int]:
    word = _WORD.match(text, start)
    if word is None:
        raise _unexpected(text, start, "a value")
    if word[0] in _CONSTANTS:
        return _CONSTANTS[word[0]], word.end()
    raise Misread(f"{shown(word[0])} is not a JSON value", start, word.end(), _HINTS.get(word[0]) or _numeral(word[0]))


def _numeral(word: str) -> str | None:
    """Return what to do about a word that was meant as a number."""
    if word.startswith("+"):
        return "JSON writes a positive number without a sign"
    if word[0].isdigit() or word[0] in "-.":
        return "a number is written like 12, -0.5 or 1e-3, with digits on both sides of the point and no leading 0"
    return None


def _array(text: str, start: int, depth: int) -> tuple[list[object], int]:
    values: list[object] = []
    position = _skip(text, start + 1)
    if text.startswith("]", position):
        return values, position + 1
    while True:
        while found := _ITEM.match(text, position):
            values.append(number(found[1]))
            position = found.end()
        try:
            value, position = _value(text, position, depth + 1)
        except Misread as wrong:
            raise wrong.under(len(values)) from None
        values.append(value)
        position, closed = _separator(text, start, position, "]")
        if closed:
            return values, position


def _object(text: str, start: int, depth: int) -> tuple[dict[str, object], int]:
    values: dict[str, object] = {}
    position = _skip(text, start + 1)
    if text.startswith("}", position):
        return values, position + 1
    while True:
        if not text.startswith('"', position):
            raise _unexpected(text, position, 'a key in double quotes (`"name"`)', start)
        key, after = _string(text, position)
        if key in values:
            first = _member(text, start, key)
            line = f"; the first is on line {line_at(text, first[0][0])}" if first else ""
            raise Misread(f"the key {shown(key)} is given twice{line}", position, after)
        position = _skip(text, after)
        if not text.startswith(":", position):
            raise _unexpected(text, position, f"a colon after the key {shown(key)}", start)
        try:
            values[key], position = _value(text, _skip(text, position + 1), depth + 1)
        except Misread as wrong:
            raise wrong.under(key) from None
        position, closed = _separator(text, start, position, "}")
        if closed:
            return values, position


def _separator(text: str, start: int, position: int, closing: str) -> tuple[int, bool]:
    """Return the position after a comma or the closing bracket, and whether it was the bracket."""
    position = _skip(text, position)
    if text.startswith(closing, position):
        return position + 1, True
    if not text.startswith(",", position):
        raise _unexpected(text, position, f"a comma or `{closing}`", start)
    after = _skip(text, position + 1)
    if text.startswith(closing, after):
        raise Misread(f"a comma before `{closing}`", position, position + 1, "JSON allows no trailing comma")
    return after, False


def _string(text: str, start: int) -> tuple[str, int]:
    found = _STRING.match(text, start)
    if found is None:
        raise _bad_string(text, start)
    raw = found[1]
    if len(raw) > LONGEST_STRING:
        raise Misread(f"a string of {len(raw)} characters is too long: at most {LONGEST_STRING}", start, start + 1)
    value = _unescaped(raw) if "\\" in raw else raw
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise Misread(
            f"the string {shown(value)} holds half a character (a lone surrogate)", start, found.end(),
            "write the character itself, or both halves of its escape",
        )  # fmt: skip
    return value, found.end()


def _unescaped(raw: str) -> str:
    value = re.sub(_ESCAPE, lambda m: chr(int(m[1], 16)) if m[1] else _ESCAPED.get(m[2], m[2]), raw)
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass") if "\\u" in raw else value


def offset_in(text: str, start: int, count: int) -> int:
    """Return the offset in `text` of the character number `count` of the string literal that starts at `start`."""
    position = start + 1
    for _ in range(count):
        found = re.compile(_ESCAPE).match(text, position)
        width = found.end() - position if found else 1
        if found and found[1] and 0xD800 <= int(found[1], 16) < 0xDC00:
            width *= 2
        position += width
    return position


def _bad_string(text: str, start: int) -> Misread:
    """Say what is wrong with the string at `start`, which does not read as one."""
    found = re.compile(_STRING_START).match(text, start)
    assert found is not None
    position = found.end()
    c = text[position : position + 1]
    if c == "\\":
        return Misread(f"{shown(text[position : position + 2])} is not a JSON escape", position, position + 2)
    if c in ("", "\n"):
        return Misread("the string that starts here is not closed on its line", start, start + 1)
    return Misread(f"the character {shown(c)} must be written as an escape in a string", position, position + 1)


def _unexpected(text: str, position: int, wanted: str, opened: int | None = None) -> Misread:
    if position >= len(text):
        return _ended(text, wanted, opened)
    hint = None
    if text.startswith(("//", "/*", "#"), position):
        hint = "JSON has no comments"
    elif text.startswith("'", position):
        hint = "JSON writes strings and keys in double quotes"
    line = "" if opened is None else f" in what `{text[opened]}` opened on line {line_at(text, opened)}"
    return Misread(f"expected {wanted}{line}, found {shown(text[position])}", position, position + 1, hint)


def _ended(text: str, wanted: str, opened: int | None = None) -> Misread:
    where = "" if opened is None else f"; `{text[opened]}` on line {line_at(text, opened)} is not closed"
    end = len(text.rstrip())
    return Misread(f"the document ends where {wanted} was expected{where}", end, end)
