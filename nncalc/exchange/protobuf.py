"""Protocol buffers on the wire: the fields of a message, read within bounds, and written.

https://protobuf.dev/programming-guides/encoding says how. Knows numbers of fields, not what they mean.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Final

from nncalc.problems import Problem
from nncalc.spec.values import MOST_VALUES

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
_LONGEST: Final = 10
MOST_FIELDS: Final = 500_000


class Fields:
    """The fields of a message by their numbers, with all their values in order; a class as much is asked of it."""

    def __init__(self, data: memoryview, what: str) -> None:
        self.what = what
        self.found: dict[int, list[int | memoryview]] = {}
        at, count = 0, 0
        while at < len(data):
            key, at = _varint(data, at, what)
            value, at = _value(data, at, key & 7, what)
            self.found.setdefault(key >> 3, []).append(value)
            count += 1
            if count > MOST_FIELDS:
                raise bad(f"{what} has more than {MOST_FIELDS} fields")

    def messages(self, number: int) -> list[memoryview]:
        """Return the values of a field that are messages, texts or raw bytes."""
        found = [value for value in self.found.get(number, ()) if isinstance(value, memoryview)]
        if len(found) != len(self.found.get(number, ())):
            raise bad(f"field {number} of {self.what} is of another kind than it must be")
        return found

    def data(self, number: int) -> memoryview:
        """Return the last value of a field of bytes, empty where there is none."""
        found = self.messages(number)
        return found[-1] if found else memoryview(b"")

    def text(self, number: int) -> str:
        """Return the last value of a field of text."""
        return self._text(self.data(number))

    def texts(self, number: int) -> list[str]:
        """Return all values of a field of text."""
        return [self._text(each) for each in self.messages(number)]

    def _text(self, data: memoryview) -> str:
        try:
            return bytes(data).decode()
        except UnicodeDecodeError:
            raise bad(f"a text in {self.what} is not in UTF-8") from None

    def whole(self, number: int, default: int = 0) -> int:
        """Return the last value of a field that is a whole number, which may be negative."""
        found = self.wholes(number)
        return found[-1] if found else default

    def wholes(self, number: int) -> list[int]:
        """Return the whole numbers of a field, said one by one or packed together."""
        found: list[int] = []
        for value in self.found.get(number, ()):
            if isinstance(value, int):
                found.append(_signed(value))
                continue
            at = 0
            while at < len(value):
                one, at = _varint(value, at, self.what)
                found.append(_signed(one))
                if len(found) > MOST_VALUES:
                    raise bad(f"{self.what} has more than {MOST_VALUES} numbers in a field")
        return found

    def reals(self, number: int, kind: str) -> list[float]:
        """Return the numbers of a field, `f` single or `d` double, said one by one or packed together."""
        width = struct.calcsize(kind)
        data = b"".join(map(bytes, self.messages(number)))
        if len(data) % width:
            raise bad(f"the numbers in {self.what} end in the middle of one")
        return [*struct.unpack(f"<{len(data) // width}{kind}", data)]


def _value(data: memoryview, at: int, wire: int, what: str) -> tuple[int | memoryview, int]:
    if wire == VARINT:
        return _varint(data, at, what)
    length = {FIXED64: 8, FIXED32: 4}.get(wire)
    if wire == BYTES:
        length, at = _varint(data, at, what)
    if length is None:
        raise bad(f"{what} has a field of a kind that no such file has")
    if length > len(data) - at:
        raise bad(f"{what} ends in the middle of a field: {length} bytes are said, {len(data) - at} are there")
    return data[at : at + length], at + length


def _varint(data: memoryview, at: int, what: str) -> tuple[int, int]:
    found = 0
    for place in range(_LONGEST):
        if at + place >= len(data):
            raise bad(f"{what} ends in the middle of a number")
        found |= (data[at + place] & 127) << 7 * place
        if data[at + place] < 128:
            return found & (2**64 - 1), at + place + 1
    raise bad(f"{what} has a number of more than {_LONGEST} bytes")


def _signed(value: int) -> int:
    return value - 2**64 if value >= 2**63 else value


def bad(message: str) -> Problem:
    """Return the problem of a file that is none of its kind."""
    return Problem(message, None, None, "file")


# -- written --------------------------------------------------------------------------------------------


def field(number: int, value: int | float | str | bytes) -> bytes:
    r"""Return a field: a whole number, a single-precision number, a text, or bytes.

    >>> field(1, 300), field(2, "a")
    (b'\x08\xac\x02', b'\x12\x01a')
    """
    if isinstance(value, int):
        return varint(number << 3 | VARINT) + varint(value)
    if isinstance(value, float):
        return varint(number << 3 | FIXED32) + struct.pack("<f", value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | BYTES) + varint(len(data)) + data


def fields(number: int, values: Iterable[int | float | str | bytes]) -> bytes:
    """Return a field with several values."""
    return b"".join(field(number, value) for value in values)


def varint(value: int) -> bytes:
    """Return a whole number in groups of seven bits."""
    value &= 2**64 - 1
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])
