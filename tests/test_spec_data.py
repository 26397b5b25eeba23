"""Numbers from data files: CSV, JSON, NPY and NPZ, and no way out of the spec's folder."""

from __future__ import annotations

import io
import os
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from nncalc.language.figures import Figure
from nncalc.problems import Problem, Where
from nncalc.spec import Given, read


def load(folder: Path | None, file: str, rest: str = "") -> Given:
    text = f'[inputs]\nx = {{ file = "{file}"{rest} }}\n[equations]\nf = "x"\n'
    found = read(text.encode(), "net.toml", "toml", None if folder is None else str(folder)).given["x"]
    return found._replace(rows=[list(row) for row in found.rows])


def refused(folder: Path | None, file: str, rest: str = "") -> Problem:
    with pytest.raises(Problem) as caught:
        load(folder, file, rest)
    assert isinstance(caught.value.where, Where)
    assert caught.value.where.line == 2
    return caught.value


@pytest.mark.parametrize(
    ("content", "rows", "dims"),
    [
        (b"2,1,0\n0,2,0\n", [[2, 1, 0], [0, 2, 0]], 2),
        (b"\xef\xbb\xbf2,1\r\n0,2\r\n", [[2, 1], [0, 2]], 2),
        (b"1\n2\n3", [[1], [2], [3]], 1),
        (b"1, 2.50 ,+3\n", [[1, 2.5, 3]], 2),
        (b"1/4,.5,1e3\n\n", [[0.25, 0.5, 1000]], 2),
    ],
)
def test_csv_holds_rows_of_numbers(tmp_path: Path, content: bytes, rows: list[list[float]], dims: int) -> None:
    (tmp_path / "x.csv").write_bytes(content)
    given = load(tmp_path, "x.csv")
    assert (given.rows, given.dims, given.path) == (rows, dims, ("inputs", "x", "file"))


def test_csv_keeps_the_text_of_a_number(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("0.10,1/3\n")
    ((tenth, third),) = load(tmp_path, "x.csv").rows
    assert isinstance(tenth, Figure)
    assert isinstance(third, Figure)
    assert (tenth.text, third.text) == ("0.10", "1/3")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"1,2\n3\n", "line 2: rows of different lengths: row 1 has 2 values, row 2 has 1"),
        (b"2,0;1,0\n", "line 1: value 1: `2,0` is not a number"),
        (b"1_0,1\n", "line 1: value 1: `1_0` is not a number"),
        (b"nan,1\n", "line 1: value 1: `nan` is not a number"),
        (b"1e999\n", "line 1: value 1: `1e999` is too large for a floating-point number"),
        (b"\x1b[31m2,1\n", "line 1: value 1: `\\x1b[31m2` is not a number"),
        (b"1\n\xe9\n", "line 2: the byte 0xe9 is not UTF-8"),
        (b"1," * 2_000_001, "more than 2000000 values"),
    ],
)
def test_csv_that_is_not_rows_of_numbers_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "x.csv").write_bytes(content)
    separator = ", " if message.startswith("line") else ": "
    assert refused(tmp_path, "x.csv").message == f"inputs.x.file: `x.csv`{separator}{message}"


@pytest.mark.parametrize(
    ("content", "rows", "dims"), [("3", [[3]], 0), ("[1, 2]", [[1], [2]], 1), ("[[1, 2]]", [[1, 2]], 2)]
)
def test_a_json_file_holds_one_value(tmp_path: Path, content: str, rows: list[list[float]], dims: int) -> None:
    (tmp_path / "x.json").write_text(content)
    given = load(tmp_path, "x.json")
    assert (given.rows, given.dims) == (rows, dims)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[1,\n2,]", "line 2: a comma before `]`"),
        ("[1,\ntrue]", "line 2: [1]: must be a number, not `true`"),
        ("{}", "line 1: must be a number, a list of numbers or a list of lists, not a table"),
    ],
)
def test_a_json_file_that_holds_no_numbers_is_refused(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "x.json").write_text(content)
    assert refused(tmp_path, "x.json").message == f"inputs.x.file: `x.json`, {message}"


