"""Pictures: windows of a matrix, and the convolutions and pooling that are said with them.

A picture is a matrix, several stand under each other. `windows` has a column for each place of a window, row by row;
`put_back` adds each window where it came from. Each is the other's gradient. A stride of 0 is a window's height. The
letter h is the rows of one picture, r and s are the sizes of a result.
"""

from typing import Any

from nncalc.ops.kinds import DATA, Case, Form, Kink, Operation, Switch, structural

#: What says which windows are taken; every entry, row by row, is a window of one row and one column.
_PLACES = "height, width, stride, padding, sides, dilation, pictures"
_DATA = dict.fromkeys(_PLACES.split(", "), DATA)
_EACH = "1, 1, 1, 0, 0, 1, 1"
_CONV, _POOL = "p, q, stride, padding, padding, dilation, pictures", "size, size, stride, 0, 0, 1, pictures"
_KERNEL = "p, q, 1, 0, 0, 1, 1"
_COLUMN = "p, 1, stride, padding, 0, dilation, 1"


def _convolution(name: str, args: str, places: str, **said: Any) -> Operation:
    picture, kernel = args.split()
    slid, spread = f"windows({picture}, {places})", f"windows(g, {_EACH})"
    return structural(
        name, args,
        Form(
            "picture",
            {
                picture: f"put_back(windows({kernel}, {_KERNEL}) * {spread}, m, n, {places})",
                kernel: f"put_back({slid} * {spread}', p, q, {_KERNEL})",
            },
            "",
        ),
        meaning=f"put_back((windows({picture}, {places})' * windows({kernel}, {_KERNEL}))', r, s, {_EACH})",
        linear=True,
        source="Dumoulin and Visin 2016, A guide to convolution arithmetic for deep learning, 2 and 4",
        **said,
    )  # fmt: skip


_SLID = f"windows(X, {_POOL})"


def _shared(shares: str) -> str:
    """Return what a picture receives where each window has a share of what its pool receives."""
    return f"put_back((ones(size * size) * windows(g, {_EACH})) .* {shares}, m, n, {_POOL})"


_TIE = "a tie in max is shared, unless one side is a constant, which takes it"
_ALL = "in a tie of max each side has all of the slope"
_LARGEST = f'(ones(size * size) * max({_SLID}, over="columns"))'

PICTURES: tuple[Operation, ...] = (
    structural(
        "windows", "X " + _PLACES.replace(",", ""),
        Form("picture", {"X": f"put_back(g, m, n, {_PLACES})", **_DATA}, ""),
        linear=True,
        summary="the windows of pictures that stand under each other, each a column, row by row;"
        " `padding` rows of zeros above and below, `sides` columns left and right",
        source="Dumoulin and Visin 2016, A guide to convolution arithmetic for deep learning, 2",
    ),
    structural(
        "put_back", "B rows columns " + _PLACES.replace(",", ""),
        Form("picture", {"B": f"windows(g, {_PLACES})", "rows": DATA, "columns": DATA, **_DATA}, ""),
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
        "conv2d", "X K", _CONV,
        settings={"stride": "1", "padding": "0", "dilation": "1", "pictures": "1"},
        summary="the kernel K slid over a picture: cross-correlation, as in networks;"
        " conv2d(X, rot180(K)) is the convolution of mathematics",
        cases=(Case("[[1, 2], [3, 4]], [[1, 0], [0, -1]]", -3),),
    ),
    _convolution(
        "conv1d", "x k", _COLUMN,
        settings={"stride": "1", "padding": "0", "dilation": "1"},
        summary="a column slid over a column: cross-correlation, as in networks",
        cases=(Case("[1, 2, 4], [1, 2]", 5),),
    ),
    structural(
        "max_pool2d", "X",
        Form("picture", {"X": _shared(f"max_shares({_SLID})")}, ""),
        meaning=f'put_back(max({_SLID}, over="columns"), r, s, {_EACH})',
        settings={"size": "2", "stride": "0", "pictures": "1"},
        kink=Kink(f"1 - 2 * max_shares({_SLID})", _TIE),
        switch=Switch("max_tie", "split", {
            "first": ({"X": _shared(f"max_first({_SLID})")}, "of a tie in max the first takes it all"),
            "all": ({"X": _shared(f"(1 - step({_LARGEST} - {_SLID}))")}, _ALL),
        }),
        summary="the largest entry of each square of so many rows and columns; a stride of 0 is the size",
        source="PyTorch, torch.nn.MaxPool2d",
        cases=(Case("[[1, 2], [3, 4]]", 4),),
    ),
    structural(
        "avg_pool2d", "X",
        Form("picture", {"X": _shared("ones(size * size, r * s)") + " / size^2"}, ""),
        meaning=f'put_back(mean({_SLID}, over="columns"), r, s, {_EACH})',
        settings={"size": "2", "stride": "0", "pictures": "1"},
        linear=True,
        summary="the mean of each square of so many rows and columns; a stride of 0 is the size",
        source="PyTorch, torch.nn.AvgPool2d",
        cases=(Case("[[1, 2], [3, 6]]", 3),),
    ),
    structural(
        "flatten", "X",
        Form("picture", {"X": "put_back(g, m, n, h, n, 1, 0, 0, 1, pictures)"}, ""),
        meaning="windows(X, h, n, 1, 0, 0, 1, pictures)",
        settings={"pictures": "1"},
        linear=True,
        summary="the entries of each picture, row by row, as a column",
        source="PyTorch, torch.nn.Flatten",
        cases=(Case("[[7, 2], [3, 4]]", 7),),
    ),
)  # fmt: skip
