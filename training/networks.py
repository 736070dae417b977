"""Fit the networks of the context stage: back-propagation through documents, written out in numpy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from boilerplate.context import N_LEVELLED, Layer, Levels, Network, softmax
from boilerplate.recurrence import BACKWARDS, FORWARDS, Recurrence, Route, Step, route, walk
from boilerplate.scores import N_LABELS
from training.examples import Examples

Floats = NDArray[np.float32]
Parameters = dict[str, Floats]

_BATCH_DOCUMENTS: Final = 16
#: Batches drawn at once and sorted by length, so that documents of a batch are alike.
_POOL_BATCHES: Final = 20
_LEARNING_RATE: Final = 2e-3
_MAX_NORM: Final = 1.0  # of the gradient
_MOMENTS: Final = (0.9, 0.999)


@dataclass(frozen=True)
class NetworkSettings:
    """Choices of the context stage's training; the defaults make the shipped model."""

    members: int = 2
    hidden: int = 72
    units: int = 36
    epochs: int = 12
    dropout: float = 0.2
    levels: int = 7
    new_languages: float = 0.3  # share of the documents that are shown as if their language was new


def initial_parameters(n_inputs: int, settings: NetworkSettings, rng: np.random.Generator) -> Parameters:
    """Draw weights uniformly, by the number of values that come in."""

    def draw(*shape: int) -> Floats:
        limit = 1 / np.sqrt(shape[-2])
        return rng.uniform(-limit, limit, shape).astype(np.float32)

    n_hidden, n_units = settings.hidden, settings.units
    return {
        "hidden_weights": draw(n_inputs, n_hidden),
        "hidden_bias": np.zeros(n_hidden, np.float32),
        "gate_weights": draw(2, n_hidden, 3 * n_units),
        "gate_bias": np.zeros((2, 1, 3 * n_units), np.float32),
        "recurrent": draw(2, n_units, 3 * n_units),
        "output_weights": draw(2 * n_units + n_hidden, N_LABELS),
        "output_bias": np.zeros(N_LABELS, np.float32),
    }


def network(parameters: Parameters) -> Network:
    """The network with these *parameters*."""
    p = parameters
    return Network(
        Layer(p["hidden_weights"], p["hidden_bias"]),
        Recurrence(p["gate_weights"], p["gate_bias"], p["recurrent"]),
        Layer(p["output_weights"], p["output_bias"]),
    )


def walk_back(errors: Floats, recurrent: Floats, going: list[int], steps: list[Step]) -> tuple[Floats, Floats]:
    """Carry *errors* of the states back along the way that ``walk`` went.

    Returns the gradients of its ``gates`` and of *recurrent*.
    """
    n_units = recurrent.shape[1]
    gates = np.empty((2, errors.shape[1], 3 * n_units), np.float32)
    recalled = np.empty_like(gates)
    before = np.empty_like(errors)
    carried = np.zeros((2, going[0] if going else 0, n_units), np.float32)
    place = errors.shape[1]
    for n_going, step in zip(reversed(going), reversed(steps)):
        here = slice(place - n_going, place)
        place -= n_going
        error = errors[:, here] + carried[:, :n_going]
        candidate = error * (1 - step.update) * (1 - step.candidate**2)
        update = error * (step.before - step.candidate) * step.update * (1 - step.update)
        reset = candidate * step.recalled * step.reset * (1 - step.reset)
        gates[:, here] = np.concatenate([reset, update, candidate], axis=2)
        recalled[:, here] = np.concatenate([reset, update, candidate * step.reset], axis=2)
        before[:, here] = step.before
        carried[:, :n_going] = error * step.update + recalled[:, here] @ recurrent.transpose(0, 2, 1)
    return gates, before.transpose(0, 2, 1) @ recalled


def loss_and_gradients(
    parameters: Parameters, examples: Examples, way: Route, masks: tuple[Floats, Floats, Floats]
) -> tuple[float, Parameters]:
    """Mean cross-entropy of the *examples* by weight, and its gradient in every parameter.

    *masks* scale the inputs, the hidden layer and what the output sees (dropout).
    """
    p = parameters
    n_units = p["recurrent"].shape[1]
    sides = (FORWARDS, BACKWARDS)
    inputs = examples.inputs * masks[0]
    hidden = np.maximum(inputs @ p["hidden_weights"] + p["hidden_bias"], 0) * masks[1]
    along = hidden[way.rows]
    steps: list[Step] = []
    states = walk(along @ p["gate_weights"] + p["gate_bias"], p["recurrent"], way.going, steps)
    seen = np.concatenate([*(states[side, way.places[side]] for side in sides), hidden], axis=1) * masks[2]
    probabilities = softmax(seen @ p["output_weights"] + p["output_bias"])
    rows = np.arange(len(probabilities))
    weights = examples.weights / max(float(examples.weights.sum()), 1e-9)
    loss = -float(weights @ np.log(probabilities[rows, examples.labels] + 1e-12))

    errors = probabilities * weights[:, None]
    errors[rows, examples.labels] -= weights
    of_seen = (errors @ p["output_weights"].T) * masks[2]
    of_states = np.stack([of_seen[way.rows[s], s * n_units : (s + 1) * n_units] for s in sides])
    gates, recurrent = walk_back(of_states, p["recurrent"], way.going, steps)
    of_along = gates @ p["gate_weights"].transpose(0, 2, 1)
    of_hidden = of_seen[:, 2 * n_units :] + sum(of_along[side, way.places[side]] for side in sides)
    of_hidden = of_hidden * masks[1] * (hidden > 0)
    return loss, {
        "hidden_weights": inputs.T @ of_hidden,
        "hidden_bias": of_hidden.sum(axis=0),
        "gate_weights": along.transpose(0, 2, 1) @ gates,
        "gate_bias": gates.sum(axis=1, keepdims=True),
        "recurrent": recurrent,
        "output_weights": seen.T @ errors,
        "output_bias": errors.sum(axis=0),
    }


