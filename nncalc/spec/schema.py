"""The JSON Schema of a spec, by which an editor marks a misspelt key and completes one.

It is made from the tables that the reader of specs uses: which keys there are, which words they may be, which go
together. Whatever is read is valid; sizes, names and numbers that do not fit are found only by reading.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from nncalc.language.figures import DECIMAL, FRACTION
from nncalc.ops import OPS
from nncalc.ops.optimizers import OPTIMIZERS, SETTINGS
from nncalc.spec import activation, conventions, equations, loss, network, penalties, training, values
from nncalc.spec.dense import LAYOUTS, SIGNS
from nncalc.spec.images import LEVELS
from nncalc.spec.layers import ACTIVATIONS, FOLDS, LAYERS, LOSSES, Layer, Quantity, Setting
from nncalc.spec.reduction import PER, REDUCTIONS, WEIGHTED
from nncalc.spec.template import keys_of

Schema: TypeAlias = dict[str, object]

_TEXT: Final[Schema] = {"type": "string"}
_TRUTH: Final[Schema] = {"type": "boolean"}
_EXACT: Final[Schema] = {
    "pattern": f"^-?(?:{FRACTION.pattern}|{DECIMAL.pattern})$",
    "not": {"type": "string", "pattern": "^-?[0-9]+$"},
}
#: A number, or text where it matters that it is exact.
_NUMBER: Final[Schema] = {"type": ["number", "string"], **_EXACT}


def schema() -> Schema:
    """Return the schema, of draft 7, which editors know best."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "nncalc spec",
        "description": "A small neural network or formulas, in layers or in equations",
        **_table({key: _ROOT[key] for key in ("$schema", *network.KEYS, *equations.KEYS)}),
        "if": {"anyOf": [{"required": [key]} for key in network.KEYS if key not in equations.KEYS]},
        "then": {
            "required": ["input"],
            "anyOf": [{"required": ["layers"]}, {"required": ["loss"]}],
            "propertyNames": {"enum": ["$schema", *network.KEYS]},
        },
        "else": {
            "required": ["equations"],
            "propertyNames": {"enum": ["$schema", *equations.KEYS]},
        },
        "definitions": _definitions(),
    }


def _definitions() -> Schema:
    """Return what stands in several places."""
    nested = {f"numbers{levels}": _nested(levels) for levels in range(1, LEVELS + 1)}
    return {
        "number": _NUMBER,
        **nested,
        "given": _source((), 2),
        "quantity": _source(("name",), 2),
        "bias": _if_table(
            _source(("name", "sign"), 2),
            {"if": {"type": "array"}, "then": _ref("numbers1"), "else": _words((*FOLDS, "none"))},
        ),
        "kernel": _source(("name",), LEVELS - 1),
        "kernels": {"if": {"type": "array"}, "then": _listed(_ref("kernel")), "else": _source(("name",), LEVELS)},
        "penalty": _by_type({word: _penalty(word) for word in penalties.PENALTIES}),
        "activation": _if_table(_by_type({word: _activation(word) for word in ACTIVATIONS}), _words(ACTIVATIONS)),
    }


# -- the parts of a schema ------------------------------------------------------------------------------------


def _table(properties: Mapping[str, object], required: Iterable[str] = ()) -> Schema:
    """Return the schema of a table that has these keys and no others."""
    needed = [*required]
    found: Schema = {"type": "object", "properties": dict(properties), "additionalProperties": False}
    return {**found, "required": needed} if needed else found


def _by_type(kinds: Mapping[str, Schema]) -> Schema:
    """Return the schema of a table whose `type` says which keys it has."""
    return {
        "type": "object",
        "required": ["type"],
        "properties": {"type": _words(kinds)},
        "allOf": [{"if": _is("type", word), "then": found} for word, found in kinds.items()],
    }


def _is(key: str, word: str) -> Schema:
    return {"required": [key], "properties": {key: {"const": word}}}


def _if_table(table: Schema, other: Schema) -> Schema:
    """Return the schema of a table, or of something else that stands in its place."""
    return {"if": {"type": "object"}, "then": table, "else": other}


