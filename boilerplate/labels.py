"""Probabilities → labels: what a segment may be, and when it is called so."""

from __future__ import annotations

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
    """When a segment is called non-editorial: its odds reach ``odds * (characters + offset)``.

    A lost paragraph costs the reader its characters, a pitch that stays costs one look: the
    longer a segment, the surer one has to be. Both numbers are learned and stand in the
    model file.
    """

    odds: float
    offset: float


def decide(probabilities: NDArray[np.float32], lengths: NDArray[np.int64], thresholds: Thresholds) -> NDArray[np.int64]:
    """Index into ``LABELS`` of each segment, ``(n_segments,) int64``.

    *probabilities* is ``(n_segments, 4)``, *lengths* the characters of each segment.
    """
    odds = (1 - probabilities[:, EDITORIAL]) / np.maximum(probabilities[:, EDITORIAL], 1e-12)
    removable = odds >= thresholds.odds * (lengths + thresholds.offset)
    return np.asarray(np.where(removable, 1 + probabilities[:, 1:].argmax(axis=1), EDITORIAL))
