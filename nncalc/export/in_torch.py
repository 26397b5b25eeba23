"""PyTorch: how each primitive operation is written in it, which others it has, and what it lacks."""

from __future__ import annotations

from collections.abc import Mapping

from nncalc.export import in_numpy
from nncalc.export.library import LACKS, Library

#: What is called otherwise than in NumPy, and operations that are no primitives here.
WRITTEN: Mapping[str, str] = {
    **{op: text.replace("np.", "torch.") for op, text in in_numpy.WRITTEN.items() if not text.startswith("_")},
    "logdet": "torch.logdet({x})", "norm2_scaled": "torch.linalg.norm({x})",
    "vec": "{0}.T.reshape(-1, 1)", "erf": "torch.erf({x})", "erfinv": "torch.erfinv({x})",
    "above": "((torch.sign({0} - {1}) + 1) / 2)", "xlogy": "torch.xlogy({x}, {y})", "xdivy": "_xdivy({x}, {y})",
    "lse": "_lse({x})", "intercept": "_intercept({x})", "pad": "torch.nn.functional.pad({x}, (1, 0))",
    "cbrt": "(torch.sign({x}) * torch.abs({x}) ** (1 / 3))",
    "lgamma": "torch.lgamma({x})", "polygamma": "torch.polygamma({x}, {y})",
    "windows": "_windows({all})", "put_back": "_put_back({all})", "rot180": "torch.flip({x}, (0, 1))",
    "cumsum": "torch.cumsum({x}, 0)", "cumprod": "torch.cumprod({x}, 0)",
    "cross": "torch.linalg.cross({x}, {y}, dim=0)", "hypot": "torch.hypot({x}, {y})",
    "logaddexp": "torch.logaddexp({x}, {y})",
    "max_rows": "torch.amax({x}, 1, keepdim=True)", "max_columns": "torch.amax({x}, 0, keepdim=True)",
    "min_rows": "torch.amin({x}, 1, keepdim=True)", "min_columns": "torch.amin({x}, 0, keepdim=True)",
    "sum_rows": "torch.sum({x}, 1, keepdim=True)", "sum_columns": "torch.sum({x}, 0, keepdim=True)",
    "prod_rows": "torch.prod({x}, 1, keepdim=True)", "prod_columns": "torch.prod({x}, 0, keepdim=True)",
    "mean": "torch.mean({x})",
    "mean_rows": "torch.mean({x}, 1, keepdim=True)", "mean_columns": "torch.mean({x}, 0, keepdim=True)",
    "lse_rows": "_lse({x}, 1)", "lse_columns": "_lse({x}, 0)",
    "norm2_scaled_rows": "torch.linalg.norm({x}, dim=1, keepdim=True)",
    "norm2_scaled_columns": "torch.linalg.norm({x}, dim=0, keepdim=True)",
    "max_first": "torch.eye(len({x}))[:, torch.argmax({x}, 0)]",
    "relu": "torch.relu({x})", "sigmoid": "torch.sigmoid({x})", "silu": "torch.nn.functional.silu({x})",
    "softplus": "torch.logaddexp({x}, torch.zeros(1, 1))", "log_sigmoid": "torch.nn.functional.logsigmoid({x})",
    **{f"{op}{over}": f"torch.{word}({{x}}, {axis})"
       for op, word in (("softmax", "softmax"), ("shifted_softmax", "softmax"), ("log_softmax", "log_softmax"))
       for over, axis in (("", 0), ("_rows", 1))},
    "cross_entropy_logits": "torch.sum(-{1} * torch.log_softmax({x}, 0))",
}  # fmt: skip
TURNED: Mapping[str, str] = {
    "cross_entropy_logits": "torch.sum(-{1} * torch.log_softmax({x}, 1))",
}
GATHERED: Mapping[str, str] = {
    "column": "torch.vstack(({x}))", "row": "_beside({x})", "matrix": "torch.vstack(({x}))",
    "lse": "_lse(torch.vstack(({x})))", "norm2_scaled": "torch.linalg.norm(torch.vstack(({x})))",
    "is_largest": "_is_largest({x})",
}  # fmt: skip
HELPERS: Mapping[str, str] = {
    "ruled": '''\
def _ruled(value, *rules):
    """Return `value` as a function whose arguments receive, of the gradient g of its result, what `rules` say."""

    class Ruled(torch.autograd.Function):
        @staticmethod
        def forward(ctx, *given):
            ctx.save_for_backward(*given)
            return value(*given)

        @staticmethod
        def backward(ctx, g):
            pairs = zip(rules, ctx.saved_tensors, strict=True)
            found = [(rule(g, *ctx.saved_tensors), x.shape) for rule, x in pairs]
            return tuple((each.sum() if shape.numel() == 1 else each).expand(shape) for each, shape in found)

    return Ruled.apply
''',
    "xdivy": '''\
def _xdivy(x, y):
    """Return x / y, and 0 where x is 0."""
    return x / torch.where(x == 0, 1.0, y)
''',
    "lse": '''\
def _lse(x, axis=None):
    """Return log(sum(exp(x))), of all entries or along an axis; no exponential overflows."""
    return torch.logsumexp(x.ravel(), 0) if axis is None else torch.logsumexp(x, axis, keepdim=True)
''',
    "intercept": '''\
def _intercept(x):
    """Return x with a row of ones put first."""
    return torch.vstack((torch.ones(1, x.shape[1]), x))
''',
    "beside": '''\
def _beside(*xs):
    """Return matrices side by side."""
    return torch.cat([torch.atleast_2d(x) for x in xs], 1)
''',
    "is_largest": in_numpy.HELPERS["is_largest"].replace("np.", "torch."),
    "places": '''\
def _places(rows, columns, height, width, stride, padding, sides, dilation, pictures):
    """Return where in padded pictures each entry of each window stands, and the shape of those."""
    tall, wide = rows // pictures + 2 * padding, columns + 2 * sides
    stride = stride or height
    at = torch.arange(pictures * tall * wide).reshape(pictures, tall, wide)
    corners = at[:, : tall - dilation * (height - 1) : stride, : wide - dilation * (width - 1) : stride].ravel()
    inside = at[0, : dilation * height : dilation, : dilation * width : dilation].ravel()
    return inside[:, None] + corners, at.shape
''',
    "windows": '''\
def _windows(x, height, width, stride, padding, sides, dilation, pictures):
    """Return the windows of pictures that stand under each other, each a column, row by row."""
    places, _ = _places(*x.shape, height, width, stride, padding, sides, dilation, pictures)
    x = torch.nn.functional.pad(x.reshape(pictures, -1, x.shape[1]), (sides, sides, padding, padding))
    return x.ravel()[places]
''',
    "put_back": '''\
def _put_back(b, rows, columns, height, width, stride, padding, sides, dilation, pictures):
    """Return a matrix whose windows are the columns of b, added where they overlap."""
    places, shape = _places(rows, columns, height, width, stride, padding, sides, dilation, pictures)
    found = torch.zeros(shape).ravel().index_add(0, places.ravel(), b.ravel()).reshape(shape)
    return found[:, padding : shape[1] - padding, sides : shape[2] - sides].reshape(rows, columns)
''',
}
#: Whose derivative PyTorch has as the table of operations says it.
TRUSTED = frozenset({
    "abs", "asin", "acos", "erf", "tanh", "logaddexp", "det", "relu", "sigmoid", "softplus", "log_sigmoid", "silu",
    "softmax", "shifted_softmax", "log_softmax", "softmax_rows", "shifted_softmax_rows", "log_softmax_rows",
    "max_rows", "max_columns", "min_rows", "min_columns", "max_pool2d", "max_unpool2d",
    "norm1", "norm1_rows", "norm1_columns", "swish", "mish",
    "glu", "gelu_tanh", "gelu_gate",
    "cross_entropy_logits", "binary_cross_entropy_logits",
    "binary_weighted_logits", "binary_focal_logits",
})  # fmt: skip

#: How it finds an output and its slopes.
SLOPES = (
    "for each in {own}:", "    each.requires_grad_()", "{output} = {call}",
    "{slopes} = torch.autograd.grad({output}, {own})",
)  # fmt: skip

TORCH = Library(
    "PyTorch", "torch", "torch", "import torch\n\ntorch.set_default_dtype(torch.float64)\n",
    "torch.tensor(rows, dtype=torch.float64)", WRITTEN, GATHERED, HELPERS, differentiates=True, trusted=TRUSTED,
    slopes=SLOPES, number="torch.as_tensor({}, dtype=torch.float64)", like_numpy=False,
    turned=TURNED, lacks=LACKS | {"polygamma"},  # which it has to nine digits
)  # fmt: skip
