"""An operation entry by entry, as a list of lists: what the table says of one that has no meaning as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from nncalc.graph.rules import element
from nncalc.graph.sizes import signature
from nncalc.language.formula import Call, Formula, Name, Num, name, names_in
from nncalc.ops import OPS
from nncalc.ops.kinds import Form
from nncalc.problems import Problem

if TYPE_CHECKING:
    from nncalc.export.words import Words

_SIGNS = {"add": " + ", "mul": " * ", "div": " / ", "pow": " ** "}


class Entries(NamedTuple):
    """Writes the rule of an operation's entries, which counts from 1, by the words of a library."""

    words: Words
    form: Form

    def text(self) -> str:
        """Return all entries; raise Problem (`usage`) for a library that makes no array of a list of its numbers."""
        library = self.words.library
        if not library.like_numpy:
            raise Problem(
                f"{library.name} has no word for an operation entry by entry", None, "export to NumPy", "usage"
            )
        body = self.entry(element(self.form.element))
        rows, columns = (self.size(letter, more) for letter, more in signature(self.form.shapes)[1])
        return f"{library.word}.array([[{body} for j in range(1, {columns} + 1)] for i in range(1, {rows} + 1)])"

    def size(self, letter: str, more: int) -> str:
        """Return the text of a size of the result."""
        text = letter if letter.isdecimal() else self.words.name(name(letter))
        return f"{text} + {more}" if more else text

    def entry(self, formula: Formula) -> str:
        """Return the text of a formula of entries."""
        if isinstance(formula, Num):
            return formula.text
        if isinstance(formula, Name):
            if not formula.index:
                return self.counted(formula)
            row, column = (str(each - 1) if isinstance(each, int) else f"{each} - 1" for each in formula.index)
            return f"{self.words.arguments[name(formula.base)]}[{row}, {column}]"
        if formula.op.startswith("over_"):
            index, inner = formula.args
            terms = f"{self.entry(inner)} for {index} in range(1, {self.extent(str(index), inner)} + 1)"
            if formula.op != "over_lse":
                return f"{formula.op.removeprefix('over_')}({terms})"
            self.words.help_with("_lse(")
            return f"_lse({self.words.library.word}.array([{terms}]))"
        texts = [f"({self.entry(arg)})" if isinstance(arg, Call) else self.entry(arg) for arg in formula.args]
        if formula.op in _SIGNS:
            return _SIGNS[formula.op].join(texts)
        pattern = self.words.library.written.get(formula.op)
        if pattern is None:
            return self.words.of_helper(OPS[formula.op], None, texts)
        return pattern.format(*texts, x=texts[0], y=texts[-1], all=", ".join(texts))

    def counted(self, of: Name) -> str:
        """Return an index, a setting or a size, which is the size of an argument."""
        if of in self.words.arguments:
            return self.words.arguments[of]
        return self.words.name(of) if of.base in self.words.shapes.letters else of.base

    def extent(self, index: str, inner: Formula) -> str:
        """Return how far an index runs: along an axis of an argument."""
        used, axis = next((each, each.index.index(index)) for each in names_in(inner) if index in each.index)
        return f"{self.words.arguments[name(used.base)]}.shape[{axis}]"
