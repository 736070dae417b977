"""Figures of a prediction against gold labels, line by line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from boilerplate import Segment
from boilerplate.labels import EDITORIAL, LABELS
from training.corpus import UNLABELLED, label_numbers
from training.documents import Document

Classify = Callable[[Sequence[str]], Iterable[Sequence[Segment]]]

N_BINS = 15  # equal-mass bins of the calibration error


@dataclass(frozen=True)
class Lines:
    """Gold lines of documents with what was predicted for them.

    Attributes:
        gold: ``(n_lines,) int64``, index into ``LABELS`` or ``UNLABELLED``.
        predicted: ``(n_lines,) int64``, index into ``LABELS``.
        probabilities: ``(n_lines, 4) float32``; not-a-number where the system gives none.
        lengths: ``(n_lines,) int64``, characters.
        document: ``(n_lines,) int64``, number of the document.

    """

    gold: NDArray[np.int64]
    predicted: NDArray[np.int64]
    probabilities: NDArray[np.float32]
    lengths: NDArray[np.int64]
    document: NDArray[np.int64]

    def subset(self, rows: NDArray[np.bool_]) -> Lines:
        """The chosen lines alone."""
        return Lines(
            self.gold[rows], self.predicted[rows], self.probabilities[rows], self.lengths[rows], self.document[rows]
        )

    @property
    def scored(self) -> Lines:
        """The lines that count."""
        return self.subset(self.gold != UNLABELLED)


def predict(documents: Sequence[Document], classify: Classify, separator: str = "\n\n") -> Lines:
    """Classify *documents*, their lines joined by *separator*.

    A line's label is the one that covers most of its characters.
    """
    texts = [separator.join(d.segments) for d in documents]
    predicted, probabilities, numbers = [], [], []
    for number, (document, segments) in enumerate(zip(documents, classify(texts), strict=True)):
        ends = np.cumsum([len(line) + len(separator) for line in document.segments]) - len(separator)
        starts = ends - [len(line) for line in document.segments]
        for start, end in zip(starts.tolist(), ends.tolist()):
            covering = max(segments, key=lambda s: min(end, s.end) - max(start, s.start), default=None)
            predicted.append(EDITORIAL if covering is None else LABELS.index(covering.label))
            probabilities.append((1, 0, 0, 0) if covering is None else covering.probabilities)
            numbers.append(number)
    gold = label_numbers("".join(d.labels for d in documents))
    lengths = [len(line) for d in documents for line in d.segments]
    return Lines(gold, np.array(predicted), np.array(probabilities, np.float32), np.array(lengths), np.array(numbers))


@dataclass(frozen=True)
class LabelFigures:
    """Figures of one label; fractions in [0, 1].

    ``removed`` is the share of its lines that were called anything but editorial.
    """

    lines: int
    precision: float
    recall: float
    f1: float
    removed: float


@dataclass(frozen=True)
class Figures:
    """Figures of a set of lines; fractions in [0, 1].

    Attributes:
        lines: Number of scored lines.
        editorial_lost: Characters of editorial lines called otherwise, of all their characters.
        boilerplate_left: Characters of other lines called editorial, of all their characters.
        clean_documents: Documents whose every line is on the right side.
        calibration_error: Expected calibration error of the label's probability.
        labels: Figures of each label.

    """

    lines: int
    editorial_lost: float
    boilerplate_left: float
    clean_documents: float
    calibration_error: float
    labels: dict[str, LabelFigures]


def _share(part: NDArray[np.bool_], whole: NDArray[np.bool_], weights: NDArray[np.int64] | None = None) -> float:
    weights = np.ones(len(part), np.int64) if weights is None else weights
    total = int(weights[whole].sum())
    return float(weights[part & whole].sum() / total) if total else float("nan")


def figures(lines: Lines) -> Figures:
    """Compute the figures of the scored ones among *lines*."""
    lines = lines.scored
    editorial, kept = lines.gold == EDITORIAL, lines.predicted == EDITORIAL
    wrong = np.unique(lines.document[editorial != kept])
    documents = np.unique(lines.document)
    labels = {}
    for number, label in enumerate(LABELS):
        gold, called = lines.gold == number, lines.predicted == number
        precision, recall = _share(gold, called), _share(called, gold)
        found = int((gold & called).sum())
        f1 = 2 * found / max(int(gold.sum() + called.sum()), 1)
        labels[str(label)] = LabelFigures(int(gold.sum()), precision, recall, f1, _share(~kept, gold))
    return Figures(
        lines=len(lines.gold),
        editorial_lost=_share(~kept, editorial, lines.lengths),
        boilerplate_left=_share(kept, ~editorial, lines.lengths),
        clean_documents=1 - len(wrong) / max(len(documents), 1),
        calibration_error=calibration_error(lines),
        labels=labels,
    )


def log_loss(lines: Lines) -> float:
    """Mean negative logarithm of the probability of the right label, over the scored *lines*."""
    lines = lines.scored
    right = lines.probabilities[np.arange(len(lines.gold)), lines.gold]
    return float(-np.log(np.maximum(right, 1e-9)).mean())


def calibration_error(lines: Lines) -> float:
    """Expected calibration error over bins of equal mass (Nixon et al. 2019)."""
    if not len(lines.gold) or np.isnan(lines.probabilities).any():
        return float("nan")
    confidence = lines.probabilities[np.arange(len(lines.gold)), lines.predicted]
    right = lines.gold == lines.predicted
    bins = np.array_split(np.argsort(confidence, kind="stable"), N_BINS)
    return float(sum(abs(confidence[b].mean() - right[b].mean()) * len(b) for b in bins if len(b)) / len(confidence))
