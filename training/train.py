"""Train the model that ships with the package.

``python -m training.train`` learns from the written documents of ``data/`` and from the
hashed real ones, and writes ``boilerplate/model.npz``. The same inputs give the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import scipy
import sklearn
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from boilerplate.context import Calibration, Context, Layer, context_inputs, softmax
from boilerplate.labels import EDITORIAL, Thresholds, decide, removal_odds
from boilerplate.model import DEFAULT_MODEL, Model, save_model
from boilerplate.scores import MAX_STEPS, N_LABELS, N_ROWS, LinearScores
from training.corpus import UNLABELLED, Corpus, concatenate, from_documents
from training.documents import DATA_FOLDER, FORMULAS, read_data, read_formulas
from training.hash_corpus import HASHED_CORPUS
from training.metrics import Lines, figures

SEED: Final = 0
#: Real documents labelled line by line: calibration and thresholds are fitted on them.
REAL_SOURCES: Final = ("gold", "pages", "hard")
N_FOLDS: Final = 8
#: Fraction of editorial characters that the thresholds may lose on held-out real documents.
LOSS_BUDGET: Final = 0.0018
#: Characters added to a segment's length before its threshold: very short lines stay worth something.
THRESHOLD_OFFSET: Final = 40.0
#: What removing a subscription, sharing, other segment is worth; all alike removes 4 points less of the first two.
REMOVAL_VALUES: Final = (3.0, 3.0, 1.0)


@dataclass(frozen=True)
class Settings:
    """Choices of a training run; the defaults won the comparison of ``training.ablate``."""

    regularisation: float = 100.0
    iterations: int = 100
    hidden: int = 64
    members: int = 3
    decay: float = 0.2
    epochs: int = 40
    body_weight: float = 0.3
    written_weight: float = 1.0
    formula_weight: float = 0.5
    n_folds: int = N_FOLDS
    fold_seed: int = SEED


def folds(corpus: Corpus, n_folds: int = N_FOLDS, seed: int = SEED) -> NDArray[np.int64]:
    """Deal the sites into folds; return the fold of each segment, -1 for formulas: no site's own."""
    sites, site_of = np.unique(corpus.sites, return_inverse=True)
    dealt = np.random.default_rng(seed).permutation(len(sites)) % n_folds
    return np.where(corpus.sources == FORMULAS, -1, dealt[site_of])[corpus.document]


def in_context(corpus: Corpus) -> NDArray[np.bool_]:
    """Segments that stand in a document, and so may teach the second stage."""
    return np.asarray((corpus.sources != FORMULAS)[corpus.document])


def sample_weights(corpus: Corpus, settings: Settings) -> NDArray[np.float64]:
    """Weight of each segment by where its document came from."""
    weight_of = {
        "body": settings.body_weight,
        "written": settings.written_weight,
        FORMULAS: settings.formula_weight,
    }
    return np.array([weight_of.get(source, 1.0) for source in corpus.sources])[corpus.document]


