"""Features → scores: one linear model per label over the n-grams of a segment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from boilerplate.tokens import N_BUCKETS, NGRAM_KINDS, Tokens

N_LABELS: Final = 4
#: Largest weight in steps: the n-grams of one token are summed in 16 bits.
MAX_STEPS: Final = 32_767 // len(NGRAM_KINDS)


@dataclass(frozen=True)
class LinearScores:
    """Linear scores with the four weights of a bucket packed into one 64-bit word.

    Attributes:
        packed: ``(N_BUCKETS,) uint64``, four int16 weights a bucket, in steps.
        step: Size of a weight's step.
        bias: ``(4,) float32``.

    """

    packed: NDArray[np.uint64]
    step: float
    bias: NDArray[np.float32]

    @classmethod
    def from_steps(cls, steps: NDArray[np.int16], step: float, bias: NDArray[np.float32]) -> LinearScores:
        """Pack ``(N_BUCKETS, 4) int16`` *steps*."""
        return cls(np.ascontiguousarray(steps).view(np.uint64).reshape(N_BUCKETS), step, bias)

    def __call__(self, tokens: Tokens) -> NDArray[np.float32]:
        """Score the segments of a chunk, ``(n_segments, 4) float32``.

        A segment's score is the sum of its n-grams' weights over the square root of their
        number, so that neither one word nor length alone decides.
        """
        steps = np.zeros((len(tokens.first), N_LABELS), np.int16)
        for buckets in tokens.buckets:
            steps += self.packed[buckets].view(np.int16).reshape(-1, N_LABELS)
        sums = np.zeros((len(steps) + 1, N_LABELS), np.int32)
        np.cumsum(steps, axis=0, out=sums[1:])
        totals = np.diff(sums[tokens.bounds], axis=0).astype(np.float32)
        n_ngrams = np.maximum(np.diff(tokens.bounds), 1) * len(NGRAM_KINDS)
        return np.asarray(totals * (self.step / np.sqrt(n_ngrams))[:, None].astype(np.float32) + self.bias)
