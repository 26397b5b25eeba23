"""Files of safetensors: read with bounds, believed only where header and numbers fit together."""

from __future__ import annotations

import importlib.util
import json
import struct
from pathlib import Path
from typing import Any

import pytest
from test_spec_data import load, refused

from nncalc.cli.app import run
from nncalc.exchange.to_safetensors import written as handed
from nncalc.interface.opening import read_spec
from nncalc.problems import Problem
from nncalc.spec.model import from_spec
from nncalc.spec.safetensors import LONGEST_HEADER, arrays, written

CONFIGS = Path(__file__).parent.parent / "configs"


def file_of(header: Any, numbers: bytes = b"", length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text + numbers


def entry(kind: object = "F64", shape: object = (1,), offsets: object = (0, 8)) -> dict[str, object]:
    return {"dtype": kind, "shape": shape, "data_offsets": offsets}


EIGHT = struct.pack("<d", 2.5)


@pytest.mark.parametrize(
    ("kind", "shape", "numbers", "rows", "dims"),
    [
        ("F64", [2, 1], struct.pack("<2d", 1.5, -2), [[1.5], [-2]], 2),
        ("F32", [2], struct.pack("<2f", 0.5, 3), [[0.5], [3]], 1),
        ("F16", [1, 2], struct.pack("<2e", 0.25, -1), [[0.25, -1]], 2),
        ("BF16", [2], b"\x80\x3f\x40\xc0", [[1], [-3]], 1),  # 0x3f80 and 0xc040, the first halves of 1.0f and -3.0f
        ("I64", [], struct.pack("<q", -7), [[-7]], 0),
        ("I32", [1], struct.pack("<i", 7), [[7]], 1),
        ("I16", [1], struct.pack("<h", -300), [[-300]], 1),
        ("I8", [1], b"\xff", [[-1]], 1),
        ("U8", [1], b"\xff", [[255]], 1),
        ("BOOL", [3], b"\x00\x01\x01", [[0], [1], [1]], 1),
    ],
)
def test_every_kind_of_number_is_read(
    tmp_path: Path, kind: str, shape: list[int], numbers: bytes, rows: list[list[float]], dims: int
) -> None:
    (tmp_path / "x.safetensors").write_bytes(file_of({"w": entry(kind, shape, [0, len(numbers)])}, numbers))
    found = load(tmp_path, "x.safetensors")
    assert (found.rows, found.dims) == (rows, dims)


def test_an_array_is_chosen_by_its_key(tmp_path: Path) -> None:
    (tmp_path / "x.safetensors").write_bytes(written({"0.weight": ((1, 2), [1, 2]), "0.bias": ((1,), [3])}))
    assert load(tmp_path, "x.safetensors", ', key = "0.bias"').rows == [[3]]
    assert refused(tmp_path, "x.safetensors").hint == "choose one with `key`: `0.weight` or `0.bias`"
    assert refused(tmp_path, "x.safetensors", ', key = "b"').message == "inputs.x.key: there is no array `b`"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "this is no safetensors file: it has less than 8 bytes"),
        (file_of(b"{}", length=2**62), f"the header is said to have {2**62} bytes; at most {LONGEST_HEADER} are read"),
        (file_of(b"{}", length=9), "the header is said to have 9 bytes, the file has 2 after its length"),
        (file_of(b" {}"), "this is no safetensors file: its header does not begin with `{`"),
        (file_of(b'{"a": "\xff"}'), "the header is no text in UTF-8"),
        (file_of(b'{"a": 1, "a": 2}'), "the header is no sound JSON: the key `a` is given twice"),
        (file_of(b"{" * 100), "the header is no sound JSON: "),
        (file_of({"__metadata__": {"a": 1}}), "what the header says under `__metadata__` is no table of strings"),
        (file_of({"w": 1}), "the array `w` must have `dtype`, `shape` and `data_offsets`, and nothing else"),
        (file_of({"w": entry("F8_E4M3")}, EIGHT), "the array `w` is of the kind `F8_E4M3`, which is not known"),
        (file_of({"w": entry(8)}, EIGHT), "the array `w` is of the kind no word"),
        (file_of({"w": entry(shape=[-1])}, EIGHT), "the shape of the array `w` is no list of"),
        (file_of({"w": entry(shape=[True])}, EIGHT), "the shape of the array `w` is no list of"),
        (file_of({"w": entry(shape=[1] * 99)}, EIGHT), "the shape of the array `w` is no list of"),
        (file_of({"w": entry(offsets=[0, 16])}, EIGHT), "the offsets of the array `w` do not lie in the file"),
        (file_of({"w": entry(offsets=[8, 0])}, EIGHT), "the offsets of the array `w` do not lie in the file"),
        (file_of({"w": entry(shape=[2**40] * 8)}, EIGHT), "the array `w` has 8 bytes, its shape and kind need"),
        (file_of({"w": entry(), "v": entry()}, EIGHT), "the arrays overlap at byte 0"),
        (file_of({"w": entry(offsets=[8, 16])}, 2 * EIGHT), "the arrays leave a gap at byte 0"),
        (file_of({"w": entry()}, 2 * EIGHT), "8 bytes after the last array belong to none"),
    ],
)
def test_a_file_that_lies_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(Problem) as caught:
        arrays(content)
    assert caught.value.message.startswith(message)


