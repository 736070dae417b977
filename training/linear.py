"""Fit the first stage: logistic regressions over the n-grams of a segment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import minimize

from boilerplate.context import logistic, softmax
from boilerplate.labels import EDITORIAL
from boilerplate.scores import MAX_STEPS, N_LABELS, N_ROWS, N_SCORES, LinearScores
from training.corpus import UNLABELLED, Corpus, by_site

#: Size of a weight's step in standard deviations: the largest weights still fit.
_STEP_DEVIATIONS: Final = 0.9
#: From so much of a step a weight counts as a whole one: the many small ones together decide.
_ROUNDED_UP: Final = 0.25
#: How much a weight bends the loss, for an n-gram of count 1: p * (1 - p) of a middling probability.
_CURVATURE: Final = 0.15
_TINY: Final = 1e-12
#: Sites that must use an n-gram before it is learned: fewer tell of themselves.
_LEAST_SITES: Final = 4
#: Steps that L-BFGS remembers: more of them take longer and save none.
_REMEMBERED: Final = 5


@dataclass(frozen=True)
class LinearSettings:
    """Choices of the first stage's training; the defaults make the shipped model."""

    penalty: float = 2 / 3  # of the squared distance of the weights from the evidence
    evidence: float = 1.0  # share of each n-gram's own evidence that the weights start from and are drawn to
    doubt: float = 30.0  # sites without the n-gram that its evidence is mixed with
    iterations: int = 50  # to the weights of the labels
    iterations_of_surroundings: int = 30


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


def surroundings(corpus: Corpus) -> NDArray[np.bool_]:
    """Answer four questions on each segment, ``(n_segments, N_SURROUNDINGS) bool``.

    Whether boilerplate stands right before it, right after it; whether there is editorial text anywhere before it,
    anywhere after it. Segments without a label are neither.
    """
    editorial = corpus.labels == EDITORIAL
    asks = ~editorial & (corpus.labels != UNLABELLED)
    asks_before, asks_after = np.append(False, asks[:-1]), np.append(asks[1:], False)
    asks_before[corpus.bounds[:-1]] = False
    asks_after[corpus.bounds[1:] - 1] = False
    found = np.append(0, np.cumsum(editorial))
    begun = found[:-1] > found[corpus.bounds[:-1]][corpus.document]
    goes_on = found[1:] < found[corpus.bounds[1:]][corpus.document]
    return np.stack([asks_before, asks_after, begun, goes_on], axis=1)


def fit_linear(
    corpus: Corpus,
    labelled: NDArray[np.bool_],
    placed: NDArray[np.bool_],
    weights: NDArray[np.float64],
    settings: LinearSettings,
) -> LinearFit:
    """Fit the scores of the labels on the segments *labelled*, those of the surroundings on the *placed* among them."""
    n_sites = by_site(corpus.ngrams[labelled], corpus.site[labelled]).getnnz(axis=0)
    common_first = np.argsort(-n_sites, kind="stable")  # weights that are asked for often stay at hand
    columns = common_first[n_sites[common_first] >= _LEAST_SITES]
    ngrams, labels = corpus.ngrams[:, columns], corpus.labels

    def known(rows: NDArray[np.bool_], labels: NDArray[np.int64]) -> NDArray[np.float64]:
        return settings.evidence * evidence(ngrams[rows], labels[rows], corpus.site[rows], settings.doubt)

    of_labels, of_answers = (Regression(ngrams[rows], weights[rows], settings.penalty) for rows in (labelled, placed))
    targets = labels[labelled][:, None] == np.arange(N_LABELS)
    found = [of_labels.fit(targets, known(labelled, labels), settings.iterations)]
    for answer in surroundings(corpus).T:
        no, yes = known(placed, answer.astype(np.int64)).T[:2]
        log_odds = of_answers.fit(answer[placed][:, None], (yes - no)[:, None], settings.iterations_of_surroundings)
        found.append(log_odds / 2)  # as large as the scores of one label against another
    fitted = np.concatenate(found, axis=1)
    step = _STEP_DEVIATIONS * float(fitted[:-1].std())
    return LinearFit(columns, in_steps(fitted[:-1], step), step, fitted[-1].astype(np.float32))


def in_steps(weights: NDArray[np.float64], step: float) -> NDArray[np.int8]:
    """Round *weights* to whole steps, ``MAX_STEPS`` at most.

    >>> in_steps(np.array([0.02, 0.03, -0.11, 0.13, -9.0]), 0.1).tolist()
    [0, 1, -1, 2, -25]
    """
    sizes = np.floor(np.abs(weights) / step + (1 - _ROUNDED_UP))
    return (np.sign(weights) * np.minimum(sizes, MAX_STEPS)).astype(np.int8)