@pytest.mark.parametrize("kind", ["<f8", ">f8", "<f4", "<f2", "<i8", ">i4", "|i1", "<u2", "|u1"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_numpy_files_of_real_numbers_are_read(tmp_path: Path, kind: str, order: str) -> None:
    np.save(tmp_path / "x.npy", np.array([[2, 1, 0], [0, 2, 7]], dtype=kind, order=order))  # type: ignore[call-overload]
    assert load(tmp_path, "x.npy").rows == [[2, 1, 0], [0, 2, 7]]


def test_numpy_files_have_as_many_dimensions_as_they_say(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array(0.5))
    assert (load(tmp_path, "x.npy").rows, load(tmp_path, "x.npy").dims) == ([[0.5]], 0)
    np.save(tmp_path / "x.npy", np.array([1.5, 2]))
    assert (load(tmp_path, "x.npy").rows, load(tmp_path, "x.npy").dims) == ([[1.5], [2]], 1)


def npy(header: str, data: bytes = bytes(48), version: tuple[int, int] = (1, 0), length: int | None = None) -> bytes:
    text = header.encode() + b"\n"
    return b"\x93NUMPY" + bytes(version) + struct.pack("<H", len(text) if length is None else length) + text + data


def head(shape: str = "(2, 3)", kind: str = "<f8") -> str:
    return f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "this is not a NumPy file"),
        (b"\x80\x04cposix", "this is not a NumPy file"),
        (npy(head(), version=(9, 9)), "version 9.9 of NumPy's format is not known"),
        (npy(head(), length=60_000), "the header is too long"),
        (npy(head(), length=5_000), "the header is longer than the file"),
        (npy(head(kind="|O")), "the header names no array of plain numbers"),
        (npy("(" * 300), "the header names no array of plain numbers"),
        (npy(head("(-2, -3)")), "the header names no array of plain numbers"),
        (npy(head(kind="<c16")), "the array holds `<c16`, not real numbers"),
        (npy(head(kind="|b1")), "the array holds `|b1`, not real numbers"),
        (npy(head("(0,)")), "the array has the shape (0,); read are 1 to 2,000,000 numbers in at most two dimensions"),
        (
            npy(head("(1, 2, 3)")),
            "the array has the shape (1, 2, 3); read are 1 to 2,000,000 numbers in at most two dimensions",
        ),
        (
            npy(head("(1000000000000,)")),
            "the array has the shape (1000000000000,); read are 1 to 2,000,000 numbers in at most two dimensions",
        ),
        (npy(head(), bytes(20)), "the header announces 48 bytes of numbers, the file has 20"),
        (npy(head("(1,)"), struct.pack("<d", float("nan"))), "the array holds nan or an infinity"),
    ],
)
def test_numpy_files_of_anything_else_are_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "x.npy").write_bytes(content)
    assert refused(tmp_path, "x.npy").message == f"inputs.x.file: `x.npy`: {message}"


def test_numpy_files_of_version_2_are_read(tmp_path: Path) -> None:
    with (tmp_path / "x.npy").open("wb") as file:
        np.lib.format.write_array(file, np.array([1.0, 2.0]), version=(2, 0))
    assert load(tmp_path, "x.npy").rows == [[1], [2]]


def test_an_array_of_an_npz_file_is_chosen_by_its_key(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", a=np.array([1, 2]), b=np.array([3]))
    assert load(tmp_path, "x.npz", ', key = "a"').rows == [[1], [2]]
    np.savez(tmp_path / "x.npz", only=np.array([3]))
    assert load(tmp_path, "x.npz").rows == [[3]]


def test_an_npz_file_without_the_array_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", a=np.array([1, 2]), b=np.array([3]))
    problem = refused(tmp_path, "x.npz")
    assert problem.message == "inputs.x.file: `x.npz`: the file holds 2 arrays"
    assert problem.hint == "choose one with `key`: `a` or `b`"
    problem = refused(tmp_path, "x.npz", ', key = "c"')
    assert problem.message == "inputs.x.key: there is no array `c`"
    assert problem.hint == "there is `a` or `b`"
    with zipfile.ZipFile(tmp_path / "x.npz", "w"):
        pass
    assert refused(tmp_path, "x.npz").hint == "choose one with `key`: none"


def test_an_npz_file_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("W.npy", bytes(20_000_000))
    message = "the array `W` unpacks to 20000000 bytes; at most 16065536 are read"
    assert refused(tmp_path, "x.npz").message == f"inputs.x.file: `x.npz`: {message}"


def test_a_broken_npz_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.npz").write_bytes(b"PK no")
    assert "this is not a sound NPZ file" in refused(tmp_path, "x.npz").message
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("W.npy", npy(head()))
    broken = bytearray(packed.getvalue())
    broken[45:50] = b"\xff" * 5
    (tmp_path / "x.npz").write_bytes(bytes(broken))
    assert "this is not a sound NPZ file" in refused(tmp_path, "x.npz").message


@pytest.mark.parametrize(
    "name",
    [
        "../x.csv", "a/../../x.csv", "/etc/passwd", "/dev/stdin", "~/x.csv", "", "a//x.csv", "c:x.csv",
        "\\\\\\\\host\\\\x.csv", "a\\u0000b.csv", "x.csv\\n", "\\u202ex.csv",
    ],
)  # fmt: skip
def test_a_name_that_is_no_plain_path_below_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    assert refused(tmp_path, name).message.endswith("is not a file below the spec's folder")


@pytest.mark.parametrize("name", ["con.csv", "a/NUL.csv", "com1.x.csv", "x.txt", "x", "x.pkl"])
def test_a_file_that_is_no_data_file_is_refused(tmp_path: Path, name: str) -> None:
    problem = refused(tmp_path, name)
    assert problem.message == f"inputs.x.file: `{name}` is not a data file"
    assert problem.hint == "its name must end in `.csv`, `.json`, `.npy`, `.npz` or `.safetensors`"


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "outside.csv").write_text("1\n")
    inside = tmp_path / "specs"
    inside.mkdir()
    (inside / "x.csv").symlink_to(tmp_path / "outside.csv")
    (inside / "y.csv").write_text("1\n")
    (inside / "z.csv").symlink_to(inside / "y.csv")
    assert refused(inside, "x.csv").message == "inputs.x.file: `x.csv` leads out of the spec's folder"
    assert load(inside, "z.csv").rows == [[1]]