@dataclass(frozen=True)
class LinearFit:
    """A fitted first stage: weights of the n-grams that were seen, and biases."""

    columns: NDArray[np.int64]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]

    def __call__(self, corpus: Corpus, rows: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Scores of the chosen *rows*, ``(n_rows, 4) float32``."""
        return np.asarray(corpus.ngrams[rows][:, self.columns] @ self.weights + self.bias, np.float32)

    def packed(self) -> LinearScores:
        """Round the weights to steps and pack them for inference."""
        step = float(np.abs(self.weights).max()) / MAX_STEPS
        steps = np.zeros((N_ROWS, N_LABELS), np.int16)
        steps[self.columns] = np.rint(self.weights / step)
        return LinearScores.from_steps(steps, step, self.bias)


def fit_scores(corpus: Corpus, rows: NDArray[np.bool_], settings: Settings) -> LinearFit:
    """Fit the first stage, a multinomial logistic regression, on the chosen *rows*."""
    ngrams = corpus.ngrams[rows]
    columns = np.flatnonzero(np.bincount(ngrams.indices, minlength=N_ROWS) >= 2)
    fitted = LogisticRegression(C=settings.regularisation, max_iter=settings.iterations)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # stopping early regularises
        fitted.fit(ngrams[:, columns], corpus.labels[rows], sample_weights(corpus, settings)[rows])
    return LinearFit(columns, fitted.coef_.T.astype(np.float32), fitted.intercept_.astype(np.float32))


def fit_context(
    inputs: NDArray[np.float32], labels: NDArray[np.int64], weights: NDArray[np.float64], settings: Settings
) -> tuple[Layer, Layer]:
    """Fit the second stage: perceptrons of several seeds, side by side in one hidden layer."""
    mean, scale = inputs.mean(axis=0), inputs.std(axis=0) + 1e-3
    members = []
    for member in range(settings.members):
        perceptron = MLPClassifier(
            (settings.hidden,),
            alpha=settings.decay,
            batch_size=128,
            max_iter=settings.epochs,
            random_state=SEED + member,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # a fixed number of epochs
            perceptron.fit((inputs - mean) / scale, labels, sample_weight=weights)
        members.append(perceptron)
    hidden = np.concatenate([m.coefs_[0] for m in members], axis=1) / scale[:, None]
    hidden_bias = np.concatenate([m.intercepts_[0] for m in members]) - mean @ hidden
    output = np.concatenate([m.coefs_[1] for m in members]) / len(members)
    output_bias = np.mean([m.intercepts_[1] for m in members], axis=0)
    return (
        Layer(hidden.astype(np.float32), hidden_bias.astype(np.float32)),
        Layer(output.astype(np.float32), output_bias.astype(np.float32)),
    )


def raw_scores(layers: tuple[Layer, Layer], inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Uncalibrated scores of the second stage."""
    hidden, output = layers
    return output(np.maximum(hidden(inputs), 0))


def fit_calibration(scores: NDArray[np.float32], labels: NDArray[np.int64]) -> Calibration:
    """Fit scale and shifts on scores of sites that the model has not learned from."""
    rows = np.arange(len(labels))

    def loss(parameters: NDArray[np.float64]) -> float:
        shifted = scores * parameters[0] + np.append(0, parameters[1:])
        return -float(np.log(softmax(shifted)[rows, labels] + 1e-12).mean())

    found = minimize(loss, np.array([1.0, 0.0, 0.0, 0.0]), method="Nelder-Mead").x
    return Calibration(float(found[0]), (0.0, *map(float, found[1:])))


def calibrated(scores: NDArray[np.float32], calibration: Calibration) -> NDArray[np.float32]:
    """Apply *calibration* as inference does."""
    return softmax(scores * np.float32(calibration.scale) + np.array(calibration.shifts, np.float32))


def fit_thresholds(
    probabilities: NDArray[np.float32],
    labels: NDArray[np.int64],
    lengths: NDArray[np.int64],
    *,
    budget: float = LOSS_BUDGET,
    offset: float = THRESHOLD_OFFSET,
    values: tuple[float, float, float] = REMOVAL_VALUES,
) -> Thresholds:
    """Find the lowest odds at which the lost share of editorial characters stays within *budget*."""
    editorial = labels == EDITORIAL
    ratio = (removal_odds(probabilities, values) / (lengths + offset))[editorial]
    order = np.argsort(-ratio)
    lost = np.cumsum(lengths[editorial][order]) / lengths[editorial].sum()
    first_kept = min(int(np.searchsorted(lost, budget, side="right")), len(order) - 1)
    return Thresholds(float(ratio[order][first_kept]) * 1.0001, offset, values)


@dataclass(frozen=True)
class HeldOut:
    """Predictions for real documents by models that have not learned from their sites.

    Attributes:
        rows: ``(n_segments,) bool``, the segments of real documents that are labelled line by line.
        scores: ``(n_segments, 4) float32``, first-stage scores of every segment.
        raw: ``(n_segments, 4) float32``, second-stage scores of every segment.

    """

    rows: NDArray[np.bool_]
    scores: NDArray[np.float32]
    raw: NDArray[np.float32]


def cross_fit(corpus: Corpus, settings: Settings) -> HeldOut:
    """Score every segment of a site with both stages fitted on other sites."""
    labelled = corpus.labels != UNLABELLED
    placed = labelled & in_context(corpus)
    fold = folds(corpus, settings.n_folds, settings.fold_seed)
    scores = np.zeros((len(corpus.labels), N_LABELS), np.float32)
    for k in range(settings.n_folds):
        scores[fold == k] = fit_scores(corpus, labelled & (fold != k), settings)(corpus, fold == k)
    inputs = context_inputs(corpus.features(scores))
    weights = sample_weights(corpus, settings)
    raw = np.zeros_like(scores)
    for k in range(settings.n_folds):
        learned = placed & (fold != k)
        raw[fold == k] = raw_scores(
            fit_context(inputs[learned], corpus.labels[learned], weights[learned], settings), inputs[fold == k]
        )
    real = np.isin(corpus.sources, REAL_SOURCES)
    return HeldOut(labelled & real[corpus.document], scores, raw)


def held_out_figures(
    held_out: HeldOut, corpus: Corpus, calibration: Calibration, thresholds: Thresholds
) -> dict[str, object]:
    """Figures of the cross-fitted predictions, for the model's metadata.

    Body lines come from other documents, known as editorial by their publishers' own markup.
    """
    probabilities = calibrated(held_out.raw, calibration)
    decided = decide(probabilities, corpus.lengths, thresholds)
    lines = Lines(corpus.labels, decided, probabilities, corpus.lengths, corpus.document)
    found = figures(lines.subset(held_out.rows))
    body = (corpus.sources == "body")[corpus.document]
    return {
        "editorial_lost": round(found.editorial_lost, 5),
        "editorial_lost_of_body_lines": round(figures(lines.subset(body)).editorial_lost, 5),
        "removed": {name: round(f.removed, 4) for name, f in found.labels.items()},
        "calibration_error": round(found.calibration_error, 4),
        "documents_exactly_clean": round(found.clean_documents, 4),
    }


def train(corpus: Corpus, settings: Settings, metadata: dict[str, object]) -> Model:
    """Fit both stages, calibration and thresholds; note the cross-fitted figures."""
    labelled = corpus.labels != UNLABELLED
    held_out = cross_fit(corpus, settings)
    inputs = context_inputs(corpus.features(held_out.scores))
    weights = sample_weights(corpus, settings)
    placed = labelled & in_context(corpus)
    hidden, output = fit_context(inputs[placed], corpus.labels[placed], weights[placed], settings)
    rows = held_out.rows if held_out.rows.any() else placed
    calibration = fit_calibration(held_out.raw[rows], corpus.labels[rows])
    probabilities = calibrated(held_out.raw[rows], calibration)
    thresholds = fit_thresholds(probabilities, corpus.labels[rows], corpus.lengths[rows])
    scores = fit_scores(corpus, labelled, settings).packed()
    metadata = metadata | {"held_out": held_out_figures(held_out, corpus, calibration, thresholds)}
    return Model(scores, Context(hidden, output, calibration), thresholds, metadata)


def training_corpus(data: Path, hashed: Path) -> tuple[Corpus, dict[str, object]]:
    """Read written documents, formulas and hashed real documents, and say what they were."""
    corpora = [from_documents(read_data(data), "written")]
    if formulas := read_formulas(data):
        corpora.append(from_documents(formulas, FORMULAS))
    digest = hashlib.sha256()
    paths = sorted(data.glob("*/*.txt"))
    if hashed.exists():
        corpora.append(Corpus.load(hashed))
        paths.append(hashed)
    for path in paths:
        digest.update(path.read_bytes())
    versions = {"numpy": np.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__}
    corpus = concatenate(corpora)
    counts = {source: int((corpus.sources == source).sum()) for source in np.unique(corpus.sources).tolist()}
    return corpus, {"data_sha256": digest.hexdigest(), "libraries": versions, "documents": counts}


def main(arguments: Sequence[str] | None = None) -> int:
    """Train and write the model; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m training.train", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA_FOLDER, help="folder of labelled documents")
    parser.add_argument(
        "--hashed", type=Path, help="hashed real documents (default: real-features.npz in the data folder)"
    )
    parser.add_argument("--output", type=Path, default=DEFAULT_MODEL, help="where the model goes")
    options = parser.parse_args(arguments)
    with threadpool_limits(1):  # several threads add in varying order
        corpus, metadata = training_corpus(options.data, options.hashed or options.data / HASHED_CORPUS.name)
        save_model(train(corpus, Settings(), metadata), options.output)
    print(f"{options.output}: trained on {len(corpus.sites)} documents, {len(corpus.labels)} segments")
    return 0


if __name__ == "__main__":
    sys.exit(main())