def evidence(
    ngrams: sp.csr_matrix, labels: NDArray[np.int64], site: NDArray[np.int64], doubt: float
) -> NDArray[np.float64]:
    """What each n-gram says of each label by itself, in nats, ``(n_columns, 4)``.

    Log-count ratios (Wang and Manning, "Baselines and bigrams", 2012) of sites: a site that uses the n-gram
    often counts a little more, and *doubt* sites that use it like any other are added.
    """
    counts = np.zeros((ngrams.shape[1], N_LABELS))
    for label in range(N_LABELS):
        found = by_site(ngrams[labels == label], site[labels == label])
        found.data = np.log2(1 + found.data)
        counts[:, label] = np.asarray(found.sum(axis=0)).ravel()
    shares = (counts.sum(axis=0) + 1) / (counts.sum() + N_LABELS)
    return np.asarray(np.log((counts + doubt * shares) / (counts.sum(axis=1, keepdims=True) + doubt) / shares))


class Regression:
    """Logistic regressions over the n-grams of the same segments.

    Where several n-grams of a segment say the same, a plain regression divides the weight among them, and one that
    is met alone elsewhere says too little; drawn to a prior, what each says by itself, it says it.

    Args:
        ngrams: ``(n_segments, n_columns)`` sparse, best with the common n-grams first.
        weights: ``(n_segments,)``.
        penalty: What half of the squared way from the prior costs.

    """

    def __init__(self, ngrams: sp.csr_matrix, weights: NDArray[np.float64], penalty: float) -> None:
        self._ngrams = ngrams
        self._segments = ngrams.T.tocsr()  # of each n-gram: sums over a row are twice as fast as over a column
        self._weights = weights.astype(np.float32)
        self._penalty = penalty

    def loss_and_gradient(
        self, fitted: NDArray[np.float64], targets: NDArray[np.bool_], prior: NDArray[np.float64]
    ) -> tuple[float, NDArray[np.float64]]:
        """Cross-entropy by weight, plus the penalty; its gradient.

        *fitted* is ``(n_columns + 1, n_targets)``, the biases last; *prior* has none, and they bear no penalty.
        Of several *targets*, ``(n_segments, n_targets)``, one is true; a single one is a question by itself.
        """
        scores = _product(self._ngrams, fitted[:-1]) + fitted[-1].astype(np.float32)
        if targets.shape[1] == 1:
            told = logistic(scores)
            of_targets = np.where(targets, told, 1 - told)
        else:
            told = softmax(scores)
            of_targets = np.where(targets, told, 1)
        likelihood = float(self._weights @ np.log(of_targets + _TINY).sum(axis=1, dtype=np.float64))
        errors = (told - targets) * self._weights[:, None]
        away = fitted[:-1] - prior
        of_biases = errors.sum(axis=0, keepdims=True, dtype=np.float64)
        gradient = np.concatenate([_product(self._segments, errors) + self._penalty * away, of_biases])
        return self._penalty * float((away**2).sum()) / 2 - likelihood, gradient

    def fit(self, targets: NDArray[np.bool_], prior: NDArray[np.float64], iterations: int) -> NDArray[np.float64]:
        """Weights of the n-grams for each target, ``(n_columns + 1, n_targets)``, the biases last.

        Common n-grams bend the loss thousands of times as much as rare ones, which keeps plain L-BFGS from its goal
        for many hundreds of iterations. Weights scaled by how much each bends it get there in fifty.
        """
        total = float(self._weights.sum(dtype=np.float64))
        bends = np.append(self._segments.power(2) @ self._weights, total) * _CURVATURE
        bends[:-1] += self._penalty
        scales = 1 / np.sqrt(bends)[:, None]
        start = np.concatenate([prior, np.zeros((1, prior.shape[1]))])

        def scaled(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
            fitted = start + scales * flat.reshape(start.shape)
            loss, gradient = self.loss_and_gradient(fitted, targets, prior)
            return loss / total, (scales * gradient / total).ravel()

        options = {"maxiter": iterations, "maxcor": _REMEMBERED, "ftol": 0.0, "gtol": 0.0}
        found = minimize(scaled, np.zeros(start.size), jac=True, method="L-BFGS-B", options=options)
        return np.asarray(start + scales * found.x.reshape(start.shape))


def _product(matrix: sp.csr_matrix, values: NDArray[np.floating]) -> NDArray[np.float32]:
    """``matrix @ values``, a column at a time: that takes half as long as all at once."""
    return np.stack([matrix @ column for column in np.ascontiguousarray(values.T, np.float32)], axis=1)
