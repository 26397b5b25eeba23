"""Where a key and its value stand in a TOML text that has already been read without an error.

Walks headers, keys and values without building anything; only an error asks for a place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from nncalc.spec.places import Place
from nncalc.spec.toml_tokens import BLANK, FILLING, KEY, PLAIN, SKIP, STRING
from nncalc.spec.words import Path

_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b", '"': '"', "\\": "\\"}


def find(text: str, path: Path) -> Place | None:
    """Return where the value of `path` stands, or None if the text does not say it."""
    for full, place in statements(text):
        if full[: len(path)] == path:
            return place
        if path[: len(full)] == full and text[place.value[0]] in "[{" and text[place.key[0]] != "[":
            found = _inside(text, place, path[len(full) :])
            if found:
                return found
    return None


def statements(text: str) -> Iterator[tuple[Path, Place]]:
    """Yield the full key path and the place of every header and every key of `text`, in order.

    Stops where the text is no longer TOML.
    """
    table: Path = ()
    count: dict[Path, int] = {}
    position = _past(SKIP, text, 0)
    while position < len(text):
        if text[position] == "[":
            double = text.startswith("[[", position)
            keys, end = _keys(text, position + 1 + double)
            if not keys:
                return
            table = _resolved(keys[:-1], count) + keys[-1:]
            if double:
                count[table] = count.get(table, -1) + 1
                table += (count[table],)
            span = (position, min(len(text), _past(BLANK, text, end) + 1 + double))
            yield table, Place(span, span)
            position = span[1]
        else:
            keys, end = _keys(text, position)
            if not keys or text[end : end + 1] != "=":
                return
            start = _past(BLANK, text, end + 1)
            stop = _end(text, start)
            yield table + keys, Place((position, _without_blanks(text, position, end)), (start, stop))
            position = stop
        position = _past(SKIP, text, position)


def _resolved(keys: Path, count: dict[Path, int]) -> Path:
    """Return `keys` with the number of the current element after each name of an array of tables."""
    path: Path = ()
    for key in keys:
        path += (key,)
        if path in count:
            path += (count[path],)
    return path


def _past(pattern: re.Pattern[str], text: str, position: int) -> int:
    found = pattern.match(text, position)
    return found.end() if found else position


def _keys(text: str, position: int) -> tuple[Path, int]:
    """Return the parts of a dotted key and the offset after it and the blanks that follow."""
    parts: tuple[str, ...] = ()
    while True:
        found = KEY.match(text, _past(BLANK, text, position))
        if found is None:
            return (), position
        parts += (_unquoted(found[0]),)
        position = _past(BLANK, text, found.end())
        if text[position : position + 1] != ".":
            return parts, position
        position += 1


def _without_blanks(text: str, start: int, end: int) -> int:
    """Return the end of what stands between `start` and `end`, without the blanks behind it."""
    return start + len(text[start:end].rstrip())


def _unquoted(key: str) -> str:
    if key[0] == "'":
        return key[1:-1]
    if key[0] != '"':
        return key
    characters, position = [], 1
    while position < len(key) - 1:
        character, position = _character(key, position)
        characters.append(character)
    return "".join(characters)


def _character(text: str, position: int) -> tuple[str, int]:
    """Return one character of a basic string and the offset after it."""
    if text[position] != "\\":
        return text[position], position + 1
    letter = text[position + 1]
    width = {"u": 4, "U": 8, "x": 2}.get(letter, 0)
    if width:
        end = position + 2 + width
        return _code_point(text[position + 2 : end]), min(end, len(text) - 1)
    return _ESCAPES.get(letter, ""), position + 2


def _code_point(digits: str) -> str:
    try:
        return chr(int(digits, 16))
    except (ValueError, OverflowError):
        return "\ufffd"


def _end(text: str, start: int) -> int:
    """Return the offset after the value that starts at `start`."""
    found = STRING.match(text, start)
    if found:
        return found.end()
    if text[start : start + 1] not in ("[", "{"):
        return _without_blanks(text, start, _past(PLAIN, text, start))
    depth, position = 0, start
    while position < len(text):
        if text[position] in "[{":
            depth += 1
        elif text[position] in "]}":
            depth -= 1
            if depth == 0:
                return position + 1
        else:
            found = STRING.match(text, position)
            if found is None:
                return len(text)
            position = found.end() - 1
        position = _past(FILLING, text, position + 1)
    return position


def _inside(text: str, place: Place, rest: Path) -> Place | None:
    """Return where `rest` stands inside the array or inline table at `place`."""
    for full, member in _members(text, place.value[0]):
        if full[: len(rest)] == rest:
            return member
        if rest[: len(full)] == full and text[member.value[0]] in "[{":
            return _inside(text, member, rest[len(full) :])
    return None


def _members(text: str, start: int) -> Iterator[tuple[Path, Place]]:
    """Yield the key path and the place of each member of the array or inline table at `start`."""
    position, index = _past(SKIP, text, start + 1), 0
    while text[position] not in "]}":
        keys: Path = (index,)
        key = (position, position)
        if text[start] == "{":
            keys, end = _keys(text, position)
            key = (position, _without_blanks(text, position, end))
            position = _past(SKIP, text, end + 1)
        stop = _end(text, position)
        yield keys, Place(key, (position, stop))
        position = _past(SKIP, text, stop)
        if text[position] == ",":
            position = _past(SKIP, text, position + 1)
        index += 1


def offset_in(text: str, start: int, count: int) -> int:
    """Return the offset in `text` of the character number `count` of the string literal that starts at `start`."""
    quote = text[start]
    long = text.startswith(quote * 3, start)
    position = start + (3 if long else 1)
    if long and text.startswith("\n", position):
        position += 1
    while count and position < len(text):
        if quote == "'":
            return position + count
        if long and (found := _past_line_end(text, position)):
            position = found
            continue
        position = _character(text, position)[1]
        count -= 1
    return _past_line_end(text, position) or position if long and quote == '"' else position


def _past_line_end(text: str, position: int) -> int:
    """Return the offset after a backslash that ends a line and the white space it swallows, or 0."""
    if text[position : position + 1] != "\\":
        return 0
    after = position + 1
    end = after + len(text[after:]) - len(text[after:].lstrip(" \t\n"))
    return end if "\n" in text[after:end] else 0
