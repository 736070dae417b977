"""Scores → probabilities: each segment seen with its neighbours, its place and its document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from boilerplate.features import Features
from boilerplate.labels import EDITORIAL
from boilerplate.recurrence import Recurrence, Route, cut, groups, route, runs
from boilerplate.scores import N_LABELS, N_SCORES
from boilerplate.shapes import FLAG_NAMES, SHAPE_NAMES
from boilerplate.stems import ECHO_NAMES, echoes

#: Segments described at once, and those of them carried through the network at once: arrays stay in the cache.
_BLOCK_SEGMENTS: Final = 4_096
_GROUP_SEGMENTS: Final = 1_024
#: Pieces of documents carried through the network at once, however long: a step costs much the same for each number.
_GROUP_PIECES: Final = 16
#: Inputs that are cut into levels, the first ones: not the flags, nor what the scores tell.
N_LEVELLED: Final = N_SCORES + len(ECHO_NAMES) + len(SHAPE_NAMES) - len(FLAG_NAMES)


@dataclass(frozen=True)
class Layer:
    """One layer of a network: ``x @ weights + bias``, all float32."""

    weights: NDArray[np.float32]
    bias: NDArray[np.float32]

    def __call__(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Apply the layer to ``(n, n_inputs)`` values."""
        return x @ self.weights + self.bias


@dataclass(frozen=True)
class Levels:
    """Tells of the first inputs whether they exceed given values: a network learns thresholds from it readily.

    Attributes:
        values: ``(n_levels, n_levelled) float32``.

    """

    values: NDArray[np.float32]

    def __call__(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Append the answers to *inputs*, ``(n, n_inputs + n_levels * n_levelled) float32``."""
        above = inputs[:, None, : self.values.shape[1]] > self.values
        return np.concatenate([inputs, above.reshape(len(inputs), self.values.size)], axis=1)


@dataclass(frozen=True)
class Network:
    """What describes a segment, carried through its document in both directions, to scores of the labels.

    An ensemble is one network too: its members stand side by side in each layer.

    Attributes:
        hidden: Rectified layer over the inputs of a segment.
        recurrence: Units over the hidden layer of all segments.
        output: Layer over states and hidden layer.

    """

    hidden: Layer
    recurrence: Recurrence
    output: Layer

    def __call__(self, inputs: NDArray[np.float32], way: Route) -> NDArray[np.float32]:
        """Scores of the segments, ``(n_segments, 4) float32``."""
        hidden = np.maximum(self.hidden(inputs), 0)
        return self.output(np.concatenate([self.recurrence(hidden, way), hidden], axis=1))


class Calibration(NamedTuple):
    """Scale of the scores and one shift a label, fitted on held-out sites (after vector scaling, Guo et al. 2017)."""

    scale: float
    shifts: tuple[float, ...]

    def __call__(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """Calibrated probabilities of ``(n_segments, 4)`` scores."""
        return softmax(scores * np.float32(self.scale) + np.array(self.shifts, np.float32))


@dataclass(frozen=True)
class Context:
    """A network over segments in context, calibrated."""

    levels: Levels
    network: Network
    calibration: Calibration

    def __call__(self, features: Features) -> NDArray[np.float32]:
        """Calibrated probabilities, ``(n_segments, 4) float32``.

        ``features.reduced`` holds the scores of the first stage.
        """
        blocks = map(features.part, runs(cut(features.bounds), _BLOCK_SEGMENTS))
        none = np.zeros((0, N_LABELS), np.float32)
        return self.calibration(np.concatenate([none, *map(self._scores, blocks)]))

    def _scores(self, features: Features) -> NDArray[np.float32]:
        """Scores of a block whose bounds are those of pieces."""
        inputs = context_inputs(features)
        scores = np.empty((len(inputs), N_LABELS), np.float32)
        for rows, bounds in groups(features.bounds, _GROUP_SEGMENTS, _GROUP_PIECES):
            scores[rows] = self.network(self.levels(inputs[rows]), route(bounds))
        return scores


def softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probabilities of each row of *scores*."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def logistic(log_odds: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probabilities of *log_odds*."""
    return np.asarray(np.tanh(log_odds * np.float32(0.5)) * np.float32(0.5) + np.float32(0.5))


def context_inputs(features: Features) -> NDArray[np.float32]:
    """Describe each segment by itself, ``(n_segments, n_inputs) float32``.

    ``features.reduced`` holds the scores of the first stage; their probabilities tell more where
    the scores are near each other, the scores where one is far ahead.
    """
    scores = features.reduced
    of_labels, of_surroundings = softmax(scores[:, :N_LABELS]), logistic(2 * scores[:, N_LABELS:])
    echoed = echoes(of_labels[:, EDITORIAL], features.stems, features.n_stems, cut(features.bounds))
    of_document = _document_means(scores, features.bounds)
    return np.concatenate([scores, echoed, features.shapes, of_labels, of_surroundings, of_document], axis=1)


def _document_means(scores: NDArray[np.float32], bounds: NDArray[np.int64]) -> NDArray[np.float32]:
    """Means of *scores* over the document of each segment, or over its piece of a long one; of the same shape."""
    pieces = cut(bounds)
    sizes = np.diff(pieces)
    means = np.add.reduceat(scores, pieces[:-1], axis=0, dtype=np.float64) / sizes[:, None]
    return np.repeat(means.astype(np.float32), sizes, axis=0)
