"""Answers: numbers or formulas that a person gives for quantities, in any notation that people use.

Knows how gradients are called elsewhere; not what is right.
"""

from __future__ import annotations

import io
import math
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from nncalc.graph.elements import Elements, bases
from nncalc.graph.shapes import with_entries
from nncalc.judging.naming import named
from nncalc.language.figures import Figure, Rows
from nncalc.language.formula import BOX, Formula, Name, name, names_in
from nncalc.language.parser import Known, read
from nncalc.problems import Problem, safe
from nncalc.spec import value
from nncalc.spec.document import load
from nncalc.spec.model import Model

#: The most answers that are judged in one call.
MOST: Final = 20_000
#: Endings of the files that answers may stand in.
ENDINGS: Final = (".toml", ".json", ".csv", ".npz", ".md", ".txt")


class Answer(NamedTuple):
    """What a person says of a quantity, or of one entry of it: numbers, or a formula.

    `called` is how it was called, `place` the row and column of an entry, from 0. Numbers that were typed are figures,
    which have as many digits as were written.
    """

    called: str
    of: Name
    place: tuple[int, int] | None
    rows: Rows = ()
    formula: Formula | None = None
    entry: Name | None = None


def answers_of(model: Model, pairs: Sequence[tuple[str, object]], path: str = "") -> list[Answer]:
    """Return answers, each a name and what was said of it, in a file; raise Problem (`name`, `syntax`, `usage`)."""
    try:
        return _answers(model, pairs, path.lower().endswith((".md", ".txt")))
    except Problem as problem:
        if not path:
            raise
        raise Problem(f"{safe(path, 200)}: {problem.message}", None, problem.hint, problem.code) from None


def _answers(model: Model, pairs: Sequence[tuple[str, object]], paged: bool) -> list[Answer]:
    if len(pairs) > MOST:
        raise Problem(f"there are {len(pairs)} answers, at most {MOST} are judged in one call", None, None, "usage")
    shapes = model.shapes()
    elements = Elements(shapes, bases(model.graph))
    if not pairs:
        raise Problem("there are no answers", None, "an answer is a name and a value", "usage")
    found: list[Answer] = []
    taken: dict[Name, str] = {}
    for called, said in pairs:
        of = named(model, called)
        if paged and of.of is None and (name(of.base) in model.given or (of.index == (0,) and said == "1")):
            continue  # a page has what was given as well, and a line for the constant of an intercept
        if of in taken:
            raise Problem(
                f"`{safe(called, 80)}` is answered twice: as `{safe(taken[of], 80)}` before", None, None, "usage"
            )
        taken[of] = called
        whole = name(of.base, of=of.of)
        place = elements.place(name(of.base.removesuffix("_new"), of.index)) if of.index else None
        entry = of if of.index else None
        if said is None:
            found.append(Answer(called, whole, place, entry=entry))
        elif isinstance(said, str):
            found.append(_typed(model, called, said, Answer(called, whole, place, entry=entry)))
        else:
            found.append(Answer(called, whole, place, _numbers(called, said), entry=entry))
    if not any(answer.rows or answer.formula is not None for answer in found):
        raise Problem("there are no answers", None, "an answer is a name and a value", "usage")
    return found


#: A gradient in a formula, as people write it.
_RATIOS = re.compile(r"\bd[LJEC]\s*/\s*d([^\W\d]\w*)\b")


def _spelled(model: Model, found: re.Match[str]) -> str:
    """Return a gradient as a formula has it, if it is one."""
    known = model.output is not None and found[1] in {of.base for of in model.graph.names}
    return f"d({model.output})/d({found[1]})" if known else found[0]


def _typed(model: Model, called: str, text: str, blank: Answer) -> Answer:
    """Return an answer that was typed: numbers, or a formula of the quantities."""
    try:
        return blank._replace(rows=value(text, called).rows)
    except Problem as problem:
        refused = problem
    known = Known([of.base for of in model.graph.names], with_entries(model.graph.names, model.shapes()), whole=True)
    if text.strip().lower() in ("nan", "inf", "-inf", "infinity"):
        raise refused
    text = _RATIOS.sub(lambda found: _spelled(model, found), text)
    try:
        formula = read(text, known, paper=not text.isascii()).formula
        for used in names_in(formula):
            model.named(used.id if used.of is None else name(used.base).id)
    except Problem as problem:
        other = problem if re.search(r"[^\W\d_]", text) else refused
        raise Problem(f"`{safe(called, 80)}`: {other.message}", None, other.hint, other.code) from None
    return blank._replace(formula=formula)


