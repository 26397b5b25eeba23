"""Tables as people have them: public files of XOR and of irises, shortened, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nncalc.cli.app import run
from nncalc.problems import Problem
from nncalc.spec import Given, Spec, read

XOR = [[0, 0], [0, 1], [1, 0], [1, 1]]
XOR_CLASSES = [0, 1, 1, 0]
IRIS = [[5.1, 3.5, 1.4, 0.2], [7.0, 3.2, 4.7, 1.4], [6.3, 3.3, 6.0, 2.5]]
SPECIES = ["setosa", "versicolor", "virginica"]


def load(folder: Path, content: str, table: str = 'file = "x.csv"') -> tuple[Given, Spec]:
    (folder / "x.csv").write_bytes(content.encode())
    text = f'batch = ["x"]\n[inputs]\nx = {{ {table} }}\n[equations]\nf = "x"\n'
    spec = read(text.encode(), "spec.toml", "toml", str(folder))
    return spec.given["x"], spec


def rows(given: Given) -> list[list[float]]:
    """Return the examples of a batch, one a row."""
    return [list(row) for row in zip(*given.rows, strict=True)]


def refused(folder: Path, content: str, table: str = 'file = "x.csv"') -> Problem:
    with pytest.raises(Problem) as caught:
        load(folder, content, table)
    return caught.value


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("# x1,x2\n0,0\n0,1\n1,0\n1,1\n", ["the first line of x.csv is a header: x1, x2"]),
        ("x1,x2\r0,0\r0,1\r1,0\r1,1\r", ["the first line of x.csv is a header: x1, x2"]),
        ('"a;b",c\n0,0\n0,1\n1,0\n1,1\n', ["the first line of x.csv is a header: a;b, c"]),
        ("[0. 0.]\n[0. 1.]\n[1. 0.]\n[1. 1.]\n", []),
        ("x1,x2\n0,0\n0,1\n1,0\n1,1\n", ["the first line of x.csv is a header: x1, x2"]),
        ('"a","b"\r\n"0","0"\r\n"0","1"\r\n"1","0"\r\n"1","1"\r\n', ["the first line of x.csv is a header: a, b"]),
        ('# "the, exclusive or\n0,0\n0,1\n1,0\n1,1\n', ["the first line of x.csv is a header: the, exclusive or"]),
        ('# the "exclusive or\n0,0\n0,1\n1,0\n1,1\n', []),
        ("# the exclusive or\n0,0\n0,1\n\n1,0\n1,1\n\n", []),
        ("0,0,\n0,1,\n1,0,\n1,1,\n", []),
        ("x,y,\n0,0,\n0,1,\n1,0,\n1,1,\n", ["the first line of x.csv is a header: x, y"]),
        ("x,y\n0,0,\n0,1,\n1,0,\n1,1,\n", ["the first line of x.csv is a header: x, y"]),
        ("0\t0\n0\t1\n1\t0\n1\t1\n", []),
        ("p;q\n0;0\n0;1\n1;0\n1;1\n", ["the first line of x.csv is a header: p, q"]),
        ("0 0\n0  1\n1 0\n1 1", []),
        (" 0 , 0\n 0 , 1\n 1 , 0\n 1 , 1\n", []),
        ("[[0. 0.]\n [0. 1.]\n [1. 0.]\n [1. 1.]]\n", []),
        ("tensor([[0., 0.],\n        [0., 1.],\n        [1., 0.],\n        [1., 1.]])\n", []),
        ("0.,0.\n0.,1.\n1.,0.\n1.,1.\n", []),
        ("0.0000e+00 0.0000e+00\n0 +1e0\n+1 0\n1.0 1.0\n", []),
        (
            ",a,b\n0,0,0\n1,0,1\n2,1,0\n3,1,1\n",
            [
                'the first line of x.csv is a header: "", a, b',
                "the first column of x.csv only counts the rows, and is left out",
            ],
        ),
        (
            "a b\n1 0 0\n2 0 1\n3 1 0\n4 1 1\n",
            [
                'the first line of x.csv is a header: "", a, b',
                "the first column of x.csv only counts the rows, and is left out",
            ],
        ),
    ],
)
def test_a_table_is_read_as_people_have_it(tmp_path: Path, content: str, said: list[str]) -> None:
    given, spec = load(tmp_path, content)
    assert rows(given) == XOR
    assert list(spec.notes) == said


IRIS_FILES = {
    "uci": ("5.1,3.5,1.4,0.2,Iris-setosa\n7.0,3.2,4.7,1.4,Iris-versicolor\n6.3,3.3,6.0,2.5,Iris-virginica\n", "Iris-"),
    "seaborn": (
        "sepal_length,sepal_width,petal_length,petal_width,species\n"
        "5.1,3.5,1.4,0.2,setosa\n7.0,3.2,4.7,1.4,versicolor\n6.3,3.3,6.0,2.5,virginica\n", "",
    ),
    "kaggle": (
        "Id,SepalLengthCm,SepalWidthCm,PetalLengthCm,PetalWidthCm,Species\n"
        "1,5.1,3.5,1.4,0.2,Iris-setosa\n2,7.0,3.2,4.7,1.4,Iris-versicolor\n3,6.3,3.3,6.0,2.5,Iris-virginica\n", "Iris-",
    ),
    "R": (
        '"","Sepal.Length","Sepal.Width","Petal.Length","Petal.Width","Species"\n'
        '"1",5.1,3.5,1.4,0.2,"setosa"\n"2",7,3.2,4.7,1.4,"versicolor"\n"3",6.3,3.3,6,2.5,"virginica"\n', "",
    ),
    "tabs": (
        "a\tb\tc\td\tkind\n5.1\t3.5\t1.4\t.2\tsetosa\n7.\t3.2\t4.7\t1.4\tversicolor\n6.3\t3.3\t6\t2.5\tvirginica\n", "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", IRIS_FILES)
def test_irises_are_classified(tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    content, prefix = IRIS_FILES[kind]
    (tmp_path / "iris.csv").write_text(content, encoding="utf-8")
    first = 2 if kind in ("kaggle", "R") else 1
    classes = ", ".join(f'"{prefix}{word}"' for word in SPECIES)
    (tmp_path / "net.toml").write_text(
        f"""[input]