def _words(words: Iterable[object]) -> Schema:
    return {"enum": [*words]}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}


def _listed(items: Schema) -> Schema:
    return {"type": "array", "items": items, "minItems": 1}


def _whole(least: float, most: float | None = None) -> Schema:
    return {"type": "integer", "minimum": least} | ({"maximum": most} if most is not None else {})


# -- numbers and where they come from -------------------------------------------------------------------------


def _nested(levels: int) -> Schema:
    """Return the schema of a number, or of lists in each other, at most so many."""
    items = f"numbers{levels - 1}" if levels > 1 else "number"
    return {"type": ["number", "string", "array"], **_EXACT, "minItems": 1, "items": _ref(items)}


def _source(extra: tuple[str, ...], levels: int) -> Schema:
    """Return the schema of a quantity's numbers: in place, or a table that says where they come from."""
    described = {
        "values": _ref(f"numbers{levels}"),
        "file": _TEXT,
        "key": _TEXT,
        "columns": _listed({"type": ["string", "integer"]}),
        "classes": _listed(_TEXT),
        "header": _TRUTH,
        "shape": {"type": ["integer", "array"], "minimum": 1, "items": _whole(1), "maxItems": levels},
        "init": _words(values.INITIALISERS),
        "seed": _whole(0),
        "kind": _words(network.KINDS),
        "sign": _words(SIGNS),
        "name": _TEXT,
    }
    together = {
        **{source: ({"required": [source]}, keys) for source, keys in values.GO_TOGETHER.items()},
        **{word: (_is("init", word), ("shape", "init", *keys)) for word, keys in values.INITIALISERS.items()},
    }
    table = {
        **_table({key: described.get(key, _ref("number")) for key in (*extra, *values.KEYS)}),
        "anyOf": [{"required": [source]} for source in values.SOURCES],
        "allOf": [
            {"if": said, "then": {"propertyNames": {"enum": [*extra, *keys]}}} for said, keys in together.values()
        ],
    }
    return _if_table(table, _ref(f"numbers{levels}"))


# -- layers ---------------------------------------------------------------------------------------------------


def _layer(layer: Layer) -> Schema:
    """Return the schema of a layer of one type."""
    keys = keys_of(layer)
    said = [key for key, each in layer.quantities.items() if not each.default]
    said += [key for key, each in layer.settings.items() if not each.default]
    if layer.keys:
        said.append("weights" if "weights" in keys else "activation")
    return _table({key: _layer_key(layer, key) for key in keys}, said)


def _layer_key(layer: Layer, key: str) -> Schema:
    if key in layer.quantities:
        return _quantity(layer.quantities[key])
    return _setting(layer.settings[key]) if key in layer.settings else _LAYER[key]


#: What the keys of layers may be, beside quantities and settings of a template.
_LAYER: Final[dict[str, Schema]] = {
    "type": {},
    "units": _whole(1),
    "activation": _ref("activation"),
    "weights": _ref("quantity"),
    "layout": _words(LAYOUTS),
    "bias": _ref("bias"),
    "sign": _words(SIGNS),
    "preactivation": _TEXT,
    "output": _TEXT,
}


def _quantity(quantity: Quantity) -> Schema:
    """Return the schema of what a layer is given beside its input."""
    if len(quantity.shape.split()) > 2:
        return _ref("kernels")
    words = [word for word in (quantity.default, *quantity.words) if word]
    numbers = _ref("quantity")
    return {"if": _TEXT, "then": _words(words), "else": numbers} if words else numbers


def _setting(setting: Setting) -> Schema:
    """Return the schema of what a layer is set to."""
    match setting.kind:
        case "whole":
            return {"anyOf": [_whole(setting.least), _words(setting.words)]} if setting.words else _whole(setting.least)
        case "number":
            return _number(least=setting.least, below=setting.below)
        case "word":
            return _words(setting.words)
        case "truth":
            return _TRUTH
        case "order":
            return {**_TEXT, "pattern": f"^[{setting.default}]{{{len(setting.default)}}}$"}
        case "signal":
            return _TEXT
        case "signals":
            return _listed(_TEXT)


