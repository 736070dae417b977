"""Tokens → stems: what a segment speaks of, how rare that is, and what else in the document speaks of it.

The paragraphs of an article take up each other's words, rare ones among them. A teaser of another article, a comment
form or a pitch takes up few of them, or shares its words with segments that do not look editorial either.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from boilerplate import characters as ch
from boilerplate.tokens import BUCKET_BITS, NGRAM_KINDS, Tokens

#: Names of the echo features, in order.
ECHO_NAMES: Final = ("editorial_echoes", "other_echoes")
RARITY_FILE: Final = Path(__file__).with_name("rarity.npy")
#: Inverse document frequency of every stem (Spärck Jones 1972) in steps, ``(N_BUCKETS,) uint8``.
RARITY: Final[NDArray[np.uint8]] = np.load(RARITY_FILE, allow_pickle=False)

_SHORTEST: Final = 3  # characters: shorter words carry no topic
_STEM, _PAIR = NGRAM_KINDS.index("prefix6"), NGRAM_KINDS.index("bigram")
_KEY_BITS: Final = 16  # keys of so many bits are sorted by counting
#: Steps of a nat.
RARITY_STEPS: Final = 30


@dataclass(frozen=True)
class Stems:
    """Stems of the segments of a chunk; where words are not spaced, pairs of characters.

    Attributes:
        buckets: ``(n_stems,) int64``, in ``[0, N_BUCKETS)``.
        bounds: ``(n_segments + 1,) int64``, stems of segment ``s`` are ``bounds[s]:bounds[s + 1]``.

    """

    buckets: NDArray[np.int64]
    bounds: NDArray[np.int64]

    def keys(self) -> NDArray[np.uint16]:
        """Shorter hashes, by which equal stems of one document are found (rare collisions aside)."""
        return (self.buckets >> (BUCKET_BITS - _KEY_BITS)).astype(np.uint16)

    def rarity(self) -> NDArray[np.float32]:
        """Mean rarity of each segment's stems, ``(n_segments,) float32``."""
        sums = np.zeros(len(self.buckets) + 1, np.int64)
        np.cumsum(RARITY.take(self.buckets), out=sums[1:])
        return np.asarray(np.diff(sums[self.bounds]) / (RARITY_STEPS * np.maximum(np.diff(self.bounds), 1)), np.float32)


def find_stems(tokens: Tokens) -> Stems:
    """Pick the stems of a chunk."""
    unspaced = tokens.classes == ch.UNSPACED
    chosen = np.flatnonzero((tokens.lengths >= _SHORTEST) | unspaced)
    buckets = np.where(unspaced, tokens.buckets[_PAIR], tokens.buckets[_STEM])
    return Stems(buckets.take(chosen), np.searchsorted(chosen, tokens.bounds))


def echoes(
    editorial: NDArray[np.float32], keys: NDArray[np.uint16], counts: NDArray[np.int64], pieces: NDArray[np.int64]
) -> NDArray[np.float32]:
    """How much of each segment stands elsewhere in its document too, ``(n_segments, len(ECHO_NAMES)) float32``.

    Of a stem that stands ``n`` times elsewhere, ``n / (n + 1)`` counts; it is divided between editorial and other
    segments by how editorial those look.

    Args:
        editorial: ``(n_segments,)``, probability that the segment, by itself, is editorial.
        keys: ``(n_stems,)``, keys of the stems of all segments in order.
        counts: ``(n_segments,)``, stems of each segment.
        pieces: ``(n_pieces + 1,)``, first segment of each document, or of each piece of a long one.

    """
    order = np.argsort(keys, kind="stable")  # equal stems of a piece stand together
    keys = keys[order]
    segments = np.repeat(np.arange(len(counts)), counts)[order]
    piece = np.repeat(np.arange(len(pieces) - 1), np.diff(pieces))[segments]
    starts = np.ones(len(keys), bool)
    starts[1:] = (keys[1:] != keys[:-1]) | (piece[1:] != piece[:-1])
    groups = np.flatnonzero(starts)
    sizes = np.diff(np.append(groups, len(keys)))
    own = editorial.astype(np.float64)[segments]
    sums = np.add.reduceat(own, groups) if len(groups) else own
    size = np.repeat(sizes, sizes)
    among_editorial = (np.repeat(sums, sizes) - own) / size
    among_others = (size - 1) / size - among_editorial
    shares = [np.bincount(segments, values, len(counts)) for values in (among_editorial, among_others)]
    return np.asarray(np.stack(shares, axis=1) / np.maximum(counts, 1)[:, None], np.float32)
