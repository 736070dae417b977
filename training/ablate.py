"""Measure what each part of the training brings: ``python -m training.ablate``.

Every variant is cross-fitted by site on the data of the repository and measured on the gold
documents among it, each at its own thresholds for the same loss budget. Writes the table of
``training/README.md``. The row of other folds tells which differences mean something.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from boilerplate.labels import LABELS, costs, decide
from boilerplate.scores import N_LABELS, N_ROWS
from boilerplate.shapes import PLACE_NAMES, SHAPE_NAMES
from boilerplate.tokens import N_BUCKETS
from training import stages
from training.corpus import UNLABELLED, Corpus
from training.decision import REMOVAL_VALUES, THRESHOLD_OFFSET, fit_calibration, fit_thresholds
from training.documents import DATA_FOLDER, FORMULAS, WRITTEN, write_block
from training.evaluate import percent
from training.hash_corpus import HASHED_CORPUS
from training.linear import LinearSettings
from training.metrics import Figures, Lines, figures, log_loss
from training.networks import NetworkSettings
from training.train import training_corpus

README = Path(__file__).with_name("README.md")
_MEASURED = "gold"
_BUDGET = 0.002  # fraction of editorial characters that every variant may lose
# A quicker training than the shipped model's, the same for every variant.
_ONE = NetworkSettings(members=1)
_SETTINGS = stages.Settings(n_folds=2, n_language_folds=2, network=_ONE)
_NO_EVIDENCE = replace(_SETTINGS, linear=LinearSettings(evidence=0))
_NO_LENGTH = 1e9  # characters: beside so large an offset the length of a segment does not count


@dataclass(frozen=True)
class Variant:
    """A training that differs in one thing.

    Attributes:
        name: What differs.
        change: Gives the corpus to learn from; by default the whole.
        settings: Choices of the training run.
        second_stage: Whether the context stage decides.
        offset: Characters added to a length before its threshold.
        values: What removing a segment of each label is worth.

    """

    name: str
    change: Callable[[Corpus], Corpus] = lambda corpus: corpus
    settings: stages.Settings = _SETTINGS
    second_stage: bool = True
    offset: float = THRESHOLD_OFFSET
    values: tuple[float, float, float] = REMOVAL_VALUES


def without(*sources: str) -> Callable[[Corpus], Corpus]:
    """Leave documents of *sources* unlabelled, so that nothing is learned from them."""

    def change(corpus: Corpus) -> Corpus:
        dropped = np.isin(corpus.sources, sources)[corpus.document]
        return replace(corpus, labels=np.where(dropped, UNLABELLED, corpus.labels))

    return change


def without_openings(corpus: Corpus) -> Corpus:
    """Count the n-grams of a segment's first words once, not twice."""
    whole = sp.diags((np.arange(N_ROWS) < N_BUCKETS).astype(np.float32))
    counts = (corpus.counts @ whole).tocsr()
    counts.eliminate_zeros()
    return replace(corpus, counts=counts)


def without_place(corpus: Corpus) -> Corpus:
    """Blank the shape features that tell where a segment stands and whether it stands there twice."""
    shapes = corpus.shapes.copy()
    shapes[:, : len(PLACE_NAMES)] = 0
    return replace(corpus, shapes=shapes)


def without_stems(corpus: Corpus) -> Corpus:
    """Blank how rare the stems of a segment are and what else in the document echoes them."""
    shapes = corpus.shapes.copy()
    shapes[:, SHAPE_NAMES.index("rarity")] = 0
    return replace(corpus, shapes=shapes, stems=corpus.stems[:0], n_stems=np.zeros_like(corpus.n_stems))


#: Changes of what the first stage does not see.
_BLANKED = (without_place, without_stems)

VARIANTS = (
    Variant("all of it"),
    Variant("first stage alone", second_stage=False),
    Variant("one threshold for all lengths", offset=_NO_LENGTH),
    Variant("every label worth the same", values=(1.0, 1.0, 1.0)),
    Variant("all of it, other folds", settings=replace(_SETTINGS, fold_seed=stages.SEED + 1)),
    Variant("without openings apart", without_openings),
    Variant("weights not drawn to the evidence of each n-gram", settings=_NO_EVIDENCE),
    Variant("without rarity and echoes of the stems", without_stems),
    Variant("without levels of the inputs", settings=replace(_SETTINGS, network=replace(_ONE, levels=0))),
    Variant("two networks side by side, as shipped", settings=replace(_SETTINGS, network=NetworkSettings())),
    Variant("without place and repetition in the document", without_place),
    Variant("without the means over the document", settings=replace(_SETTINGS, document_means=False)),
    Variant("no language shown as if new", settings=replace(_SETTINGS, network=replace(_ONE, new_languages=0))),
    Variant("written documents at full weight in context", settings=replace(_SETTINGS, written_context_weight=1.0)),
    Variant("without the written documents", without(WRITTEN)),
    Variant("without the formulas", without(FORMULAS)),
    Variant("without the labelled pages", without("pages", "hard", "web", "body-read")),
    Variant("without the body lines", without("body")),
)


