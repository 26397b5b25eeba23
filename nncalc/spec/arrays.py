"""NumPy's files, NPY and NPZ, read without NumPy and without ever unpickling.

Only plain real numbers are read, of no more dimensions than a quantity has, and sizes are checked against the header
before anything is unpacked.
"""

from __future__ import annotations

import io
import math
import re
import struct
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from nncalc.language.blocks import Block
from nncalc.problems import Problem
from nncalc.spec.node import Node
from nncalc.spec.values import MOST_VALUES, Values
from nncalc.spec.words import either, printable, shown

_MAGIC: Final = b"\x93NUMPY"
_LONGEST_HEADER = 10_000
_MOST_BYTES = 8 * MOST_VALUES + 2**16
_DESCR = re.compile(r"'descr'\s*:\s*'([<>=|])([a-zA-Z])([0-9]+)'")
_ORDER = re.compile(r"'fortran_order'\s*:\s*(True|False)")
_SHAPE = re.compile(r"'shape'\s*:\s*\(((?:[0-9]{1,18}, ?)*+[0-9]{0,18})\)")
_CODES: Final = {
    "f2": "e", "f4": "f", "f8": "d",
    "i1": "b", "i2": "h", "i4": "i", "i8": "q",
    "u1": "B", "u2": "H", "u4": "I", "u8": "Q",
}  # fmt: skip


def npy(data: bytes, node: Node, levels: int = 2) -> Values:
    """Return the numbers of an NPY file."""
    if not data.startswith(_MAGIC) or len(data) < 12:
        raise _bad("this is not a NumPy file")
    width = {1: 2, 2: 4, 3: 4}.get(data[6])
    if width is None:
        raise _bad(f"version {data[6]}.{data[7]} of NumPy's format is not known")
    start = 8 + width
    length = int.from_bytes(data[8:start], "little")
    if length > _LONGEST_HEADER or start + length > len(data):
        raise _bad("the header is longer than the file" if length <= _LONGEST_HEADER else "the header is too long")
    header = data[start : start + length].decode("latin-1")
    return _unpacked(memoryview(data)[start + length :], header, node, levels)


def _unpacked(data: memoryview, header: str, node: Node, levels: int) -> Values:
    descr, order, shape = _DESCR.search(header), _ORDER.search(header), _SHAPE.search(header)
    if not (descr and order and shape):
        raise _bad("the header names no array of plain numbers", "save it as real numbers, not objects")
    code = _CODES.get(descr[2] + descr[3])
    if code is None:
        raise _bad(f"the array holds {shown(descr[1] + descr[2] + descr[3])}, not real numbers")
    sizes = [int(part) for part in shape[1].split(",") if part.strip()]
    check_shape(sizes, levels, shape[1])
    count = math.prod(sizes)
    if len(data) != count * int(descr[3]):
        raise _bad(f"the header announces {count * int(descr[3])} bytes of numbers, the file has {len(data)}")
    by_columns = order[1] == "True"
    if sizes[:-2] and by_columns:
        raise _bad("the array of matrices is stored column by column", "save np.ascontiguousarray(array)")
    return unpacked(data, (">" if descr[1] == ">" else "<") + code, sizes, node, by_columns=by_columns)


def check_shape(sizes: Sequence[int], levels: int, said: str) -> None:
    """Raise Problem (`file`) for an array of more levels than are read, of too many numbers or of none."""
    if len(sizes) > levels or not 0 < math.prod(sizes) <= MOST_VALUES:
        most = {2: "two", 3: "three", 4: "four"}[levels]
        raise _bad(
            f"the array has the shape ({printable(said)}); "
            f"read are 1 to {MOST_VALUES:,} numbers in at most {most} dimensions"
        )


def unpacked(data: memoryview, form: str, sizes: Sequence[int], node: Node, *, by_columns: bool = False) -> Values:
    """Return raw numbers in the shape that they have; `form` is how `struct` writes the order of bytes and the kind."""
    count, outer, columns = math.prod(sizes), tuple(sizes[:-2]), [1, *sizes][-1]
    rows = count // columns
    if form == ("<d" if sys.byteorder == "little" else ">d"):
        block = data.cast("d")
        if _may_be_infinite(data) and not all(map(math.isfinite, block)):
            raise _bad("the array holds nan or an infinity")
        return Values(Block(block, rows, columns, by_columns), len(sizes), node, outer=outer)
    values = struct.unpack(f"{form[0]}{count}{form[1]}", data)
    if not all(map(math.isfinite, values)):
        raise _bad("the array holds nan or an infinity")
    if by_columns:
        return Values([list(values[i::rows]) for i in range(rows)], len(sizes), node)
    return Values([list(values[i * columns : (i + 1) * columns]) for i in range(rows)], len(sizes), node, outer=outer)


