"""Probabilities → labels: what a segment may be, and when it is called so."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Label(str, Enum):
    """What a segment of a web article is.

    >>> Label("sharing") is Label.SHARING
    True
    """

    EDITORIAL = "editorial"
    SUBSCRIPTION = "subscription"
    SHARING = "sharing"
    OTHER = "other"

    def __str__(self) -> str:
        return self.value


#: Labels in the order of every array of scores and probabilities.
LABELS: Final = tuple(Label)
EDITORIAL: Final = 0
#: Characters that losing the first segment counts for beyond its own; with more, more rubrics above headlines stay.
HEADLINE_COST: Final = 150


class Probabilities(NamedTuple):
    """Calibrated probability of each label, fractions that sum to one."""

    editorial: float
    subscription: float
    sharing: float
    other: float


class Segment(NamedTuple):
    """A paragraph or line of a document with its label.

    Attributes:
        text: The segment, ``document[start:end]``.
        start: Offset of its first character.
        end: Offset past its last character.
        label: What the segment is taken for.
        probability: Calibrated probability of that label, a fraction in [0, 1].
        probabilities: Calibrated probabilities of all four labels.

    """

    text: str
    start: int
    end: int
    label: Label
    probability: float
    probabilities: Probabilities


class Thresholds(NamedTuple):
    """When a segment goes: its odds against editorial reach ``odds * (characters + offset)``, as :func:`costs` counts.

    It is then called what it most probably is; where that is editorial, it stays. A lost paragraph
    costs the reader its characters, a pitch that stays costs one look: the longer a segment, the
    surer one has to be. A stray link costs less than a pitch, so each non-editorial label counts in
    the odds by its value.

    Attributes:
        odds: What is asked of a segment for each of its characters.
        offset: Characters added to its length.
        values: What removing a segment is worth, of each label but editorial.

    """

    odds: float
    offset: float
    values: tuple[float, float, float]


def costs(lengths: NDArray[np.int64], bounds: NDArray[np.int64]) -> NDArray[np.int64]:
    """Characters that losing each segment counts for, ``(n_segments,) int64``.

    They are its own *lengths*, and ``HEADLINE_COST`` more for the first one of a document: that is mostly the headline.

    Args:
        lengths: ``(n_segments,) int64``, characters.
        bounds: ``(n_documents + 1,) int64``, first segment of each document.

    >>> costs(np.array([40, 300, 25]), np.array([0, 2, 2, 3])).tolist()
    [190, 300, 175]

    """
    counted = lengths.copy()
    counted[bounds[:-1][np.diff(bounds) > 0]] += HEADLINE_COST
    return counted


def removal_odds(probabilities: NDArray[np.float32], values: Sequence[float]) -> NDArray[np.float32]:
    """Odds of each segment against editorial, every label weighted by its value."""
    worth = probabilities[:, 1:] @ np.array(values, np.float32)
    return np.asarray(worth / np.maximum(probabilities[:, EDITORIAL], 1e-12))


def decide(
    probabilities: NDArray[np.float32], characters: NDArray[np.int64], thresholds: Thresholds
) -> NDArray[np.int64]:
    """Index into ``LABELS`` of each segment, ``(n_segments,) int64``.

    *probabilities* is ``(n_segments, 4)``, *characters* what losing each segment counts for, its :func:`costs`.
    """
    removable = removal_odds(probabilities, thresholds.values) >= thresholds.odds * (characters + thresholds.offset)
    return np.asarray(np.where(removable, probabilities.argmax(axis=1), EDITORIAL))


def spread(
    decided: NDArray[np.int64],
    probabilities: NDArray[np.float32],
    worded: NDArray[np.bool_],
    bounds: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Labels and probabilities of all segments, from those of the segments with words.

    A segment without words goes with the next one before or after it that goes; in a document without words all stay.

    Args:
        decided: ``(n_worded,) int64``, index into ``LABELS``.
        probabilities: ``(n_worded, 4) float32``.
        worded: ``(n_segments,) bool``, which segments have words.
        bounds: ``(n_documents + 1,) int64``, first segment of each document.

    Returns:
        Index into ``LABELS``, ``(n_segments,) int64``, and probabilities, ``(n_segments, 4) float32``.

    >>> spread(np.array([0, 3]), np.eye(4, dtype=np.float32)[[0, 3]], np.array([1, 0, 1], bool), np.array([0, 3]))[0]
    array([0, 3, 3])

    """
    document = np.repeat(np.arange(len(bounds) - 1), np.diff(bounds))
    # One more stands behind the last: it belongs to no document, and is what is taken where there is no neighbour.
    document_of, labels = np.append(document[worded], -1), np.append(decided, EDITORIAL)
    all_probabilities = np.append(probabilities, np.eye(1, len(LABELS), EDITORIAL, np.float32), axis=0)
    before = np.cumsum(worded) - 1
    after = before + ~worded
    has_before, has_after = document_of[before] == document, document_of[after] == document
    goes = labels != EDITORIAL
    takes_after = has_after & (~has_before | (goes[after] & ~goes[before]))
    taken = np.where(takes_after, after, np.where(has_before, before, -1))
    return labels[taken], all_probabilities[taken]
