"""What an entry of the operation table says. Data only: nothing here parses or computes.

Every rule is text in nncalc's own language. In a rule an argument's name stands for the
argument, `g` for the gradient that arrives, `out` for the operation's result, and a letter
of the shape signature for that size.
"""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, TypeAlias


class Flat(Enum):
    """Why an argument has no derivative rule of its own in the table."""

    CONSTANT = "the result does not change with it, wherever it changes at all"
    DATA = "a label or a count, which is never differentiated"
    UNROLLED = "no one formula serves every exponent, or place; `calculus` writes it out for the one at hand"


CONSTANT = Flat.CONSTANT
DATA = Flat.DATA
UNROLLED = Flat.UNROLLED

Rule: TypeAlias = str | Flat

#: f(-x) is -f(x), or f(x), or 1 - f(x), or something else.
Parity: TypeAlias = Literal["odd", "even", "complement", ""]

#: What an operation acts on one by one, where it does not act on the matrix as a whole.
Over: TypeAlias = Literal["rows", "columns"]


class Pattern(NamedTuple):
    """A text with `{0}` and `{1}` in the places of arguments, and how tightly it holds together."""

    text: str
    strength: int = 100


class Fence(NamedTuple):
    """Signs around arguments, on paper and in LaTeX; `below` is a subscript after the second, `matrix` of a matrix."""

    left: str
    right: str
    latex_left: str
    latex_right: str
    below: str = ""
    matrix: str = ""


class Function(NamedTuple):
    """Written `word(x, y)`; `unicode` and `latex` are other spellings of the word, `also` other ASCII words for it.

    On paper, in LaTeX and in MathML a `fence` stands around the arguments in place of the word, or a pattern:
    `paper`, `tex` or `mathml`. An operation of each row or column has what it is `over` after its arguments.
    """

    word: str
    unicode: str = ""
    latex: str = ""
    also: tuple[str, ...] = ()
    fence: Fence | None = None
    paper: Pattern | None = None
    tex: Pattern | None = None
    mathml: Pattern | None = None
    over: Over | Literal[""] = ""


class Infix(NamedTuple):
    """Written between its arguments; the stronger binds tighter. `also` are other ASCII spellings."""

    sign: str
    strength: int
    unicode: str = ""
    latex: str = ""
    also: tuple[str, ...] = ()
    right: bool = False


class Prefix(NamedTuple):
    """Written before its argument."""

    sign: str
    strength: int
    unicode: str = ""
    latex: str = ""


class Postfix(NamedTuple):
    """Written after its argument."""

    sign: str
    strength: int
    unicode: str = ""
    latex: str = ""
    also: tuple[str, ...] = ()


Notation: TypeAlias = Function | Infix | Prefix | Postfix


class Case(NamedTuple):
    """One published or hand-computed value: arguments as formulas, and what comes out."""

    args: str
    gives: float


class Form(NamedTuple):
    """How an operation acts on arguments of one kind of shape.

    `shapes` is a signature such as `m n, n p -> m p`, or a word: `numbers` for any count of scalars to a scalar,
    `sizes` for a shape that the arguments say (`sized` names it), `entries` for brackets, `part` for some rows or
    columns of the first argument, which the other two say. A size of a result may be a product of letters, `m*p`.
    `gradient` gives each argument's share of `g`; `element` says entry [i,j] of the result, with `sum(k, ...)` for a
    sum over an index; where that is empty, as entries are only arranged, `general` says it with `delta(i, j)`, 1
    where the indices are equal, else 0.
    """

    shapes: str
    gradient: Mapping[str, Rule]
    element: str
    sized: str = "m n"
    general: str = ""


class Kink(NamedTuple):
    """Where an operation has no derivative, and the convention that decides there.

    `where` is a formula of the arguments that is zero at the kink, or `out` where the result is zero there; `says`
    names the convention, with settings in braces.
    """

    where: str
    says: str


class Switch(NamedTuple):
    """A convention that picks the slope of an operation where it has none: its `key`, and what it may be.

    The entry's own slope and kink are those of the `default`; `others` have a slope by each argument and what is said.
    """

    key: str
    default: str
    others: Mapping[str, tuple[Mapping[str, str], str]]