def _may_be_infinite(data: memoryview) -> bool:
    """Return whether the exponent of some double in `data` may be that of no number, which its first byte tells."""
    first = bytes(data[7::8] if sys.byteorder == "little" else data[::8])
    return b"\x7f" in first or b"\xff" in first


def npz(data: bytes, key: Node | None, node: Node, levels: int = 2) -> Values:
    """Return the numbers of one array of an NPZ file: the one named `key`, or the only one."""
    import zipfile
    import zlib

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            sizes = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
            name = chosen(list(sizes), key)
            if sizes[name].file_size > _MOST_BYTES:
                size = sizes[name].file_size
                raise _bad(f"the array {shown(name)} unpacks to {size} bytes; at most {_MOST_BYTES} are read")
            with archive.open(sizes[name]) as file:
                return npy(file.read(_MOST_BYTES), node, levels)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, ValueError, OSError, struct.error) as error:
        raise _bad(f"this is not a sound NPZ file: {printable(str(error))}") from None


def chosen(names: list[str], key: Node | None) -> str:
    """Return which of a file's arrays is meant: the one named `key`, or the only one; raise Problem (`file`)."""
    if key is None:
        if len(names) != 1:
            raise _bad(f"the file holds {len(names)} arrays", f"choose one with `key`: {_listed(names)}")
        return names[0]
    if key.text() not in names:
        raise key.problem(f"there is no array {shown(key.text())}", f"there is {_listed(names)}", "file")
    return key.text()


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Say in which array of a file it is that something is wrong."""
    try:
        yield
    except Problem as problem:
        raise Problem(f"{shown(name)}: {problem.message}", problem.where, problem.hint, problem.code) from None


def npz_arrays(data: bytes, node: Node, levels: int = 2) -> Iterator[tuple[str, Values]]:
    """Yield every array of an NPZ file with its name, of no more values together than a spec may hold."""
    import zipfile
    import zlib

    room = _MOST_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info in archive.infolist():
                room -= info.file_size + 64
                if room < 0:
                    raise _bad(f"the arrays unpack to more than {_MOST_BYTES} bytes together")
                with archive.open(info) as file:
                    name = info.filename.removesuffix(".npy")
                    with reading(name):
                        found = npy(file.read(info.file_size), node, levels)
                    yield name, found
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, ValueError, OSError, struct.error) as error:
        raise _bad(f"this is not a sound NPZ file: {printable(str(error))}") from None


def npz_of(arrays: Mapping[str, Sequence[Any]]) -> bytes:
    """Return an NPZ file of arrays of doubles, each a number, a list or a list of lists; NumPy's format 1.0.

    >>> from zipfile import ZipFile
    >>> with ZipFile(io.BytesIO(npz_of({"W": [[1, 2]]}))) as archive:
    ...     archive.namelist(), len(archive.read("W.npy"))
    (['W.npy'], 144)
    """
    import zipfile

    found = io.BytesIO()
    with zipfile.ZipFile(found, "w") as archive:
        for name, array in arrays.items():
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), _npy_of(array))
    return found.getvalue()


def flat(array: Any) -> tuple[tuple[int, ...], list[float]]:
    """Return the shape of a number or of lists in each other, and their numbers row by row.

    >>> flat([[1, 2], [3, 4]]), flat(5)
    (((2, 2), [1, 2, 3, 4]), ((), [5]))
    """
    shape: list[int] = []
    entries = [array]
    while isinstance(entries[0], list):
        shape.append(len(entries[0]))
        entries = [entry for each in entries for entry in each]
    return tuple(shape), entries


def _npy_of(array: Any) -> bytes:
    shape, entries = flat(array)
    sizes = ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "")
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({sizes}), }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    start = _MAGIC + b"\x01\x00" + len(header).to_bytes(2, "little") + header.encode("latin-1")
    return start + struct.pack(f"<{len(entries)}d", *entries)


def _listed(names: list[str]) -> str:
    return either([printable(name) for name in names[:10]]) if names else "none"


def _bad(message: str, hint: str | None = None) -> Problem:
    return Problem(message, None, hint, "file")
