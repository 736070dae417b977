"""Fit calibration and thresholds on predictions for sites that the model has not learned from."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from boilerplate.context import Calibration
from boilerplate.labels import EDITORIAL, Thresholds, removal_odds

#: Fraction of editorial characters that the thresholds may lose on held-out real documents.
LOSS_BUDGET: Final = 0.002
#: The same on lines that their publishers' own markup calls the body of an article.
BODY_LOSS_BUDGET: Final = 0.001
#: Characters added to a segment's length before its threshold: short lines are worth something too. The larger, the
#: fewer editorial lines go, and the fewer segments of other.
THRESHOLD_OFFSET: Final = 100.0
#: What removing a subscription, sharing, other segment is worth; all alike removes 4 points less of the first two.
REMOVAL_VALUES: Final = (3.0, 3.0, 1.0)


def fit_calibration(scores: NDArray[np.float32], labels: NDArray[np.int64]) -> Calibration:
    """Fit scale and shifts on scores of sites that the model has not learned from."""
    rows = np.arange(len(labels))

    def calibration(parameters: NDArray[np.float64]) -> Calibration:
        return Calibration(float(parameters[0]), (0.0, *map(float, parameters[1:])))

    def loss(parameters: NDArray[np.float64]) -> float:
        return -float(np.log(calibration(parameters)(scores)[rows, labels] + 1e-12).mean(dtype=np.float64))

    return calibration(minimize(loss, np.array([1.0, 0.0, 0.0, 0.0]), method="Powell").x)


def fit_thresholds(
    probabilities: NDArray[np.float32],
    labels: NDArray[np.int64],
    lengths: NDArray[np.int64],
    characters: NDArray[np.int64],
    *,
    budget: float = LOSS_BUDGET,
    offset: float = THRESHOLD_OFFSET,
    values: tuple[float, float, float] = REMOVAL_VALUES,
) -> Thresholds:
    """Find the lowest odds at which the lost share of editorial characters stays within *budget*.

    *characters* is what losing each segment counts for when it is decided whether it goes.
    """
    editorial = labels == EDITORIAL
    ratio = (removal_odds(probabilities, values) / (characters + offset))[editorial]
    ratio[probabilities[editorial].argmax(axis=1) == EDITORIAL] = 0  # they stay at any odds
    order = np.argsort(-ratio)
    lost = np.cumsum(lengths[editorial][order]) / lengths[editorial].sum()
    first_kept = min(int(np.searchsorted(lost, budget, side="right")), len(order) - 1)
    return Thresholds(float(ratio[order][first_kept]) * 1.0001, offset, values)
