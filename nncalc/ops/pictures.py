"""Pictures: windows of a matrix, and the convolutions and pooling that are said with them.

A picture is a matrix, several stand under each other. `windows` has a column for each place of a window, row by row;
`put_back` adds each window where it came from. Each is the other's gradient. A stride of 0 is a window's height.

The letter h is the rows of one picture, d the stride of a pool, r and s are the sizes of a result. Where a gradient is
a convolution itself, the first forms say so: all gradients where the kernel is square and moves by one, the kernel's
wherever the windows reach the picture's end. Then t is the padding that a gradient needs.
"""

from typing import Any

from nncalc.ops.arithmetic import untied
from nncalc.ops.kinds import CONSTANT, DATA, Case, Form, Kink, Operation, Switch, structural

_PLACES = "stride=stride, padding=padding, sides=sides, dilation=dilation, pictures=pictures"
_COUNTS = dict.fromkeys(("rows", "columns", "height", "width"), DATA)
_SETTINGS = {"stride": "1", "padding": "0", "sides": "0", "dilation": "1", "pictures": "1"}


def _convolution(name: str, args: str, size: str, places: str, **said: Any) -> Operation:
    """Return the cross-correlation of a picture and a kernel; `size` and `places` say which windows there are."""
    picture, kernel = args.split()
    slid = f"windows({picture}, {size}, {places})"
    general = {
        picture: f"put_back(flatten({kernel}) * flatten(g)', m, n, {size}, {places})",
        kernel: f"put_back({slid} * flatten(g), p, q, p, q)",
    }
    turned = {**general, kernel: f"{name}({picture}, g, stride=dilation, padding=padding, dilation=stride)"}
    plain = {**turned, picture: f"{name}(g, rot180({kernel}), padding=t)"}
    return structural(
        name, args, *(Form("picture", rules, "") for rules in (plain, turned, general)),
        meaning=f"put_back(({slid}' * flatten({kernel}))', r, s, 1, 1)",
        linear=True,
        source="Dumoulin and Visin 2016, A guide to convolution arithmetic for deep learning, 2 and 4",
        **said,
    )  # fmt: skip


_SQUARES = "size, size, stride=d, pictures=pictures"
_SLID = f"windows(X, {_SQUARES})"


def _shared(shares: str, g: str = "g") -> str:
    """Return what a picture receives where each window has a share of what its pool receives."""
    return f"put_back((ones(size * size) * flatten({g})') .* {shares}, m, n, {_SQUARES})"


_POOL = {"size": "2", "stride": "0", "pictures": "1"}
#: Where an entry is the largest of its window together with another.
_EVEN = untied("max_shares(windows(X, size, size, stride=stride, pictures=pictures))")
_TIE = "a tie in max is shared"
_ALL = "in a tie of max each side has all of the slope"
_LARGEST = f'(ones(size * size) * max({_SLID}, over="columns"))'

