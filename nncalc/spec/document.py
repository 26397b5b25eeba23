"""Documents: bytes to a tree of plain values, and the place of every value in it.

Knows encodings and the two formats; nothing of what the values mean.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

from nncalc.problems import Problem, Where
from nncalc.spec.places import Misread, Place, line_at, where_at
from nncalc.spec.words import Path, kind, path_text

#: How a document is written; one in `python` has no text.
Form: TypeAlias = Literal["toml", "json", "python"]

MOST_BYTES = 32 * 2**20
DEEPEST_SHOWN = 6
MOST_COMMAS = 1_100_000
_MARKS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)


class Document(NamedTuple):
    """A text that has been read, and the values it holds."""

    source: str
    text: str
    form: Form
    tree: dict[str, object]

    def find(self, path: Path) -> Place | None:
        """Return the offsets of the value of `path`, or None if they cannot be known."""
        if self.form == "python":
            return None
        if self.form == "json":
            from nncalc.spec.strict_json import find
        else:
            from nncalc.spec.toml_places import find
        return find(self.text, path)

    def where(self, path: Path, start: int = 0, width: int | None = None) -> Where:
        """Return the place of a value; `start` and `width` are characters inside a string value."""
        place = self.find(path)
        name = path_text(path) or None
        if place is None:
            return Where(self.source, None, None, name)
        begin, end = place.value
        if self.text[begin] in "\"'" and width is not None:
            begin, end = self._in_string(begin, start), self._in_string(begin, start + width)
        return where_at(self.source, self.text, begin, end, name)

    def where_key(self, path: Path) -> Where:
        """Return the place of a key alone."""
        return self._where_from_key(path, to_value=False)

    def where_both(self, path: Path) -> Where:
        """Return the place of a key together with its value."""
        return self._where_from_key(path, to_value=True)

    def line(self, path: Path) -> int | None:
        """Return the line of the key of `path`, if it has one that is known."""
        place = self.find(path) if path else None
        return line_at(self.text, place.key[0]) if place else None

    def _where_from_key(self, path: Path, *, to_value: bool) -> Where:
        place = self.find(path)
        if place is None:
            return Where(self.source, None, None, path_text(path) or None)
        end = place.value[1] if to_value else place.key[1]
        return where_at(self.source, self.text, place.key[0], max(end, place.key[1]), path_text(path) or None)

    def _in_string(self, begin: int, count: int) -> int:
        if self.form == "json":
            from nncalc.spec.strict_json import offset_in
        else:
            from nncalc.spec.toml_places import offset_in
        return offset_in(self.text, begin, count)


def load(data: bytes, source: str, form: Form) -> Document:
    """Return the document that `data` holds; raise Problem where it cannot be read."""
    text = decoded(data, source)
    try:
        tree = _parse(text, form)
    except Misread as wrong:
        name = path_text(wrong.path) if len(wrong.path) <= DEEPEST_SHOWN else ""
        place = where_at(source, text, wrong.start, wrong.end, name or None)
        raise Problem(f"{name}: {wrong.message}" if name else wrong.message, place, wrong.hint, "syntax") from None
    if not isinstance(tree, dict):
        place = where_at(source, text, 0, 1, None)
        raise Problem(f"the document must be an object of keys and values, not {kind(tree)}", place, None, "spec")
    return Document(source, text, form, tree)


def _parse(text: str, form: Form) -> object:
    if not text.strip():
        raise Misread("the file is empty", 0, 0, "see docs/spec.md for what a spec holds")
    if text.count(",") > MOST_COMMAS:
        raise Misread(f"more than {MOST_COMMAS} values", 0, 1, "put large tables of numbers into a file")
    if form == "toml":
        from nncalc.spec.strict_toml import parse

        return parse(text)
    from nncalc.spec.strict_json import parse as parse_json

    return parse_json(text)


def decoded(data: bytes, source: str) -> str:
    """Return the text of `data`, UTF-8 with or without a byte order mark, lines ending in a line feed."""
    if len(data) > MOST_BYTES:
        raise Problem(
            f"the file has {len(data)} bytes; at most {MOST_BYTES} are read", Where(source),
            "put large tables of numbers into a file of their own", "file",
        )  # fmt: skip
    for mark, name in _MARKS:
        if data.startswith(mark):
            place = Where(source, 1, 1)
            raise Problem(f"the file is encoded in {name}, not in UTF-8", place, "save it as UTF-8", "syntax")
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        before = data[data.rfind(b"\n", 0, error.start) + 1 : error.start]
        column = len(before.decode("utf-8", "replace")) + 1
        place = Where(source, line, column)
        reason = f"the byte 0x{data[error.start]:02x} is not UTF-8"
        raise Problem(reason, place, "save the file as UTF-8", "syntax") from None
    text = text.replace("\r\n", "\n")
    if "\0" in text:
        offset = text.index("\0")
        raise Problem("a NUL byte is not text", where_at(source, text, offset, offset + 1, None), None, "syntax")
    return text
