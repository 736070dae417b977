"""Features → scores: linear models over the n-grams of a segment.

Four of the scores are for the labels of the segment itself, four for its surroundings: a line such as
"More on this" says little of itself and a lot of what comes next, "3 comments" that the article is over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from boilerplate.tokens import N_BUCKETS, NGRAM_KINDS, OPENING_TOKENS, Tokens, sums_between

N_LABELS: Final = 4
#: Half the log-odds that boilerplate stands right before, right after; that the article has begun; that it goes on.
N_SURROUNDINGS: Final = 4
N_SCORES: Final = N_LABELS + N_SURROUNDINGS
#: Rows of the weight table: a bucket anywhere in the segment, then the same in its opening.
N_ROWS: Final = 2 * N_BUCKETS
#: Scale of the opening beside the whole; 1 removes a point less of each kind.
OPENING_SHARE: Final = 0.7
#: Largest weight in steps, either way: those of one token's n-grams, made positive, fit in eight bits.
MAX_STEPS: Final = 255 // (2 * len(NGRAM_KINDS))

# Eight lanes of a byte each become twice four lanes of 16 bits, which so many tokens do not overflow.
_LANES: Final = np.uint64(0x00FF00FF00FF00FF)
_SHIFTS: Final = (np.uint64(0), np.uint64(8))
_PIECE_TOKENS: Final = 256


@dataclass(frozen=True)
class LinearScores:
    """Linear scores with the eight weights of a bucket packed into one 64-bit word.

    Attributes:
        packed: ``(N_ROWS,) uint64``, the weights of a row in steps, each plus ``MAX_STEPS``.
        step: Size of a weight's step.
        bias: ``(N_SCORES,) float32``.

    """

    packed: NDArray[np.uint64]
    step: float
    bias: NDArray[np.float32]

    @classmethod
    def from_steps(cls, steps: NDArray[np.int8], step: float, bias: NDArray[np.float32]) -> LinearScores:
        """Pack ``(N_ROWS, N_SCORES)`` *steps* in ``[-MAX_STEPS, MAX_STEPS]``."""
        packed = (steps.view(np.uint8) + np.uint8(MAX_STEPS)).view("<u8").reshape(N_ROWS)
        return cls(packed, step, bias)

    @property
    def steps(self) -> NDArray[np.int8]:
        """The weights in steps, ``(N_ROWS, N_SCORES) int8``."""
        return (self.packed.view(np.uint8) - np.uint8(MAX_STEPS)).view(np.int8).reshape(N_ROWS, N_SCORES)

    def __reduce__(self) -> tuple[Any, ...]:
        # Packed anew, the weights lie in memory of numpy's own, in large pages: a third faster to read than a pickle's.
        return LinearScores.from_steps, (self.steps, self.step, self.bias)

    def __call__(self, tokens: Tokens) -> NDArray[np.float32]:
        """Score the segments of a chunk, ``(n_segments, N_SCORES) float32``."""
        openings, bounds = tokens.openings()
        whole, opening = scales(np.diff(tokens.bounds))
        steps = self._sums(tokens.buckets, tokens.bounds) * whole[:, None]
        steps += self._sums(openings + N_BUCKETS, bounds) * opening[:, None]
        return np.asarray(steps * np.float32(self.step) + self.bias)

    def _sums(self, rows: NDArray[np.int64], bounds: NDArray[np.int64]) -> NDArray[np.float32]:
        """Sums of the weights of *rows* between *bounds*, ``(n_segments, N_SCORES)`` in steps."""
        words = self.packed.take(rows[0])
        for kind in rows[1:]:
            words += self.packed.take(kind)
        first, pieces = _pieces(bounds)
        lanes = np.stack([sums_between((words >> shift) & _LANES, pieces, np.uint64) for shift in _SHIFTS], axis=1)
        lanes = lanes.astype("<u8", copy=False).view("<u2").reshape(-1, 2, 4)
        totals = np.add.reduceat(lanes, first, axis=0, dtype=np.int64)
        totals = totals.transpose(0, 2, 1).reshape(-1, N_SCORES)
        added = np.diff(bounds) * (len(NGRAM_KINDS) * MAX_STEPS)
        return np.asarray(totals - added[:, None], np.float32)


def scales(n_tokens: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Scale of the n-grams anywhere in a segment of *n_tokens*, and of those in its opening.

    A score is a sum of weights over the square root of their number, so that neither one
    word nor length alone decides. In a long line the first words would drown: they count apart.
    """
    whole = np.maximum(n_tokens, 1)
    opening = np.minimum(whole, OPENING_TOKENS)
    n_kinds = len(NGRAM_KINDS)
    return (
        np.asarray(1 / np.sqrt(whole * n_kinds), np.float32),
        np.asarray(OPENING_SHARE / np.sqrt(opening * n_kinds), np.float32),
    )


def _pieces(bounds: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Cut segments into pieces of at most ``_PIECE_TOKENS``; return the first piece of each and all bounds."""
    counts = np.maximum(-(-np.diff(bounds) // _PIECE_TOKENS), 1)
    ends = np.cumsum(counts)
    first = ends - counts
    within = np.arange(ends[-1]) - np.repeat(first, counts)
    return first, np.append(np.repeat(bounds[:-1], counts) + within * _PIECE_TOKENS, bounds[-1])