file = "iris.csv"
columns = [{first}, {first + 1}, {first + 2}, {first + 3}]
[[layers]]
type = "dense"
activation = "softmax"
weights = {{ shape = [3, 5], init = "zeros" }}
[loss]
type = "cross_entropy"
target = {{ file = "iris.csv", classes = [{classes}] }}
""",
        encoding="utf-8",
    )
    assert run(["forward", str(tmp_path / "net.toml"), "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["values"]["x"] == IRIS
    assert found["values"]["y"] == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert any("setosa is 0, " in note for note in found["notes"])


@pytest.mark.parametrize(
    ("table", "content", "found"),
    [
        ('columns = ["x2", "x1"]', "x1,x2,label\n0,1,no\n1,0,yes\n", [[1, 0], [0, 1]]),
        ("columns = [3]", "x1,x2,y\n0,1,7\n1,0,8\n", [[7], [8]]),
        ('columns = ["label"], classes = ["no", "yes"]', "x1,x2,label\n0,1,no\n1,0,yes\n", [[0], [1]]),
        ('columns = [3], classes = ["0", "1"]', "0,1,1\n1,0,0\n", [[1], [0]]),
        ('classes = ["no", "yes"]', "yes\nno\nyes\n", [[1], [0], [1]]),
        ("header = true, columns = [1, 2]", "150,4,setosa\n5.1,3.5,0\n4.9,3.0,0\n", [[5.1, 3.5], [4.9, 3.0]]),
        ("header = true", "1,2\n3,4\n", [[3, 4]]),
        ('header = true, columns = ["1.50"]', "1e3,1.50\n3,4\n", [[4]]),
        ('classes = ["0", "1"]', "label\n0\n1\n", [[0], [1]]),
    ],
)
def test_a_spec_chooses_columns_and_classes(tmp_path: Path, table: str, content: str, found: list[list[float]]) -> None:
    assert rows(load(tmp_path, content, f'file = "x.csv", {table}')[0]) == found


@pytest.mark.parametrize(
    ("table", "content", "message", "hint"),
    [
        ("", "a,b\n", "a header, and no row of numbers below it", None),
        ("", "x1,x2\n1,5,2\n", "line 2: rows of different lengths: the header has 2 values, row 1 has 3", None),
        ("", "x1,x2\n5,1,2\n9,3,4\n", "line 2: rows of different lengths: the header has 2 values, row 1 has 3", None),
        ("", "height,weight\ncm,kg\n1,2\n", "line 2: value 1: `cm` is not a number", "left out by a `#` before it"),
        ('columns = ["x1"]', "x1,x1\n1,2\n", "columns[0]: `x.csv` has several columns `x1`", "count them from 1"),
        ("", "1,1e999\n", "line 1: value 2: `1e999` is too large for a floating-point number", "a cell holds a number"),
        ("", "a,b\n1\n", "line 2: rows of different lengths: the header has 2 values, row 1 has 1", None),
        ("", "1,2\n\n3\n", "line 3: rows of different lengths: row 1 has 2 values, row 2 has 1", None),
        ("", "2,0;1,0\n", "line 1: value 1: `2,0` is not a number", "a number has a decimal point"),
        ("", '1,"2\n3,4\n', "line 1: a quote is not closed, or something follows it", None),
        ("", "a,b\n1,\n2,3\n", "line 2: value 2: a number is missing", "a cell holds a number with a decimal point"),
        ("", "1,2\nnan,3\n", "line 2: value 1: `nan` is not a number", "a cell holds a number with a decimal point"),
        ("", "1,2.O\n3,4\n", "line 1: value 2: `2.O` is not a number", "a cell holds a number"),
        ("", "150,4,setosa\n5.1,3.5,0\n", "line 1: value 3: `setosa` is not a number", "say `header = true`"),
        ("", "1,no\n2,yes\n3,no\n", "line 1: value 2: `no` is not a number", 'listed: `classes = ["no", "yes"]`'),
        ('columns = ["x3"]', "x1,x2\n1,2\n", "columns[0]: `x.csv` has no column `x3`", "did you mean `x1`?"),
        ('columns = ["x1"]', "1,2\n", "columns[0]: `x.csv` has no header", "columns are counted from 1"),
        ("columns = [3]", "1,2\n", "columns[0]: must be between 1 and 2, not 3", None),
        ("columns = []", "1,2\n", "columns: must be a list of columns, not an empty list", "like `columns"),
        ('classes = ["no"]', "1,2\n3,4\n", "classes: no column holds words", 'columns = ["label"]'),
        ('classes = ["no", "no"]', "1,no\n", "classes[1]: `no` is listed twice", None),
        ('classes = ["no", "yes"]', "1,no\n2,yess\n", "line 2: value 2: `yess` is none of the classes", "mean `yes`?"),
        ("header = 1", "1,2\n", "header: must be `true` or `false`, not the number 1", None),
        ('key = "a"', "1,2\n", "key: only a .npz, a .json or a .safetensors file has keys", None),
    ],
)  # fmt: skip
def test_what_is_no_table_of_numbers_is_refused(
    tmp_path: Path, table: str, content: str, message: str, hint: str | None
) -> None:
    problem = refused(tmp_path, content, f'file = "x.csv", {table}' if table else 'file = "x.csv"')
    assert problem.message.endswith(message)
    assert hint is None or hint in (problem.hint or "")


def test_a_json_file_of_several_arrays_takes_a_key(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text('{"W1": [[1, 2], [3, 4]], "b1": [5, 6]}', encoding="utf-8")
    given, _ = load(tmp_path, "", 'file = "m.json", key = "W1"')
    assert rows(given) == [[1, 2], [3, 4]]
    assert refused(tmp_path, "", 'file = "m.json"').hint == 'choose from it: `key = "W1"`'
    assert refused(tmp_path, "", 'file = "m.json", key = "W2"').hint == "did you mean `W1`?"
    (tmp_path / "m.json").write_text("[1, 2]", encoding="utf-8")
    assert "holds no object" in refused(tmp_path, "", 'file = "m.json", key = "W1"').message
    assert "only a .csv file has columns" in refused(tmp_path, "", 'file = "m.json", columns = [1]').message
