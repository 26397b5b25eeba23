"""What a word that is being typed may become, by what the help calls it: `scalar|vector|both`, NAME, [SPEC].

A shell asks, by Typer's scripts; nothing of this is loaded otherwise. What the command line names is read as far as
that goes, and whatever is wrong with it is left for the command to say.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from nncalc.problems import Problem

if TYPE_CHECKING:
    from nncalc.spec.model import Model

#: How many files and folders are looked at to find specs, and how deep.
MOST_FILES, DEEPEST = 2_000, 1
#: How many entries are offered.
MOST_ENTRIES = 200
ENDINGS: Final = (".toml", ".json")


class Completion(NamedTuple):
    """A word, and what some shells show beside it; the `type` is what Typer asks for."""

    value: str
    help: str | None = None
    type: str = "plain"


def completing(command: Any) -> None:
    """Have the parameters of a command say what their values may be."""
    for parameter in command.params:
        parameter.shell_complete = partial(_completed, parameter)


def begun(words: Iterable[str], incomplete: str, said: Mapping[str, str] = MappingProxyType({})) -> list[Completion]:
    """Return the words that begin so, each with what is said of it."""
    return [Completion(word, said.get(word)) for word in words if word.startswith(incomplete)]


#: Whether bash has taken the word apart that is being typed.
_taken_apart = [False]


def rejoin() -> None:
    """Put together again, where Typer finds them, the words that bash has taken apart at `=`."""
    words, place = os.environ.get("COMP_WORDS", "").split("\n"), os.environ.get("COMP_CWORD", "")
    found: list[str] = []
    places: list[int] = []
    for before, word in zip(["", *words], words, strict=False):
        if found and "=" in (before, word):
            found[-1] += word
        else:
            found.append(word)
        places.append(len(found) - 1)
    if place.isdecimal() and int(place) < len(places):
        here = places[int(place)]
        _taken_apart[0] = found[here] != words[int(place)]
        os.environ.update({"COMP_WORDS": "\n".join(found), "COMP_CWORD": str(here)})


def _placed(value: str, incomplete: str) -> str:
    """Return a value as the shell puts it in: bash from the last `=` on, others with the option before the first."""
    if _taken_apart[0]:
        return value[incomplete.rfind("=") + 1 :]
    typed = os.environ.get("_TYPER_COMPLETE_ARGS", "").rpartition(" ")[2]
    option, sign, _ = typed.partition("=")
    return f"{option}={value}" if sign and option.startswith("--") else value


def _completed(parameter: Any, ctx: Any, incomplete: str) -> list[Completion]:
    """Return what the value of a parameter may be, as far as that is known."""
    words = str(parameter.metavar or "")
    words = "ENTRY" if parameter.name == "entry" else words
    kinds = [words] if words in _KINDS else words.split("|") if "|" in words else []
    found: list[Completion] = []
    for kind in kinds:
        try:
            found += _KINDS[kind](ctx, incomplete) if kind in _KINDS else begun([kind], incomplete)
        except (Problem, OSError, ValueError, RecursionError):
            continue
    return [each._replace(value=_placed(each.value, incomplete)) for each in found]


def _files(ctx: Any, incomplete: str) -> list[Completion]:
    """Return the specs that begin so, those of folders below too, and the examples by their names."""
    found = _specs(os.path.dirname(incomplete), incomplete, DEEPEST, [MOST_FILES])
    return [*begun(sorted(found), incomplete), *_examples(ctx, incomplete)]


def _specs(folder: str, incomplete: str, deep: int, left: list[int]) -> Iterator[str]:
    """Yield the specs in a folder and in those below it, until so many files are looked at as are `left`."""
    with os.scandir(folder or ".") as entries:
        for entry in entries:
            left[0] -= 1
            path = os.path.join(folder, entry.name)
            if left[0] < 0:
                return
            if entry.name.startswith(".") or not (path.startswith(incomplete) or incomplete.startswith(f"{path}/")):
                continue
            if entry.name.lower().endswith(ENDINGS) and entry.is_file():
                yield path
            elif deep and entry.is_dir(follow_symlinks=False) and os.access(path, os.R_OK | os.X_OK):
                yield from _specs(path, incomplete, deep - 1, left)


def _quantities(ctx: Any, incomplete: str) -> list[Completion]:
    """Return the quantities, and the derivatives where those are printed, by names that no shell reads."""
    names, output = _names(ctx)
    slopes = [f"{output}/{of}" for of in names if of != output] if output and ctx.info_name in _DIFFERENTIATE else []
    return begun((*names, *slopes), incomplete)


#: Commands whose values may be derivatives.
_DIFFERENTIATE: Final = ("backward", "train")


def _listed(ctx: Any, incomplete: str) -> list[Completion]:
    """Return the quantities that the last of several may be."""
    return _last_of(_names(ctx)[0], incomplete)


def _layers(ctx: Any, incomplete: str) -> list[Completion]:
    """Return the layers of a file of weights that the last of several may be."""
    from nncalc.cli.streams import words
    from nncalc.exchange.matching import layers_of
    from nncalc.exchange.weights import read_weights
    from nncalc.interface.opening import contents

    path = words([*(ctx.params.get("file") or ()), *ctx.args]).spec
    return _last_of(layers_of(read_weights(contents(path), path)), incomplete) if path and path != "-" else []


def _last_of(names: Iterable[str], incomplete: str) -> list[Completion]:
    """Return what the last of several may be, after those before it."""
    before, comma, last = incomplete.rpartition(",")
    said = before.split(",")
    return [Completion(f"{before}{comma}{each.value}") for each in begun([of for of in names if of not in said], last)]


def _entries(ctx: Any, incomplete: str) -> list[Completion]:
    """Return the entries of quantities that are computed, by names that no shell reads, as far as anyone looks."""
    from nncalc.graph.elements import Elements, bases
    from nncalc.graph.shapes import SCALAR

    model = _model(ctx, values=True)
    shapes = model.shapes() if model is not None else None
    if model is None or shapes is None:
        return []
    elements = Elements(shapes, bases(model.graph))
    found: list[Completion] = []
    for of in model.graph.by_name:
        if not of.base.startswith(incomplete.partition(".")[0]) or len(found) > MOST_ENTRIES:
            continue
        names = [each for row in elements.names(of) for each in row] if shapes.of(of) != SCALAR else [of]
        found += begun([".".join([each.base, *map(str, each.index)]) for each in names], incomplete)
    return found[:MOST_ENTRIES]


def _given(ctx: Any, incomplete: str) -> list[Completion]:
    return begun([f"{each}=" for each in _names(ctx)[0]], incomplete)


def _names(ctx: Any) -> tuple[list[str], str | None]:
    """Return the quantities that the command line has, and which of them is differentiated; raise Problem."""
    if ctx.info_name == "derive":
        return _names_in(_typed(ctx)), None
    model = _model(ctx)
    if model is None:
        return [], None
    return list(dict.fromkeys(of.base for of in model.graph.names)), model.output.base if model.output else None


def _typed(ctx: Any) -> list[str]:
    """Return the words of the command line."""
    return [*(ctx.params.get("spec") or ctx.params.get("expression") or ()), *ctx.args]


def _model(ctx: Any, *, values: bool = False) -> Model | None:
    """Return the model that the command line names, with its `values` or as it stands; None of standard input."""
    from nncalc.cli.streams import model_of, words
    from nncalc.interface.opening import example

    expressions, typed = ctx.params.get("expr") or [], _typed(ctx)
    found = words(typed)
    if found.spec == "-":
        return None
    spec = [] if expressions else [found.spec or example()]
    set_ = [f"{of}={said}" for of, said in found.values] if values else []
    return model_of([*spec, *set_], list(expressions), [], need_values=values)


def _names_in(typed: list[str]) -> list[str]:
    """Return the names in formulas; raise Problem where they cannot be read."""
    from nncalc.interface.equations import asked_of
    from nncalc.language.tokens import tokens
    from nncalc.ops import FUNCTIONS

    text = asked_of(typed, ()).equations if typed and "-" not in typed else ""
    found = [token.text for line in text.splitlines() for token in tokens(line) if token.kind == "word"]
    return [each for each in dict.fromkeys(found) if each not in FUNCTIONS]


def _activations(_: Any, incomplete: str) -> list[Completion]:
    from nncalc.spec.layers import ACTIVATIONS

    return begun(ACTIVATIONS, incomplete)


def _losses(_: Any, incomplete: str) -> list[Completion]:
    from nncalc.spec.layers import LOSSES

    return begun(LOSSES, incomplete)


def _formats(ctx: Any, incomplete: str) -> list[Completion]:
    from nncalc.cli.endings import forms_of

    return begun(forms_of(ctx.info_name), incomplete)


def _conventions(_: Any, incomplete: str) -> list[Completion]:
    from nncalc.spec.conventions import CHOICES, KEYS

    return begun([f"{key}={choice}" for key in KEYS for choice in CHOICES.get(key, ("",))], incomplete)


def _examples(_: Any, incomplete: str) -> list[Completion]:
    from nncalc.interface.opening import about, examples

    said = {name: about(path) for name, path in examples().items()}
    return begun(said, incomplete, said)


def _operations(_: Any, incomplete: str) -> list[Completion]:
    from nncalc.ops import OPS

    return begun(OPS, incomplete, {name: op.summary for name, op in OPS.items()})


def _functions(_: Any, incomplete: str) -> list[Completion]:
    """Return how a formula that is being typed may go on: with each function that begins as its last word does.

    >>> [each.value for each in _functions(None, "f = x*softpl")], _functions(None, "f = 2")
    (['f = x*softplus'], [])
    """
    from nncalc.ops import FUNCTIONS

    before = incomplete.rstrip("abcdefghijklmnopqrstuvwxyz0123456789_")
    word = incomplete[len(before) :]
    return begun([before + each for each in FUNCTIONS if word and each.isascii()], incomplete)


#: What stands for values in the help, and who knows them. Of FILE the shell knows, and of a number nobody.
_KINDS: Final[dict[str, Callable[[Any, str], list[Completion]]]] = {
    "[SPEC] [NAME=VALUE]...": _files,
    "NAME": _quantities,
    "NAMES": _listed,
    "LAYERS": _layers,
    "ENTRY": _entries,
    "NAME=VALUE": _given,
    "NAME=POINTS": _given,
    "FORMAT": _formats,
    "KEY=VALUE": _conventions,
    "EXAMPLE": _examples,
    "SPEC": _files,
    "ACTIVATION": _activations,
    "LOSS": _losses,
    "[OPERATION]...": _operations,
    "'f = x*y'": _functions,
}
