"""Features → scores: one linear model per label over the n-grams of a segment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from boilerplate.tokens import N_BUCKETS, NGRAM_KINDS, Tokens

N_LABELS: Final = 4
#: Largest weight in steps, either way: those of one token's n-grams, made positive, fit in 16 bits.
MAX_STEPS: Final = 65_535 // (2 * len(NGRAM_KINDS))

_LOW_HALVES: Final = np.uint64(0x0000FFFF0000FFFF)
_LOW_HALF: Final = np.uint64(0xFFFFFFFF)


@dataclass(frozen=True)
class LinearScores:
    """Linear scores with the four weights of a bucket packed into one 64-bit word.

    Attributes:
        steps: ``(N_BUCKETS, 4) int16``, weights in steps, in ``[-MAX_STEPS, MAX_STEPS]``.
        step: Size of a weight's step.
        bias: ``(4,) float32``.
        packed: ``(N_BUCKETS,) uint64``, the four weights of a bucket, each plus ``MAX_STEPS``.

    """

    steps: NDArray[np.int16]
    step: float
    bias: NDArray[np.float32]
    packed: NDArray[np.uint64]

    @classmethod
    def from_steps(cls, steps: NDArray[np.int16], step: float, bias: NDArray[np.float32]) -> LinearScores:
        """Pack ``(N_BUCKETS, 4)`` *steps*."""
        packed = (steps + np.int16(MAX_STEPS)).astype("<u2").view("<u8").reshape(N_BUCKETS)
        return cls(steps, step, bias, packed)

    def __call__(self, tokens: Tokens) -> NDArray[np.float32]:
        """Score the segments of a chunk, ``(n_segments, 4) float32``.

        A segment's score is the sum of its n-grams' weights over the square root of their
        number, so that neither one word nor length alone decides.
        """
        words = self.packed[tokens.buckets[0]]
        for buckets in tokens.buckets[1:]:
            words += self.packed[buckets]
        # Two 32-bit lanes each: the even and the odd labels.
        even = _sums_within(words & _LOW_HALVES, tokens.bounds)
        odd = _sums_within((words >> np.uint64(16)) & _LOW_HALVES, tokens.bounds)
        totals = np.stack([even & _LOW_HALF, odd & _LOW_HALF, even >> np.uint64(32), odd >> np.uint64(32)], axis=1)
        n_ngrams = np.diff(tokens.bounds) * len(NGRAM_KINDS)
        weights = totals.astype(np.int64) - (n_ngrams * MAX_STEPS)[:, None]
        scale = self.step / np.sqrt(np.maximum(n_ngrams, len(NGRAM_KINDS)))
        return np.asarray(weights.astype(np.float32) * scale[:, None].astype(np.float32) + self.bias)


def _sums_within(values: NDArray[np.uint64], bounds: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Sum *values* between *bounds*; differences are exact though the running sum wraps around."""
    sums = np.zeros(len(values) + 1, np.uint64)
    np.cumsum(values, out=sums[1:])
    return np.asarray(np.diff(sums[bounds]))
