"""Labels → cleaned text: what is left when segments go."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from numbers import Real

import numpy as np
from numpy.typing import NDArray

from boilerplate.labels import LABELS, Label

#: What ``clean`` removes unless told otherwise.
NON_EDITORIAL = frozenset(LABELS) - {Label.EDITORIAL}
_ROUNDING = 1e-6  # of four probabilities that sum to one


def check_remove(remove: Iterable[Label | str]) -> frozenset[Label]:
    """Return *remove* as labels.

    Raises:
        ValueError: A value names no label.
        TypeError: *remove* is no collection of labels.

    """
    if isinstance(remove, str) or not isinstance(remove, Iterable):
        raise TypeError(f"remove is {remove!r}; expected a collection of labels such as ['sharing']")
    try:
        return frozenset(map(Label, remove))
    except ValueError as error:
        raise ValueError(f"{error}; expected labels among {', '.join(LABELS)}") from None


def check_threshold(threshold: float | None) -> float | None:
    """Return *threshold* unchanged.

    Raises:
        TypeError: It is no number.
        ValueError: It is outside [0, 1].

    """
    if threshold is not None and not isinstance(threshold, Real):
        raise TypeError(f"threshold is {threshold!r}; expected a fraction in [0, 1], or None for the learned rule")
    if threshold is not None and not 0 <= threshold <= 1:
        raise ValueError(f"threshold is {threshold!r}; expected a fraction in [0, 1], or None for the learned rule")
    return threshold


def removed(
    decided: NDArray[np.int64],
    probabilities: NDArray[np.float32],
    remove: Collection[Label],
    threshold: float | None,
) -> NDArray[np.bool_]:
    """Tell which segments go, ``(n_segments,) bool``.

    Without a *threshold* the label that was *decided* tells; with one, the summed probability of
    the labels in *remove*.
    """
    goes = np.array([label in remove for label in LABELS])
    if threshold is None:
        return goes[decided]
    return np.asarray((probabilities.astype(np.float64) @ goes >= threshold - _ROUNDING) & goes.any())


def join_kept(text: str, starts: Sequence[int], ends: Sequence[int], gone: Sequence[bool]) -> str:
    """Return *text* without the segments that are *gone*.

    Kept segments stay as they are; where segments between two of them go, the larger of the
    separators around the gap stays. Nothing gone gives *text* itself.
    """
    if True not in gone:
        return text
    pieces: list[str] = []
    separator, end = "", 0
    for start, stop, goes in zip(starts, ends, gone):
        if start - end > len(separator):
            separator = text[end:start]
        end = stop
        if not goes:
            # Before the first kept segment only white space that was there at the very start stays.
            pieces += [separator if pieces or start == starts[0] else "", text[start:stop]]
            separator = ""
    if pieces and not gone[-1]:
        pieces.append(text[end:])
    return "".join(pieces)
