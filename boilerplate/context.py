"""Scores → probabilities: each segment seen with its neighbours, its place and its document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from boilerplate.features import Features
from boilerplate.labels import EDITORIAL
from boilerplate.shapes import SHAPE_NAMES

#: Neighbours seen one by one, on each side.
REACH: Final = 4
#: Half-widths of the windows over which probabilities are averaged, in segments.
WINDOWS: Final = (2, 5, 12)
#: What is seen of a neighbour besides its scores.
_NEIGHBOUR_SHAPES: Final = [
    SHAPE_NAMES.index(n) for n in ("length", "capitalised", "last_terminal", "digit", "shared_words")
]
# Probabilities are averaged in whole steps, so that a document reads the same alone and in a batch.
_STEPS: Final = 1 << 16


@dataclass(frozen=True)
class Layer:
    """One layer of a multilayer perceptron: ``x @ weights + bias``, all float32."""

    weights: NDArray[np.float32]
    bias: NDArray[np.float32]

    def __call__(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Apply the layer to ``(n, n_inputs)`` values."""
        return x @ self.weights + self.bias


class Calibration(NamedTuple):
    """Scale of the scores and one shift a label, fitted on held-out sites (after vector scaling, Guo et al. 2017)."""

    scale: float
    shifts: tuple[float, ...]


@dataclass(frozen=True)
class Context:
    """A multilayer perceptron over segments in context, calibrated."""

    hidden: Layer
    output: Layer
    calibration: Calibration

    def __call__(self, features: Features) -> NDArray[np.float32]:
        """Calibrated probabilities, ``(n_segments, 4) float32``.

        ``features.reduced`` holds the scores of the first stage.
        """
        hidden = np.maximum(self.hidden(context_inputs(features)), 0)
        scores = self.output(hidden) * np.float32(self.calibration.scale)
        return softmax(scores + np.array(self.calibration.shifts, np.float32))


def softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probabilities of each row of *scores*."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _range_sums(values: NDArray[np.int64], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    sums = np.zeros((len(values) + 1, *values.shape[1:]), np.int64)
    np.cumsum(values, axis=0, out=sums[1:])
    return np.asarray(sums[ends] - sums[starts])


def context_inputs(features: Features) -> NDArray[np.float32]:
    """Describe each segment in its context, ``(n_segments, n_inputs) float32``.

    ``features.reduced`` holds the scores of the first stage.
    """
    scores = features.reduced
    n_segments = len(scores)
    sizes = np.diff(features.bounds)
    document = np.repeat(np.arange(len(sizes)), sizes)
    first, last = features.bounds[document], features.bounds[document + 1]
    here = np.arange(n_segments)

    seen = np.concatenate([scores, features.shapes[:, _NEIGHBOUR_SHAPES], np.ones((n_segments, 1), np.float32)], axis=1)
    seen = np.concatenate([seen, np.zeros((1, seen.shape[1]), np.float32)])
    columns = [scores, features.shapes]
    for offset in (o for o in range(-REACH, REACH + 1) if o):
        there = here + offset
        columns.append(seen[np.where((there >= first) & (there < last), there, n_segments)])

    steps = np.rint(softmax(scores) * _STEPS).astype(np.int64)
    for width in WINDOWS:
        start, end = np.maximum(here - width, first), np.minimum(here + width + 1, last)
        columns.append(_range_sums(steps, start, end) / ((end - start) * _STEPS)[:, None])
    columns.append(_range_sums(steps, first, last) / ((last - first) * _STEPS)[:, None])

    body = steps[:, EDITORIAL] * features.lengths
    before, after = _range_sums(body, first, here), _range_sums(body, here + 1, last)
    whole = _range_sums(features.lengths, first, last)
    ratios = [np.log1p(before / _STEPS), np.log1p(after / _STEPS), (before + after) / _STEPS / np.maximum(whole, 1)]
    columns.append(np.stack(ratios, axis=1))
    return np.concatenate([np.asarray(c, np.float32) for c in columns], axis=1)