def _number(*, above: float | None = None, least: float | None = None, below: float | None = None) -> Schema:
    """Return the schema of a number within bounds."""
    bounds = {"exclusiveMinimum": above, "minimum": least, "exclusiveMaximum": below}
    return {"allOf": [_ref("number")], **{word: bound for word, bound in bounds.items() if bound is not None}}


def _activation(word: str) -> Schema:
    """Return the schema of an activation that is said with its settings and what of it is trained."""
    described = {"type": {}, "pieces": _whole(2), **dict.fromkeys(OPS[word].trained, _ref("quantity"))}
    return _table({key: described.get(key, _ref("number")) for key in activation.keys_of(OPS[word])})


# -- the loss, training, conventions --------------------------------------------------------------------------


def _loss(word: str) -> Schema:
    """Return the schema of a loss of one type."""
    found = LOSSES[word]
    others = dict.fromkeys((*found.others.values(), "pos_weight"), _ref("quantity"))
    settings = {key: _number(least=0) if key in found.may_be_0 else _number(above=0) for key in OPS[word].settings}
    described = {**_LOSS, **others, **settings}
    return _table({key: described[key] for key in loss.keys_of(word)}, ("target", *found.others.values()))


def _penalty(word: str) -> Schema:
    """Return the schema of a penalty of one type."""
    return _table({key: _PENALTY[key] for key in (*penalties.KEYS, *penalties.PENALTIES[word].keys)}, ("strength",))


_PENALTY: Final[dict[str, Schema]] = {
    "type": {},
    "strength": _number(above=0),
    "of": {"anyOf": [_TEXT, _listed(_TEXT)]},
    "intercepts": _TRUTH,
    "factor": _number(above=0),
    "ratio": _number(least=0),
}
_LOSS: Final[dict[str, Schema]] = {
    "type": {},
    "name": _TEXT,
    "target": _ref("quantity"),
    "factor": _number(above=0),
    "reduction": _words(REDUCTIONS),
    "per": _words((*PER, WEIGHTED)),
    "penalties": {"type": "array", "items": _ref("penalty")},
    "base": _whole(0, 1),
    "weights": _ref("quantity"),
    "label_smoothing": _number(least=0, below=1),
    "alike": _words((0, 1)),
    "log_base": {"anyOf": [_words(("e",)), _number(above=1)]},
}


def _convention(key: str) -> Schema:
    """Return the schema of a convention, whose numbers may be written as such."""
    choices = conventions.CHOICES.get(key)
    if choices is None:
        return _whole(0, conventions.MOST_PLACES)
    return _words([*choices, *(float(each) for each in choices if DECIMAL.fullmatch(each))])


def _training(key: str) -> Schema:
    """Return the schema of what is said of training."""
    if key in SETTINGS:
        bound = {"above": 0.0} if key == "rate" else {"least": 0.0}
        return _number(**bound, below=1 if SETTINGS[key].below else None)
    if key in training.COUNTS:
        return _whole(*training.COUNTS[key])
    return _words(OPTIMIZERS) if key == "optimizer" else _ref("number")


_GIVEN: Final[Schema] = {"type": "object", "additionalProperties": _ref("given")}
_ROOT: Final[dict[str, Schema]] = {
    "$schema": _TEXT,
    "name": _TEXT,
    "output": _TEXT,
    "input": _source(("name", "kind"), LEVELS),
    "layers": _listed(_by_type({word: _layer(layer) for word, layer in LAYERS.items()})),
    "loss": _by_type({word: _loss(word) for word in LOSSES}),
    **dict.fromkeys(equations.TABLES, _GIVEN),
    "equations": {"type": "object", "additionalProperties": {"type": ["string", "number"]}, "minProperties": 1},
    "batch": {"type": "array", "items": _TEXT},
    "conventions": _table({key: _convention(key) for key in conventions.KEYS}),
    "training": _table({key: _training(key) for key in training.KEYS}),
}
