"""Operations of each row, or each column, of a matrix: `sum(A, over="rows")`.

An entry says once, in its field `lines`, what it is of a line; from that come two entries here, one for rows and one
for columns, which are operations like all others. What acts on each column as it stands, as softmax does, has one for
rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from nncalc.ops.kinds import Case, Flat, Form, Function, Lines, Operation, Over, Switch

#: What stands for the marks around an argument: the number of its line in each entry, and the sum of each line.
_AROUND: Mapping[Over, Mapping[str, str]] = {
    "rows": {"{}": "(X * ones(n)')", "<>": "(X * ones(n))"},
    "columns": {"{}": "(ones(n) * X)", "<>": "(ones(n)' * X)"},
}
#: What the other marks in the texts of `Lines` stand for.
_MARKS: Mapping[Over, Mapping[str, str]] = {
    "rows": {
        "[own]": "[i,j]",
        "[k]": "[i,k]", "[l]": "[i,l]", ", over)": ', over="rows")', "AXIS": "1", "POS": "j", "LSE": "_lse(A.T, 0).T",
    },
    "columns": {
        "[own]": "[i,j]",
        "[k]": "[k,j]", "[l]": "[l,j]", ", over)": ', over="columns")', "AXIS": "0", "POS": "i", "LSE": "_lse(A, 0)",
    },
}  # fmt: skip
#: What turns the entries of columns into those of rows.
_TURNED = (("[k,j]", "[i,k]"), ("i - k", "j - k"), ("k - i", "k - j"))


class _Writer(NamedTuple):
    """Writes the entry of rows or columns of an operation."""

    op: Operation
    lines: Lines
    over: Over

    def text(self, rule: str) -> str:
        """Return a text with its marks filled in."""
        for marks, meant in _AROUND[self.over].items():
            start, end = marks[0], marks[1]
            while start in rule:
                inner, after = rule[rule.index(start) + 1 :].split(end, 1)
                whole = meant.replace("X", inner if inner.isalnum() else f"({inner})")
                rule = (
                    rule[: rule.index(start)] + (whole if rule[: rule.index(start)] or after else whole[1:-1]) + after
                )
        for mark, meant in _MARKS[self.over].items():
            rule = rule.replace(mark, meant)
        return rule

    def texts(self, rules: Mapping[str, str]) -> dict[str, str]:
        return {self.text(key): self.text(rule) for key, rule in rules.items()}

    def entry(self) -> Operation:
        op, lines = self.op, self.lines
        assert isinstance(op.notation, Function)
        turned = ", ".join(f"{arg}'" for arg in op.args)
        whole = lines.makes == "columns"
        return op._replace(
            name=f"{op.name}_{self.over}", base=op.name, lines=None,
            args=op.args if whole else ("A",),
            notation=Function(op.notation.word, op.notation.unicode, op.notation.latex, over=self.over),
            forms=self.turned() if whole else self.forms(),
            meaning=f"{op.name}({turned})'" if whole else self.text(lines.meaning),
            numpy="" if whole else self.text(lines.numpy),
            slope={}, element="", shorter={},
            careful=self.texts(lines.careful), respelled=self.texts(lines.respelled), square=self.text(lines.square),
            kink=op.kink and op.kink._replace(where=self.text(lines.kink or op.kink.where)),
            switch=op.switch and self.switched(op.switch),
            variadic=False, runs=False, folds=False, elsewhere=(), summary=self.summary(),
            cases=tuple(self.case(each) for each in lines.cases or op.cases if self.is_line(each)),
        )  # fmt: skip

    def forms(self) -> tuple[Form, ...]:
        """Return the form of what makes a number of each line, or a line."""
        given, number = ("m n", "m 1") if self.over == "rows" else ("n m", "1 m")
        gradient = {"A": self.text(self.lines.gradient)} if self.lines.gradient else {}
        made = number if self.lines.makes == "number" else given
        return (Form(f"{given} -> {made}", gradient, self.text(self.lines.element)),)

    def turned(self) -> tuple[Form, ...]:
        """Return the forms of what acts on columns, for rows; those of a single one first."""
        return tuple(self.of_rows(form) for form in self.op.forms)

    def of_rows(self, form: Form) -> Form:
        before, after = form.shapes.split(" -> ")
        shapes = ", ".join(" ".join(reversed(each.split())) for each in (*before.split(", "), after))
        element = form.element
        for column, row in _TURNED:
            element = element.replace(column, row)
        rule = self.lines.single if form.shapes == "n 1 -> n 1" else self.lines.gradient
        kept = {arg: rule for arg, rule in form.gradient.items() if isinstance(rule, Flat)}
        return Form(
            " -> ".join(shapes.rsplit(", ", 1)), kept or ({self.op.args[0]: self.text(rule)} if rule else {}), element
        )

    def switched(self, switch: Switch) -> Switch:
        others = {key: ({"A": self.text(self.lines.others[key])}, says) for key, (_, says) in switch.others.items()}
        return switch._replace(others=others)

    def summary(self) -> str:
        line = self.over.removesuffix("s")
        if self.lines.makes == "number":
            return f"`{self.op.name}` of each {line}: a {'column' if line == 'row' else 'row'} of numbers"
        return f"`{self.op.name}` of each {line} by itself"

    @staticmethod
    def is_line(case: Case) -> bool:
        """Return whether a case is one of a column or a number, without settings."""
        return not case.args.startswith("[[") and "=" not in case.args

    def case(self, case: Case) -> Case:
        """Return a case of a column as one of a row."""
        if self.over == "columns" or not case.args.startswith("["):
            return case
        return case._replace(args=case.args.replace("]", "]'"))


def of_lines(operations: Iterable[Operation]) -> tuple[Operation, ...]:
    """Return the operations of rows and of columns that follow from entries of the table."""
    overs: tuple[Over, ...] = ("rows", "columns")
    return tuple(
        _Writer(op, op.lines, over).entry()
        for op in operations
        if op.lines is not None
        for over in overs
        if over == "rows" or op.lines.makes != "columns"
    )
