"""A formula as a function in NumPy, to be run: matrices are two-dimensional arrays, vectors columns."""

from __future__ import annotations

from collections.abc import Sequence

from nncalc.export.in_numpy import NUMPY
from nncalc.export.words import Words, modules
from nncalc.graph.graph import Equation
from nncalc.graph.sizes import Shape, text_of
from nncalc.language.alphabet import in_ascii
from nncalc.language.formula import Formula
from nncalc.language.printer import Style
from nncalc.page import Page
from nncalc.problems import Problem


def render(page: Page, _: Style) -> str:
    """Return a function that returns the page's formula; raise Problem where NumPy has no word for it."""
    found = page.function
    if found is None:
        raise Problem("there is no formula here to write as a function", None, None, "usage")
    words = Words(found.arguments, found.shapes)
    listed = ", ".join(f"{word} is {_sized(found.shapes.of(each))}" for each, word in words.arguments.items())
    about = [
        f"Return the {found.what}, {_sized(found.shape)}.",
        "",
        f"{found.layout.capitalize()} layout. {listed}." if found.word == "derivative" else f"{listed}.",
        *(f"{each}." for each in found.said),
    ]
    return function((found.formula, *found.others), words, about, found.before, found.word)


def function(
    formulas: Sequence[Formula], words: Words, about: Sequence[str], before: Sequence[Equation] = (),
    word: str = "derivative",
) -> str:  # fmt: skip
    """Return the text of a function that returns formulas, and of what it calls; raise Problem."""
    equations = [f"    {words.local(each.name)} = {words.text(each.formula)}" for each in before]
    body = ", ".join(map(words.text, formulas))
    blocks = [modules(words.helpers.values()) + NUMPY.opening, *words.helpers.values()]
    lines = [
        f"def {word}({', '.join(words.arguments.values())}):",
        f'    """{about[0]}',
        *[f"    {line}".rstrip() for line in about[1:]],
        '    """',
        *[f"    {word} = np.asarray({word}, dtype=float){words.reshaped(of)}" for of, word in words.arguments.items()],
        *[f"    {word} = {words.measured(letter)}" for letter, word in words.sizes.items()],
        *equations,
        f"    return {body}",
    ]
    return "\n\n".join([*blocks, "\n".join(lines) + "\n"])


def _sized(shape: Shape) -> str:
    return in_ascii(text_of(shape, " × "))