@pytest.mark.parametrize(
    ("header", "numbers", "message"),
    [
        ({"w": entry(shape=[1, 1, 1])}, EIGHT, "the array has the shape (1, 1, 1); read are 1 to 2,000,000 numbers"),
        ({"w": entry(shape=[0], offsets=[0, 0])}, b"", "the array has the shape (0); read are 1 to 2,000,000 numbers"),
        ({"w": entry()}, struct.pack("<d", float("inf")), "the array holds nan or an infinity"),
        ({"w": entry("BOOL", [1], [0, 1])}, b"\x02", "an array of truth values holds another number than 0 and 1"),
    ],
)
def test_numbers_that_are_no_quantity_are_refused(
    tmp_path: Path, header: dict[str, object], numbers: bytes, message: str
) -> None:
    (tmp_path / "x.safetensors").write_bytes(file_of(header, numbers))
    assert refused(tmp_path, "x.safetensors").message.startswith(f"inputs.x.file: `x.safetensors`: {message}")


@pytest.mark.parametrize("spec", ["xor", "recitation", "convolution", "transformer"])
def test_the_numbers_of_a_spec_are_written_and_put_back(spec: str, tmp_path: Path) -> None:
    path = CONFIGS / f"{spec}.toml"
    model = from_spec(read_spec(str(path)))
    (tmp_path / "m.safetensors").write_bytes(handed(model, "safetensors", None).data)
    words = ["import", str(tmp_path / "m.safetensors"), "--like", str(path), "-o", str(tmp_path / "n.toml")]
    assert run(words) == 0
    back = from_spec(read_spec(str(tmp_path / "n.toml")))
    assert {of: [[*row] for row in rows] for of, rows in back.given.items()} == {**model.given}


def test_a_batch_is_written_with_an_example_a_row() -> None:
    model = from_spec(read_spec(str(CONFIGS / "xor.toml")))
    found = arrays(handed(model, "safetensors", None).data)
    assert {name: each.sizes for name, each in found.items()} == {
        "x": (4, 2), "y": (4,), "W1": (2, 2), "b1": (2,), "W2": (1, 2)
    }  # fmt: skip
    with pytest.raises(Problem, match="no gradients"):
        handed(model, "safetensors", ["W1"])


@pytest.mark.models
def test_files_go_to_the_library_of_the_format_and_come_from_it(tmp_path: Path) -> None:
    if importlib.util.find_spec("safetensors"):
        import numpy as np
        from safetensors import numpy as library

    ours = library.load(written({"W": ((2, 1), [0.1, 2]), "ü": ((), [3])}))
    assert {name: array.tolist() for name, array in ours.items()} == {"W": [[0.1], [2.0]], "ü": 3.0}
    kinds = ("f8", "f4", "f2", "i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1", "?")
    drawn = {kind: np.array([[0, 1, 1], [1, 0, 1]], kind) for kind in kinds}
    library.save_file(drawn, tmp_path / "x.safetensors", {"format": "np"})
    for kind in kinds:
        assert load(tmp_path, "x.safetensors", f', key = "{kind}"').rows == [[0, 1, 1], [1, 0, 1]]
