"""`nncalc init`: the beginning of a spec, with comments."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from nncalc.cli.streams import remark, write, write_new
from nncalc.problems import Problem, one_of, safe

REGRESSION = """\
# One hidden layer, and how far its output is from a target. It runs as it stands:
#   nncalc backward {file} --show-steps
# In an editor, what is misspelt is marked: `nncalc schema -o nncalc.schema.json`, and here as the first line
# `#:schema ./nncalc.schema.json`. All that a spec may say: docs/spec.md.

name = "My network"

[input]
name = "x"
values = [1, 2]                       # a list of lists is a batch, an example a row: [[1, 2], [3, 4]]

[[layers]]
type = "dense"
activation = "relu"                   # or sigmoid, tanh, gelu, ...: `nncalc ops` lists them; left out, there is none
bias = {{ name = "b1", values = [0, -0.5] }}   # or "none", or "folded": column 0 of the weights
# A row of weights for each unit that they go to, a column for each that they come from.
weights = {{ name = "W1", values = [[1, 0.5], [-0.5, 1]] }}
# In place of `values` a quantity may have `file = "W1.csv"`, or be drawn:
# weights = {{ name = "W1", shape = [2, 2], init = "uniform", low = -0.5, high = 0.5, seed = 7 }}

[[layers]]
type = "dense"
bias = {{ name = "b2", values = [0.5] }}
weights = {{ name = "W2", values = [[1, -1]] }}
output = "yhat"

[loss]
type = "squared_error"                # half the squared difference; factor = 1 for no half
target = {{ name = "y", values = 1 }}   # in a batch one for each example: [1, 0]

# What `nncalc train {file}` takes where its options say nothing else.
[training]
optimizer = "sgd"                     # or momentum, adam, ...
rate = 0.1
"""

CLASSIFICATION = """\
# A classifier of three classes, its examples in a batch. It runs as it stands:
#   nncalc backward {file} --show-steps
# In an editor, what is misspelt is marked: `nncalc schema -o nncalc.schema.json`, and here as the first line
# `#:schema ./nncalc.schema.json`. All that a spec may say: docs/spec.md.

name = "My classifier"

[input]
name = "x"
values = [[1, 0], [0.5, 2]]           # an example a row; or file = "x.csv"

[[layers]]
type = "dense"
activation = "tanh"
bias = {{ name = "b1", values = [0, 0.1] }}
# A row of weights for each unit that they go to, a column for each that they come from.
weights = {{ name = "W1", values = [[0.5, -0.3], [0.2, 0.8]] }}

[[layers]]
type = "dense"
activation = "softmax"                # one probability for each class
bias = {{ name = "b2", values = [0, 0, 0] }}
weights = {{ name = "W2", values = [[1, -1], [0.5, 0.5], [-1, 1]] }}
output = "yhat"

[loss]
type = "cross_entropy"
reduction = "mean"                    # over the examples; left out, their sum
target = {{ name = "y", values = [0, 2] }}   # the number of each example's class; base = 1 counts from 1

# What `nncalc train {file}` takes where its options say nothing else.
[training]
optimizer = "sgd"                     # or momentum, adam, ...
rate = 0.5
"""

EQUATIONS = """\
# Equations, which can say anything. They run as they stand:
#   nncalc backward {file} --show-steps
# In an editor, what is misspelt is marked: `nncalc schema -o nncalc.schema.json`, and here as the first line
# `#:schema ./nncalc.schema.json`. How formulas are written: docs/language.md.

name = "My equations"

[inputs]
x = [1, 2]                            # a list is a column

[targets]
y = 2

[parameters]                          # what gradients are of, and training changes
W = [[1, 0.5], [-0.5, 1]]
b = [0, -0.5]
v = [1, -1]

[equations]                           # in any order; f(u) = "..." defines a function
a = "W*x + b"                         # * is a product of numbers or of matrices, .* one of entries
z = "relu(a)"                         # `nncalc ops` lists functions
yhat = "v'*z"                         # ' transposes
loss = "1/2*(yhat - y)^2"             # what nothing else uses is differentiated; or `output = "yhat"` above
"""

KINDS = {"regression": REGRESSION, "classification": CLASSIFICATION, "equations": EQUATIONS}


def init(
    file: Annotated[
        str, typer.Argument(metavar="[FILE]", help="The file to begin, a .toml; - for standard output.")
    ] = "net.toml",
    kind: Annotated[
        str, typer.Option("--kind", metavar="regression|classification|equations", help="What it begins with.")
    ] = "regression",
) -> None:
    """Begin a spec: write one with comments, which runs as it stands. A file that is there is left as it is.

    \b
    Examples:
      nncalc init                                  writes net.toml
      nncalc init digits.toml --kind classification
      nncalc init - --kind equations
    """
    one_of("--kind", kind, tuple(KINDS))
    text = KINDS[kind].format(file=safe(file, 200) if file != "-" else "net.toml")
    if file == "-":
        write(text)
        return
    if os.path.splitext(file)[1].lower() != ".toml":
        what = f"`{safe(file, 200)}` is not a file for a spec with comments"
        raise Problem(what, None, "its name ends in .toml", "usage")
    write_new(text, file)
    remark(f"`{file}` is begun; nncalc backward {file} --show-steps works it out")