def _numbers(called: str, said: object) -> Rows:
    """Return the numbers of an answer from a file."""
    rows = said if isinstance(said, list) else [[said]]
    rows = rows if rows and isinstance(rows[0], list) else [[entry] for entry in rows]
    if not rows or not all(isinstance(row, list) and row and len(row) == len(rows[0]) for row in rows):
        raise Problem(f"`{safe(called, 80)}`: rows of different lengths, or none", None, None, "shape")
    return [[_number(called, entry) for entry in row] for row in rows]


def _number(called: str, entry: object) -> float:
    if isinstance(entry, str):
        try:
            return Figure(entry.strip().replace("\N{MINUS SIGN}", "-"))
        except ValueError:
            pass
    if isinstance(entry, bool) or not isinstance(entry, int | float):
        raise Problem(f"`{safe(called, 80)}`: {safe(repr(entry), 40)} is not a number", None, None, "syntax")
    if abs(entry) > 1e300 or math.isnan(entry):
        raise Problem(f"`{safe(called, 80)}`: numbers are finite", None, None, "domain")
    return Figure(str(entry)) if isinstance(entry, int) else entry


# -- files --------------------------------------------------------------------------------------------------------


def pairs_of(data: bytes, path: str) -> list[tuple[str, object]]:
    """Return the names and values in a file of answers; raise Problem."""
    ending = os.path.splitext(path)[1].lower()
    if ending == ".npz":
        return _from_npz(data, path)
    if ending in (".toml", ".json"):
        return [*_flat(load(data, path, "json" if ending == ".json" else "toml").tree, path)]
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Problem(f"{safe(path, 200)} is no text in UTF-8", None, None, "file") from None
    if ending == ".csv":
        return _from_csv(text, path)
    if ending in (".md", ".txt"):
        return _from_page(text, path)
    raise Problem(f"{safe(path, 200)} holds no answers", None, f"its name ends in {', '.join(ENDINGS)}", "file")


def _flat(tree: Mapping[str, Any], path: str) -> Iterator[tuple[str, object]]:
    """Yield what a table says, in one of answers, values or gradients as well; of a page of ours those alone."""
    if "nncalc" in tree:
        tree = {key: tree[key] for key in ("values", "gradients") if key in tree}
    for key, said in tree.items():
        if isinstance(said, dict) and key in ("answers", "values"):
            yield from _flat(said, path)
        elif isinstance(said, dict) and key in ("gradients", "grads", "grad"):
            yield from ((f'grads["{of}"]', each) for of, each in said.items())
        elif isinstance(said, dict):
            raise Problem(
                f"{safe(path, 200)}: `{safe(key, 80)}` is a table",
                None,
                "an answer is a number, a list or a list of lists",
                "spec",
            )
        elif not isinstance(said, str) or key not in ("name", "command", "output"):
            yield key, said


def _from_csv(text: str, path: str) -> list[tuple[str, object]]:
    """Return the answers of lines `name,value`, after a header if there is one; an empty value is no answer."""
    import csv

    try:
        rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text)) if any(map(str.strip, row))]
    except csv.Error as error:
        raise Problem(f"{safe(path, 200)} is no CSV file: {safe(str(error), 80)}", None, None, "file") from None
    keys = rows[:1] == [["variant", "name", "value"]]
    if keys and len({row[0] for row in rows[1:]}) > 1:
        raise Problem(f"{safe(path, 200)} has the keys of several variants", None, "keep the rows of one", "file")
    rows = [row[1:] for row in rows] if keys else rows
    odd = next((place for place, row in enumerate(rows, 1) if len(row) != 2), None)
    if odd is not None:
        says = f"{safe(path, 200)}, row {odd}: a name and a value stand in a row"
        raise Problem(says, None, "quote a name with a comma in it", "file")
    header = rows[:1] in ([["name", "value"]], [["name", "answer"]])
    return [(called, said or None) for called, said in rows[header:]]


