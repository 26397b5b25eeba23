"""Writes the models beside it and what PyTorch finds of them, in double precision: PyTorch 2.13, onnxscript 0.7.

`pip install torch safetensors onnx onnxscript`, then run it in this folder.
"""

import json

import onnx
import torch
from safetensors.torch import save_file
from torch import nn


class Pictures(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.norm = nn.Conv2d(1, 2, 3, padding=1), nn.BatchNorm2d(2)
        self.second, self.last = nn.Conv2d(2, 3, 3), nn.Linear(3, 2)

    def forward(self, x):
        z = nn.functional.max_pool2d(torch.relu(self.norm(self.first(x))), 2)
        return torch.log_softmax(self.last(torch.flatten(torch.relu(self.second(z)), 1)), 1)


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.norm, self.gate, self.last = nn.Linear(3, 4), nn.LayerNorm(4), nn.Linear(4, 4), nn.Linear(4, 2)

    def forward(self, x):
        z = nn.functional.gelu(self.norm(self.first(x)))
        return self.last(z + torch.sigmoid(self.gate(z)))


class View(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Conv2d(1, 2, 2), nn.Linear(8, 2)

    def forward(self, x):
        z = self.first(x)
        return self.last(z.view(z.size(0), -1))


class Steps(nn.Module):
    """A recurrent layer, and a dense one of what it knows at the end."""

    def __init__(self, kind):
        super().__init__()
        self.steps, self.last = kind(2, 3, batch_first=True), nn.Linear(3, 2)

    def forward(self, x):
        return self.last(self.steps(x)[0][:, -1])


def recurrent():
    """Write the weights of recurrent layers, and return what they are given and what comes out."""
    found = {}
    for name, kind in (("rnn", nn.RNN), ("lstm", nn.LSTM), ("gru", nn.GRU)):
        torch.manual_seed(7)
        model, x = Steps(kind), torch.randn(1, 4, 2).double()
        save_file(model.state_dict(), f"{name}.safetensors")
        found[name] = {"x": x[0].tolist(), "yhat": model.double()(x)[0].tolist()}
    return found


def without_traces(file):
    """Take out of a model which lines of which files it was made by."""
    model = onnx.load(file)
    graph = model.graph
    for each in (model, graph, *graph.node, *graph.value_info, *graph.input, *graph.output):
        del each.metadata_props[:]
        each.doc_string = ""
    onnx.save(model, file)


def main():
    torch.manual_seed(5)
    hidden = [nn.Linear(2, 3), nn.LeakyReLU(0.1), nn.Dropout(), nn.Linear(3, 4), nn.ELU()]
    chain = [*hidden, nn.Linear(4, 2), nn.Softmax(1)]
    models = {
        "chain": (nn.Sequential(*chain), torch.randn(4, 2)), "pictures": (Pictures(), torch.randn(1, 1, 6, 6)),
        "residual": (Residual(), torch.randn(2, 3)), "view": (View(), torch.randn(1, 1, 3, 3)),
    }  # fmt: skip
    found = {}
    for name, (model, x) in models.items():
        model.eval()
        for dynamo in (False, True):
            more = {"external_data": False} if dynamo else {}
            file = f"{name}-{'dynamo' if dynamo else 'script'}.onnx"
            torch.onnx.export(model, (x,), file, dynamo=dynamo, input_names=["x"], output_names=["yhat"], **more)
            without_traces(file)
        found[name] = {"x": x.double().tolist(), "yhat": model.double()(x.double()).tolist()}
    torch.manual_seed(2)
    model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    save_file(model.state_dict(), "relu.safetensors")
    model.double()
    loss = (model(torch.tensor([1.0, 2.0], dtype=torch.float64)) - 3).pow(2).sum() / 2
    loss.backward()
    gradients = dict(zip(("W1", "b1", "W2", "b2"), (each.grad.tolist() for each in model.parameters()), strict=True))
    found["relu"] = {"loss": loss.item(), "gradients": gradients}
    found |= recurrent()
    with open("found.json", "w", encoding="utf-8") as file:
        json.dump(found, file, indent=1)


main()
