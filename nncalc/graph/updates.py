"""The update of one step, as equations after those of the gradients: a line each, in the order they are computed.

A quantity that takes a new value has another name for it here, with a mark that no name of a user's has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from nncalc.graph.calculus import gradient_of
from nncalc.graph.graph import Equation
from nncalc.graph.rules import rule
from nncalc.graph.shapes import SCALAR, Shapes
from nncalc.language.figures import Figure, Rows
from nncalc.language.formula import Formula, Name, name, names_in, replace
from nncalc.ops.optimizers import DEFAULTS, OPTIMIZERS, SETTINGS, STEP, Optimizer, Setting

#: Behind the name of a quantity that takes a new value.
_NEW = "←"


class Update(NamedTuple):
    """The equations of an update, of which `settings` are the numbers, `step` the count and `state` what is kept.

    `becomes` says which new quantity each parameter and each kept one becomes, `alike` which parameter each quantity is
    shaped like.
    """

    equations: tuple[Equation, ...]
    settings: Mapping[Name, Figure]
    step: Name
    state: tuple[Name, ...]
    becomes: Mapping[Name, Name]
    alike: Mapping[Name, Name]

    @property
    def counts(self) -> bool:
        """Whether some line has the number of the step in it."""
        return any(self.step in names_in(equation.formula) for equation in self.equations)

    def start(self, shapes: Shapes) -> dict[Name, Rows]:
        """Return the numbers of all that is given before the first step."""
        found: dict[Name, Rows] = {of: [[number]] for of, number in self.settings.items()}
        for of in self.state:
            rows, columns = (int(str(size)) for size in shapes.of(of))
            found[of] = [[0] * columns for _ in range(rows)]
        return {**found, self.step: [[1]]}

    def settles(self, step: int) -> dict[Name, Rows]:
        """Return what is given anew at a step."""
        return {self.step: [[step]]}


def settings_of(optimizer: str, said: Mapping[str, Figure]) -> dict[str, Figure]:
    """Return the settings of an optimizer by their words: what is said of them, else their defaults."""
    words = ("rate", *OPTIMIZERS[optimizer].settings)
    return {word: Figure(DEFAULTS.get((optimizer, word), SETTINGS[word].default)) for word in words} | dict(said)


def update_of(
    optimizer: str, values: Mapping[str, Figure], parameters: Sequence[Name], output: Name, shapes: Shapes
) -> Update:
    """Return the update of `parameters` by an optimizer with these settings; its quantities get shapes in `shapes`."""
    kind = OPTIMIZERS[optimizer]
    taken = {of.base for of in shapes.known if isinstance(of, Name)}
    settings = {_free(SETTINGS[word], taken): values[word] for word in ("rate", *kind.settings)}
    step = _free(STEP, taken)
    for each in (*settings, step):
        shapes.name(each, SCALAR)
    letters = dict(zip((SETTINGS[word].letter for word in ("rate", *kind.settings)), settings, strict=True))
    found = Update((), settings, step, (), {}, {})
    for parameter in parameters:
        slope = gradient_of(parameter, output)
        shapes.name(slope, shapes.of(parameter))
        found = _with(found, kind, parameter, {**letters, STEP.letter: step, "p": parameter, "g": slope}, taken)
    for of, parameter in found.alike.items():
        shapes.name(of, shapes.of(parameter))
    return found


def _with(update: Update, kind: Optimizer, parameter: Name, letters: dict[str, Name], taken: set[str]) -> Update:
    """Return an update with the lines of one parameter more, for which `letters` stand."""
    own = {letter: name(_unlike(f"{letter}_{parameter.base}", taken)) for letter in kind.kept}
    letters |= own
    equations: list[Equation] = []
    becomes: dict[Name, Name] = {}
    for left, text in kind.lines:
        old = letters.get(left)
        new = name(old.base + _NEW) if old is not None else name(_unlike(f"{left}_{parameter.base}", taken))
        meaning: dict[Formula, Formula] = {name(letter): of for letter, of in letters.items()}
        equations.append(Equation(new, replace(rule(text), meaning)))
        letters[left] = new
        if old is not None:
            becomes[old] = new
    alike = dict.fromkeys([*own.values(), *(equation.name for equation in equations)], parameter)
    return update._replace(
        equations=(*update.equations, *equations), state=(*update.state, *own.values()),
        becomes={**update.becomes, **becomes}, alike={**update.alike, **alike},
    )  # fmt: skip


def before(of: Name) -> Name:
    """Return the name that a quantity has on the page."""
    return name(of.base.removesuffix(_NEW), of.index, of.of)


def in_words(text: str) -> str:
    """Return a message in which a quantity has the name of the page."""
    return text.replace(_NEW, "")


def is_new(of: Name) -> bool:
    """Return whether a name stands for what a quantity becomes."""
    return of.base.endswith(_NEW)


def _free(setting: Setting, taken: set[str]) -> Name:
    """Return the letter of a setting, or another word for it where a quantity could be taken for it."""
    stem = setting.letter.rstrip("0123456789")
    used = any(each.rstrip("0123456789") == stem for each in taken)
    return name(_unlike(setting.other if used else setting.letter, taken))


def _unlike(word: str, taken: set[str]) -> str:
    while word in taken:
        word += "_"
    return word
