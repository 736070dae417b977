"""Fit the first stage: logistic regressions over the n-grams of a segment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import minimize

from boilerplate.context import softmax
from boilerplate.labels import EDITORIAL
from boilerplate.scores import MAX_STEPS, N_LABELS, N_ROWS, N_SCORES, LinearScores
from training.corpus import UNLABELLED, Corpus

#: Weights beyond so many standard deviations are clipped, so that the steps stay fine: scores move by 0.2.
_CLIPPED_DEVIATIONS: Final = 12.0
#: How much a weight bends the loss, for an n-gram of count 1: p * (1 - p) of a middling probability.
_CURVATURE: Final = 0.15
_TINY: Final = 1e-12


@dataclass(frozen=True)
class LinearSettings:
    """Choices of the first stage's training; the defaults make the shipped model."""

    regularisation: float = 3.0  # one over the penalty
    iterations: int = 100


@dataclass(frozen=True)
class LinearFit:
    """A fitted first stage: weights of the n-grams that were seen, in steps, and biases."""

    columns: NDArray[np.int64]
    steps: NDArray[np.int8]
    step: float
    bias: NDArray[np.float32]

    def __call__(self, corpus: Corpus, rows: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Scores of the chosen *rows*, ``(n_rows, N_SCORES) float32``."""
        weights = self.steps * np.float32(self.step)
        return np.asarray(corpus.ngrams[rows][:, self.columns] @ weights + self.bias, np.float32)

    def packed(self) -> LinearScores:
        """Pack the weights for inference."""
        steps = np.zeros((N_ROWS, N_SCORES), np.int8)
        steps[self.columns] = self.steps
        return LinearScores.from_steps(steps, self.step, self.bias)


def surroundings(corpus: Corpus) -> NDArray[np.int64]:
    """Tell of each segment whether those before and after it are editorial, ``(n_segments,) int64``.

    Where there is none, or none with a label, it counts as editorial.
    """
    asks = (corpus.labels != EDITORIAL) & (corpus.labels != UNLABELLED)
    before, after = np.append(False, asks[:-1]), np.append(asks[1:], False)
    before[corpus.bounds[:-1]] = False
    after[corpus.bounds[1:] - 1] = False
    return np.asarray(2 * before.astype(np.int64) + after)


def fit_linear(
    corpus: Corpus,
    labelled: NDArray[np.bool_],
    placed: NDArray[np.bool_],
    weights: NDArray[np.float64],
    settings: LinearSettings,
) -> LinearFit:
    """Fit the scores of the labels on the segments *labelled*, those of the surroundings on the segments *placed*."""
    ngrams = corpus.ngrams
    columns = np.flatnonzero(np.bincount(ngrams[labelled].indices, minlength=N_ROWS) >= 2)
    ngrams = ngrams[:, columns]
    targets = ((labelled, corpus.labels), (placed, surroundings(corpus)))
    parts = [fit_weights(ngrams[rows], labels[rows], weights[rows], settings) for rows, labels in targets]
    found = np.concatenate(parts, axis=1)
    step = min(float(np.abs(found[:-1]).max()), _CLIPPED_DEVIATIONS * float(found[:-1].std())) / MAX_STEPS
    steps = np.clip(np.rint(found[:-1] / step), -MAX_STEPS, MAX_STEPS).astype(np.int8)
    return LinearFit(columns, steps, step, found[-1].astype(np.float32))


def loss_and_gradient(
    fitted: NDArray[np.float64],
    ngrams: sp.csr_matrix,
    labels: NDArray[np.int64],
    weights: NDArray[np.float64],
    penalty: float,
) -> tuple[float, NDArray[np.float64]]:
    """Cross-entropy of the segments by weight plus half of *penalty* times the squared weights, and its gradient.

    *fitted* is ``(n_columns + 1, 4)``, the biases last; they bear no penalty.
    """
    rows = np.arange(len(labels))
    probabilities = softmax(ngrams @ fitted[:-1].astype(np.float32) + fitted[-1].astype(np.float32))
    likelihood = float(weights @ np.log(probabilities[rows, labels] + _TINY))
    shares = weights.astype(np.float32)
    errors = probabilities * shares[:, None]
    errors[rows, labels] -= shares
    penalties = np.append(np.full(ngrams.shape[1], penalty), 0.0)[:, None]
    gradient = np.concatenate([ngrams.T @ errors, errors.sum(axis=0, keepdims=True, dtype=np.float64)])
    return float((penalties * fitted**2).sum()) / 2 - likelihood, gradient + penalties * fitted


def fit_weights(
    ngrams: sp.csr_matrix, labels: NDArray[np.int64], weights: NDArray[np.float64], settings: LinearSettings
) -> NDArray[np.float64]:
    """Weights of the n-grams for each label, ``(n_columns + 1, 4)``, the biases last.

    Common n-grams bend the loss thousands of times as much as rare ones, which keeps plain L-BFGS from its goal
    for many hundreds of iterations. Weights scaled by how much each bends it get there in a hundred.
    """
    penalty, total = 1 / settings.regularisation, float(weights.sum())
    bends = _CURVATURE * np.append(ngrams.power(2).T @ weights, total)
    bends[:-1] += penalty
    scales = 1 / np.sqrt(bends)[:, None]

    def scaled(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        fitted = scales * flat.reshape(-1, N_LABELS)
        loss, gradient = loss_and_gradient(fitted, ngrams, labels, weights, penalty)
        return loss / total, (scales * gradient / total).ravel()

    start = np.zeros((ngrams.shape[1] + 1) * N_LABELS)
    options = {"maxiter": settings.iterations, "ftol": 0.0, "gtol": 0.0}
    found = minimize(scaled, start, jac=True, method="L-BFGS-B", options=options)
    return np.asarray(scales * found.x.reshape(-1, N_LABELS))
