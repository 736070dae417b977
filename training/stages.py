"""Fit the two stages, and score every site by stages that have not seen it.

What the first stage says of its own sites is too good to learn from, and so is what it says of languages
that it knows: cross-fitting holds out the sites, then the languages of the real documents.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from boilerplate.context import Levels, context_inputs
from boilerplate.labels import LABELS
from boilerplate.recurrence import route
from boilerplate.scores import N_SCORES
from training.corpus import UNLABELLED, Corpus
from training.documents import FORMULAS, WRITTEN
from training.examples import Examples
from training.linear import LinearFit, LinearSettings, fit_linear
from training.networks import NetworkSettings, fit_levels, fit_network

SEED: Final = 1
#: Newsrooms' documents labelled line by line: calibration and thresholds are fitted on them.
REAL_SOURCES: Final = ("gold", "pages", "hard", "body-read")  # no "web", general pages
_DOCUMENT_MEANS: Final = slice(-N_SCORES, None)  # of the inputs of the second stage
N_FOLDS: Final = 8
N_LANGUAGE_FOLDS: Final = 4


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
    written_context_weight: float = 0.2
    document_means: bool = True
    n_folds: int = N_FOLDS
    fold_seed: int = SEED
    n_language_folds: int = N_LANGUAGE_FOLDS


def folds(corpus: Corpus, n_folds: int = N_FOLDS, seed: int = SEED) -> NDArray[np.int64]:
    """Deal the sites into folds by name; return the fold of each document, -1 for formulas: no site's own.

    A site stays in its fold when others come or go.
    """
    dealt = np.array([zlib.crc32(f"{seed} {site}".encode()) % n_folds for site in corpus.sites.tolist()], np.int64)
    return np.where(corpus.sources == FORMULAS, -1, dealt)


def language_folds(corpus: Corpus, n_folds: int = N_LANGUAGE_FOLDS) -> NDArray[np.int64]:
    """Deal the languages of real documents into folds of much the same size; return the fold of each document.

    Written documents and formulas are in none, -1: they are what there is in a language without real documents.
    """
    real = ~np.isin(corpus.sources, (WRITTEN, FORMULAS))
    languages, number = np.unique(corpus.languages, return_inverse=True)
    sizes = np.bincount(number[real], np.diff(corpus.bounds)[real], len(languages))
    fold, filled = np.zeros(len(languages), np.int64), np.zeros(n_folds)
    for language in np.argsort(-sizes, kind="stable").tolist():
        fold[language] = filled.argmin()
        filled[fold[language]] += sizes[language]
    return np.where(real, fold[number], -1)


def parts(fold: NDArray[np.int64]) -> list[NDArray[np.bool_]]:
    """The documents of each fold, ``(n_documents,) bool``."""
    return [fold == k for k in np.unique(fold[fold >= 0])]


def sample_weights(corpus: Corpus, settings: Settings, written_weight: float) -> NDArray[np.float64]:
    """Weight of each segment by where its document came from, zero where it has no label."""
    weight_of = {"body": settings.body_weight, WRITTEN: written_weight}
    of_document = np.array([weight_of.get(source, 1.0) for source in corpus.sources])
    return np.where(corpus.labels == UNLABELLED, 0.0, of_document[corpus.document])


def fit_scores(corpus: Corpus, documents: NDArray[np.bool_], settings: Settings) -> LinearFit:
    """Fit the first stage on the chosen *documents*; formulas stand in none and teach no surroundings."""
    weights = sample_weights(corpus, settings, settings.written_weight)
    labelled = (weights > 0) & documents[corpus.document]
    placed = labelled & (corpus.sources != FORMULAS)[corpus.document]
    return fit_linear(corpus, labelled, placed, weights, settings.linear)


class Views(NamedTuple):
    """Values of every segment, ``(n_segments, n) float32``, by fits that have not seen it.

    Attributes:
        known: By a first stage that has seen other sites in its language, real ones too.
        new: For real documents by one that has of their language only written documents and formulas.

    """

    known: NDArray[np.float32]
    new: NDArray[np.float32]


def examples(corpus: Corpus, scores: Views, settings: Settings) -> Examples:
    """Segments with their first-stage *scores*, as the second stage learns them."""
    weights = sample_weights(corpus, settings, settings.written_context_weight).astype(np.float32)
    inputs, new_inputs = (context_inputs(corpus.features(of_view)) for of_view in scores)
    if not settings.document_means:
        inputs[:, _DOCUMENT_MEANS] = new_inputs[:, _DOCUMENT_MEANS] = 0
    return Examples(inputs, new_inputs, corpus.labels % UNLABELLED, weights, corpus.bounds)


@dataclass(frozen=True)
class HeldOut:
    """Predictions for documents by models that have not learned from their sites.

    Attributes:
        rows: ``(n_segments,) bool``, the segments of ``REAL_SOURCES`` that have a label.
        scores: First-stage scores, ``N_SCORES`` a segment.
        raw: Second-stage scores, four a segment.

    """

    rows: NDArray[np.bool_]
    scores: Views
    raw: Views


def _score_fold(corpus: Corpus, held_out: NDArray[np.bool_], settings: Settings) -> NDArray[np.float32]:
    with threadpool_limits(1):  # several threads add in varying order
        return fit_scores(corpus, ~held_out, settings)(corpus, held_out[corpus.document])


def _place_fold(learned: Examples, levels: Levels, applied: Examples, settings: Settings) -> Views:
    with threadpool_limits(1):
        network = fit_network(learned, levels, settings.network, SEED)
        way = route(applied.bounds)
        return Views(*(network(levels(inputs), way) for inputs in (applied.inputs, applied.new_inputs)))


def cross_score(corpus: Corpus, settings: Settings) -> Views:
    """Score every segment with first stages fitted on other sites, and with such as do not know its language."""
    sites = parts(folds(corpus, settings.n_folds, settings.fold_seed))
    languages = parts(language_folds(corpus, settings.n_language_folds))
    found = Parallel(n_jobs=-1)(delayed(_score_fold)(corpus, part, settings) for part in [*sites, *languages])
    known = np.zeros((len(corpus.labels), N_SCORES), np.float32)
    for part, of_fold in zip(sites, found):
        known[part[corpus.document]] = of_fold
    new = known.copy()
    for part, of_fold in zip(languages, found[len(sites) :]):
        new[part[corpus.document]] = of_fold
    return Views(known, new)


def cross_fit(corpus: Corpus, scores: Views, settings: Settings) -> HeldOut:
    """Fit the second stage on the cross-fitted *scores*, and apply it to the sites it has not learned from."""
    fold = folds(corpus, settings.n_folds, settings.fold_seed)
    placed = fold >= 0
    sites = parts(fold)
    whole = examples(corpus, scores, settings)
    levels = fit_levels(whole.take(placed), settings.network)
    raw = Views(*np.zeros((2, len(corpus.labels), len(LABELS)), np.float32))
    found = Parallel(n_jobs=-1)(
        delayed(_place_fold)(whole.take(placed & ~part), levels, whole.take(part), settings) for part in sites
    )
    for part, of_fold in zip(sites, found):
        for values, of_view in zip(raw, of_fold):
            values[part[corpus.document]] = of_view
    real = np.isin(corpus.sources, REAL_SOURCES)[corpus.document]
    return HeldOut((corpus.labels != UNLABELLED) & real, scores, raw)
