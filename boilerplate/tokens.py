"""Segments → tokens and hashed n-grams, for a chunk of segments at a time.

Every token brings one n-gram of each kind, so that a chunk is a plain ``(n_kinds,
n_tokens)`` array of buckets. The hash of any span comes from one prefix sum of character
values times powers of an odd multiplier modulo 2**64 (Karp and Rabin, "Efficient
randomized pattern-matching algorithms", 1987).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from boilerplate import characters as ch

BUCKET_BITS: Final = 20
N_BUCKETS: Final = 1 << BUCKET_BITS
NGRAM_KINDS: Final = ("word", "bigram", "trigram", "prefix4", "prefix6")
#: Tokens at the start of a segment whose n-grams count a second time, apart: "Read also: …".
OPENING_TOKENS: Final = 4

# A segment longer than both together is seen by its first and last characters only.
HEAD_CHARACTERS: Final = 320
TAIL_CHARACTERS: Final = 96
VISIBLE_CHARACTERS: Final = HEAD_CHARACTERS + TAIL_CHARACTERS + 1

_CHUNK_CHARACTERS: Final = 65_536  # arrays of a chunk this large stay in the processor's cache
_MAX_CHARACTERS: Final = _CHUNK_CHARACTERS + VISIBLE_CHARACTERS + 2
_MULTIPLIER: Final = 0x9E3779B97F4A7C15
_START: Final = np.uint64(0x8F1BBCDCBFA53E0B)
_END: Final = np.uint64(0x5BE0CD19137E2179)
#: Characters: a stem of most inflecting languages, and of compounds; where words are not spaced, prefixes run on.
_PREFIXES: Final = (4, 6)
_FACTORS: Final = ch.mix(np.arange(1, 9, dtype=np.uint64)) | np.uint64(1)
_SHIFT: Final = np.uint64(64 - BUCKET_BITS)


def _powers(base: int) -> NDArray[np.uint64]:
    factors = np.full(_MAX_CHARACTERS, base, np.uint64)
    factors[0] = 1
    return np.cumprod(factors, dtype=np.uint64)


_POWERS: Final = _powers(_MULTIPLIER)
_INVERSE_POWERS: Final = _powers(pow(_MULTIPLIER, -1, 1 << 64))


@dataclass(frozen=True)
class Tokens:
    """Tokens of a chunk of segments.

    Attributes:
        rows: ``(n_characters,) int64``, table row of each visible character.
        starts: ``(n_segments,) int64``, first visible character of each segment.
        ends: ``(n_segments,) int64``, past the last visible character of each segment.
        lengths: ``(n_tokens,) int64``, characters of each token.
        classes: ``(n_tokens,) uint8``, character class of each token's first character.
        bounds: ``(n_segments + 1,) int64``, tokens of segment ``s`` are ``bounds[s]:bounds[s + 1]``.
        buckets: ``(n_kinds, n_tokens) int64``, n-gram buckets in ``[0, N_BUCKETS)``.
        trigrams: ``(n_tokens,) uint64``, hash of each token with its neighbours.

    """

    rows: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    lengths: NDArray[np.int64]
    classes: NDArray[np.uint8]
    bounds: NDArray[np.int64]
    buckets: NDArray[np.int64]
    trigrams: NDArray[np.uint64]

    def worded(self) -> NDArray[np.bool_]:
        """Tell of each segment whether it holds a letter or a digit."""
        is_word = (self.classes >= ch.LOWER) & (self.classes <= ch.UNSPACED)
        return np.asarray(sums_between(is_word, self.bounds, np.int64) > 0)

    def openings(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Buckets and bounds, as ``buckets`` and ``bounds``, of the first tokens of each segment."""
        counts = np.minimum(np.diff(self.bounds), OPENING_TOKENS)
        bounds = np.append(0, np.cumsum(counts))
        return self.buckets[:, np.arange(bounds[-1]) + np.repeat(self.bounds[:-1] - bounds[:-1], counts)], bounds


