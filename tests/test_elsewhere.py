"""What people type from NumPy, PyTorch, JAX, TensorFlow, MATLAB, Wolfram and textbooks, and what it is here."""

from __future__ import annotations

from pathlib import Path

import pytest

from nncalc.cli.app import run
from nncalc.ops import ACTIVATIONS, FUNCTIONS, OPS
from nncalc.spec.layers import ELSEWHERE, LAYERS, LOSSES

#: Formulas in x, y, p and A, and what of the hint says what they are here.
FORMULAS = {
    "mse(p, y)": "`mean((p - y).^2)`",
    "rmse(p, y)": "`sqrt(mean((p - y).^2))`",
    "mae(p, y)": "`mean(abs(p - y))`",
    "sse(p, y)": "`norm2(p - y)^2`",
    "bce(p, y)": "`binary_cross_entropy(p, y)`",
    "kl(p, y)": "`kl_divergence(p, y)`",
    "ce(p, y)": "`cross_entropy(p, y)`",
    "nll(p, y)": "`negative_log_likelihood(l, y)`",
    "F.cross_entropy(x, y)": "`cross_entropy_logits(z, y)`",
    "F.mse_loss(x, y)": "`mean((x - y).^2)`",
    "F.binary_cross_entropy_with_logits(x, y)": "`binary_cross_entropy_logits(z, y)`",
    "tf.nn.softmax_cross_entropy_with_logits(x, y)": "`cross_entropy_logits(z, y)`",
    "keras.losses.binary_crossentropy(x, y)": "`binary_cross_entropy(p, y)`",
    "sigma(x)": "`sigmoid(x)`",
    "logistic(x)": "`sigmoid(x)`",
    "expit(x)": "`sigmoid(x)`",
    "sig(x)": "`sigmoid`",
    "sgm(x)": "`sigmoid`",
    "logsig(x)": "`sigmoid`",
    "LogisticSigmoid(x)": "`sigmoid`",
    "tansig(x)": "`tanh`",
    "Ramp(x)": "`relu`",
    "poslin(x)": "`relu`",
    "rectifier(x)": "`relu`",
    "lrelu(x)": "`leaky_relu`",
    "LeakyReLU(x)": "`leaky_relu`",
    "hardlim(x)": "`step`",
    "heaviside(x)": "`step(x)`",
    "sgn(x)": "`sign(x)`",
    "torch.relu(x)": "`relu(...)`",
    "nn.ReLU(x)": "`relu(...)`",
    "F.gelu(x)": "`gelu(...)`",
    "jax.nn.silu(x)": "`silu(...)`",
    "tf.nn.relu(x)": "`relu(...)`",
    "keras.activations.tanh(x)": "`tanh(...)`",
    "F.log_softmax(x)": "`log_softmax(...)`",
    "F.linear(x, A)": "`W*x + b`",
    "np.dot(x, y)": "`x'*y`",
    "np.matmul(A, x)": "`x*y`",
    "torch.mm(A, A)": "`x*y`",
    "tf.matmul(A, x)": "`x*y`",
    "jnp.exp(x)": "`exp(...)`",
    "np.sum(x)": "`sum(...)`",
    "tf.reduce_sum(x)": "`sum`",
    "tf.reduce_mean(x)": "`mean`",
    "np.maximum(x, 0)": "`max`",
    "np.minimum(x, 0)": "`min`",
    "fmax(x, y)": "`max`",
    "np.clip(x, 0, 1)": "`clamp`",
    "np.square(x)": "`square(...)`",
    "np.power(x, 2)": "`x^y`",
    "np.where(x > 0, x, y)": "`where(...)`",
    "np.concatenate(x, y)": "`stack`",
    "torch.cat(x, y)": "`stack`",
    "vertcat(x, y)": "`stack`",
    "np.hstack(x, y)": "`beside`",
    "np.linalg.norm(x)": "`norm2(x)`",
    "np.linalg.inv(A)": "`inv(...)`",
    "np.transpose(A)": "`x'`",
    "np.einsum(x, y)": "`inner(",
    "np.argmax(x)": "no derivative",
    "np.fft(x)": "there is no `fft` here",
    "np.multiply(x, y)": "`x.*y`",
    "trace(A)": "`tr(A)`",
    "Tr[A]": "`tr(...)`",
    "Exp[x]": "`exp(...)`",
    "Ramp[x]": "`relu(...)`",
    "ln(x)": "`log(x)`",
    "logsumexp(x)": "`lse(x)`",
    "rsqrt(x)": "`1/sqrt(x)`",
    "sec(x)": "`1/cos(x)`",
    "cot(x)": "`1/tan(x)`",
    "tg(x)": "`tan`",
    "ceil(x)": "`-floor(-x)`",
    "logit(x)": "`log(x / (1 - x))`",
    "entropy(x)": "`-sum(xlogy(x, x))`",
    "average(x)": "`mean(x)`",
    "l2_norm(x)": "`norm2`",
    "l1(x)": "`norm1(x)`",
    "frobenius(A)": "`norm2`",
    "hadamard(x, y)": "`x.*y`",
    "softargmax(x)": "`softmax`",
    "if(x > 0, x, y)": "`where(c, a, b)`",
    "ifelse(x > 0, x, y)": "`where`",
    "conv(x, y)": "`conv2d(x, y)`",
    "maxpool(A)": "`max_pool2d(A)`",
    "size(x)": "a size is written as a number",
    "eig(A)": "no eigenvalues",
    "grad(x)": "nncalc derive",
    "quad_form(x, A)": "`x'*A*x`",
    "identity(3)": "`eye(3)`",
    "reshape(x, 2)": "no other reshaping",
    "satlin(x)": "`clamp(x, 0, 1)`",
    "dropout(x)": "a layer of a spec",
}
#: Activations of layers, and which they are here.
OF_LAYERS = {
    "ReLU": "relu",
    "nn.ReLU": "relu",
    "torch.relu": "relu",
    "jax.nn.relu": "relu",
    "tf.nn.relu": "relu",
    "Ramp": "relu",
    "keras.activations.relu": "relu",
    "rectified_linear": "relu",
    "reluLayer": "relu",
    "poslin": "relu",
    "lrelu": "leaky_relu",
    "LeakyReLU": "leaky_relu",
    "logistic": "sigmoid",
    "sigma": "sigmoid",
    "expit": "sigmoid",
    "LogisticSigmoid": "sigmoid",
    "logsig": "sigmoid",
    "sig": "sigmoid",
    "tansig": "tanh",
    "Tanh": "tanh",
    "identity": "linear",
    "none": "linear",
    "purelin": "linear",
    "hardlim": "step",
    "heaviside": "step",
    "softmaxLayer": "softmax",
    "hardtanh": "hard_tanh",
    "F.gelu": "gelu",
    "SiLU": "silu",
}
MEAN = 'reduction = "mean"'
#: Types of losses, and what they are here.
OF_LOSSES = {
    "mse": f"`squared_error`, with factor = 1, {MEAN}",
    "MSELoss": f"`squared_error`, with factor = 1, {MEAN}",
    "tf.keras.losses.MeanSquaredError": f"`squared_error`, with factor = 1, {MEAN}",
    "MeanSquaredLossLayer": f"`squared_error`, with factor = 1, {MEAN}",
    "l2": f"`squared_error`, with factor = 1, {MEAN}",
    "sse": "`squared_error`, with factor = 1",
    "squared_loss": "`squared_error`, with factor = 1",
    "rmse": f"`squared_error`, with factor = 1, {MEAN}, of which it is the root",
    "quadratic": "`squared_error`",
    "mae": f"`absolute_error`, with {MEAN}",
    "L1Loss": f"`absolute_error`, with {MEAN}",
    "bce": f"`binary_cross_entropy`, with {MEAN}",
    "log_loss": f"`binary_cross_entropy`, with {MEAN}",
    "keras.losses.BinaryCrossentropy": f"`binary_cross_entropy`, with {MEAN}",
    "BCEWithLogitsLoss": f"`binary_cross_entropy_logits`, with {MEAN}",
    "F.cross_entropy": f"`cross_entropy_logits`, with {MEAN}",
    "CrossEntropyLoss": f"`cross_entropy_logits`, with {MEAN}",
    "tf.nn.softmax_cross_entropy_with_logits": f"`cross_entropy_logits`, with {MEAN}",
    "categorical_crossentropy": f"`cross_entropy`, with {MEAN}",
    "CrossEntropyLossLayer": f"`cross_entropy`, with {MEAN}",
    "nll": f"`negative_log_likelihood`, with {MEAN}",
    "kl": f"`kl_divergence`, with {MEAN}",
    "KLDivLoss": f"`kl_divergence`, with {MEAN}",
    "huber_loss": "`huber`",
    "SmoothL1Loss": "`smooth_l1`",
}
#: Types of layers, and which they are here.
TYPES = {
    "Dense": "dense",
    "Linear": "dense",
    "nn.Linear": "dense",
    "fc": "dense",
    "fullyConnectedLayer": "dense",
    "affine": "dense",
    "LinearLayer": "dense",
    "Conv2D": "conv2d",
    "nn.Conv2d": "conv2d",
    "convolution2dLayer": "conv2d",
    "MaxPooling2D": "max_pool2d",
    "nn.MaxPool2d": "max_pool2d",
    "AveragePooling2D": "avg_pool2d",
    "GlobalAveragePooling2D": "global_avg_pool",
    "BatchNorm1d": "batch_norm",
    "BatchNormalization": "batch_norm",
    "LayerNormalization": "layer_norm",
    "Dropout": "dropout",
    "Flatten": "flatten",
    "Embedding": "embedding",
    "LSTM": "lstm",
    "nn.GRU": "gru",
    "SimpleRNN": "rnn",
    "MultiheadAttention": "attention",
    "self_attention": "attention",
    "Concatenate": "concat",
    "Add": "residual",
    "skip": "residual",
    "Activation": "activation",
}


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Return the hint of a command that is refused."""
    assert run([*words]) == 2
    found = capsys.readouterr()
    assert not found.out
    return found.err.rpartition("hint: ")[2]


def network(folder: Path, layer: str, loss: str = "") -> str:
    """Return a spec of one layer, and a loss."""
    path = folder / "net.toml"
    target = f'[loss]\ntype = "{loss}"\ntarget = 1\n' if loss else ""
    path.write_text(f'[input]\nname = "x"\nvalues = [1, 2]\n[[layers]]\n{layer}\n{target}', encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("text", FORMULAS)
def test_a_function_of_another_language_is_said_in_ours(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert FORMULAS[text] in refused(
        capsys, "forward", "-e", f"f = {text}", "x=1,2", "y=3,4", "p=1,2", "A=[[1,2],[3,4]]"
    )


@pytest.mark.parametrize("word", OF_LAYERS)
def test_an_activation_of_a_library_is_named(word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = network(tmp_path, f'type = "dense"\nactivation = "{word}"\nweights = {{ values = [[1, 2, 3]] }}')
    assert refused(capsys, "forward", spec) == f"here it is `{OF_LAYERS[word]}`\n"


@pytest.mark.parametrize("word", OF_LOSSES)
def test_a_loss_of_a_library_is_named(word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = network(tmp_path, 'type = "dense"\nweights = { values = [[1, 2, 3]] }', word)
    assert refused(capsys, "forward", spec) == f"here it is {OF_LOSSES[word]}\n"


@pytest.mark.parametrize("word", TYPES)
def test_a_layer_of_a_library_is_named(word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(capsys, "forward", network(tmp_path, f'type = "{word}"')) == f"here it is `{TYPES[word]}`\n"


def test_an_activation_as_a_layer_is_said_with_its_type(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = refused(capsys, "forward", network(tmp_path, 'type = "nn.Sigmoid"'))
    assert found == 'here it is `type = "activation"` with `activation = "sigmoid"`\n'


def test_what_is_nothing_here_is_not_taken_for_the_nearest_spelling(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for word in ("GroupNorm", "ConvTranspose2d", "Bilinear", "Reshape", "Sequential"):
        assert refused(capsys, "forward", network(tmp_path, f'type = "{word}"')).startswith("known: `dense`")


def test_a_name_elsewhere_is_of_one_thing_here() -> None:
    words = [each for op in OPS.values() for each in {word.replace("_", "") for word in op.elsewhere}]
    assert len(words) == len({*words})
    assert {*words}.isdisjoint(FUNCTIONS)
    layers = [each for found in ELSEWHERE.values() for each in found]
    assert len(layers) == len({*layers})
    assert {*ELSEWHERE} <= {*LAYERS}
    assert {*OF_LAYERS.values()} <= {op.name for op in ACTIVATIONS}
    losses = [each for loss in LOSSES.values() if loss is not None for each in loss.elsewhere]
    assert len(losses) == len({*losses})
