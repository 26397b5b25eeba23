"""Files of safetensors: the length of a header, the header in JSON, raw numbers, read without any library.

https://github.com/huggingface/safetensors says the format. A header is believed only where all of it fits together:
every array has the bytes that its shape needs, and the arrays fill the file without a gap and without an overlap.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from nncalc.problems import Problem
from nncalc.spec import strict_json
from nncalc.spec.arrays import check_shape, chosen, reading, unpacked
from nncalc.spec.node import Node
from nncalc.spec.places import Misread
from nncalc.spec.values import Values
from nncalc.spec.words import either, shown

LONGEST_HEADER: Final = 2**20
_MOST_SIZES, _LARGEST_SIZE = 8, 2**40
#: Kinds of numbers: how `struct` writes them, and how many bytes each has. A bfloat16 is the first half of a float32.
_KINDS: Final = {
    "F64": ("d", 8), "F32": ("f", 4), "F16": ("e", 2), "BF16": ("f", 2), "I64": ("q", 8), "I32": ("i", 4),
    "I16": ("h", 2), "I8": ("b", 1), "U64": ("Q", 8), "U32": ("I", 4), "U16": ("H", 2), "U8": ("B", 1),
    "BOOL": ("B", 1),
}  # fmt: skip


class Array(NamedTuple):
    """An array of a file: its kind of numbers, its shape, and its bytes."""

    kind: str
    sizes: tuple[int, ...]
    data: memoryview

    def values(self, node: Node, levels: int = 2) -> Values:
        """Return its numbers; raise Problem (`file`) where they cannot be a quantity's."""
        check_shape(self.sizes, levels, ", ".join(map(str, self.sizes)))
        data = self.data
        if self.kind == "BF16":
            wide = bytearray(2 * len(data))
            wide[2::4], wide[3::4] = data[::2], data[1::2]
            data = memoryview(wide)
        if self.kind == "BOOL" and not {*data} <= {0, 1}:
            raise _bad("an array of truth values holds another number than 0 and 1")
        return unpacked(data, f"<{_KINDS[self.kind][0]}", self.sizes, node)


def array(data: bytes, key: Node | None, node: Node, levels: int = 2) -> Values:
    """Return the numbers of one array of a file: the one named `key`, or the only one; raise Problem."""
    found = arrays(data)
    return found[chosen(list(found), key)].values(node, levels)


def all_values(data: bytes, node: Node, levels: int = 2) -> Iterator[tuple[str, Values]]:
    """Yield the numbers of every array of a file with its name."""
    for name, found in arrays(data).items():
        with reading(name):
            values = found.values(node, levels)
        yield name, values


def arrays(data: bytes) -> dict[str, Array]:
    """Return the arrays of a file by their names, in its header's order; raise Problem (`file`) where that lies."""
    if len(data) < 8:
        raise _bad("this is no safetensors file: it has less than 8 bytes")
    length = int.from_bytes(data[:8], "little")
    if length > LONGEST_HEADER:
        raise _bad(f"the header is said to have {length} bytes; at most {LONGEST_HEADER} are read")
    if length > len(data) - 8:
        raise _bad(f"the header is said to have {length} bytes, the file has {len(data) - 8} after its length")
    header = _header(data[8 : 8 + length])
    numbers = memoryview(data)[8 + length :]
    found: dict[str, Array] = {}
    spans: list[tuple[int, int]] = []
    for name, entry in header.items():
        start, end, found[name] = _array(name, entry, numbers)
        spans.append((start, end))
    reached = 0
    for start, end in sorted(spans):
        if start != reached:
            raise _bad(f"the arrays {'overlap' if start < reached else 'leave a gap'} at byte {min(start, reached)}")
        reached = end
    if reached != len(numbers):
        raise _bad(f"{len(numbers) - reached} bytes after the last array belong to none")
    return found


def _header(data: bytes) -> dict[str, object]:
    if not data.startswith(b"{"):
        raise _bad("this is no safetensors file: its header does not begin with `{`")
    try:
        tree = strict_json.parse(data.decode())
    except UnicodeDecodeError:
        raise _bad("the header is no text in UTF-8") from None
    except Misread as wrong:
        raise _bad(f"the header is no sound JSON: {wrong.message}") from None
    assert isinstance(tree, dict)
    about = tree.pop("__metadata__", {})
    if not isinstance(about, dict) or not all(isinstance(each, str) for each in about.values()):
        raise _bad("what the header says under `__metadata__` is no table of strings")
    return tree


def _array(name: str, entry: object, numbers: memoryview) -> tuple[int, int, Array]:
    """Return an array that the header names, and where it begins and ends; raise Problem where the two do not fit."""
    if not isinstance(entry, dict) or entry.keys() != {"dtype", "shape", "data_offsets"}:
        raise _bad(f"the array {shown(name)} must have `dtype`, `shape` and `data_offsets`, and nothing else")
    kind, sizes, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(kind, str) or kind not in _KINDS:
        said = f"{shown(kind)}, which is not known" if isinstance(kind, str) else "no word"
        raise _bad(f"the array {shown(name)} is of the kind {said}", f"read are {either(_KINDS)}")
    if not _whole(sizes) or len(sizes) > _MOST_SIZES:
        raise _bad(f"the shape of the array {shown(name)} is no list of at most {_MOST_SIZES} whole numbers")
    if not _whole(offsets) or len(offsets) != 2 or not offsets[0] <= offsets[1] <= len(numbers):
        raise _bad(f"the offsets of the array {shown(name)} do not lie in the file", f"it holds {len(numbers)} bytes")
    start, end = offsets
    needed = math.prod(sizes) * _KINDS[kind][1]
    if needed != end - start:
        raise _bad(f"the array {shown(name)} has {end - start} bytes, its shape and kind need {needed}")
    return start, end, Array(kind, tuple(sizes), numbers[start:end])


def _whole(value: Any) -> bool:
    return isinstance(value, list) and all(type(each) is int and 0 <= each <= _LARGEST_SIZE for each in value)


def written(arrays: Mapping[str, tuple[Sequence[int], Sequence[float]]]) -> bytes:
    """Return a file of arrays of doubles, each of a shape and its numbers in the order of rows.

    >>> [(name, each.kind, each.sizes) for name, each in arrays(written({"W": ((1, 2), (0.5, 2))})).items()]
    [('W', 'F64', (1, 2))]
    """
    header: dict[str, object] = {}
    parts: list[bytes] = []
    reached = 0
    for name, (sizes, numbers) in arrays.items():
        parts.append(struct.pack(f"<{len(numbers)}d", *numbers))
        header[name] = {"dtype": "F64", "shape": [*sizes], "data_offsets": [reached, reached + len(parts[-1])]}
        reached += len(parts[-1])
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return b"".join([len(text).to_bytes(8, "little"), text, *parts])


def _bad(message: str, hint: str | None = None) -> Problem:
    return Problem(message, None, hint, "file")
