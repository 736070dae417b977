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
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import scipy
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from boilerplate.context import Context
from boilerplate.labels import EDITORIAL, Thresholds, costs, decide
from boilerplate.model import DEFAULT_MODEL, Model, save_model
from training.corpus import Corpus, concatenate, from_documents
from training.decision import BODY_LOSS_BUDGET, LOSS_BUDGET, fit_calibration, fit_thresholds
from training.documents import DATA_FOLDER, FORMULAS, WRITTEN, DataError, read_data, read_formulas
from training.hash_corpus import HASHED_CORPUS
from training.metrics import Lines, figures
from training.networks import fit_levels, fit_network
from training.stages import SEED, Settings, Views, cross_fit, cross_score, examples, fit_scores

#: Documents whose body the publishers' own markup gives.
BODY_SOURCES: Final = ("body", "body-read")
#: What makes OpenBLAS and numpy round alike on every x86-64 processor with AVX2; they read it when they are loaded.
_ROUNDING: Final = {"OPENBLAS_CORETYPE": "Haswell", "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR"}


def strictest_thresholds(probabilities: Views, corpus: Corpus, rows: NDArray[np.bool_]) -> Thresholds:
    """Thresholds within the loss budget on the segments *rows*, on the gold ones of them, and on body lines.

    Each of the *rows* counts twice, in a known language and in a new one; body lines are English, which is known.
    """
    groups = [
        (probabilities, rows, LOSS_BUDGET),
        (probabilities, rows & (corpus.sources == "gold")[corpus.document], LOSS_BUDGET),
        ([probabilities.known], body_lines(corpus), BODY_LOSS_BUDGET),
    ]
    values = corpus.labels, corpus.lengths, costs(corpus.lengths, corpus.bounds)
    fitted = [
        fit_thresholds(
            np.concatenate([of_view[group] for of_view in views]),
            *(np.tile(value[group], len(views)) for value in values),
            budget=budget,
        )
        for views, group, budget in groups
        if group.any()
    ]
    return max(fitted, key=lambda thresholds: thresholds.odds)


def body_lines(corpus: Corpus) -> NDArray[np.bool_]:
    """The editorial segments of documents whose body the publishers' own markup gives."""
    return np.asarray(np.isin(corpus.sources, BODY_SOURCES)[corpus.document] & (corpus.labels == EDITORIAL))


def held_out_figures(
    probabilities: NDArray[np.float32], corpus: Corpus, rows: NDArray[np.bool_], thresholds: Thresholds
) -> dict[str, object]:
    """Figures of cross-fitted *probabilities* on the segments *rows*, for the model's metadata."""
    decided = decide(probabilities, costs(corpus.lengths, corpus.bounds), thresholds)
    lines = Lines(corpus.labels, decided, probabilities, corpus.lengths, corpus.document)
    found = figures(lines.subset(rows))
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
    calibration = fit_calibration(held_out.raw.known[rows], corpus.labels[rows])
    probabilities = Views(*(calibration(of_view) for of_view in held_out.raw))
    thresholds = strictest_thresholds(probabilities, corpus, rows)
    scores = fit_scores(corpus, np.ones(len(corpus.sites), bool), settings).packed()
    known, new = (held_out_figures(of_view, corpus, rows, thresholds) for of_view in probabilities)
    metadata = metadata | {"held_out": known, "held_out_in_new_languages": new}
    return Model(scores, Context(levels, network, calibration), thresholds, metadata)


def training_corpus(data: Path, hashed: Path) -> tuple[Corpus, dict[str, object]]:
    """Read written documents, formulas and hashed real documents, and say what they were.

    Raises:
        DataError: A file is missing, or not what it should be.

    """
    if not hashed.exists():
        raise DataError(f"{hashed}: no such file; give the hashed real documents by --hashed")
    corpora = [from_documents(read_data(data), WRITTEN)]
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
