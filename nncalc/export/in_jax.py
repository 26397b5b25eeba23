"""JAX: how each primitive operation is written in it, which others it has, and what it lacks."""

from __future__ import annotations

from collections.abc import Mapping

from nncalc.export import in_numpy, in_torch
from nncalc.export.library import LACKS, Library

#: What is called otherwise than in NumPy, and operations that are no primitives here.
WRITTEN: Mapping[str, str] = {
    **{op: text.replace("np.", "jnp.") for op, text in in_numpy.WRITTEN.items()},
    "norm2_scaled": "jnp.linalg.norm({x})", "vec": "{0}.T.reshape(-1, 1)",
    "above": "((jnp.sign({0} - {1}) + 1) / 2)",
    "erf": "jax.scipy.special.erf({x})", "erfinv": "jax.scipy.special.erfinv({x})",
    "lgamma": "jax.scipy.special.gammaln({x})", "polygamma": "jax.scipy.special.polygamma({x}, {y})",
    "xlogy": "jax.scipy.special.xlogy({x}, {y})",
    "logaddexp": "jnp.logaddexp({x}, {y})", "hypot": "jnp.hypot({x}, {y})",
    "relu": "jax.nn.relu({x})", "sigmoid": "jax.nn.sigmoid({x})", "silu": "jax.nn.silu({x})",
    "softplus": "jax.nn.softplus({x})", "log_sigmoid": "jax.nn.log_sigmoid({x})",
    **{f"{op}{over}": f"jax.nn.{word}({{x}}, {axis})"
       for op, word in (("softmax", "softmax"), ("shifted_softmax", "softmax"), ("log_softmax", "log_softmax"))
       for over, axis in (("", 0), ("_rows", 1))},
    "cross_entropy_logits": "jnp.sum(-{1} * jax.nn.log_softmax({x}, 0))",
}  # fmt: skip
TURNED: Mapping[str, str] = {
    "cross_entropy_logits": "jnp.sum(-{1} * jax.nn.log_softmax({x}, 1))",
}
GATHERED: Mapping[str, str] = {
    **{op: text.replace("np.", "jnp.") for op, text in in_numpy.GATHERED.items()},
    "norm2_scaled": "jnp.linalg.norm(jnp.vstack(({x})))",
}
HELPERS: Mapping[str, str] = {
    "ruled": '''\
def _ruled(value, *rules):
    """Return `value` as a function whose arguments receive, of the gradient g of its result, what `rules` say."""

    def back(given, g):
        found = [(rule(g, *given), x) for rule, x in zip(rules, given, strict=True)]
        return tuple(jnp.broadcast_to(jnp.sum(each) if x.size == 1 else each, x.shape) for each, x in found)

    ruled = jax.custom_vjp(value)
    ruled.defvjp(lambda *given: (value(*given), given), back)
    return ruled
''',
    "xdivy": in_numpy.HELPERS["xdivy"].replace("np.", "jnp."),
    "lse": '''\
def _lse(x, axis=None):
    """Return log(sum(exp(x))), of all entries or down the columns; no exponential overflows."""
    return jax.scipy.special.logsumexp(x, axis, keepdims=axis is not None)
''',
    "intercept": in_numpy.HELPERS["intercept"].replace("np.", "jnp."),
    "is_largest": in_numpy.HELPERS["is_largest"].replace("np.", "jnp."),
    "erfc": '''\
def _erfc(x):
    """Return 1 less the error function, which keeps its digits where that is nearly 1."""
    return jax.scipy.special.erfc(x)
''',
    "logdet": in_numpy.HELPERS["logdet"]
    .replace("np.", "jnp.")
    .replace("value if sign > 0 else jnp.nan", "jnp.where(sign > 0, value, jnp.nan)"),
    "places": in_torch.HELPERS["places"].replace("torch.", "jnp."),
    "windows": '''\
def _windows(x, height, width, stride, padding, sides, dilation, pictures):
    """Return the windows of pictures that stand under each other, each a column, row by row."""
    places, _ = _places(*x.shape, height, width, stride, padding, sides, dilation, pictures)
    x = jnp.pad(x.reshape(pictures, -1, x.shape[1]), ((0, 0), (padding, padding), (sides, sides)))
    return x.ravel()[places]
''',
    "put_back": '''\
def _put_back(b, rows, columns, height, width, stride, padding, sides, dilation, pictures):
    """Return a matrix whose windows are the columns of b, added where they overlap."""
    places, shape = _places(rows, columns, height, width, stride, padding, sides, dilation, pictures)
    found = jnp.zeros(shape).ravel().at[places.ravel()].add(b.ravel()).reshape(shape)
    return found[:, padding : shape[1] - padding, sides : shape[2] - sides].reshape(rows, columns)
''',
}
#: Whose derivative JAX has as the table of operations says it.
TRUSTED = frozenset({
    "asin", "acos", "erf", "tanh", "logaddexp", "det", "relu", "sigmoid", "softplus", "log_sigmoid", "silu",
    "softmax", "shifted_softmax", "log_softmax", "softmax_rows", "shifted_softmax_rows", "log_softmax_rows",
    "max_rows", "max_columns", "min_rows", "min_columns", "max_pool2d", "max_unpool2d",
    "swish", "mish", "glu", "gelu_tanh", "gelu_gate", "cross_entropy_logits", "binary_cross_entropy_logits",
    "binary_weighted_logits", "binary_focal_logits",
})  # fmt: skip

JAX = Library(
    "JAX", "jax", "jnp",
    'import jax\nimport jax.numpy as jnp\n\njax.config.update("jax_enable_x64", True)\n',
    "jnp.array(rows)", WRITTEN, GATHERED, HELPERS, differentiates=True, trusted=TRUSTED,
    slopes=("{output}, {slopes} = jax.value_and_grad(forward, {places})({given})",), lacks=LACKS, turned=TURNED,
)  # fmt: skip
