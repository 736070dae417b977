"""Train the model that ships with the package.

``python -m training.train`` learns from the written documents of ``data/`` and from the
hashed real ones, and writes ``boilerplate/model.npz``. The same inputs give the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import sys
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import scipy
from joblib import Parallel, delayed
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from boilerplate.context import Calibration, Context, Levels, context_inputs
from boilerplate.labels import EDITORIAL, LABELS, Thresholds, costs, decide
from boilerplate.model import DEFAULT_MODEL, Model, save_model
from boilerplate.recurrence import route
from boilerplate.scores import N_SCORES
from training.corpus import UNLABELLED, Corpus, concatenate, from_documents
from training.decision import BODY_LOSS_BUDGET, LOSS_BUDGET, fit_calibration, fit_thresholds
from training.documents import DATA_FOLDER, FORMULAS, DataError, read_data, read_formulas
from training.examples import Examples
from training.hash_corpus import HASHED_CORPUS
from training.linear import LinearFit, LinearSettings, fit_linear
from training.metrics import Lines, figures
from training.networks import NetworkSettings, fit_levels, fit_network

SEED: Final = 1
#: Real documents labelled line by line: calibration and thresholds are fitted on them.
REAL_SOURCES: Final = ("gold", "pages", "hard", "body-read")  # "web" ones are no newsroom's
#: Documents whose body the publishers' own markup gives.
BODY_SOURCES: Final = ("body", "body-read")
N_FOLDS: Final = 8
#: What makes OpenBLAS and numpy round alike on every x86-64 processor with AVX2; they read it when they are loaded.
_ROUNDING: Final = {"OPENBLAS_CORETYPE": "Haswell", "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR"}


@dataclass(frozen=True)
class Settings:
    """Choices of a training run; the defaults make the shipped model.

    Weights are those of one segment beside one of a real document labelled line by line. The
    words of written documents are as good as any; their blocks are denser than real ones, so
    they count less where blocks are learned.
    """

    linear: LinearSettings = field(default_factory=LinearSettings)
    network: NetworkSettings = field(default_factory=NetworkSettings)
    body_weight: float = 0.3
    written_weight: float = 1.0
    written_context_weight: float = 0.3
    formula_weight: float = 0.5
    n_folds: int = N_FOLDS
    fold_seed: int = SEED


def folds(corpus: Corpus, n_folds: int = N_FOLDS, seed: int = SEED) -> NDArray[np.int64]:
    """Deal the sites into folds by name; return the fold of each document, -1 for formulas: no site's own.

    A site stays in its fold when others come or go.
    """
    dealt = np.array([zlib.crc32(f"{seed} {site}".encode()) % n_folds for site in corpus.sites.tolist()], np.int64)
    return np.where(corpus.sources == FORMULAS, -1, dealt)


def sample_weights(corpus: Corpus, settings: Settings, written_weight: float) -> NDArray[np.float64]:
    """Weight of each segment by where its document came from, zero where it has no label."""
    weight_of = {
        "body": settings.body_weight,
        "written": written_weight,
        FORMULAS: settings.formula_weight,
    }
    of_document = np.array([weight_of.get(source, 1.0) for source in corpus.sources])
    return np.where(corpus.labels == UNLABELLED, 0.0, of_document[corpus.document])


def fit_scores(corpus: Corpus, documents: NDArray[np.bool_], settings: Settings) -> LinearFit:
    """Fit the first stage on the chosen *documents*; formulas stand in none and teach no surroundings."""
    weights = sample_weights(corpus, settings, settings.written_weight)
    labelled = (weights > 0) & documents[corpus.document]
    placed = labelled & (corpus.sources != FORMULAS)[corpus.document]
    return fit_linear(corpus, labelled, placed, weights, settings.linear)


def examples(corpus: Corpus, scores: NDArray[np.float32], settings: Settings) -> Examples:
    """Segments with their first-stage *scores*, as the second stage learns them."""
    weights = sample_weights(corpus, settings, settings.written_context_weight).astype(np.float32)
    inputs = context_inputs(corpus.features(scores))
    return Examples(inputs, corpus.labels % UNLABELLED, weights, corpus.lengths, corpus.bounds)


@dataclass(frozen=True)
class HeldOut:
    """Predictions for documents by models that have not learned from their sites.

    Attributes:
        rows: ``(n_segments,) bool``, the segments of real documents that are labelled line by line.
        scores: ``(n_segments, N_SCORES) float32``, first-stage scores of every segment.
        raw: ``(n_segments, 4) float32``, second-stage scores of every segment.

    """

    rows: NDArray[np.bool_]
    scores: NDArray[np.float32]
    raw: NDArray[np.float32]


def _score_fold(corpus: Corpus, held_out: NDArray[np.bool_], settings: Settings) -> NDArray[np.float32]:
    with threadpool_limits(1):  # several threads add in varying order
        return fit_scores(corpus, ~held_out, settings)(corpus, held_out[corpus.document])


def _place_fold(learned: Examples, levels: Levels, applied: Examples, settings: Settings) -> NDArray[np.float32]:
    with threadpool_limits(1):
        network = fit_network(learned, levels, settings.network, SEED)
        return network(levels(applied.inputs), route(applied.bounds))


def cross_score(corpus: Corpus, settings: Settings) -> NDArray[np.float32]:
    """Score every segment of a site with a first stage fitted on other sites, ``(n_segments, N_SCORES)``."""
    fold = folds(corpus, settings.n_folds, settings.fold_seed)
    parts = [fold == k for k in range(settings.n_folds)]
    scores = np.zeros((len(corpus.labels), N_SCORES), np.float32)
    found = Parallel(n_jobs=-1)(delayed(_score_fold)(corpus, part, settings) for part in parts)
    for part, of_fold in zip(parts, found):
        scores[part[corpus.document]] = of_fold
    return scores


def cross_fit(corpus: Corpus, scores: NDArray[np.float32], settings: Settings) -> HeldOut:
    """Fit the second stage on the cross-fitted *scores*, and apply it to the sites it has not learned from."""
    fold = folds(corpus, settings.n_folds, settings.fold_seed)
    placed = fold >= 0
    parts = [fold == k for k in range(settings.n_folds)]
    whole = examples(corpus, scores, settings)
    levels = fit_levels(whole.take(placed), settings.network)
    raw = np.zeros((len(corpus.labels), len(LABELS)), np.float32)
    found = Parallel(n_jobs=-1)(
        delayed(_place_fold)(whole.take(placed & ~part), levels, whole.take(part), settings) for part in parts
    )
    for part, of_fold in zip(parts, found):
        raw[part[corpus.document]] = of_fold
    real = np.isin(corpus.sources, REAL_SOURCES)[corpus.document]
    return HeldOut((corpus.labels != UNLABELLED) & real, scores, raw)


def strictest_thresholds(probabilities: NDArray[np.float32], corpus: Corpus, rows: NDArray[np.bool_]) -> Thresholds:
    """Thresholds within the loss budget on the segments *rows*, on the gold ones of them, and on body lines."""
    groups = [
        (rows, LOSS_BUDGET),
        (rows & (corpus.sources == "gold")[corpus.document], LOSS_BUDGET),
        (body_lines(corpus), BODY_LOSS_BUDGET),
    ]
    values = probabilities, corpus.labels, corpus.lengths, costs(corpus.lengths, corpus.bounds)
    fitted = [
        fit_thresholds(*(value[group] for value in values), budget=budget) for group, budget in groups if group.any()
    ]
    return max(fitted, key=lambda thresholds: thresholds.odds)


def body_lines(corpus: Corpus) -> NDArray[np.bool_]:
    """The editorial segments of documents whose body the publishers' own markup gives."""
    return np.asarray(np.isin(corpus.sources, BODY_SOURCES)[corpus.document] & (corpus.labels == EDITORIAL))