def test_only_an_ordinary_file_of_bounded_size_is_read(tmp_path: Path) -> None:
    assert refused(tmp_path, "x.csv").message == "inputs.x.file: `x.csv`: there is no such file"
    (tmp_path / "x.csv").mkdir()
    assert refused(tmp_path, "x.csv").message == "inputs.x.file: `x.csv`: this is not an ordinary file"
    os.mkfifo(tmp_path / "f.csv")
    assert refused(tmp_path, "f.csv").message == "inputs.x.file: `f.csv`: this is not an ordinary file"
    with (tmp_path / "y.csv").open("wb") as file:
        file.truncate(20_000_000)
    message = "the file has 20000000 bytes; at most 16065536 are read"
    assert refused(tmp_path, "y.csv").message == f"inputs.x.file: `y.csv`: {message}"
    assert refused(tmp_path, "x" * 300 + ".csv").message.endswith(": cannot be read: File name too long")


def test_a_spec_without_a_folder_names_no_files() -> None:
    assert refused(None, "x.csv").message == "inputs.x.file: a spec without a folder cannot name files"


def test_only_files_of_several_arrays_have_keys(tmp_path: Path) -> None:
    message = "inputs.x.key: only a .npz, a .json or a .safetensors file has keys"
    assert refused(tmp_path, "x.csv", ', key = "a"').message == message


NETWORK = """
[input]
file = "x.csv"
[[layers]]
type = "dense"
weights = { file = "w.csv" }
bias = { file = "b.csv" }
activation = "softmax"
[loss]
type = "cross_entropy"
target = { file = "y.csv" }
"""


def test_a_network_takes_everything_from_files(tmp_path: Path) -> None:
    for name, content in {"x": "1,2\n3,4\n5,6\n", "w": "1,2\n3,4\n", "b": "7\n8\n", "y": "0\n1\n1\n"}.items():
        (tmp_path / f"{name}.csv").write_text(content)
    spec = read(NETWORK.encode(), "net.toml", "toml", str(tmp_path))
    assert spec.given["x"].rows == [[1, 3, 5], [2, 4, 6]]
    assert spec.given["b1"].rows == [[7], [8]]
    assert spec.given["y"].rows == [[1, 0, 0], [0, 1, 1]]


def test_one_row_of_a_file_is_a_batch_of_one_example(tmp_path: Path) -> None:
    for name, content in {"x": "1,2\n", "w": "1,2\n3,4\n", "b": "7,8\n", "y": "0,1\n"}.items():
        (tmp_path / f"{name}.csv").write_text(content)
    spec = read(NETWORK.encode(), "net.toml", "toml", str(tmp_path))
    assert spec.given["x"].rows == [[1], [2]]
    assert spec.given["x"].batch
    assert spec.given["b1"].rows == [[7], [8]]
    assert spec.given["y"].rows == [[0], [1]]


def test_a_file_of_the_wrong_shape_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("1,2\n")
    (tmp_path / "w.csv").write_text("1,2,3\n")
    with pytest.raises(Problem) as caught:
        read(NETWORK.encode(), "net.toml", "toml", str(tmp_path))
    assert caught.value.message == (
        "layers[0].weights.file: `W1` is 1×3 in `w.csv`, must be 1×2: `x` has 2 values (line 3)"
    )
