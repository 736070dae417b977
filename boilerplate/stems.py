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
from boilerplate.tokens import BUCKET_BITS, NGRAM_KINDS, Tokens, sums_between

#: Names of the echo features, in order.
ECHO_NAMES: Final = ("editorial_echoes", "other_echoes")
STEM_BITS: Final = 18
N_STEMS: Final = 1 << STEM_BITS
#: Steps of a nat of rarity.
RARITY_STEPS: Final = 30
RARITY_FILE: Final = Path(__file__).with_name("rarity.npy")
#: Inverse document frequency of every stem (Spärck Jones 1972) in steps, ``(N_STEMS,) uint8``.
RARITY: Final[NDArray[np.uint8]] = np.load(RARITY_FILE, allow_pickle=False)

_SHORTEST: Final = 3  # characters: shorter words carry no topic
_STEM, _PAIR = NGRAM_KINDS.index("prefix6"), NGRAM_KINDS.index("bigram")
_KEY_BITS: Final = 16  # keys of so many bits are sorted by counting


@dataclass(frozen=True)
class Stems:
    """Stems of the segments of a chunk; where words are not spaced, pairs of characters.

    Attributes:
        buckets: ``(n_stems,) int64``, in ``[0, N_STEMS)``.
        bounds: ``(n_segments + 1,) int64``, stems of segment ``s`` are ``bounds[s]:bounds[s + 1]``.

    """

    buckets: NDArray[np.int64]
    bounds: NDArray[np.int64]

    def keys(self) -> NDArray[np.uint16]:
        """Shorter hashes, by which equal stems of one document are found (rare collisions aside)."""
        return (self.buckets >> (STEM_BITS - _KEY_BITS)).astype(np.uint16)

    def rarity(self) -> NDArray[np.float32]:
        """Mean rarity of each segment's stems, ``(n_segments,) float32``."""
        sums = sums_between(RARITY.take(self.buckets), self.bounds, np.int64)
        return np.asarray(sums / (RARITY_STEPS * np.maximum(np.diff(self.bounds), 1)), np.float32)


def find_stems(tokens: Tokens) -> Stems:
    """Pick the stems of a chunk."""
    unspaced = tokens.classes == ch.UNSPACED
    chosen = np.flatnonzero((tokens.lengths >= _SHORTEST) | unspaced)
    buckets = np.where(unspaced, tokens.buckets[_PAIR], tokens.buckets[_STEM])
    return Stems(buckets.take(chosen) >> (BUCKET_BITS - STEM_BITS), np.searchsorted(chosen, tokens.bounds))


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
    if not len(keys):
        return np.zeros((len(counts), len(ECHO_NAMES)), np.float32)
    order = np.argsort(keys, kind="stable")  # equal stems of a piece stand together
    keys = keys.take(order)
    segments = np.repeat(np.arange(len(counts)), counts).take(order)
    piece = np.repeat(np.arange(len(pieces) - 1), np.diff(pieces)).take(segments)
    differs = np.ones(len(keys), bool)
    np.logical_or(keys[1:] != keys[:-1], piece[1:] != piece[:-1], out=differs[1:])
    groups = np.flatnonzero(differs)
    group = np.cumsum(differs) - 1
    # Of n + 1 equal stems each has n elsewhere: a share of 1 / (n + 1) is its own.
    own_share = 1 / np.diff(np.append(groups, len(keys)))
    editorial_share = np.add.reduceat(editorial.astype(np.float64).take(segments), groups) * own_share
    own = np.bincount(segments, own_share.take(group), len(counts))
    of_editorial = np.bincount(segments, editorial_share.take(group), len(counts)) - editorial * own
    shares = np.stack([of_editorial, counts - own - of_editorial], axis=1)
    return np.asarray(shares / np.maximum(counts, 1)[:, None], np.float32)
