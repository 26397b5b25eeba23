"""What real use brought to light: questions, bug reports and data files of others, each with its right value."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
from pathlib import Path
from random import Random

import pytest

from nncalc.cli.app import run
from nncalc.language.alphabet import in_ascii


def printed(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    """Return what a command prints that ends well."""
    status = run(list(args))
    found = capsys.readouterr()
    assert status == 0, found.err
    return found.out


def refused(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    """Return what a command that is refused says."""
    status = run(list(args))
    found = capsys.readouterr()
    assert (status, found.out) == (2, "")
    return found.err


# -- numbers ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("digits", [1, 2, 3, 6, 12])
def test_lines_compute_again_at_any_precision(capsys: pytest.CaptureFixture[str], digits: int) -> None:
    chain = ["a = sin(x)", "b = exp(a)", "c = cos(b*a)", "d = c*exp(sin(c))", "f = d*cos(d)/b"]
    given = [word for each in chain for word in ("-e", each)]
    options = ("--precision", str(digits), "--show-steps", "--format", "json")
    steps = json.loads(printed(capsys, "backward", *given, "x=0.7", *options))["steps"]
    assert len(steps) > 10
    for step in steps:
        if not step["substituted"]:
            continue
        again = float(printed(capsys, "forward", "-e", step["substituted"], "--get", "f"))
        shown = re.sub(r".*[=≈] ", "", printed(capsys, "forward", "-e", f"{again!r}*1", "--precision", str(digits)))
        said = re.sub(
            r".*[=≈] ", "", printed(capsys, "forward", "-e", f"{step['value']!r}*1", "--precision", str(digits))
        )
        assert shown == said, step


def test_digits_that_are_not_known_are_not_written(capsys: pytest.CaptureFixture[str]) -> None:

    assert printed(capsys, "forward", "-e", "x*1", "x=8987551787.3").endswith("f ≈ 8.98755e9\n")
    assert printed(capsys, "forward", "-e", "x*1", "x=8987551787").endswith("f = 8987551787\n")


@pytest.mark.parametrize(
    ("matrix", "slope"),
    [
        ("[[1, 2], [2, 4]]", [[1, -1], [-1, 1]]),
        ("[[0, 0], [0, 0]]", [[1, -1], [-1, 1]]),
        ("[[1, 2, 3], [2, 4, 6], [1, 1, 1]]", [[-2, 4, -2], [1, -2, 1], [1, -2, 1]]),
    ],
)
def test_an_adjugate_is_differentiated_without_an_inverse(
    capsys: pytest.CaptureFixture[str], matrix: str, slope: list[list[float]]
) -> None:
    assert json.loads(printed(capsys, "backward", "-e", "sum(adj(A))", f"A={matrix}", "--get", "d(f)/d(A)")) == slope


def test_a_bias_before_batch_normalisation_has_the_gradient_zero(capsys: pytest.CaptureFixture[str]) -> None:
    equations = ["a = w*x + b", "m = sum(a)/4", "v = sum((a - m).^2)/4", "h = (a - m)/sqrt(v + 0.00001)"]
    given = [word for each in [*equations, "f = sum(y.*h.^3)"] for word in ("-e", each)]
    values = ("x=0.3,-0.7,1.1,0.25", "w=0.4", "b=0.1", "y=1,0,1,2")
    assert printed(capsys, "backward", *given, *values, "--get", "d(f)/d(b)") == "0\n"


# -- values as people have them -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("1.", "1"), (".5", "0.5"), ("+1e4", "10000"), ("-2.e-1", "-0.2"), ("[1. 2.]", "[1, 2]"),
        ("[1 -2.]", "[1, -2]"),
        ("[[1. 2.]\n [3. 4.]]", "[[1, 2], [3, 4]]"), ("tensor([[1., 2.]])", "[[1, 2]]"), ("[ 1.  2.]", "[1, 2]"),
        ("[1 2; 3 4]", "[[1, 2], [3, 4]]"), ("[1; −2]", "[1, -2]"), ("array([1., 2.], dtype=float32)", "[1, 2]"),
        ("tensor([0.5000, 2.0000], device='cuda:0', grad_fn=<Add>)", "[0.5, 2]"), ("tensor(3.)", "3"),
        ("np.float64(2.5)", "2.5"),
    ],
)  # fmt: skip
def test_a_value_is_read_as_programs_print_it(capsys: pytest.CaptureFixture[str], typed: str, value: str) -> None:
    assert printed(capsys, "forward", "-e", "f = x", f"x={typed}", "--get", "x") == value + "\n"


def test_an_array_that_was_cut_when_it_was_printed_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert "print all of it" in refused(capsys, "forward", "-e", "f = x", "x=[1. 2. ... 9.]")


def test_numbers_have_one_meaning_in_a_formula(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, "forward", "-e", "1e-1 + 1/5", "--exact", "--get", "f") == "3/10\n"
    assert printed(capsys, "backward", "-e", "relu(3*x - 3e-1)", "x=0.1", "--get", "d(f)/d(x)") == "0\n"
    assert printed(capsys, "forward", "-e", "1. + .5 + +1e4 + 2.*3 + 2.^2.", "--exact", "--get", "f") == "20023/2\n"
    assert printed(capsys, "forward", "-e", "[1 2; 3 -4]*[1. 1.]'", "--get", "f") == "[3, -1]\n"
    assert printed(capsys, "forward", "-e", "[3 -1]*[2, 1]", "--get", "f") == "5\n"
    assert printed(capsys, "forward", "-e", "[3 - 1]", "--get", "f") == "2\n"


# -- conventions that decide --------------------------------------------------------------------------

KINKS = {
    "relu(x)": "ReLU′(0) = 0",
    "abs(x)": "|x|′ = 0 at 0",
    "norm2(x)": "‖A‖₂′ = 0 at 0",
    "max(x, w)": "a tie in max is shared",
    "leaky_relu(x)": "leaky ReLU′(0) = 0.01",
    "norm1(x)": "|x|′ = 0 at 0",
    "min(x, w)": "a tie in min is shared",
}


@pytest.mark.parametrize("formula", KINKS)
@pytest.mark.parametrize("form", ["table", "plain", "csv", "markdown", "json"])
def test_a_convention_that_decides_is_said_in_every_short_form(
    capsys: pytest.CaptureFixture[str], formula: str, form: str
) -> None:
    equations = ("-e", "a = x + 0*w", "-e", "f = 3*" + re.sub(r"\bx\b", "a", formula))
    typed = ["--ascii"] if form == "markdown" else []
    found = printed(capsys, "backward", *equations, "x=0", "w=0", "--wrt", "x", "--format", form, *typed)
    found = " ".join(json.loads(found)["notes"]) if form == "json" else found.replace("\\", "")
    assert (in_ascii(KINKS[formula]) if typed else KINKS[formula]) in found


def test_a_convention_that_decides_is_said_beside_a_lone_value(capsys: pytest.CaptureFixture[str]) -> None:
    status = run(["backward", "-e", "a = w*x", "-e", "f = relu(a)", "x=0", "w=2", "--get", "d(f)/d(w)"])
    found = capsys.readouterr()
    assert (status, found.out) == (0, "0\n")
    assert found.err == "nncalc: d(f)/d(w): ReLU'(0) = 0 decides d(f)/d(a)\n"


@pytest.mark.parametrize("form", ["dot", "mermaid", "text", "json"])
def test_a_convention_that_decides_stands_on_the_graph(capsys: pytest.CaptureFixture[str], form: str) -> None:
    network = ("graph", "-e", "a = w*x", "-e", "f = relu(a)", "w=2", "--gradients", "--format", form)
    assert "ReLU′(0) = 0 decides ∂f/∂a" in printed(capsys, *network, "x=0")
    assert "decides" not in printed(capsys, *network, "x=1")


# -- given and stated ---------------------------------------------------------------------------------


def test_a_name_that_a_given_value_cuts_off_is_said_to_be(capsys: pytest.CaptureFixture[str]) -> None:
    for asked in (["--wrt", "alpha"], ["--get", "d(loss)/d(alpha[1,1])"]):
        found = refused(capsys, "backward", "--given", "z=0,1", *asked)
        assert "`loss` does not depend on `alpha` once `z` is given" in found
        assert "--state" in found
    assert "unknown name `alphas`" in refused(capsys, "backward", "--given", "z=0,1", "--wrt", "alphas")


def test_a_value_that_nothing_needs_is_not_taken_in_silence(capsys: pytest.CaptureFixture[str]) -> None:
    said = "`x` was set, but nothing needs it once `z` is given"
    assert said.replace("`z`", "z") in printed(capsys, "backward", "--given", "z=0,1", "x=5,5")
    assert said in json.loads(printed(capsys, "backward", "--given", "z=0,1", "x=5,5", "--format", "json"))["notes"]
    assert said.replace("`z`", "z") not in printed(capsys, "backward", "--given", "z=0,1", "y=5")


def test_the_recitations_question_with_every_value_stated(capsys: pytest.CaptureFixture[str]) -> None:
    stated = ("x=1,2", "alpha=[[2,1,0],[0,2,0]]", "beta=[[0,1,2]]", "y=3", "--state", "a=3,2", "--state", "z=3,2")
    stated = (*stated, "--state", "yhat=7")
    assert printed(capsys, "backward", *stated, "--get", "d(loss)/d(alpha[1,1])") == "4\n"
    page = printed(capsys, "backward", *stated, "--show-steps")
    assert "= ReLU(3)               = 3   stated\n" in page
    assert "its formula gives" not in page


@pytest.mark.parametrize("form", ["scalar", "vector"])
def test_a_stated_value_is_used_and_marked_where_its_formula_gives_another(
    capsys: pytest.CaptureFixture[str], form: str
) -> None:
    stated = ("--state", "z=3,5", "--form", form, "--show-steps")
    page = printed(capsys, "backward", *stated)
    assert "stated; its formula gives " + ("2" if form == "scalar" else "[3; 2]") in page
    facts = json.loads(printed(capsys, "backward", *stated, "--format", "json"))
    assert facts["values"]["z"] == [3, 5]
    assert facts["values"]["yhat"] == 13
    assert facts["gradients"] == {
        "yhat": 10, "beta": [[10, 30, 50]], "z": [10, 20], "a": [10, 20], "alpha": [[10, 10, 20], [20, 20, 40]],
    }  # fmt: skip
    assert any("its formula gives" in note for note in facts["notes"])


def test_a_stated_probability_is_taken_as_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    network = ("-e", "s = softmax(x)", "-e", "f = cross_entropy(s, y)", "x=1,2", "y=0,1", "--state", "s=0.27,0.73")
    assert json.loads(printed(capsys, "backward", *network, "--get", "d(f)/d(x)")) == [0.27, -0.27]
    assert printed(capsys, "backward", *network, "--get", "f").startswith("0.31471074483970")
    sigmoid = ("-e", "s = sigmoid(x)", "-e", "f = -log(s)", "x=1", "--state", "s=0.731", "--exact")
    assert "`log` has no exact value here" in refused(capsys, "backward", *sigmoid)
    for x in ("2", "13", "40"):  # however saturated what is replaced was
        entropy = ("-e", "p = sigmoid(x)", "-e", "f = binary_cross_entropy(p, y)", f"x={x}", "y=1", "--state", "p=0.5")
        assert printed(capsys, "backward", *entropy, "--wrt", "x", "--get", "d(f)/d(x)") == "-0.5\n"
    assert printed(capsys, "backward", *sigmoid[:-1], "--get", "d(f)/d(x)") == "-0.269\n"


def test_what_cannot_be_stated_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert "`x` is not computed here" in refused(capsys, "backward", "--state", "x=1,2")
    assert "`a` is stated as 3×1, its formula gives 2×1" in refused(capsys, "backward", "--state", "a=1,2,3")
    assert "unknown name `q`" in refused(capsys, "backward", "--state", "q=1")
    assert "write --state z=0,1" in refused(capsys, "backward", "--state", "a")


# -- layouts ------------------------------------------------------------------------------------------


def test_the_layout_of_weights_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    said = "`alpha` and `beta`: a row for each unit they go to, a column for each unit they come from"
    assert "α and β: a row for each unit they go to" in printed(capsys, "forward")
    assert said in json.loads(printed(capsys, "forward", "--format", "json"))["notes"]


# -- what is said of what is not understood ------------------------------------------------------------


@pytest.mark.parametrize("typed", [("α=2", "x₁=3", "ŷ=1"), ("alpha=2", "x1=3", "yhat=1"), ("α=2", "x1=3", "ŷ=1")])
def test_an_argument_is_named_in_either_alphabet(capsys: pytest.CaptureFixture[str], typed: tuple[str, ...]) -> None:
    for formula in ("f = α*x₁ + ŷ", "f = alpha*x1 + yhat"):
        assert printed(capsys, "forward", "-e", formula, *typed, "--get", "f") == "7\n"
    assert "given twice" in refused(capsys, "forward", "-e", "f = α", "α=2", "alpha=3")


@pytest.mark.parametrize(
    ("formula", "hint"),
    [
        ("d(g)/d(y)", "`nncalc backward --of g --wrt y` computes it"), ("x[-1]", "the last of n entries is `x[n]`"),
        ("x[2:]", "up to the last: `2:n`"), ("Σ(x)", "`sum(x)`"), ("e^x", "`exp(x)`"),
        ("½*x", "`½` is `1/2`"), ("x¾", "`¾` is `3/4`"), ("⅓*x", "such as `1/3`"), ("exp(x)", "`sigmoid`"),
    ],
)  # fmt: skip
def test_a_formula_that_is_none_here_is_answered_with_what_to_write(
    capsys: pytest.CaptureFixture[str], formula: str, hint: str
) -> None:
    assert hint in refused(capsys, "forward", "-e", formula, "x=800")


@pytest.mark.parametrize(
    ("name", "data", "message", "hint"),
    [
        ("m.pt", b"PK\x03\x04\x00", "it may hold code", "save_file(model.state_dict()"),
        ("m.npz", b"PK\x03\x04\x00", "it holds arrays", '`weights = { file = "m.npz", key = "W1" }`'),
        ("m.npy", b"\x93NUMPY", "it holds an array", '{ file = "m.npy" }'),
        ("m.csv", b"1,2\n", "it is a table", '`file = "m.csv"` under `[input]`'),
        ("m", b"\x7fELF\x02\x00", "is a binary file, not a spec", "in TOML or JSON"),
        ("m.toml", 'α = 2\n'.encode(), "this is not a key", 'stands in quotes: "α" = 2'),
        ("m.toml", 'x = { β = 2 }\n'.encode(), "a key is letters", 'stands in quotes: "α" = 2'),
    ],
)  # fmt: skip
def test_a_file_that_is_no_spec_is_answered_with_its_use(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str, data: bytes, message: str, hint: str
) -> None:
    (tmp_path / name).write_bytes(data)
    found = refused(capsys, "forward", str(tmp_path / name))
    assert message in found
    assert hint in found


def test_the_units_of_a_layer_stand_in_their_order(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    layer = """[[layers]]
type = "dense"
activation = "sigmoid"
weights = {{ shape = [{}, {}], init = "uniform", low = -1, high = 1, seed = {} }}
"""
    layers = layer.format(5, 3, 1) + layer.format(6, 6, 2) + layer.format(4, 7, 3)
    (tmp_path / "net.toml").write_text(f"[input]\nvalues = [1, 2]\n{layers}", encoding="utf-8")
    drawn = printed(capsys, "graph", str(tmp_path / "net.toml"), "--level", "scalar")
    plain = subprocess.run(["dot", "-Tplain"], input=drawn, capture_output=True, text=True, check=True).stdout
    places = {found[1]: float(found[2]) for found in re.finditer(r'^node "?([^ "]+)"? \S+ (\S+)', plain, re.MULTILINE)}
    for quantity, count in (("x", 2), ("a1", 5), ("z1", 5), ("a2", 6), ("z2", 6), ("b", 4), ("yhat", 4)):
        heights = [places[f"{quantity}[{place}]"] for place in range(1, count + 1)]
        assert heights == sorted(heights, reverse=True), quantity


# -- layers -------------------------------------------------------------------------------------------

PERCEPTRON = """[input]
values = [[0, 0], [0, 1], [1, 0], [1, 1]]
[[layers]]
type = "dense"
activation = "step"
weights = [[1, 1], [-1, -1]]
bias = { values = 0.25 }
[[layers]]
type = "dense"
weights = [[1, 1]]
bias = { values = -1.5 }
[loss]
type = "squared_error"
target = [0, 1, 1, 0]
"""


def test_a_threshold_unit_and_one_bias_for_a_layer(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    spec = tmp_path / "net.toml"
    spec.write_text(PERCEPTRON, encoding="utf-8")
    found = json.loads(printed(capsys, "backward", str(spec), "--format", "json"))
    assert found["values"]["a"] == [[0.25, 0.25], [1.25, -0.75], [1.25, -0.75], [2.25, -1.75]]
    assert found["values"]["z"] == [[1, 1], [1, 0], [1, 0], [1, 0]]
    assert found["gradients"]["W1"] == [[0, 0], [0, 0]]
    assert found["gradients"]["b1"] == 0
    assert found["gradients"]["b2"] == -3
    assert "`b1`: one bias, which all 2 units have" in found["notes"]
    assert "d(loss)/d(a): step′ = 0" in found["notes"]
    spec.write_text(PERCEPTRON.replace('"step"', '"sigmoid"'), encoding="utf-8")
    slope = float(printed(capsys, "backward", str(spec), "--get", "d(loss)/d(b1)"))
    moved = [
        float(printed(capsys, "forward", str(spec), f"b1={0.25 + step}", "--get", "loss")) for step in (1e-6, -1e-6)
    ]
    assert slope == pytest.approx((moved[0] - moved[1]) / 2e-6, rel=1e-8)


# -- lines as a person writes them --------------------------------------------------------------------


def formula_of(capsys: pytest.CaptureFixture[str], quantity: str, *command: str) -> str:
    """Return the formula of a quantity on the page of a command, in the letters of paper."""
    text = printed(capsys, "backward", *command, "--show-steps", "--format", "plain")
    lines = [line.partition("  # ")[0] for line in text.splitlines() if not line.startswith("#")]
    rows = csv.DictReader(io.StringIO(printed(capsys, "backward", *command, "--show-steps", "--format", "csv")))
    (found,) = (pair for pair in zip(lines, rows, strict=True) if pair[0].startswith(f"{quantity} "))
    after = [found[1]["substituted"] not in ("", found[1]["formula"]), found[1]["value"] != ""]
    return re.split(r" [=≈] ", found[0])[-1 - sum(after)]


REGULARISED = [
    "A = T1*intercept(X')", "H = sigmoid(A)", "J = -sum(Y'.*log(H) + (1 - Y').*log(1 - H))/3 + lam/6*sum(trim(T1).^2)",
]  # fmt: skip


def test_what_a_part_came_from_is_that_part_among_zeros(capsys: pytest.CaptureFixture[str]) -> None:
    given = [word for each in REGULARISED for word in ("-e", each)]
    given += [
        "X=[[1,2],[3,4],[5,7]]",
        "Y=[[1],[0],[1]]",
        "lam=2",
        "T1=[[0.1,0.2,0.3]]",
        "--form",
        "vector",
        "--no-split",
    ]
    assert formula_of(capsys, "∂J/∂T⁽¹⁾", *given) == "∂J/∂A [1; Xᵀ]ᵀ + (λ / 3) [0 | T̂⁽¹⁾]"
    assert formula_of(capsys, "∂J/∂H", *given) == "−(Yᵀ ⊘ H) / 3 + ((1 − Yᵀ) ⊘ (1 − H)) / 3"
    assert formula_of(capsys, "∂J/∂A", *given) == "∂J/∂H ⊙ H ⊙ (1 − H)"


@pytest.mark.parametrize(
    ("expression", "written"),
    [
        ("mean((x - y).^2)", "(x − y) / 2"), ("-mean(y.*log(x))", "−(y ⊘ x) / 4"), ("sum(x./y)*3", "3 ⊘ y"),
        ("sum(log(sigmoid(x)))", "1 − σ(x)"), ("0.1*sum(x.^2)", "2 · 0.1 x"), ("0.1*sum(x.*y)", "0.1 y"),
        ("sum(3*x.*y)/6", "y / 2"), ("sum(1 ./ x)", "−1 ⊘ x.^2"), ("sum(x.*y)/0.5", "y / 0.5"), ("2*sum(x.^2)", "4 x"),
        ("sum(softmax(x).*y)", "softmax(x) ⊙ (y − sum(y ⊙ softmax(x)))"), ("2*sum(x)", "2 · 1₄"),
        ("sum(x.*sigmoid(y)./sigmoid(y))", "1₄"),
    ],
)  # fmt: skip
def test_what_multiplies_all_entries_is_written_once(
    capsys: pytest.CaptureFixture[str], expression: str, written: str
) -> None:
    values = ["x=1,2,3,4", *(["y=1,1,2,2"] if "y" in expression else [])]
    given = ("-e", f"f = {expression}", *values, "--form", "vector", "--no-split", "--wrt", "x")
    assert formula_of(capsys, "∂f/∂x", *given) == written


def test_numbers_cancel_and_typed_ones_stay(capsys: pytest.CaptureFixture[str]) -> None:
    for expression, written in (
        ("-log(sigmoid(x))", "−(1 − σ(x))"), ("0.1*x^2", "2 · 0.1 · x"), ("3*x^2/6", "x"), ("x^2/0.5", "2 · x / 0.5"),
    ):  # fmt: skip
        assert formula_of(capsys, "∂f/∂x", "-e", f"f = {expression}", "x=1", "--no-split") == written


@pytest.mark.parametrize(
    ("equations", "through", "chain"),
    [
        (["d = a - b", "f = d*b"], "∂f/∂b", "∂f/∂d · ∂d/∂b + ∂f/∂b│direct"),
        (["d = a*b", "f = b*exp(d)"], "∂f/∂b", "∂f/∂b│direct + ∂f/∂d · ∂d/∂b"),
        (["c = a*b", "d = b - a", "f = c/d"], "∂f/∂b", "∂f/∂c · ∂c/∂b + ∂f/∂d · ∂d/∂b"),
    ],
)
def test_the_chain_rule_has_a_term_for_each_way(
    capsys: pytest.CaptureFixture[str], equations: list[str], through: str, chain: str
) -> None:
    given = [word for each in equations for word in ("-e", each)]
    page = printed(capsys, "backward", *given, "a=3", "b=2", "--show-steps", "--no-split", "--format", "plain")
    line = next(line for line in page.splitlines() if line.startswith(through + " ="))
    assert sorted(line.split(" = ")[1].split(" + ")) == sorted(chain.split(" + "))
    first = re.split(r" [+−] ", line.split(" = ")[2].split(" ≈ ")[0])[0]
    way = line.split(" = ")[1].split(" + ")[0].split(" · ")[0]
    assert (way in first) or way.endswith("│direct"), line


def test_a_fused_loss_is_unfolded_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    network = (
        "-e",
        "p = softmax(b)",
        "-e",
        "f = cross_entropy(p, y)",
        "b=1,2",
        "y=1,0",
        "--wrt",
        "b",
        "--form",
        "vector",
    )
    assert formula_of(capsys, "∂f/∂b", *network) == "p − y"
    assert formula_of(capsys, "∂f/∂b", *network, "--unfold") == "p ⊙ (∂f/∂p − sum(∂f/∂p ⊙ p))"
    assert formula_of(capsys, "∂f/∂p", *network, "--unfold") == "−y ⊘ p"
    values = [
        json.loads(printed(capsys, "backward", *network, *more, "--get", "d(f)/d(b)")) for more in ([], ["--unfold"])
    ]
    assert values[0] == pytest.approx(values[1], rel=1e-14)


@pytest.mark.parametrize(
    ("loss", "activation", "b", "y"),
    [("cross_entropy", "softmax", "b=1,2", "y=1,0"), ("binary_cross_entropy", "sigmoid", "b=1.5", "y=0.25")],
)
def test_a_loss_from_logits_is_unfolded_to_its_activation(
    capsys: pytest.CaptureFixture[str], loss: str, activation: str, b: str, y: str
) -> None:
    network = ("backward", "-e", f"f = {loss}_logits(b, y)", b, y, "--wrt", "b")
    page = printed(capsys, *network, "--unfold", "--show-steps", "--form", "vector", "--ascii")
    assert f"u1 = {activation}(b)" in page
    assert "d(f)/d(u1)" in page
    found = [json.loads(printed(capsys, *network, *more, "--get", "d(f)/d(b)")) for more in ([], ["--unfold"])]
    assert found[0] == pytest.approx(found[1], rel=1e-14)


def test_a_witness_is_where_an_answer_differs_most(capsys: pytest.CaptureFixture[str]) -> None:
    status = run(["derive", "x^2", "--shapes", "x: 1", "--wrt", "x", "--answer", "(2*x + 1e-7*x^8)*cos(1e-4*x)"])
    found = re.search(r"at x = (\S+), it is (\S+) where the derivative has (\S+)", capsys.readouterr().out)
    assert status == 1
    assert found is not None
    x, theirs, ours = (float(text.rstrip(".")) for text in found.groups())
    assert ours == pytest.approx(2 * x, rel=1e-5)
    assert theirs == pytest.approx(2 * x + 1e-7 * x**8, rel=1e-5)
    assert abs(theirs - ours) > 0.01 * abs(ours)


def test_noise_of_arrays_is_no_result(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    random = Random(1)
    x = [round(random.gauss(0, 1), 4) for _ in range(3000)]
    equations = {
        "a": "w*x + b", "m": "mean(a)", "v": "mean((a - m).^2)", "h": "(a - m)/sqrt(v + 0.00001)",
        "z": "gamma*h + beta", "yhat": "sigmoid(z)", "loss": "binary_cross_entropy(yhat, y)/3000",
    }  # fmt: skip
    spec = {
        "inputs": {"x": x}, "targets": {"y": [random.randint(0, 1) for _ in x]},
        "parameters": {"w": 0.4, "b": 0.1, "gamma": 1.5, "beta": 0.2}, "equations": equations,
    }  # fmt: skip
    (tmp_path / "net.json").write_text(json.dumps(spec), encoding="utf-8")
    page = printed(capsys, "backward", str(tmp_path / "net.json"))
    assert re.search(r"∂ℓ/∂b ≈ 0 +updates b; 0, as it is below the rounding error of its sum", page)
    found = json.loads(printed(capsys, "backward", str(tmp_path / "net.json"), "--format", "json"))
    assert found["gradients"]["b"] == 0
    assert abs(found["gradients"]["beta"]) > 1e-4


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["backward", "alpha=[[2,0],[1,2],[0,0]]"], "`alpha` is 2×3 in the spec, 3×2 on the command line"),
        (["backward", "x=1,2,3"], "`x` is 2×1 in the spec, 3×1 on the command line"),
        (["forward", "-e", "d = a - b; f = d*b", "a=1", "b=2"], "each has its own -e"),
        (["forward", "-e", "d = a - b\nf = d*b", "a=1", "b=2"], "each has its own -e"),
        (["forward", "-e", "_y + 1"], "a name begins with a letter"),
        (["forward", "-e", "e^x", "x=1"], "hint: e to the power x is `exp(x)`"),
    ],
)
def test_what_a_student_gets_wrong_is_answered(
    capsys: pytest.CaptureFixture[str], command: list[str], said: str
) -> None:
    assert said in refused(capsys, *command)


def test_what_is_differentiated_in_one_says_so_on_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    network = ("backward", "-e", "p = softmax(b)", "-e", "f = cross_entropy(p, y)", "b=1,2", "y=1,0", "--wrt", "b")
    said = "cross_entropy and softmax in one; --unfold parts them"
    assert said in printed(capsys, *network, "--show-steps")
    assert said not in printed(capsys, *network, "--show-steps", "--unfold")
    assert said not in printed(capsys, *network)


def test_e_is_a_quantity_and_the_page_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    said = "e is a quantity as any other; e to the power x is `exp(x)`"
    assert said in printed(capsys, "derive", "e^x", "--wrt", "x")
    assert said not in printed(capsys, "derive", "e^x", "--wrt", "x", "--shapes", "e: 1")


@pytest.mark.parametrize(
    ("formula", "said"),
    [("relu(3*x - 3e-1)", "ReLU′(0) = 0"), ("abs(3*x - 0.3)", "|x|′ = 0 at 0"), ("norm2(3*x - 0.3)", "‖A‖₂′ = 0 at 0")],
)
def test_a_kink_that_floats_miss_is_said(capsys: pytest.CaptureFixture[str], formula: str, said: str) -> None:
    for more in ([], ["--show-steps"], ["--show-steps", "--no-split"]):
        assert said in printed(capsys, "backward", "-e", f"f = {formula}", "x=0.1", *more)
    assert said not in printed(capsys, "backward", "-e", f"f = {formula}", "x=0.2")


def test_a_chain_names_no_gradient_that_has_no_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "net.toml").write_text(PERCEPTRON, encoding="utf-8")
    lines = printed(capsys, "backward", str(tmp_path / "net.toml"), "--show-steps", "--ascii", "--format", "plain")
    names = {line.split(" = ")[0] for line in lines.splitlines()}
    used = {used for line in lines.splitlines() for used in re.findall(r"d\(loss\)/d\([^)]*\)", line)}
    assert used <= names


def test_beside_a_lone_value_stands_only_what_differs(capsys: pytest.CaptureFixture[str]) -> None:
    for state, said in (("a=3,2", ""), ("a=3,1", "nncalc: a: stated; its formula gives [3, 2]\n")):
        assert run(["backward", "--state", state, "--get", "loss"]) == 0
        assert capsys.readouterr().err.partition("\n")[2] == said
