"""Segments → features: hashed n-grams and shapes, computed here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from boilerplate.shapes import SHAPE_NAMES, keys, own_shapes, place_shapes
from boilerplate.tokens import (
    BUCKET_BITS,
    HEAD_CHARACTERS,
    NGRAM_KINDS,
    OPENING_TOKENS,
    TAIL_CHARACTERS,
    Tokens,
    chunks,
    tokenise,
)

#: Names every choice that changes the features of a text; model files are bound to it.
FINGERPRINT: Final = (
    f"4-{'+'.join(NGRAM_KINDS)}-{OPENING_TOKENS}-{BUCKET_BITS}-{HEAD_CHARACTERS}+{TAIL_CHARACTERS}-{len(SHAPE_NAMES)}"
)


@dataclass(frozen=True)
class Features:
    """Features of whole documents.

    Attributes:
        reduced: ``(n_segments, k)`` array, what the caller's function made of the n-grams.
        shapes: ``(n_segments, len(SHAPE_NAMES)) float32``.
        lengths: ``(n_segments,) int64``, characters.
        bounds: ``(n_documents + 1,) int64``, first segment of each document.

    """

    reduced: NDArray[np.float32]
    shapes: NDArray[np.float32]
    lengths: NDArray[np.int64]
    bounds: NDArray[np.int64]


def extract(
    texts: Sequence[str], bounds: NDArray[np.int64], reduce: Callable[[Tokens], NDArray[np.float32]]
) -> Features:
    """Compute the features of the segments *texts* of whole documents.

    N-grams of a large document would not fit in memory, so *reduce* turns those of one
    chunk into one row a segment (scores at inference) before the next chunk is made.
    """
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    reduced, own, found = [], [], []
    start = 0
    for chunk in chunks(texts):
        tokens = tokenise(chunk)
        reduced.append(reduce(tokens))
        own.append(own_shapes(tokens, lengths[start : start + len(chunk)]))
        found.append(keys(tokens))
        start += len(chunk)
    place = place_shapes(found, lengths, bounds)
    return Features(np.concatenate(reduced), np.concatenate([place, np.concatenate(own)], axis=1), lengths, bounds)
