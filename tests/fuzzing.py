"""Random command lines, run one after the other: `python tests/fuzzing.py FIRST COUNT` prints a line of JSON for each.

Formulas grow from the grammar over every operation, well formed or not; specs are the examples with something changed.
A line has the command line, the exit status, what was printed, as a digest, and what went wrong inside, if anything.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import random
import sys
import tempfile
import time
import traceback
from pathlib import Path

from expressions import QUANTITIES, Grower

from nncalc.cli.app import run
from nncalc.language.formula import Formula, Name, name, num, parts, replace
from nncalc.language.printer import show
from nncalc.ops import FUNCTIONS, OVER

ROOT = Path(__file__).parent.parent
CONFIGS = sorted((ROOT / "configs").glob("*.*ml")) + sorted((ROOT / "configs").glob("*.json"))
SIZES = {"m": 3, "n": 2, "p": 2}
ODD = ["0", "-1", "1e308", "1e-320", "abc", '"x"', "[]", "[[1, 2], [3]]", "true", "1/3", "nan", "1e400", ""]


def value(random_: random.Random, rows: int, columns: int, *, positive: bool) -> str:
    """Return numbers with one decimal as they are typed, a column as a list."""
    digits = [random_.randint(1 if positive else -30, 30) / 10 for _ in range(rows * columns)]
    if columns == 1:
        return ",".join(map(str, digits))
    return json.dumps([digits[i * columns : (i + 1) * columns] for i in range(rows)])


def grown(random_: random.Random) -> list[str]:
    """Return a formula of a number, well formed, with numbers for its names."""
    formula = Grower(random_.randrange(10**9)).grown((1, 1), random_.choice((2, 4, 8)))
    sizes: dict[Formula, Formula] = {name(letter): num(size) for letter, size in SIZES.items()}
    formula = replace(formula, sizes)
    found = []
    for each in dict.fromkeys(part for part in parts(formula) if isinstance(part, Name)):
        (rows, columns), fact = QUANTITIES[each.base]
        counts = (SIZES.get(str(size), size) for size in (rows, columns))
        found.append(f"{each}={value(random_, *map(int, counts), positive=bool(fact))}")
    return ["-e", f"f = {show(formula)}", *found]


def called(random_: random.Random) -> list[str]:
    """Return a call of any operation, of arguments that may not suit it."""
    leaves = ["x", "A", "y", "2", "1/3", "intercept(x)", "softmax(x)", "A*x", "x'", "x.*y", "sum(x)", "[1,2]", "0*x"]
    word = random_.choice(sorted(FUNCTIONS))
    op = FUNCTIONS[word]
    args = [random_.choice(leaves) for _ in range(random_.choice([len(op.args)] * 6 + [1, 2, 3]))]
    lines = ["", "", ', over="rows"', ', over="columns"', ", axis=1"] if (op.name, "rows") in OVER else [""]
    text = f"{word}({', '.join(args)}{random_.choice(lines)})"
    text = random_.choice(["{0}", "sum({0})", "sum({0}.^2)", "norm2({0})", "softplus(sum({0}))"]).format(text)
    given = {of: value(random_, 2, 2 if of == "A" else 1, positive=of == "y") for of in "xyA"}
    return ["-e", f"f = {text}", *(f"{of}={numbers}" for of, numbers in given.items() if of in text.replace(word, ""))]


def changed(random_: random.Random, folder: Path) -> list[str]:
    """Return an example spec with a line left out, doubled or moved, or a word or a number made another."""
    source = random_.choice(CONFIGS)
    lines = source.read_text(encoding="utf-8").splitlines()
    for _ in range(random_.randint(1, 2)):
        place = random_.randrange(len(lines))
        kind = random_.choice(["drop", "double", "move", "value", "value", "value", "letter"])
        if kind == "drop" and len(lines) > 1:
            del lines[place]
        elif kind == "double":
            lines.insert(place, lines[place])
        elif kind == "move":
            lines.insert(random_.randrange(len(lines)), lines.pop(place))
        elif kind == "value":
            before, sign, _ = lines[place].partition("=" if source.suffix == ".toml" else ":")
            lines[place] = f"{before}{sign} {random_.choice(ODD)}"
        elif lines[place]:
            at = random_.randrange(len(lines[place]))
            lines[place] = lines[place][:at] + random_.choice("x01[]{}\"'.,-=#é") + lines[place][at + 1 :]
    path = folder / f"spec{source.suffix}"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [str(path)]


def command(seed: int, folder: Path) -> list[str]:
    """Return the command line of a seed."""
    random_ = random.Random(seed)
    what = random_.choice([grown, grown, called, called, None])
    spec = what(random_) if what is not None else changed(random_, folder)
    words = [random_.choice(["backward", "backward", "forward"]), *spec]
    for options in (["--show-steps"], ["--exact"], ["--ascii"], ["--no-split"]):
        words += options if random_.random() < 0.3 else []
    if random_.random() < 0.3:
        words += ["--form", random_.choice(["scalar", "vector"])]
    if random_.random() < 0.4:
        words += ["--format", random_.choice(["json", "csv", "plain", "latex", "markdown", "html"])]
    return words


def shown(seed: int, folder: Path) -> list[str] | None:
    """Return the command line of a seed as one that prints plain lines; None for one of a spec."""
    first, *words = command(seed, folder)
    if "-e" not in words:
        return None
    kept, left = [first], iter(words)
    for word in left:
        if word == "--format":
            next(left)
        elif word not in ("--show-steps", "--exact", "--ascii"):
            kept.append(word)
    return [*kept, "--show-steps", "--format", "plain"]


def main() -> None:
    """Run the command lines that are asked for, in a folder of their own."""
    first, count = map(int, sys.argv[1:3])
    with tempfile.TemporaryDirectory() as place:
        for seed in range(first, first + count):
            words = command(seed, Path(place))
            out, err, wrong, status = io.StringIO(), io.StringIO(), "", -1
            start = time.perf_counter()
            try:
                with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                    status = run(words)
            except Exception:  # noqa: BLE001 -- whatever it is, it is what is looked for
                wrong = traceback.format_exc(limit=-3)
            seconds = time.perf_counter() - start
            printed = (out.getvalue() + err.getvalue()).replace(place, "")
            digest = hashlib.sha256(printed.encode()).hexdigest()
            found = {
                "seed": seed, "words": [word.replace(place, "") for word in words], "status": status,
                "digest": digest, "wrong": wrong, "seconds": seconds,
            }  # fmt: skip
            print(json.dumps(found), file=sys.__stdout__)


if __name__ == "__main__":
    main()