def fit_levels(examples: Examples, settings: NetworkSettings) -> Levels:
    """Cut the first ``N_LEVELLED`` inputs at their quantiles."""
    learned = examples.inputs[examples.weights > 0, :N_LEVELLED]
    shares = np.linspace(0, 1, settings.levels + 2)[1:-1]
    return Levels(np.quantile(learned, shares, axis=0).astype(np.float32))


class _Adam:
    """Steps down the gradient, scaled by its moments, at a rate that falls to zero (Kingma and Ba 2015)."""

    def __init__(self, parameters: Parameters, n_steps: int) -> None:
        self._parameters = parameters
        self._first = {name: np.zeros_like(value) for name, value in parameters.items()}
        self._second = {name: np.zeros_like(value) for name, value in parameters.items()}
        self._n_steps = n_steps
        self._step = 0

    def step(self, gradients: Parameters) -> None:
        norm = np.sqrt(sum(float((g * g).sum()) for g in gradients.values()))
        shortened = np.float32(min(1.0, _MAX_NORM / (norm + 1e-6)))
        rate = _LEARNING_RATE * (1 - self._step / self._n_steps)
        self._step += 1
        rate *= np.sqrt(1 - _MOMENTS[1] ** self._step) / (1 - _MOMENTS[0] ** self._step)
        for name in self._parameters:
            gradient = gradients[name] * shortened
            first, second = self._first[name], self._second[name]
            first += (gradient - first) * np.float32(1 - _MOMENTS[0])
            second += (gradient * gradient - second) * np.float32(1 - _MOMENTS[1])
            self._parameters[name] -= np.float32(rate) * first / (np.sqrt(second) + np.float32(1e-8))


def join(members: Sequence[Network]) -> Network:
    """Put networks of one size side by side: the result gives the mean of their scores."""
    n_states = 2 * members[0].recurrence.recurrent.shape[1]
    outputs = [member.output.weights / np.float32(len(members)) for member in members]
    return Network(
        Layer(
            np.concatenate([member.hidden.weights for member in members], axis=1),
            np.concatenate([member.hidden.bias for member in members]),
        ),
        Recurrence(
            np.concatenate([member.recurrence.weights for member in members]),
            np.concatenate([member.recurrence.bias for member in members]),
            np.concatenate([member.recurrence.recurrent for member in members]),
        ),
        Layer(
            np.concatenate([*(o[:n_states] for o in outputs), *(o[n_states:] for o in outputs)]),
            np.mean([member.output.bias for member in members], axis=0),
        ),
    )


def fit_network(examples: Examples, levels: Levels, settings: NetworkSettings, seed: int) -> Network:
    """Fit the members of an ensemble, each from another random start, and join them."""
    starts = np.random.default_rng(seed).spawn(settings.members)
    return join([_fit_member(examples, levels, settings, rng) for rng in starts])


def _fit_member(examples: Examples, levels: Levels, settings: NetworkSettings, rng: np.random.Generator) -> Network:
    """Fit a network over inputs and *levels*; dropout and few epochs keep it from learning the sites."""
    learned = levels(examples.inputs[examples.weights > 0])
    mean, scale = learned.mean(axis=0), learned.std(axis=0) + np.float32(1e-3)
    parameters = initial_parameters(learned.shape[1], settings, rng)
    n_batches = -(-(len(examples.bounds) - 1) // _BATCH_DOCUMENTS)
    adam = _Adam(parameters, settings.epochs * n_batches)
    for _ in range(settings.epochs):
        shown = examples.with_new_languages(settings.new_languages, rng)
        for documents in _batches(shown.bounds, rng):
            batch = shown.take(documents)
            batch = replace(batch, inputs=(levels(batch.inputs) - mean) / scale)
            masks = _masks(batch, settings, rng)
            adam.step(loss_and_gradients(parameters, batch, route(batch.bounds), masks)[1])
    parameters["hidden_weights"] /= scale[:, None]
    parameters["hidden_bias"] -= mean @ parameters["hidden_weights"]
    return network(parameters)


def _batches(bounds: NDArray[np.int64], rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    """Deal the documents into batches of similar length, in random order."""
    order = rng.permutation(len(bounds) - 1)
    sizes = np.diff(bounds)
    pool = _BATCH_DOCUMENTS * _POOL_BATCHES
    for start in range(0, len(order), pool):
        drawn = order[start : start + pool]
        drawn = drawn[np.argsort(sizes[drawn], kind="stable")]
        firsts = np.arange(0, len(drawn), _BATCH_DOCUMENTS)
        for first in rng.permutation(firsts).tolist():
            yield drawn[first : first + _BATCH_DOCUMENTS]


def _masks(batch: Examples, settings: NetworkSettings, rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    kept = 1 - settings.dropout

    def draw(width: int) -> Floats:
        return (rng.random((len(batch.inputs), width), np.float32) < kept).astype(np.float32) / np.float32(kept)

    return draw(batch.inputs.shape[1]), draw(settings.hidden), draw(2 * settings.units + settings.hidden)
