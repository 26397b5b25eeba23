"""What `tomllib` says about a text that is not TOML, in our words, with the key or the bracket it is about.

Adds remedies for things that are not TOML but often typed.
"""

from __future__ import annotations

import re
from typing import Final

from nncalc.spec.places import Misread, Place, line_at
from nncalc.spec.toml_places import statements
from nncalc.spec.toml_tokens import FILLING, STRING
from nncalc.spec.words import Path, path_text, shown

_PLACE = re.compile(r"(.*?) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)
_WINDOW = 200
_QUOTE = re.compile(r"Expected ['\"\\]+")

_SAID: Final = {
    "Expected '=' after a key in a key/value pair": "expected `=` after the key",
    "Invalid statement": "this is not a key, a table or a comment",
    "Invalid value": "this is not a TOML value",
    "Cannot overwrite a value": "a key is given twice",
    "Unclosed array": "expected a comma or `]`",
    "Unclosed inline table": "expected a comma or `}`",
    "Unterminated string": "the string is not closed",
    "Expected newline or end of document after a statement": "expected the end of the line after the value",
    "Expected ']' at the end of a table declaration": "expected `]` at the end of the table's name",
    "Expected ']]' at the end of an array declaration": "expected `]]` at the end of the name of the array of tables",
    "Unescaped '\\' in a string": "a backslash in a string must be doubled or start an escape",
    "Invalid initial character for a key part": "a key is letters, digits, `_` and `-`, or stands in quotes",
    "Invalid date or datetime": "there is no such date",
}

#: What is often typed, as a pattern of the line with a NUL where the error is, and what to do about it.
_REMEDIES: Final = (
    (r"\0[0-9]+\s*/\s*[0-9]|[0-9]\s*\0\s*/\s*[0-9]", 'write a fraction as a string: "1/2"'),
    (r"\0(?:True|False)", "TOML writes `true` and `false`"),
    (r"\0(?:None|null)", "TOML has no null; leave the key out"),
    (r"\0[+-]?\.[0-9]|[0-9]\0\.", "a number has digits on both sides of the point, like 0.5"),
    (r"(?:^|[=\s,\[+-])0\0[0-9]", "a number has no leading 0"),
    (r"[0-9]\0,", "a number has a decimal point, not a comma; a list stands in brackets"),
    (r"^\s*[\w-]+\s*\0?\s*:", "TOML writes `key = value`"),
    (r"\0(?![a-zA-Z])[^\W\d_]\w*\s*=", 'a key of letters beyond ASCII stands in quotes: "α" = 2'),
    (r"\0(?://|/\*)", "TOML starts a comment with `#`"),
)


def misread(message: str, text: str) -> Misread:
    """Return the error that `tomllib` reported with `message`."""
    found = _PLACE.fullmatch(message)
    if found is None or found[2] is None:
        return _explained(found[1] if found else message, text, len(text), placed=False)
    starts = -1
    for _ in range(int(found[2]) - 1):
        starts = text.find("\n", starts + 1)
    return _explained(found[1], text, min(starts + int(found[3]), len(text)), placed=True)


def _explained(said: str, text: str, offset: int, *, placed: bool) -> Misread:
    """Return what `tomllib` said in our words, with the key or the bracket it is about."""
    if text.lstrip().startswith("{"):
        start = len(text) - len(text.lstrip())
        return Misread("this looks like JSON, not TOML", start, start + 1, "name the file .json")
    start = offset if placed else len(text.rstrip())
    reason = _SAID.get(said) or ("the string is not closed" if _QUOTE.fullmatch(said) else _plainly(said))
    before = [(path, place) for path, place in statements(text) if place.key[0] < offset]
    if said.startswith(("Cannot overwrite", "Cannot declare", "Cannot mutate", "Duplicate inline", "Cannot redefine")):
        return _twice(text, before, start)
    opened = _open_bracket(text, before[-1][1].value[0] if before else 0, offset)
    if opened is not None and line_at(text, opened) != line_at(text, start):
        reason += f"; `{text[opened]}` on line {line_at(text, opened)} is still open"
    return Misread(reason, start, start + 1, _remedy(text, start))


def _plainly(said: str) -> str:
    plain = said[:1].lower() + said[1:]
    return plain if len(plain) < 200 else plain[:200] + "…"


def _twice(text: str, before: list[tuple[Path, Place]], start: int) -> Misread:
    """Say which key or table stands there a second time, and where the first is."""
    if not before:
        return Misread("a key is given twice", start, start + 1)
    path, place = before[-1]
    name = shown(path_text(path))
    for earlier, first in before[:-1]:
        is_header = first.key == first.value
        if earlier[: len(path)] == path or (path[: len(earlier)] == earlier and not is_header):
            line = line_at(text, first.key[0])
            return Misread(f"{name} is given twice; the first is on line {line}", *place.key)
    return Misread(f"a key in {name} is given twice", *place.key)


def _open_bracket(text: str, start: int, end: int) -> int | None:
    """Return the offset of the innermost bracket that is still open at `end`, from `start` on."""
    opened: list[int] = []
    position = start
    while position < end:
        c = text[position]
        found = STRING.match(text, position)
        if c in "[{":
            opened.append(position)
        elif c in "]}" and opened:
            opened.pop()
        filled = FILLING.match(text, found.end() if found else position + 1)
        position = filled.end() if filled else end
    return opened[-1] if opened else None


def _remedy(text: str, start: int) -> str | None:
    """Return what to do about some things that are not TOML but often typed."""
    begin = text.rfind("\n", 0, start) + 1
    rest = text[start : start + _WINDOW].partition("\n")[0]
    line = f"{text[max(begin, start - _WINDOW) : start]}\0{rest}"
    return next((hint for pattern, hint in _REMEDIES if re.search(pattern, line)), None)