class Partial(Enum):
    """Why an operation has no value for some arguments."""

    DOMAIN = "it is not defined there"
    OVERFLOW = "it is too large for a floating-point number there"


DOMAIN = Partial.DOMAIN
OVERFLOW = Partial.OVERFLOW


class Undone(NamedTuple):
    """How an elementwise operation is undone: from out = c to the argument, and what c must be for that."""

    argument: str
    needs: str


class Lines(NamedTuple):
    """What an operation is of each row or each column of a matrix, a line: rules for both, with marks in them.

    Of rows the matrix A is `m n`, of columns `n m`: n is how many entries a line has. `A[k]` is entry k of the line at
    hand, `A[own]` the one at the place of the result. `<X>` is the sum of each line of X, `{x}` has in each entry the
    number that x has for its line. `over` at the end of another call is the same setting there, `AXIS` the axis of
    NumPy. `gradient` is what A receives of g.

    One `makes` of each line a `number`, or a `line` again. One of `columns` acts on each column as it stands in the
    table, and is of rows what its entry says, turned, but for the `gradient`, and that of a `single` row. `others` are
    the gradients that a switch picks.
    """

    gradient: str = ""
    element: str = ""
    meaning: str = ""
    numpy: str = ""
    careful: Mapping[str, str] = MappingProxyType({})
    respelled: Mapping[str, str] = MappingProxyType({})
    square: str = ""
    kink: str = ""
    others: Mapping[str, str] = MappingProxyType({})
    cases: tuple[Case, ...] = ()
    single: str = ""
    makes: Literal["number", "line", "columns"] = "number"


class Loss(NamedTuple):
    """What a loss needs of a network.

    `target` is what the argument `y`, or else the second, holds: `numbers`; `probabilities`, each by itself;
    `classes`, of which each example's sum to 1; `class`, of which one is 1; `signs`, -1 or 1; `labels`, a 0 or a 1 for
    each example; `positive` numbers or 0. `others` are further quantities it is given: an argument, and the key that a
    spec has for it. `per` is what its mean divides by (`entry` or `example`); one that `averages` is a mean itself.
    `after` are the activations it may follow (none: any), `instead` what to do otherwise.

    A loss that is a `factor` `times` something is so by convention, which is said. In one that is `linear` in its
    target, that may be any weights of the classes; one that `smooths` takes the target of a smoothed label. One in
    `logarithms` has a base. `positives` is the same loss with a weight of what is so. Its settings are
    positive, or 0 those that `may_be_0`. `elsewhere` are names that it has in libraries, in small letters and without
    `loss`, each with the keys that make it the same.
    """

    target: str = "numbers"
    per: str = "entry"
    after: tuple[str, ...] = ()
    instead: str = ""
    factor: str = "1"
    times: str = ""
    others: Mapping[str, str] = MappingProxyType({})
    averages: bool = False
    linear: bool = False
    smooths: bool = False
    logarithms: bool = False
    positives: str = ""
    may_be_0: tuple[str, ...] = ()
    elsewhere: Mapping[str, str] = MappingProxyType({})


