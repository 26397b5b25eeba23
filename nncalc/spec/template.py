"""Layers that are templates of equations: their settings, what they are given, and their lines, written out.

Knows the table of layers and what stands in a spec; no layer by its name. Shapes are inferred from the equations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import partial
from itertools import groupby
from math import prod
from random import Random
from typing import Final, NamedTuple

from nncalc.graph.shapes import SCALAR, Shapes
from nncalc.language.blocks import transposed
from nncalc.language.figures import Rows, text_of
from nncalc.language.formula import Name, name
from nncalc.language.parser import Known, parse
from nncalc.problems import Problem
from nncalc.spec.activation import Activation, activation, applied, named, of_entries
from nncalc.spec.amounts import amount, least, rational
from nncalc.spec.draft import Draft, Signal
from nncalc.spec.equations import remarked
from nncalc.spec.images import Kernels, Which, kernel_nodes, kernels_of, members, named_so, numbered, slide, together
from nncalc.spec.layers import Layer, Line, Quantity, Setting
from nncalc.spec.names import counted_name
from nncalc.spec.node import Node
from nncalc.spec.statements import EXAMPLES, Given
from nncalc.spec.values import MOST_VALUES, Values
from nncalc.spec.words import counted, either, joined, shown, size

#: What is said of a quantity in place of its numbers.
_WORDS: Final = {"causal": "no step sees a later one: 1 where it is seen, 0 where not"}
_A: Final = {"vector": "a vector", "sequence": "a sequence", "image": "an image"}
_SAID: Final = {
    "sequence": 'a sequence is a list of lists, one step a row; `kind = "sequence"` in [input] says so',
    "image": 'a picture is a list of lists, one row of it a row; `kind = "image"` in [input] says so',
}
_FLATTENED: Final = 'a layer `type = "flatten"` before it makes a vector of an image'
#: The most equations that a layer is written out with.
MOST_LINES: Final = 200_000


class Place(NamedTuple):
    """A layer among others: its node and template, which of its kind it is, whether the last, and names given to it."""

    layer: Node
    template: Layer
    which: Which
    last: bool
    claims: Mapping[str, str | None]
    trained: Mapping[str, str]

    @property
    def number(self) -> int:
        return self.which.number


def keys_of(template: Layer) -> tuple[str, ...]:
    """Return the keys that a layer of a template may have."""
    own = ("activation",) if template.activation else ()
    return template.keys or ("type", *template.quantities, *template.settings, *own, "output")


def add_template(place: Place, signal: Signal, draft: Draft) -> Signal:
    """Add a layer's quantities and equations to the draft, and return what goes into the next."""
    return _Expansion(place, signal, draft).expanded()


class _Slot:
    """What stands between braces in a line: `at` says it, given what follows the colon."""

    def __init__(self, at: Callable[[str], str]) -> None:
        self.at = at

    def __format__(self, spec: str) -> str:
        return self.at(spec)