def _from_npz(data: bytes, path: str) -> list[tuple[str, object]]:
    from nncalc.spec.arrays import npz_arrays
    from nncalc.spec.document import Document
    from nncalc.spec.node import Node

    node = Node(Document(path, "", "json", {}), ("file",), path)
    found: list[tuple[str, object]] = []
    try:
        for called, numbers in npz_arrays(data, node):
            rows = [[float(each) for each in row] for row in numbers.rows]
            found.append((called, rows if numbers.dims == 2 else rows[0] if numbers.dims else rows[0][0]))
    except Problem as problem:
        raise Problem(f"{safe(path, 200)}: {problem.message}", None, problem.hint, "file") from None
    return found


#: How long a line of a page is at most.
_LONGEST: Final = 100_000
#: What stands around answers in Markdown and LaTeX.
_MARKS: Final = str.maketrans({"`": "", "$": "", "|": " ", "&": " "})
#: LaTeX as a worksheet has it, and what that is in plain text.
_LATEX: Final = (
    (r"\\rule\{0\.5em\}\{0\.04em\}|\\_", "_"),
    (r"\\frac\{\\partial\s*(.+?)\}\{\\partial\s*(.+)\}\s*$", r"d(\1)/d(\2)"), (r"\\hat\{?(\w|\\\w+)\}?", r"\1hat"),
    (r"\\ell\b", "loss"), (r"\^\{\(([0-9]+),([0-9]+)\)\}", r"\1_\2"), (r"\^\{\(([0-9]+)\)\}", r"\1"),
    (r"\s*_\{([0-9, ]+)\}", r"[\1]"), (r"\\(?:mathrm|text)\{(\w+)\}", r"\1"), (r"\\([a-z]+)", r"\1"),
)  # fmt: skip
_MATRIX = re.compile(r"(?:\\left\[)?\\begin\{(bmatrix|smallmatrix)\}((?:(?!\\begin).)*?)\\end\{\1\}(?:\\right\])?")


def _from_page(text: str, path: str) -> list[tuple[str, object]]:
    """Return the answers of a worksheet: of each line `name = ... = value` the name and what stands last."""
    if "⎡" in text:
        hint = "print the sheet with --format plain, markdown, or --matrices inline"
        raise Problem(f"{safe(path, 200)}: matrices over several lines are not read", None, hint, "file")
    found: list[tuple[str, object]] = []
    for line in text.splitlines():
        if len(line) > _LONGEST:
            raise Problem(f"{safe(path, 200)}: a line has more than {_LONGEST} characters", None, None, "file")
        bare = (
            re.sub(r"[ \t]{3,}", "  ", line)
            .partition("&&")[0]
            .replace("\\approx", "≈")
            .replace("\\cr", ";;")
            .replace("\\\\", ";;")
        )
        bare = _MATRIX.sub(lambda matrix: f"[{' '.join(matrix[2].replace('&', ' ').split()).replace(';;', ';')}]", bare)
        bare = bare.replace(";;*", "").replace(";;", "").translate(_MARKS).strip().lstrip("-+> ")
        latex = "\\" in bare
        bare = " ".join(bare.split()) if latex else re.split(r"\s{2,}(?=[^=≈\s])", bare, maxsplit=1)[0]  # a remark
        goes_on = bare.startswith(("=", "≈")) and bool(found)  # a line that was broken
        signs = [place for place, sign in enumerate(bare) if sign in "=≈"]
        if not signs or bare.startswith("\\qquad"):
            continue
        of, last = bare[: signs[0]].strip(), bare[signs[-1] + 1 :]
        said = _filled(last) or (None if BOX in last or "\\underline" in last else "")
        if said == "" or not (of or goes_on) or (not latex and " " in of):
            continue
        of = found.pop()[0] if goes_on else of
        if "\\" in of or "{" in of:
            for pattern, plain in _LATEX:
                of = re.sub(pattern, plain, of)
        found.append((of, said))
    if not found:
        raise Problem(f"{safe(path, 200)}: no line says `name = value`", None, None, "file")
    return found


def _filled(said: str) -> str:
    """Return what stands in the box of a line, nothing where that is empty."""
    said = re.sub(r"\\hspace\{[^{}]*\}", "", said)
    said = re.sub(r"\\underline\{([^{}]*)\}", r" \1 ", said).replace("_", "")
    said = re.sub(r"\\frac\{\s*(-?[0-9]+)\s*\}\{\s*([0-9]+)\s*\}", r"\1/\2", said)
    return re.sub(r"\([0-9]+×[0-9]+\).*$|\s{2,}\S.*$", "", said.strip().rstrip("\\")).strip()
