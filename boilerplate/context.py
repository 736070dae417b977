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
_BLOCK_ROWS: Final = 2048  # the hidden layer of a block stays in the processor's cache
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
        inputs = context_inputs(features)
        blocks = [inputs[start : start + _BLOCK_ROWS] for start in range(0, len(inputs), _BLOCK_ROWS)]
        scores = np.concatenate([self.output(np.maximum(self.hidden(block), 0)) for block in blocks])
        scale, shifts = np.float32(self.calibration.scale), np.array(self.calibration.shifts, np.float32)
        return softmax(scores * scale + shifts)


def softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probabilities of each row of *scores*."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _range_sums(values: NDArray[np.int64], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    sums = np.zeros((len(values) + 1, *values.shape[1:]), np.int64)
    np.cumsum(values, axis=0, out=sums[1:])
    return np.asarray(sums[ends] - sums[starts])


def _neighbourhoods(seen: NDArray[np.float32], places: NDArray[np.int64]) -> NDArray[np.float32]:
    """Set each row of *seen* between its neighbours, ``(n_segments, (2 * REACH + 1) * n_columns)``.

    *places* leaves ``REACH`` empty rows between documents.
    """
    padded = np.zeros((int(places[-1]) + REACH + 1, seen.shape[1]), np.float32)
    padded[places] = seen
    return np.asarray(padded[places[:, None] + np.arange(-REACH, REACH + 1)].reshape(len(seen), -1))


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
    columns = [features.shapes, _neighbourhoods(seen, here + (document + 1) * REACH)]
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