def predictions(variant: Variant, held_out: stages.HeldOut) -> stages.Views:
    """Cross-fitted scores of the labels, ``(n_segments, 4)``, by the stage that decides."""
    return held_out.raw if variant.second_stage else stages.Views(*(s[:, :N_LABELS] for s in held_out.scores))


def measure(corpus: Corpus, variant: Variant, scores: NDArray[np.float32]) -> Figures:
    """Measure the cross-fitted *scores* of *variant* on the gold documents."""
    rows = (corpus.labels != UNLABELLED) & (corpus.sources == _MEASURED)[corpus.document]
    labels, lengths = corpus.labels[rows], corpus.lengths[rows]
    characters = costs(corpus.lengths, corpus.bounds)[rows]
    probabilities = fit_calibration(scores[rows], labels)(scores[rows])
    thresholds = fit_thresholds(
        probabilities, labels, lengths, characters, budget=_BUDGET, offset=variant.offset, values=variant.values
    )
    decided = decide(probabilities, characters, thresholds)
    return figures(Lines(labels, decided, probabilities, lengths, corpus.document[rows]))


def losses(corpus: Corpus, scores: stages.Views) -> Iterator[float]:
    """Log loss on all newsrooms' documents labelled line by line, as they are and as if their languages were new."""
    rows = (corpus.labels != UNLABELLED) & np.isin(corpus.sources, stages.REAL_SOURCES)[corpus.document]
    labels = corpus.labels[rows]
    calibration = fit_calibration(scores.known[rows], labels)
    for of_view in scores:
        probabilities = calibration(of_view[rows])
        decided = probabilities.argmax(axis=1)
        yield log_loss(Lines(labels, decided, probabilities, corpus.lengths[rows], corpus.document[rows]))


def row(name: str, missed: Iterable[float], found: Figures) -> str:
    """One row of the table."""
    types = [found.labels[label] for label in LABELS[1:]]
    cells = [percent(found.editorial_lost, 2), *(percent(f.removed) for f in types)]
    cells += [" / ".join(f"{f.f1:.2f}" for f in types), percent(found.clean_documents)]
    return f"| {' | '.join([name, *(f'{loss:.3f}' for loss in missed), *cells])} |"


def table(corpus: Corpus, variants: Sequence[Variant]) -> Iterator[str]:
    """Rows of the table, as they are measured."""
    columns = ["variant", "log loss", "languages new", "lost", "subscription", "sharing", "other removed"]
    columns += ["F1 of the types", "clean"]
    yield f"| {' | '.join(columns)} |"
    yield "| --- " * len(columns) + "|"
    scored: dict[tuple[object, stages.Settings], stages.Views] = {}
    held_out: dict[tuple[object, stages.Settings], stages.HeldOut] = {}
    for variant in variants:
        changed, settings = variant.change(corpus), variant.settings
        # The first stage knows nothing of the second one's settings.
        learned = Variant.change if variant.change in _BLANKED else variant.change
        first_stage = learned, replace(settings, network=_ONE, written_context_weight=0, document_means=True)
        fits = variant.change, settings
        if first_stage not in scored:
            scored[first_stage] = stages.cross_score(changed, settings)
        if fits not in held_out:
            held_out[fits] = stages.cross_fit(changed, scored[first_stage], settings)
        scores = predictions(variant, held_out[fits])
        yield row(variant.name, losses(corpus, scores), measure(corpus, variant, scores.known))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print and write the table; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m training.ablate", description=__doc__)
    parser.add_argument("--readme", type=Path, default=README)
    options = parser.parse_args(arguments)
    rows = []
    with threadpool_limits(1):
        corpus, _ = training_corpus(DATA_FOLDER, HASHED_CORPUS)
        for line in table(corpus, VARIANTS):
            print(line, flush=True)
            rows.append(line)
    write_block(options.readme, "ablation", "\n".join(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