class _Expansion:
    """One layer being written out; a class because lines use what stands above them.

    `known` are its sizes and whole settings, `results` the names that each line has had so far, `here` is which
    repetition is written.
    """

    def __init__(self, place: Place, signal: Signal, draft: Draft) -> None:
        self.place, self.signal, self.draft = place, signal, draft
        self.layer, self.template = place.layer, place.template
        self.active = self._activation()
        self.known: dict[str, int] = {"inputs": signal.length, "examples": draft.examples or 1}
        self.known["pictures"] = self.known["examples"]
        if signal.channels:
            self.known |= {"channels": len(signal.channels), "height": signal.steps, "width": signal.length}
        elif signal.steps:
            self.known["steps"] = signal.steps
        self.settings: dict[str, str] = {}
        self.signals: dict[str, list[Signal]] = {}
        self.quantities: dict[str, str | None] = {}
        self.kernels: list[list[str]] = []
        self.results: dict[str, list[str]] = {}
        self.shapes = Shapes({})
        self.here = self.channel = 1

    def expanded(self) -> Signal:
        self._takes()
        for key, setting in self.template.settings.items():
            self._set(key, setting)
        for own in self.signal.names:
            self.shapes.name(name(own), self.signal.shape(self.draft.examples))
        for key, quantity in self.template.quantities.items():
            self.quantities[key] = self._given(key, quantity) if len(quantity.shape.split()) < 3 else self._family(key)
        if self.template.window is not None:
            self.draft.notes += slide(self.layer, self.template, self.known, self.settings, self.signal)
        if self.template.takes == "indices":
            self._one_hot()
        self._examples()
        there = self._conditions().items()
        lines = [line for line in self.template.lines if {*line.when} <= there]
        made = self._activation_names()
        everywhere = "channels" if self.signal.channels and not self.template.takes else ""
        last = [""]
        for each, block in groupby(lines, lambda line: line.each or everywhere):
            last = self._block([*block], self.known[each] if each else 1, made, whole=lines[-1])
        notes = [(note, ()) if isinstance(note, str) else note for note in self.template.notes]
        self.draft.notes += [text.format_map(self._slots({})) for text, when in notes if {*when} <= there]
        rows, columns = self.shapes.of(name(last[-1]))
        assert isinstance(rows, int)
        assert isinstance(columns, int)
        if self.image:
            own = together(self.place.claims.get("output"), last)
            return Signal(own, columns, self.layer.path, rows // self.known["pictures"], tuple(last))
        sequence = (self.template.gives or self.signal.kind) == "sequence" and not self._ends()
        length, steps = (columns, rows) if sequence else (rows, 0)
        return Signal(last[-1], length, self.layer.path, steps)

    @property
    def image(self) -> bool:
        """Whether the layer makes an image."""
        return (self.template.gives or self.signal.kind) == "image"

    def _one_hot(self) -> None:
        """Write row numbers as rows with a 1 in one place each."""
        given, count, base = self.draft.given[self.signal.name], self.known["words"], self.known["base"]
        found: list[list[float]] = []
        for (value,) in given.rows:
            if value != int(value) or not base <= value < count + base:
                raise Node(self.layer.document, given.path, None).problem(
                    f"a row of a table is a whole number from {base} to {count + base - 1}, not {text_of(value)}",
                    "`base = 1` counts from 1", "domain",
                )  # fmt: skip
            found.append([int(place + base == value) for place in range(count)])
        self.draft.given[self.signal.name] = Given(found, 2, batch=False, path=given.path)
        self.signal = Signal(self.signal.name, count, self.signal.because, len(found))
        self.draft.signals[self.signal.name] = self.signal
        self.shapes.name(name(self.signal.name), (len(found), count))

    def _ends(self) -> bool:
        """Return whether only the last step of a sequence goes on."""
        return self.settings.get("returns") == "last"

    # -- what the spec says of it -----------------------------------------------------------------------------

    def _activation(self) -> Activation | None:
        if not self.template.activation:
            return None
        said = activation(self.layer)
        if self.image:
            of_entries(said, self.layer)
        return said if self.layer.get("activation") else Activation(self.template.activation, self.layer.path)

    def _takes(self) -> None:
        """Raise Problem where another kind of input comes in."""
        wanted = self.template.takes
        kind = self.layer.at("type").value
        if wanted == "indices":
            if self.signal.kind != "vector" or self.draft.examples is not None or self.place.layer.path[-1] != 0:
                raise self.layer.at("type").problem(f"`{kind}` is the first layer, and takes a list of row numbers")
            return
        own = self.signal.kind
        if wanted != own if wanted else own == "image" and not self.template.alike:
            takes = _A[wanted] if wanted else "a vector or a sequence"
            raise self.layer.at("type").problem(
                f"`{kind}` takes {takes}, and {shown(self.signal.name)} is {_A[own]}",
                _FLATTENED if own == "image" else _SAID.get(wanted or ""), "shape",
            )  # fmt: skip

    def _examples(self) -> None:
        """Raise Problem where a layer that is over the examples of a batch has one, and nothing in their place."""
        instead = self.template.over_examples
        if instead and self.draft.examples is None and self.quantities[instead] is None:
            other = self.template.quantities[instead].goes_with
            raise self.layer.at("type").problem(
                "is over the examples of a batch, and there is one example",
                f"give `{instead}` and `{other}`, or several examples", "shape",
            )  # fmt: skip

    def _conditions(self) -> dict[str, str]:
        """Return what lines may hang on."""
        numbers = {key: "many" if value > 1 else "one" for key, value in self.known.items()}
        given = {key: "none" if own is None else "given" for key, own in self.quantities.items()}
        alone = "batch" if self.draft.examples is not None else "alone"
        active = {"activation": "none" if self.active is None or self.active.identity else "given"}
        kind = "sequence" if self.signal.kind == "sequence" else alone
        return {**self.settings, **numbers, **given, **active, "input": kind}

    def _set(self, key: str, setting: Setting) -> None:
        node = self.layer.get(key)
        if node is None:
            if not setting.default:
                raise self.layer.missing(key, "the name of an earlier quantity, such as the input's")
            self.settings[key] = setting.default
        elif setting.kind in ("signal", "signals"):
            self._from(key, setting, node)
        else:
            self.settings[key] = _said(node, setting)
        if setting.kind == "whole" and self.settings[key] not in setting.words:
            self.known[key] = int(self.settings[key])

    def _from(self, key: str, setting: Setting, node: Node) -> None:
        many = setting.kind == "signals"
        if many and not (isinstance(node.value, list) and node.value):
            raise node.expected("a list of names", 'like `from = ["a", "b"]`')
        members = [node.at(place) for place in range(len(node.value))] if isinstance(node.value, list) else [node]
        self.signals[key] = [self.draft.signals[each.choice(self.draft.signals)] for each in members]
        for each, found in zip(members, self.signals[key], strict=True):
            for own in found.names:
                self.shapes.name(name(own), found.shape(self.draft.examples))
            self._alike(each, found, many=many)

    def _alike(self, node: Node, found: Signal, *, many: bool) -> None:
        """Raise Problem where a signal is not of the input's kind, or what is added to it of another size."""
        if found.kind != self.signal.kind:
            own, other = (_A[each.kind] for each in (self.signal, found))
            raise node.problem(f"{shown(found.name)} is {other}, {shown(self.signal.name)} {own}")
        own, other = (_measured(each, self.draft.examples) for each in (self.signal, found))
        if not many and own != other:
            raise node.problem(
                f"{shown(found.name)} is {other}, {shown(self.signal.name)} is {own}: what is added has one size",
                None, "shape",
            )  # fmt: skip

    def _given(self, key: str, quantity: Quantity) -> str | None:
        """Add a quantity that the layer is given; return its name, or None where it is left out."""
        node = self.layer.get(key)
        word = node.value if node is not None and isinstance(node.value, str) else quantity.default
        if node is not None and isinstance(node.value, str) and word not in (quantity.default, *quantity.words):
            node.choice([each for each in (quantity.default, *quantity.words) if each])
        said = node is not None and not isinstance(node.value, str)
        if not said and word == "none":
            other = self.layer.get(quantity.goes_with) if quantity.goes_with else None
            if other is not None and other.value != quantity.default:
                raise self.layer.missing(key, f"`{quantity.goes_with}` is given, and goes with it")
            return None
        if not said and not word:
            raise self.layer.missing(key, f"like `{key} = {{ values = [[1, 0], [0, 1]] }}`")
        mine = f"{quantity.name}{self.place.number}"
        usual = (mine,) if self.image and self.place.which.several else (quantity.name, mine)
        own = self.place.claims.get(key) or self.draft.names.free(usual, self.layer)
        if node is None or not said:
            rows, dims = self._usual(quantity, word)
            self.draft.notes.append(f"`{own}`: {_WORDS.get(word, word)}" if word != "drawn" else self._drawn(own))
            self.draft.given[own] = Given(rows, dims, batch=self._by_example(quantity, dims), path=self.layer.path)
        else:
            numbers = self.draft.reading.values(node, own, ("name",)).listed()
            rows = self._fitting(node, own, quantity, numbers)
            by_example = self._by_example(quantity, numbers.dims)
            self.draft.given[own] = Given(rows, numbers.dims, batch=by_example, path=numbers.node.path)
            self.draft.notes += remarked(own, numbers)
        if self._by_example(quantity, self.draft.given[own].dims):
            self.draft.per_example.add(own)
        if quantity.trained:
            self.draft.parameters.append(own)
        self.shapes.name(name(own), (len(rows), len(rows[0])))
        return own

    def _family(self, key: str) -> str:
        """Add the kernels that the layer is given, a quantity for each channel, and return what they are called."""
        node, draft = self.layer.need(key, f"like `{key} = [{{ values = [[1, 0], [0, 1]] }}]`"), self.draft
        lines = self.template.lines_only
        tokens = self.template.quantities[key].shape.split()
        claims = [self.place.claims.get(f"{key} {place}") for place in range(len(kernel_nodes(node)))]
        given = kernels_of(node, claims, lines, draft)
        sizes = given.sizes[: len(tokens)]
        if not all(map(self._fits, tokens, sizes)):
            raise given.node.problem(
                f"each kernel is of {counted(given.sizes[1], 'channel')}, and {shown(self.signal.name)} has"
                f" {self.known['channels']}", "a kernel has a matrix for each channel that comes in", "shape",
                about=node.path,
            )  # fmt: skip
        self.kernels = self._kernel_names(given, key, node)
        for names, matrices in zip(self.kernels, given.matrices, strict=True):
            for each, rows in zip(names, matrices, strict=True):
                draft.given[each] = Given(rows, 1 if lines else 2, batch=False, path=given.node.path)
                draft.parameters.append(each)
                self.shapes.name(name(each), (len(rows), len(rows[0])))
        draft.notes += given.remarks
        return key

    def _kernel_names(self, given: Kernels, key: str, node: Node) -> list[list[str]]:
        """Return the names of kernels, of each the names of its channels.

        They count the layer, where there are several, the kernel and the channel; the user's own name of a kernel of
        one channel has no number more, and one that ends in a number counts the channel alone.
        """
        draft, (number, several) = self.draft, self.place.which
        usual = self.template.quantities[key].name
        count, channels, *_ = given.sizes
        if count == channels == 1 and given.names == (None,) and (given.name or not several):
            return [[given.name or draft.names.free((usual, f"{usual}{number}"), node)]]
        unnamed = [place for place, said in enumerate(given.names, 1) if not (said or given.name)]
        taken = any(draft.names.taken(f"{usual}{place}") for place in unnamed)
        found: list[list[str]] = []
        for place, said in enumerate(given.names, 1):
            base = said or given.name or usual
            own = base[-1].isdecimal()
            layer = [number] if not own and (several or (taken and not said)) else []
            numbers = [*layer, place] if not own or (count > 1 and not said) else layer
            stem = counted_name(base, *numbers) if numbers else base
            chosen = bool(said or given.name)
            if said and channels == 1:
                found.append([said])
            elif channels == 1:
                found.append([named_so(stem, node, draft, said=chosen)])
            else:
                found.append(members(stem, channels, node, draft, said=chosen))
        draft.counted += [each for names in found for each in names if channels == 1]
        return found

    def _by_example(self, quantity: Quantity, dims: int) -> bool:
        return quantity.shape == "like" and self.draft.examples is not None and dims == 2

    def _usual(self, quantity: Quantity, word: str) -> tuple[Rows, int]:
        """Return the numbers of a quantity of which nothing is said, and their levels of lists."""
        if quantity.shape == "like":
            rows, columns = self.signal.shape(self.draft.examples)
            dims = 1 if self.draft.examples is None and self.signal.kind == "vector" else 2
        else:
            sizes = [self._size(token) for token in quantity.shape.split()]
            rows, columns = [*sizes, 1][:2]
            dims = len(sizes)
        if word == "causal":
            return [[int(column <= row) for column in range(columns)] for row in range(rows)], dims
        if word == "drawn":
            random = Random(int(self.settings["seed"]))  # noqa: S311 - numbers to work with, not secrets
            drop = float(Fraction(self.settings["rate"].strip("()")))
            by_example = self.draft.examples is not None  # so that the first examples alone have the same
            across, down = (rows, columns) if by_example else (columns, rows)
            drawn: Rows = [[int(random.random() >= drop) for _ in range(across)] for _ in range(down)]
            return transposed(drawn) if by_example else drawn, dims
        value = {"ones": 1, "zeros": 0}[word]
        return [[value] * columns for _ in range(rows)], dims

    def _drawn(self, own: str) -> str:
        return (
            f"`{own}`: drawn from seed {self.settings['seed']}; an entry is 0 in {self.settings['rate']} of all cases"
        )

    def _size(self, token: str) -> int:
        return prod(int(each) if each.isdecimal() else self.known[each] for each in token.split("*"))

    def _fitting(self, node: Node, own: str, quantity: Quantity, numbers: Values) -> Rows:
        """Return the numbers of a quantity as they are kept; raise Problem where they have another shape."""
        if quantity.shape == "like":
            return self._like(node, own, quantity, numbers)
        tokens = quantity.shape.split()
        sizes = numbers.shape if len(tokens) == 2 else numbers.shape[1:]
        fits = numbers.dims == len(tokens) and all(map(self._fits, tokens, sizes))
        if quantity.for_all and numbers.dims == 0:
            count = self._size(quantity.shape)
            if count > 1:
                self.draft.notes.append(f"`{own}`: one number, which all {count} {quantity.shape} have")
            fits = True
        if not fits:
            raise self._unfit(node, own, quantity, numbers)
        return numbers.rows if numbers.dims == 2 else numbers.column()

    def _fits(self, token: str, found: int) -> bool:
        """Return whether a size is what it must be; one that was not known yet is now."""
        *factors, letter = token.split("*")
        count = self._size("*".join(["1", *factors]))
        return found % count == 0 and self.known.setdefault(letter, found // count) == found // count

    def _like(self, node: Node, own: str, quantity: Quantity, numbers: Values) -> Rows:
        """Return numbers of the input's shape, of a batch one example a row; or a list, for a column."""
        rows, columns = self.signal.shape(self.draft.examples)
        numbers = numbers.first(self.draft.most) if self._by_example(quantity, numbers.dims) else numbers
        found = transposed(numbers.rows) if self.draft.examples is not None else numbers.rows
        if self.signal.kind == "vector" and self.draft.examples is None:
            found = numbers.column()
        if (len(found), len(found[0])) != (rows, columns):
            wanted = (columns, rows) if self.draft.examples is not None else (rows, columns)
            said = f"a list of {counted(rows, 'value')}" if columns == 1 else size(*wanted)
            raise numbers.node.problem(
                f"`{own}` is {numbers.said()}, must be {said}, as `{self.signal.name}` is", None, "shape",
                about=numbers.about(node),
            )  # fmt: skip
        return found

    def _unfit(self, node: Node, own: str, quantity: Quantity, numbers: Values) -> Problem:
        tokens = quantity.shape.split()
        if len(tokens) == 1 and tokens[0] in self.known:
            count = self.known[tokens[0]]
            return numbers.node.problem(
                f"`{own}` is {numbers.said()}, must be a list of {counted(count, 'value')}, one for each "
                f"{tokens[0].removesuffix('s')}",
                "or one number for all, `0.25`" if quantity.for_all else None, "shape", about=numbers.about(node),
            )  # fmt: skip
        known = [f"{letter} = {self.known[letter]}" for letter in _letters(tokens) if letter in self.known]
        words = "×".join(token.replace("*", "·") for token in tokens)
        must = f"a list of {words} values" if len(tokens) == 1 else words
        where = f", with {joined(known)}" if known else ""
        return numbers.node.problem(
            f"`{own}` is {numbers.said()}, must be {must}{where}", None, "shape", about=numbers.about(node)
        )

    # -- its equations ----------------------------------------------------------------------------------------

    def _activation_names(self) -> dict[str, str]:
        if self.active is None:
            return {}
        return named(self.active, self.place.trained, str(self.place.number), self.layer, self.draft)

    def _block(self, lines: list[Line], count: int, made: dict[str, str], whole: Line) -> list[str]:
        """Write lines as often as they are repeated; return the names of the last."""
        if count * len(lines) > MOST_LINES:
            raise self.layer.problem(f"comes to more than {MOST_LINES} equations", "a shorter sequence, or fewer heads")
        marks = {line.name: self._marks(line, count, whole) for line in lines}
        for self.here in range(1, count + 1):
            for line in lines:
                own = marks[line.name][self.here - 1]
                slots = self._slots(made)
                slots["terms"] = self._terms(line, slots)
                text = line.text.format_map(slots)
                slots["examples"] = EXAMPLES
                general = line.text.format_map(slots)
                self._state(own, text, general, shared=line.shared or self.image)
                if line.each == "steps":
                    self.draft.at_step[own] = self.here
                self.results.setdefault(line.name, []).append(own)
        return self.results[lines[-1].name]

    def _terms(self, line: Line, slots: dict[str, object]) -> str:
        """Return what a line has of each channel."""
        found = []
        for channel in range(1, self.known.get("channels", 1) + 1):
            self.channel = channel
            found.append(line.terms.format_map(slots))
        return line.by.join(found)

    def _marks(self, line: Line, count: int, whole: Line) -> list[str]:
        """Return the names of a line, one for each time it is written; that of the layer's output may be the user's."""
        names, number = self.draft.names, self.place.number
        given = self.place.claims.get("output") if line is whole else None
        if self.image:
            last = self.place.last and line is whole and count == 1
            which = Which(number, several=self.place.which.several and not last)
            return numbered(given, "yhat" if last else line.name, which, count, self.layer, self.draft)
        if count == 1 and line.each != "steps":
            usual = ("yhat",) if self.place.last and line is whole else (line.name, f"{line.name}{number}")
            return [given or names.free(usual, self.layer)]
        numbers = [f"{line.name}{place}" for place in range(1, count + 1)]
        if any(map(names.taken, numbers)):
            numbers = [f"{line.name}{number}_{place}" for place in range(1, count + 1)]
        found = [names.free((each,), self.layer) for each in numbers[:-1]]
        return [*found, given or names.free((numbers[-1],), self.layer)]

    def _state(self, own: str, text: str, general: str, *, shared: bool) -> None:
        kinds = {each.base for each in self.shapes.known if isinstance(each, Name)}
        if self.known.get("units") == 1:
            text, general = (each.replace(" .* ", " * ") for each in (text, general))  # of numbers
        try:
            self.shapes.name(name(own), self.shapes.of(parse(text, Known(kinds, whole=True))))
        except Problem as problem:
            raise self.layer.problem(problem.message, problem.hint, problem.code) from None
        self.draft.state(own, text, self.layer.path, general if general != text else None, shared=shared)

    def _slots(self, made: dict[str, str]) -> dict[str, object]:
        """Return what stands between braces in the lines of this repetition."""
        found: dict[str, object] = {**self.known, **self.settings}
        found["x"] = _Slot(self._input)
        for key, own in self.quantities.items():
            term = self.template.quantities[key].term
            found[key] = "" if own is None else _Slot(partial(self._quantity, term.format(own)))
        for key, signals in self.signals.items():
            names = [each.names[self.here - 1] if each.channels else each.name for each in signals]
            found[key] = _Slot(lambda spec, names=names: self._together(names) if spec else names[0])  # type: ignore[misc]
        for key, setting in self.template.settings.items():
            if setting.kind == "order":
                found[key] = _Slot(lambda _, key=key: joined([*self.settings[key]]))  # type: ignore[misc]
        for line in self.template.lines:
            found[line.name] = _Slot(lambda spec, of=line.name: self._result(of, spec, made))  # type: ignore[misc]
        return found

    def _together(self, names: list[str]) -> str:
        """Return several quantities as one, under each other or each step's side by side."""
        return f"{'beside' if self.signal.kind == 'sequence' else 'stack'}({', '.join(names)})"

    def _input(self, spec: str) -> str:
        """Return the input, or the channel of it that is meant."""
        if self.signal.channels:
            return self.signal.channels[(self.channel if spec == "channel" else self.here) - 1]
        return self._part(self.signal.name, spec)

    def _quantity(self, said: str, spec: str) -> str:
        """Return a quantity, the kernel of this output and a channel, or the entry of this output."""
        if spec == "channel":
            return self.kernels[self.here - 1][self.channel - 1]
        own = spec == "own" and self.shapes.of(name(said)) != SCALAR
        return f"{said}[{self.here}]" if own else said

    def _part(self, of: str, spec: str) -> str:
        """Return a quantity, or the part of it that a word after a colon means."""
        if spec == "row":
            return f"{of}[{self.here},:]'"
        if spec == "part":
            _, columns = self.shapes.of(name(of))
            assert isinstance(columns, int)
            count = self.known["heads"]
            width = columns // count
            return of if count == 1 else f"{of}[:,{(self.here - 1) * width + 1}:{self.here * width}]"
        order = next((self.settings[key] for key, each in self.template.settings.items() if each.kind == "order"), "")
        if spec and spec in order:
            place, units = order.index(spec), self.known["units"]
            return f"{of}[{place * units + 1}:{(place + 1) * units}]"
        return of

    def _result(self, line: str, spec: str, made: dict[str, str]) -> str:
        """Return a line of this repetition, or what a word after a colon means of it."""
        done = self.results.get(line, [])
        if spec.startswith("or "):
            other = spec.removeprefix("or ")
            line = line if done else other
            return self.signal.name if line == "x" else self._result(line, "", made)
        if spec == "before":
            start = self.quantities[self.template.starts[line]]
            return done[self.here - 2] if self.here > 1 else str(start)
        if spec == "rows":
            number = self.shapes.of(name(done[0])) == SCALAR
            rows = [each if number else f"{each}'" for each in done]
            return f"stack({', '.join(rows)})" if len(rows) > 1 else rows[0]
        if spec == "beside":
            return f"beside({', '.join(done)})"
        own = done[self.here - 1] if len(done) > 1 else done[0]
        if spec == "active":
            assert self.active is not None
            text, _ = applied(self.active, own, self.known.get("units", 0), made, self.draft)
            for each in made.values():
                numbers = self.draft.given[each].rows
                self.shapes.name(name(each), (len(numbers), len(numbers[0])))
            return text
        return self._part(own, spec)


def _measured(signal: Signal, examples: int | None) -> str:
    """Return the size of a signal."""
    said = size(*signal.shape(examples))
    return f"{counted(len(signal.channels), 'channel')} of {said}" if signal.channels else said


def _letters(tokens: list[str]) -> list[str]:
    return list(dict.fromkeys(each for token in tokens for each in token.split("*") if not each.isdecimal()))


def _said(node: Node, setting: Setting) -> str:
    """Return what a layer is set to, as it stands in an equation."""
    if setting.kind == "word":
        return node.choice(setting.words)
    if setting.kind == "truth":
        if not isinstance(node.value, bool):
            raise node.expected("true or false")
        return str(node.value).lower()
    if setting.kind == "whole" and setting.words and isinstance(node.value, str):
        return node.choice(setting.words)
    if setting.kind == "whole":
        return str(node.whole(int(setting.least), MOST_VALUES))
    if setting.kind == "order":
        text = node.text()
        if sorted(text) != sorted(setting.default):
            raise node.problem(f"must have each of {either(setting.default)} once, not {shown(text)}")
        return text
    found = least(node, int(setting.least))
    if setting.below is not None and found >= setting.below:
        raise node.problem(f"must be less than {text_of(setting.below)}, not {text_of(found)}", code="domain")
    return amount(rational(found))