class Operation(NamedTuple):
    """One operation, whole.

    A **primitive** has a function for each kind of number in `numbers`. Any other operation is its `meaning`, a formula
    over what is there before: from that follow its value on every kind of number, its scalar form, its derivatives, its
    text in NumPy and what is so of it, wherever nothing better is said here.

    An operation without `forms` is elementwise: it acts on each entry, a scalar argument meeting every entry of the
    others, and `slope` is its derivative by each argument. Anything else lists its forms, the first that fits wins.
    `settings` are numbers with defaults that a call gives by name, never differentiated.

    `careful` offers a numerically better spelling of a derivative's rule (key: the argument), used on a line where the
    textbook's loses digits, or of the value (key: `out`), by which it is computed wherever it is not written out entry
    by entry. `respelled` says of calls such as log(sigmoid(u))
    what they are the same as that keeps its digits; there u is anything, p and q are positive, x is a column and y
    another as long, A and B are of one shape. `shorter` is a spelling of a derivative's rule
    that is equal for some numbers only, used where it is. `fused` says which operation computes this one after another:
    cross-entropy after softmax is `cross_entropy_logits`. `square` says what the square of the result is, where that is
    simpler than the result: of a norm, a sum of squares. `undone` gives the argument back from the result.

    What is so at a `kink` by convention, a `switch` may change, where a spec says so.

    A `partial` operation has no value for some arguments, so 0 times it is not left out as 0; None is found from its
    meaning. `parity` says of a function of one number what a minus before the number does, `never_negative` that no
    entry of the result is below 0, `positive` that every entry is above 0. One that `arranges` only moves entries and
    signs, and stays inside the equation that uses it; the result of a `linear` one changes in proportion to each of its
    arguments, of a quotient to the first. `loss` says that a network may end in it. `numpy` is a better text in NumPy
    than that of its meaning, in which `_lse(x, 0)` is the log-sum-exp of each column. `source` is where the definition
    or the derivative is found; what the definition alone gives has none. One that `runs` takes an index in a rule, and
    a formula for each of its values: `sum(k, x[k,1])`.

    One that `chooses` takes its second argument where the first is 1, and its third where that is 0; the other side
    then need have no value. One that `folds` takes more than two arguments too: f(x, y, z) is f(f(x, y), z). Of an
    activation, arguments that
    are `trained` are parameters of its layer, with what they are at first; the others are blocks of its pre-activation.
    `elsewhere` are names that it has in libraries. `domain` says for which numbers one that is `partial` has a value.
    `lines` is what it is of each row or column; an entry that came from that says of which operation it is one, `base`.
    """

    name: str
    args: tuple[str, ...]
    notation: Notation
    summary: str
    meaning: str = ""
    settings: Mapping[str, str] = MappingProxyType({})
    slope: Mapping[str, Rule] = MappingProxyType({})
    forms: tuple[Form, ...] = ()
    element: str = ""
    careful: Mapping[str, str] = MappingProxyType({})
    respelled: Mapping[str, str] = MappingProxyType({})
    shorter: Mapping[str, str] = MappingProxyType({})
    fused: Mapping[str, str] = MappingProxyType({})
    square: str = ""
    undone: Undone | None = None
    kink: Kink | None = None
    switch: Switch | None = None
    partial: Partial | bool | None = None
    variadic: bool = False
    runs: bool = False
    parity: Parity = ""
    never_negative: bool = False
    positive: bool = False
    arranges: bool = False
    linear: bool = False
    loss: Loss | None = None
    numpy: str = ""
    source: str = ""
    cases: tuple[Case, ...] = ()
    folds: bool = False
    chooses: bool = False
    trained: Mapping[str, str] = MappingProxyType({})
    elsewhere: tuple[str, ...] = ()
    domain: str = ""
    lines: Lines | None = None
    base: str = ""

    @property
    def target(self) -> int:
        """The place of a loss's target among its arguments."""
        return self.args.index("y") if "y" in self.args else 1

    @property
    def quantities(self) -> int:
        """How many arguments of an operation on pictures stand before those that are counts."""
        return sum(self.forms[0].gradient[arg] is not DATA for arg in self.args)

    @property
    def entrywise(self) -> bool:
        """Whether it acts on each entry by itself."""
        return not self.forms


def elementwise(name: str, args: str, *, summary: str, notation: Notation | None = None, **said: Any) -> Operation:
    """Return an operation that acts on each entry by itself; `said` are fields of `Operation`."""
    return Operation(name, tuple(args.split()), notation or Function(name), summary, **said)


def structural(
    name: str, args: str, *forms: Form | str, summary: str, notation: Notation | None = None, **said: Any
) -> Operation:
    """Return an operation whose entries depend on more than one entry of its arguments.

    A form may be its shapes alone, such as `n 1 -> n 1`, where a meaning says the rest.
    """
    whole = tuple(Form(form, {}, "") if isinstance(form, str) else form for form in forms)
    return Operation(name, tuple(args.split()), notation or Function(name), summary, forms=whole, **said)


def loss(name: str, args: str, *forms: Form | str, summary: str, about: Loss | None = None, **said: Any) -> Operation:
    """Return a loss: a number from a prediction and a target of one shape, where nothing else is said."""
    forms = forms or ("m n, m n -> 1 1",)
    return structural(name, args, *forms, summary=summary, loss=about or Loss(), **said)