def held_out_figures(
    held_out: HeldOut, corpus: Corpus, calibration: Calibration, thresholds: Thresholds
) -> dict[str, object]:
    """Figures of the cross-fitted predictions, for the model's metadata."""
    probabilities = calibration(held_out.raw)
    decided = decide(probabilities, costs(corpus.lengths, corpus.bounds), thresholds)
    lines = Lines(corpus.labels, decided, probabilities, corpus.lengths, corpus.document)
    found = figures(lines.subset(held_out.rows))
    return {
        "editorial_lost": round(found.editorial_lost, 5),
        "editorial_lost_of_body_lines": round(figures(lines.subset(body_lines(corpus))).editorial_lost, 5),
        "removed": {name: round(f.removed, 4) for name, f in found.labels.items()},
        "calibration_error": round(found.calibration_error, 4),
        "documents_exactly_clean": round(found.clean_documents, 4),
    }


def train(corpus: Corpus, settings: Settings, metadata: dict[str, object]) -> Model:
    """Fit both stages, calibration and thresholds; note the cross-fitted figures."""
    held_out = cross_fit(corpus, cross_score(corpus, settings), settings)
    whole = examples(corpus, held_out.scores, settings)
    placed = corpus.sources != FORMULAS
    learned = whole.take(placed)
    levels = fit_levels(learned, settings.network)
    network = fit_network(learned, levels, settings.network, SEED)
    rows = held_out.rows if held_out.rows.any() else (whole.weights > 0) & placed[corpus.document]
    calibration = fit_calibration(held_out.raw[rows], corpus.labels[rows])
    thresholds = strictest_thresholds(calibration(held_out.raw), corpus, rows)
    scores = fit_scores(corpus, np.ones(len(corpus.sites), bool), settings).packed()
    metadata = metadata | {"held_out": held_out_figures(held_out, corpus, calibration, thresholds)}
    return Model(scores, Context(levels, network, calibration), thresholds, metadata)