PICTURES: tuple[Operation, ...] = (
    structural(
        "windows", "X height width",
        Form("picture", {"X": f"put_back(g, m, n, height, width, {_PLACES})", "height": DATA, "width": DATA}, ""),
        settings=_SETTINGS,
        linear=True,
        summary="the windows of pictures that stand under each other, each a column, row by row;"
        " `padding` rows of zeros above and below, `sides` columns left and right",
        source="Dumoulin and Visin 2016, A guide to convolution arithmetic for deep learning, 2",
    ),
    structural(
        "put_back", "B rows columns height width",
        Form(
            "picture",
            {"B": f"windows(g, height, width, {_PLACES})", **_COUNTS},
            "",
        ),
        settings=_SETTINGS,
        linear=True,
        summary="a matrix of so many rows and columns, whose windows are the columns of B, added where they overlap",
        source="Dumoulin and Visin 2016, A guide to convolution arithmetic for deep learning, 4",
    ),
    structural(
        "rot180", "A", Form("m n -> m n", {"A": "rot180(g)"}, ""),
        linear=True,
        summary="a matrix turned by 180 degrees: its rows and its columns in reverse",
        source="NumPy, numpy.rot90",
        cases=(Case("[3, 4]", 4),),
    ),
    _convolution(
        "conv2d", "X K", "p, q",
        "stride=stride, padding=padding, sides=padding, dilation=dilation, pictures=pictures",
        settings={"stride": "1", "padding": "0", "dilation": "1", "pictures": "1"},
        summary="the kernel K slid over a picture: cross-correlation, as in networks;"
        " conv2d(X, rot180(K)) is the convolution of mathematics",
        cases=(Case("[[1, 2], [3, 4]], [[1, 0], [0, -1]]", -3),),
    ),
    _convolution(
        "conv1d", "x k", "p, 1", "stride=stride, padding=padding, dilation=dilation",
        settings={"stride": "1", "padding": "0", "dilation": "1"},
        summary="a column slid over a column: cross-correlation, as in networks",
        cases=(Case("[1, 2, 4], [1, 2]", 5),),
    ),
    structural(
        "max_pool2d", "X",
        Form("picture", {"X": "max_unpool2d(g, X, size=size, stride=stride, pictures=pictures)"}, ""),
        meaning=f'put_back(max({_SLID}, over="columns"), r, s, 1, 1)',
        settings=_POOL,
        kink=Kink(_EVEN, _TIE),
        switch=Switch("max_tie", "split", {
            "first": ({"X": _shared(f"max_first({_SLID})")}, "of a tie in max the first takes it all"),
            "all": ({"X": _shared(f"(1 - step({_LARGEST} - {_SLID}))")}, _ALL),
        }),
        summary="the largest entry of each square of so many rows and columns; a stride of 0 is the size",
        source="PyTorch, torch.nn.MaxPool2d",
        cases=(Case("[[1, 2], [3, 4]]", 4),),
    ),
    structural(
        "max_unpool2d", "G X",
        Form(
            "picture",
            {
                "G": f'put_back(sum(max_shares({_SLID}) .* windows(g, {_SQUARES}), over="columns"), r, s, 1, 1)',
                "X": CONSTANT,
            },
            "",
        ),
        meaning=_shared(f"max_shares({_SLID})", "G"),
        settings=_POOL,
        kink=Kink(_EVEN, _TIE),
        summary="each entry of G where the largest of its square of X is, and zeros: what max_pool2d(X) passes back",
        source="PyTorch, torch.nn.MaxUnpool2d",
        cases=(Case("5, [[4, 2], [3, 1]]", 5),),
    ),
    structural(
        "avg_pool2d", "X",
        Form("picture", {"X": f"put_back(ones(size * size) * flatten(g)', m, n, {_SQUARES}) / size^2"}, ""),
        meaning=f'put_back(mean({_SLID}, over="columns"), r, s, 1, 1)',
        settings=_POOL,
        linear=True,
        summary="the mean of each square of so many rows and columns; a stride of 0 is the size",
        source="PyTorch, torch.nn.AvgPool2d",
        cases=(Case("[[1, 2], [3, 6]]", 3),),
    ),
    structural(
        "flatten", "X",
        Form("picture", {"X": "unflatten(g, h, n, pictures=pictures)"}, ""),
        meaning="windows(X, h, n, pictures=pictures)",
        settings={"pictures": "1"},
        linear=True,
        elsewhere=("ravel",),
        summary="the entries of each picture, row by row, as a column",
        source="PyTorch, torch.nn.Flatten",
        cases=(Case("[[7, 2], [3, 4]]", 7),),
    ),
    structural(
        "unflatten", "f rows columns",
        Form("picture", {"f": "flatten(g, pictures=pictures)", "rows": DATA, "columns": DATA}, ""),
        meaning="put_back(f, r, columns, rows, columns, pictures=pictures)",
        settings={"pictures": "1"},
        linear=True,
        summary="the pictures, each of so many rows and columns, whose entries are the columns of f:"
        " unflatten(flatten(X), rows, columns) is X",
        source="PyTorch, torch.nn.Unflatten",
        cases=(Case("[7, 2, 3, 4], 2, 2", 7),),
    ),
)  # fmt: skip
