"""Fit the first stage: logistic regressions over the n-grams of a segment."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Final

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from boilerplate.labels import EDITORIAL
from boilerplate.scores import MAX_STEPS, N_ROWS, N_SCORES, LinearScores
from training.corpus import UNLABELLED, Corpus

#: Weights beyond so many standard deviations are clipped, so that the steps stay fine: scores move by 0.2.
_CLIPPED_DEVIATIONS: Final = 12.0


@dataclass(frozen=True)
class LinearSettings:
    """Choices of the first stage's training; the defaults make the shipped model."""

    regularisation: float = 10.0
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
    parts = [_fit(ngrams[rows], labels[rows], weights[rows], settings) for rows, labels in targets]
    found = np.concatenate([part.coef_ for part in parts]).T
    step = min(float(np.abs(found).max()), _CLIPPED_DEVIATIONS * float(found.std())) / MAX_STEPS
    steps = np.clip(np.rint(found / step), -MAX_STEPS, MAX_STEPS).astype(np.int8)
    return LinearFit(columns, steps, step, np.concatenate([part.intercept_ for part in parts]).astype(np.float32))


def _fit(
    ngrams: sp.csr_matrix, labels: NDArray[np.int64], weights: NDArray[np.float64], settings: LinearSettings
) -> LogisticRegression:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # stopping early regularises
        fitted = LogisticRegression(C=settings.regularisation, max_iter=settings.iterations)
        return fitted.fit(ngrams, labels, weights)