def chunks(texts: Sequence[str]) -> Iterator[list[str]]:
    """Cut *texts* into runs of about ``_CHUNK_CHARACTERS`` visible characters, none empty."""
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    filled = np.cumsum(np.minimum(lengths, VISIBLE_CHARACTERS) + 1)
    start = 0
    while start < len(texts):
        before = filled[start - 1] if start else 0
        end = max(start + 1, int(np.searchsorted(filled, before + _CHUNK_CHARACTERS)))
        yield list(texts[start:end])
        start = end


def visible(text: str) -> str:
    """Return what the features see of a segment: its head and tail where it is long."""
    if len(text) < VISIBLE_CHARACTERS:
        return text
    return f"{text[:HEAD_CHARACTERS]}\n{text[-TAIL_CHARACTERS:]}"


def tokenise(texts: Sequence[str]) -> Tokens:
    """Find the tokens of a chunk of segments and hash their n-grams."""
    shown = [text if len(text) < VISIBLE_CHARACTERS else visible(text) for text in texts]
    codes = np.frombuffer("\n".join(shown).encode("utf-32-le", "surrogatepass"), np.uint32)
    lengths = np.fromiter(map(len, shown), np.int64, len(shown))
    ends = np.cumsum(lengths + 1) - 1
    starts = ends - lengths
    rows = ch.rows(codes)
    first, last = _spans(ch.TOKEN_KINDS.take(rows))
    bounds = np.append(np.searchsorted(first, starts), len(first))
    sums = np.zeros(len(rows) + 1, np.uint64)
    np.cumsum(ch.VALUES.take(rows) * _POWERS[: len(rows)], out=sums[1:])
    before_token, inverse_powers = sums.take(first), _INVERSE_POWERS.take(first)
    words = (sums.take(last) - before_token) * inverse_powers
    after = np.append(words[1:], _END)
    before = np.append(_START, words[:-1])
    filled = bounds[:-1] < bounds[1:]
    after[bounds[1:][filled] - 1] = _END
    before[bounds[:-1][filled]] = _START
    bigrams = words * _FACTORS[1] + after * _FACTORS[2]
    trigrams = bigrams + before * _FACTORS[3]
    hashes = np.empty((len(NGRAM_KINDS), len(first)), np.uint64)
    hashes[0] = words * _FACTORS[0]
    hashes[1] = bigrams
    hashes[2] = trigrams
    classes = ch.CLASSES.take(rows.take(first))
    unspaced = np.flatnonzero(classes == ch.UNSPACED)
    limits = last.copy()
    limits[unspaced] = ends.take(np.searchsorted(bounds, unspaced, side="right") - 1)
    for kind, length in enumerate(_PREFIXES, 3):
        prefixes = (sums.take(np.minimum(limits, first + length)) - before_token) * inverse_powers
        hashes[kind] = prefixes * _FACTORS[kind + 1]
    hashes >>= _SHIFT
    return Tokens(rows, starts, ends, last - first, classes, bounds, hashes.view(np.int64), trigrams)


def sums_between(values: NDArray[Any], bounds: NDArray[np.int64], dtype: type[np.generic]) -> NDArray[Any]:
    """Sum *values* between *bounds*, ``(len(bounds) - 1,)``; exact for unsigned ones though the running sum wraps."""
    sums = np.zeros(len(values) + 1, dtype)
    np.cumsum(values, out=sums[1:])
    return np.asarray(np.diff(sums[bounds]))


def _spans(kinds: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first character of each token and the one past its last."""
    solo, word = kinds == ch.SOLO, kinds == ch.WORD
    starts, ends = word.copy(), word.copy()
    starts[1:] &= ~word[:-1]
    ends[:-1] &= ~word[1:]
    return np.flatnonzero(starts | solo), np.flatnonzero(ends | solo) + 1