def training_corpus(data: Path, hashed: Path) -> tuple[Corpus, dict[str, object]]:
    """Read written documents, formulas and hashed real documents, and say what they were.

    Raises:
        DataError: A file is missing, or not what it should be.

    """
    if not hashed.exists():
        raise DataError(f"{hashed}: no such file; give the hashed real documents by --hashed")
    corpora = [from_documents(read_data(data), "written")]
    if formulas := read_formulas(data):
        corpora.append(from_documents(formulas, FORMULAS))
    corpora.append(Corpus.load(hashed))
    digest = hashlib.sha256()
    for path in [*sorted(data.glob("*/*.txt")), hashed]:
        digest.update(path.read_bytes())
    versions = {"numpy": np.__version__, "scipy": scipy.__version__}
    corpus = concatenate(corpora)
    counts = {source: int((corpus.sources == source).sum()) for source in np.unique(corpus.sources).tolist()}
    return corpus, {"data_sha256": digest.hexdigest(), "libraries": versions, "documents": counts}


def round_alike() -> None:
    """Start this program anew with the rounding that all x86-64 processors have in common, unless it runs so."""
    if platform.machine() == "x86_64" and not _ROUNDING.items() <= os.environ.items():
        os.execve(sys.executable, sys.orig_argv, os.environ | _ROUNDING)


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
        try:
            corpus, metadata = training_corpus(options.data, options.hashed or options.data / HASHED_CORPUS.name)
        except DataError as error:
            print(error, file=sys.stderr)
            return 1
        save_model(train(corpus, Settings(), metadata), options.output)
    print(f"{options.output}: trained on {len(corpus.sites)} documents, {len(corpus.labels)} segments")
    return 0


if __name__ == "__main__":
    round_alike()
    sys.exit(main())
