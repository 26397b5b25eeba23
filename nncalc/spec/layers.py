"""Layer types: what each computes, as equations in nncalc's own language.

To add a type, add one `layer(...)`. Between braces stand the names that a spec chooses.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, NamedTuple, TypeAlias

from nncalc import ops

#: What goes from layer to layer: a column (in a batch one for each example), a matrix with a row for each step, or an
#: image, a matrix for each channel. What `indices` are taken from is a column of row numbers, which becomes a sequence
#: of rows with a 1 in one place each.
Kind: TypeAlias = Literal["vector", "sequence", "image", "indices"]


class Quantity(NamedTuple):
    """What a layer is given beside its input: its usual name, and its shape in sizes that the spec names nowhere.

    Sizes are `inputs`, `steps` or settings, or found here: `4*units inputs`; one alone is a list's, `like` is the shape
    of the input. `default` is what it is where nothing is said: `ones`, `zeros` or `drawn`; `none` where it is left out
    then; nothing where it must be said. One of some `words` may be said in place of numbers: `causal`. `term` is how it
    stands in an equation. One that `goes_with` another is said where that is. Of a shape of more than two sizes the
    first are how many there are: kernels, each of several channels. A list may be one number `for_all`.
    """

    name: str
    shape: str
    default: str = ""
    trained: bool = True
    term: str = "{}"
    words: tuple[str, ...] = ()
    goes_with: str = ""
    for_all: bool = False


class Setting(NamedTuple):
    """What a layer is set to; without a default it must be said.

    It is a `whole` number or any `number` of at least `least` and below `below`, one of some `words`, `true` or
    `false`, the letters of its default in any `order`, or the name of an earlier `signal`, or of `signals`. A whole
    number may be one of some `words` too: `same` is what keeps the size of a picture, `valid` 0.
    """

    kind: Literal["whole", "number", "word", "truth", "order", "signal", "signals"]
    default: str = ""
    least: float = 0
    below: float | None = None
    words: tuple[str, ...] = ()


class Line(NamedTuple):
    """An equation of a layer: the name of its quantity and its text.

    In the text `terms` are those of each channel of the input, with what is said of one, and `by` between them. It is
    repeated for `each` step, or whatever size or setting that is, and there only where all is as `when` says: a
    setting is a word, a number `one` or `many`, a quantity `given` or `none`, the input `alone`, a `batch` or a
    `sequence`. The last line that is there is the output. One that is `shared` is of the batch as a whole, not of each
    example.
    """

    name: str
    text: str
    each: str = ""
    when: tuple[tuple[str, str], ...] = ()
    shared: bool = False
    terms: str = ""
    by: str = " + "


class Layer(NamedTuple):
    """A layer type: its keys, and its equations.

    `dense` has the equation of its pre-activation, whatever its weights' layout, and that of each step of a sequence;
    `activation` none. Of any other the
    `lines` say all: between braces stand keys of quantities and settings, names of lines, sizes, and `x`, the input,
    with what is meant of one after a colon:

    | after the colon | is |
    |---|---|
    | `row` | the row of this step, as a column |
    | `before` | what the line was a step earlier, at first the quantity that `starts` names |
    | `rows` | all repetitions, each a row |
    | `beside` | all repetitions, side by side |
    | `all` | all signals, one after the other |
    | `or x` | it, or where it is not there, something else |
    | `said` | in words |
    | `channel` | that of this channel |
    | `own` | the entry of this repetition |
    | `part` | the columns of this repetition, of `heads` of equal width |
    | `active` | the layer's activation of it |
    | a letter of an `order` | the rows of that piece |

    The shape of each line is inferred. It `takes` one kind of input, or vectors and sequences, and of images too each
    channel `alike`; it `gives` another kind, or the same. One that is `over_examples` needs a batch, unless the
    quantity of that name is given. A `window` of two sizes, which a key says that it is `sized_by`, slides over a
    picture. `notes` are said, some only when all is as they say.
    """

    keys: tuple[str, ...] = ()
    equation: str = ""
    by_steps: str = ""
    takes: Kind | None = None
    alike: bool = False
    gives: Kind | None = None
    quantities: Mapping[str, Quantity] = MappingProxyType({})
    settings: Mapping[str, Setting] = MappingProxyType({})
    lines: tuple[Line, ...] = ()
    starts: Mapping[str, str] = MappingProxyType({})
    activation: str = ""
    notes: tuple[str | tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    over_examples: str = ""
    window: tuple[str, str] | None = None
    sized_by: str = ""

    @property
    def lines_only(self) -> bool:
        """Whether pictures are lines of one column."""
        return self.window is not None and self.window[1] == "1"


class Fold(NamedTuple):
    """Where weights hold the intercepts that are folded into them: the word for that, and what they multiply.

    `units` is what goes in with a constant 1, that of a batch if it is another, that of a sequence. Of weights with a
    row a unit and of those with a column a unit there is said which part holds the intercepts, and how the others are
    taken.
    """

    units: str
    units_batch: str
    units_steps: str
    put: str
    part: tuple[str, str]
    others: tuple[str, str]


#: How intercepts are folded into weights, by the word that a spec has for it.
FOLDS: Final = {
    "folded": Fold(
        "intercept({input})", "intercept({input})", "beside(ones({steps}), {input})", "first",
        ("column 0", "the first row"),
        ("trim({weights})", "rows({weights}, 2, {last})"),
    ),
    "folded_last": Fold(
        "[{input}, 1]", "[{input}, ones({examples})']", "beside({input}, ones({steps}))", "last",
        ("the last column", "the last row"),
        ("columns({weights}, 1, {length})", "rows({weights}, 1, {length})"),
    ),
}  # fmt: skip


_ALONE: Final = (("input", "alone"),)
_BATCH: Final = (("input", "batch"),)
_STEPS: Final = (("input", "sequence"),)
_GIVEN: Final = (("running_mean", "given"),)
_OWN: Final = (("running_mean", "none"),)
#: What scales and shifts normalised values, each a number for each value of an example.
_AFFINE: Final = {
    "gamma": Quantity("gamma", "inputs", default="ones"),
    "beta": Quantity("beta", "inputs", default="zeros"),
}
_EPS: Final = {"eps": Setting("number", "1e-5")}
_SCALED: Final = (
    Line("s", "{gamma} .* {u} + {beta}", when=_ALONE),
    Line("s", "({gamma} * ones({examples})') .* {u} + {beta} * ones({examples})'", when=_BATCH),
    Line("s", "(ones({steps}) * {gamma}') .* {u} + ones({steps}) * {beta}'", when=_STEPS),
)

#: What becomes of what each channel gives: one alone stands by itself.
_JOINED: Final = (("one", "{terms}"), ("many", "stack({terms})"))
#: How a window moves; where it does not come to the end of the picture, the rest is left out, or that is refused.
_MOVES: Final = {
    "stride": Setting("whole", "1", 1),
    "padding": Setting("whole", "0", words=("valid", "same")),
    "dilation": Setting("whole", "1", 1),
    "flip": Setting("truth", "false"),
    "uneven": Setting("word", "floor", words=("floor", "refuse")),
}
_POOLS: Final = {
    "size": Setting("whole", "2", 1),
    "stride": Setting("whole", "0", 1),
    "uneven": Setting("word", "floor", words=("floor", "refuse")),
}
_SLIDES: Final = "stride={stride}, padding={padding}, dilation={dilation}"


def _convolution(op: str, names: tuple[str, str, str], kernel: str, window: tuple[str, str], slides: str) -> Layer:
    """Return the layer whose kernels slide over its picture, turned first where it says so.

    It is called by letters: those of a kernel, of what a kernel makes, and of that activated.
    """
    letter, before, after = names
    kernels = (("false", "{kernels:channel}"), ("true", "rot180({kernels:channel})"))
    sums = (("none", "{terms}"), ("given", "{terms} + {bias:own}"))
    return Layer(
        takes="image",
        quantities={
            "kernels": Quantity(letter, kernel),
            "bias": Quantity("c", "kernels", default="none", for_all=True),
        },
        settings=_MOVES,
        activation="linear",
        lines=(
            *(
                Line(
                    before, text, each="kernels", when=(("flip", flip), ("bias", bias)),
                    terms=f"{op}({{x:channel}}, {of}, {slides})",
                )
                for flip, of in kernels
                for bias, text in sums
            ),
            Line(after, f"{{{before}:active}}", each="kernels", when=(("activation", "given"),)),
        ),
        window=window,
        sized_by="kernels",
        notes=(
            (f"{op}: a kernel slides as it stands, a cross-correlation; `flip` turns it first", (("flip", "false"),)),
            (f"{op}: each kernel is turned first, so this is a convolution", (("flip", "true"),)),
        ),
    )  # fmt: skip


def _pool(op: str) -> Layer:
    """Return the layer that makes one number of each square of a picture."""
    return Layer(
        takes="image",
        settings=_POOLS,
        lines=(Line("P", f"{op}({{x}}, size={{size}}, stride={{stride}}, pictures={{pictures}})", each="channels"),),
        window=("size", "size"),
        sized_by="size",
    )


_RETURNS: Final = {"returns": Setting("word", "last", words=("last", "all"))}
_ALL: Final = Line("H", "{h:rows}", when=(("returns", "all"),))

LAYERS: Final = {
    "dense": Layer(
        keys=("type", "units", "activation", "weights", "layout", "bias", "sign", "preactivation", "output"),
        equation="{weights} * {input}{bias}",
        by_steps="{input} * {weights}{bias}",
    ),
    "activation": Layer(keys=("type", "activation", "output")),
    "dropout": Layer(
        quantities={"mask": Quantity("m", "like", default="drawn", trained=False)},
        settings={"rate": Setting("number", "0.5", 0, 1), "seed": Setting("whole", "0")},
        lines=(Line("d", "{x} .* {mask} / (1 - {rate})"),),
        notes=("dropout: an entry is kept where its mask is 1, and divided by 1 - {rate}, the share that is kept",),
    ),
    "residual": Layer(
        alike=True,
        settings={"from": Setting("signal")},
        lines=(Line("r", "{x} + {from}"),),
    ),
    "concat": Layer(
        settings={"from": Setting("signals")},
        lines=(Line("u", "{from:all}"),),
    ),
    "batch_norm": Layer(
        takes="vector",
        quantities={
            **_AFFINE,
            "running_mean": Quantity("mu", "inputs", default="none", trained=False, goes_with="running_var"),
            "running_var": Quantity("v", "inputs", default="none", trained=False, goes_with="running_mean"),
        },
        settings=_EPS,
        lines=(
            Line("mu", 'mean({x}, over="rows")', when=_OWN, shared=True),
            Line("v", 'mean(({x} - {mu} * ones({examples})\').^2, over="rows")', when=_OWN, shared=True),
            Line(
                "u",
                "({x} - {mu} * ones({examples})') ./ (sqrt({v} + {eps}) * ones({examples})')",
                when=(*_OWN, *_BATCH),
            ),
            Line(
                "u",
                "({x} - {running_mean} * ones({examples})') ./ (sqrt({running_var} + {eps}) * ones({examples})')",
                when=(*_GIVEN, *_BATCH),
            ),
            Line("u", "({x} - {running_mean}) ./ sqrt({running_var} + {eps})", when=(*_GIVEN, *_ALONE)),
            *_SCALED,
        ),
        over_examples="running_mean",
        notes=(("batch_norm: the variance is divided by the number of examples, {examples}", _OWN),),
    ),
    "batch_norm2d": Layer(
        takes="image",
        quantities={
            "gamma": Quantity("gamma", "channels", default="ones"),
            "beta": Quantity("beta", "channels", default="zeros"),
            "running_mean": Quantity("mu", "channels", default="none", trained=False, goes_with="running_var"),
            "running_var": Quantity("v", "channels", default="none", trained=False, goes_with="running_mean"),
        },
        settings=_EPS,
        lines=(
            Line("mu", "mean({x})", each="channels", when=_OWN, shared=True),
            Line("v", "mean(({x} - {mu}).^2)", each="channels", when=_OWN, shared=True),
            Line("u", "({x} - {mu}) / sqrt({v} + {eps})", each="channels", when=_OWN),
            Line(
                "u",
                "({x} - {running_mean:own}) / sqrt({running_var:own} + {eps})",
                each="channels",
                when=_GIVEN,
            ),
            Line("s", "{gamma:own} * {u} + {beta:own}", each="channels"),
        ),
        notes=(("batch_norm2d: mean and variance of a channel are those of all its entries, in all examples", _OWN),),
    ),
    "layer_norm": Layer(
        quantities=_AFFINE,
        settings=_EPS,
        lines=(
            Line("mu", "mean({x})", when=_ALONE),
            Line("v", "mean(({x} - {mu}).^2)", when=_ALONE),
            Line("u", "({x} - {mu}) / sqrt({v} + {eps})", when=_ALONE),
            Line("mu", 'mean({x}, over="columns")', when=_BATCH),
            Line("v", 'mean(({x} - ones({inputs}) * {mu}).^2, over="columns")', when=_BATCH),
            Line("u", "({x} - ones({inputs}) * {mu}) ./ (ones({inputs}) * sqrt({v} + {eps}))", when=_BATCH),
            Line("mu", 'mean({x}, over="rows")', when=_STEPS),
            Line("v", 'mean(({x} - {mu} * ones({inputs})\').^2, over="rows")', when=_STEPS),
            Line("u", "({x} - {mu} * ones({inputs})') ./ (sqrt({v} + {eps}) * ones({inputs})')", when=_STEPS),
            *_SCALED,
        ),
        notes=("layer_norm: the variance is divided by the number of values, {inputs}",),
    ),
    "rnn": Layer(
        takes="sequence",
        quantities={
            "input_weights": Quantity("U", "units inputs"),
            "hidden_weights": Quantity("V", "units units"),
            "bias": Quantity("c", "units", default="none", term=" + {}"),
            "h0": Quantity("h0", "units", default="zeros", trained=False),
        },
        settings=_RETURNS,
        activation="tanh",
        lines=(
            Line("a", "{input_weights} * {x:row} + {hidden_weights} * {h:before}{bias}", each="steps"),
            Line("h", "{a:active}", each="steps"),
            _ALL,
        ),
        starts={"h": "h0"},
    ),
    "lstm": Layer(
        takes="sequence",
        quantities={
            "input_weights": Quantity("U", "4*units inputs"),
            "hidden_weights": Quantity("V", "4*units units"),
            "bias": Quantity("d", "4*units", default="none", term=" + {}"),
            "h0": Quantity("h0", "units", default="zeros", trained=False),
            "c0": Quantity("c0", "units", default="zeros", trained=False),
        },
        settings={**_RETURNS, "gates": Setting("order", "ifgo")},
        lines=(
            Line("a", "{input_weights} * {x:row} + {hidden_weights} * {h:before}{bias}", each="steps"),
            Line("i", "sigmoid({a:i})", each="steps"),
            Line("f", "sigmoid({a:f})", each="steps"),
            Line("g", "tanh({a:g})", each="steps"),
            Line("o", "sigmoid({a:o})", each="steps"),
            Line("c", "{f} .* {c:before} + {i} .* {g}", each="steps"),
            Line("h", "{o} .* tanh({c})", each="steps"),
            _ALL,
        ),
        starts={"h": "h0", "c": "c0"},
        notes=("lstm: the weights hold four blocks of rows: {gates:said}",),
    ),
    "gru": Layer(
        takes="sequence",
        quantities={
            "input_weights": Quantity("U", "3*units inputs"),
            "hidden_weights": Quantity("V", "3*units units"),
            "bias": Quantity("c", "3*units", default="none", term=" + {}"),
            "hidden_bias": Quantity("d", "3*units", default="none", term=" + {}"),
            "h0": Quantity("h0", "units", default="zeros", trained=False),
        },
        settings={**_RETURNS, "gates": Setting("order", "rzn")},
        lines=(
            Line("a", "{input_weights} * {x:row}{bias}", each="steps"),
            Line("b", "{hidden_weights} * {h:before}{hidden_bias}", each="steps"),
            Line("r", "sigmoid({a:r} + {b:r})", each="steps"),
            Line("z", "sigmoid({a:z} + {b:z})", each="steps"),
            Line("n", "tanh({a:n} + {r} .* {b:n})", each="steps"),
            Line("h", "(1 - {z}) .* {n} + {z} .* {h:before}", each="steps"),
            _ALL,
        ),
        starts={"h": "h0"},
        notes=("gru: the weights hold three blocks of rows: {gates:said}",),
    ),
    "embedding": Layer(
        takes="indices",
        gives="sequence",
        quantities={"table": Quantity("E", "words width")},
        settings={"base": Setting("whole", "0", below=2)},
        lines=(Line("e", "{x} * {table}"),),
        notes=("`{x}`: the number of each row of `{table}`, counted from {base}, written with a 1 in its place",),
    ),
    "conv2d": _convolution(
        "conv2d",
        ("K", "A", "Z"),
        "kernels channels rows columns",
        ("rows", "columns"),
        f"{_SLIDES}, pictures={{pictures}}",
    ),
    "conv1d": _convolution("conv1d", ("k", "a", "z"), "kernels channels rows", ("rows", "1"), _SLIDES),
    "max_pool2d": _pool("max_pool2d"),
    "avg_pool2d": _pool("avg_pool2d"),
    "global_avg_pool": Layer(
        takes="image",
        gives="vector",
        lines=tuple(
            Line("g", text, when=(("channels", count), *when), terms=mean, by=", ")
            for when, mean in (
                (_ALONE, "mean({x:channel})"),
                (_BATCH, 'mean(flatten({x:channel}, pictures={pictures}), over="columns")'),
            )
            for count, text in _JOINED
        ),
    ),
    "flatten": Layer(
        takes="image",
        gives="vector",
        lines=tuple(
            Line("f", text, when=(("channels", count),), terms="flatten({x:channel}, pictures={pictures})", by=", ")
            for count, text in _JOINED
        ),
        notes=(
            ("flatten: row by row", (("channels", "one"),)),
            ("flatten: channel by channel, row by row", (("channels", "many"),)),
        ),
    ),
    "attention": Layer(
        takes="sequence",
        quantities={
            "positions": Quantity("p", "steps inputs", default="none"),
            "query": Quantity("Wq", "inputs heads*depth"),
            "key": Quantity("Wk", "inputs heads*depth"),
            "value": Quantity("Wv", "inputs heads*width"),
            "mask": Quantity("M", "steps steps", default="none", trained=False, words=("causal",)),
            "output_weights": Quantity("Wo", "heads*width outputs", default="none"),
        },
        settings={"heads": Setting("whole", "1", 1)},
        lines=(
            Line("e", "{x} + {positions}", when=(("positions", "given"),)),
            Line("Q", "{e:or x} * {query}"),
            Line("K", "{e:or x} * {key}"),
            Line("V", "{e:or x} * {value}"),
            Line("S", "{Q:part} * {K:part}' / sqrt({depth})", each="heads"),
            Line("T", "where({mask}, {S}, -10^4)", each="heads", when=(("mask", "given"),)),
            Line("P", 'softmax({T:or S}, over="rows")', each="heads"),
            Line("O", "{P} * {V:part}", each="heads"),
            Line("C", "{O:beside}", when=(("heads", "many"),)),
            Line("Y", "{C:or O} * {output_weights}", when=(("output_weights", "given"),)),
        ),
    ),
}

#: What layer types are called in libraries, in small letters, without `_`, and without `layer` at the end.
ELSEWHERE: Final = {
    "dense": (
        "linear",
        "lazylinear",
        "fc",
        "fullyconnected",
        "affine",
        "innerproduct",
        "hidden",
        "output",
        "perceptron",
    ),
    "activation": ("elementwise", "nonlinearity"),
    "dropout": (),
    "residual": ("add", "addition", "skip", "skipconnection", "shortcut"),
    "concat": ("concatenate", "concatenation", "catenate", "depthconcatenation", "cat"),
    "batch_norm": ("batchnormalization", "batchnorm1d", "bn"),
    "layer_norm": ("layernormalization", "normalization", "ln"),
    "rnn": ("simplernn", "vanillarnn", "elman", "elmanrnn", "basicrecurrent", "recurrent"),
    "lstm": ("longshorttermmemory", "lstmcell"),
    "gru": ("gatedrecurrent", "gatedrecurrentunit", "grucell"),
    "embedding": ("wordembedding", "lookup"),
    "conv2d": ("conv", "convolution", "convolution2d", "convolutional", "cnn"),
    "conv1d": ("convolution1d",),
    "max_pool2d": ("maxpool", "maxpooling", "maxpooling2d", "pooling", "pool"),
    "avg_pool2d": ("avgpool", "averagepool", "averagepooling", "averagepooling2d", "meanpool"),
    "global_avg_pool": ("globalaveragepooling2d", "globalavgpool2d", "adaptiveavgpool2d", "globalaveragepool"),
    "flatten": ("flattened",),
    "attention": ("multiheadattention", "selfattention", "scaleddotproductattention", "dotproductattention"),
}

#: What makes the output of a layer from its pre-activation; `linear` is the pre-activation itself.
ACTIVATIONS: Final = tuple(op.name for op in ops.ACTIVATIONS)

#: What a network may end in.
LOSSES: Final = {op.name: op.loss for op in ops.OPS.values() if op.loss is not None}
