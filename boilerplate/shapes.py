"""Tokens → shape features: length, punctuation, case, rarity, place and repetition in the document."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from boilerplate import characters as ch
from boilerplate.stems import Stems
from boilerplate.tokens import Tokens, sums_between

_COUNTED: Final = (
    ch.UPPER, ch.DIGIT, ch.UNSPACED, ch.TERMINAL, ch.PAUSE, ch.QUOTE, ch.MONEY, ch.SYMBOL, ch.BRACKET, ch.SPACE,
)  # fmt: skip
_FIRST: Final = (ch.UPPER, ch.LOWER, ch.DIGIT, ch.QUOTE, ch.SYMBOL)
_LAST: Final = (ch.TERMINAL, ch.PAUSE, ch.QUOTE, ch.DIGIT, ch.BRACKET, ch.SYMBOL)

#: Names of the shape features that are true or false, of a segment by itself.
FLAG_NAMES: Final = (
    "first_upper", "first_lower", "first_digit", "first_quote", "first_symbol",
    "last_terminal", "last_pause", "last_quote", "last_digit", "last_bracket", "last_symbol",
)  # fmt: skip
#: Names of the shape features of a segment by itself, in order.
OWN_NAMES: Final = (
    "length", "tokens", "token_length",
    "upper", "digit", "unspaced", "terminal", "pause", "quote", "money", "symbol", "bracket", "space",
    "sentences", "capitalised", "rarity",
    *FLAG_NAMES,
)  # fmt: skip
#: Names of the shape features that tell where a segment stands in its document, and whether twice, in order.
PLACE_NAMES: Final = (
    "from_start", "from_end", "place", "document_segments", "characters_before", "relative_length", "repeated",
)  # fmt: skip
SHAPE_NAMES: Final = PLACE_NAMES + OWN_NAMES

# Character classes are counted in lanes of ten bits: a visible segment has fewer than 1,024 characters.
_LANE_BITS: Final = 10
_LANES: Final = 6
_SCRAMBLER: Final = np.uint64(0x9E3779B97F4A7C15)  # 2**64 over the golden ratio (Knuth's multiplicative hashing)


def _lane_table(first_class: int) -> NDArray[np.uint64]:
    lane = ch.CLASSES.astype(np.int64) - first_class
    table = np.uint64(1) << (np.clip(lane, 0, _LANES - 1) * _LANE_BITS).astype(np.uint64)
    return np.where((lane >= 0) & (lane < _LANES), table, np.uint64(0))


_LANE_TABLES: Final = tuple(_lane_table(first) for first in range(0, ch.N_CLASSES, _LANES))


def _count_classes(tokens: Tokens) -> NDArray[np.int64]:
    """Characters of each class in each segment, ``(n_segments, N_CLASSES) int64``."""
    counts = np.empty((len(tokens.starts), ch.N_CLASSES), np.int64)
    for number, table in enumerate(_LANE_TABLES):
        packed = np.add.reduceat(table.take(tokens.rows), tokens.starts)
        for lane in range(_LANES):
            counts[:, number * _LANES + lane] = (packed >> np.uint64(lane * _LANE_BITS)) & np.uint64(0x3FF)
    return counts


def own_shapes(tokens: Tokens, stems: Stems, lengths: NDArray[np.int64]) -> NDArray[np.float32]:
    """Shape features of each segment by itself, ``(n_segments, len(OWN_NAMES)) float32``.

    *lengths* holds the full length of each segment in characters.
    """
    counts = _count_classes(tokens)
    n_tokens = np.diff(tokens.bounds)
    size = np.maximum(tokens.ends - tokens.starts, 1)
    capitals = sums_between(tokens.classes == ch.UPPER, tokens.bounds, np.int64)
    shapes = np.empty((len(lengths), len(OWN_NAMES)), np.float32)
    shapes[:, 0] = np.log1p(lengths)
    shapes[:, 1] = np.log1p(n_tokens)
    shapes[:, 2] = np.minimum(size / np.maximum(n_tokens, 1), 20) / 10
    shapes[:, 3:13] = counts[:, _COUNTED] / size[:, None]
    shapes[:, 13] = np.log1p(counts[:, ch.TERMINAL])
    shapes[:, 14] = capitals / np.maximum(n_tokens, 1)
    shapes[:, 15] = stems.rarity()
    shapes[:, 16:21] = ch.CLASSES[tokens.rows[tokens.starts]][:, None] == np.array(_FIRST)
    shapes[:, 21:27] = ch.CLASSES[tokens.rows[tokens.ends - 1]][:, None] == np.array(_LAST)
    return shapes


def segment_hashes(tokens: Tokens) -> NDArray[np.uint64]:
    """Hash of each segment's tokens, ``(n_segments,) uint64``."""
    return sums_between(tokens.trigrams, tokens.bounds, np.uint64)


def place_shapes(
    hashes: NDArray[np.uint64], lengths: NDArray[np.int64], bounds: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Shape features of each segment in its document, ``(n_segments, len(PLACE_NAMES)) float32``.

    *hashes* are those of the segments, *lengths* their characters, *bounds* the first segment of
    each document and, last, the number of segments.
    """
    sizes = np.diff(bounds)
    document = np.repeat(np.arange(len(sizes)), sizes)
    index = np.arange(len(lengths)) - bounds[document]
    size = sizes[document]
    before = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=before[1:])
    characters = np.diff(before[bounds])[document]
    in_document = hashes + document.astype(np.uint64) * _SCRAMBLER
    _, same, counts = np.unique(in_document, return_inverse=True, return_counts=True)
    shapes = np.empty((len(lengths), len(PLACE_NAMES)), np.float32)
    shapes[:, 0] = np.log1p(index)
    shapes[:, 1] = np.log1p(size - 1 - index)
    shapes[:, 2] = index / np.maximum(size - 1, 1)
    shapes[:, 3] = np.log1p(size)
    shapes[:, 4] = (before[:-1] - before[bounds[document]]) / np.maximum(characters, 1)
    shapes[:, 5] = np.log1p(lengths) - np.log1p(characters / size)
    shapes[:, 6] = counts[same] > 1
    return shapes
