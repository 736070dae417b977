"""Segments → features: hashed n-grams and shapes, computed here and nowhere else."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from boilerplate.characters import TABLE
from boilerplate.rendering import rendered
from boilerplate.shapes import SHAPE_NAMES, own_shapes, place_shapes, segment_hashes
from boilerplate.stems import RARITY, find_stems
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
    f"10-{'+'.join(NGRAM_KINDS)}-{OPENING_TOKENS}-{BUCKET_BITS}-{HEAD_CHARACTERS}+{TAIL_CHARACTERS}"
    f"-{len(SHAPE_NAMES)}-{zlib.crc32(RARITY.tobytes(), zlib.crc32(TABLE.tobytes())):08x}"
)


@dataclass(frozen=True)
class Features:
    """Features of whole documents.

    Attributes:
        reduced: ``(n_segments, k)`` array, what the caller's function made of the n-grams.
        shapes: ``(n_segments, len(SHAPE_NAMES)) float32``.
        stems: ``(n_stems,) uint16``, keys of the stems of all segments in order.
        n_stems: ``(n_segments,) int64``, stems of each segment.
        lengths: ``(n_segments,) int64``, characters without marks of Markdown and the like.
        bounds: ``(n_documents + 1,) int64``, first segment of each document.

    """

    reduced: NDArray[np.float32]
    shapes: NDArray[np.float32]
    stems: NDArray[np.uint16]
    n_stems: NDArray[np.int64]
    lengths: NDArray[np.int64]
    bounds: NDArray[np.int64]

    def part(self, pieces: NDArray[np.int64]) -> Features:
        """Features of documents, or pieces of them, that follow each other; *pieces* are their bounds."""
        rows = slice(pieces[0], pieces[-1])
        first = int(self.n_stems[: rows.start].sum())
        n_stems = self.n_stems[rows]
        stems = self.stems[first : first + int(n_stems.sum())]
        return Features(self.reduced[rows], self.shapes[rows], stems, n_stems, self.lengths[rows], pieces - pieces[0])


def extract(
    texts: Sequence[str], bounds: NDArray[np.int64], reduce: Callable[[Tokens], NDArray[np.float32]]
) -> tuple[Features, NDArray[np.bool_]]:
    """Compute the features of the segments *texts* of whole documents, as a reader sees them.

    Segments that show no letter or digit (rules, bullets, images) have none: tells of each segment whether it has.
    N-grams of a large document would not fit in memory, so *reduce* turns those of one
    chunk into one row a segment (scores at inference) before the next chunk is made.
    """
    reduced, own, keys, n_stems, hashes, lengths, has_words = [], [], [], [], [], [], []
    for chunk in map(rendered, chunks(texts)):
        tokens = tokenise(chunk)
        stems = find_stems(tokens)
        reduced.append(reduce(tokens))
        lengths.append(np.fromiter(map(len, chunk), np.int64, len(chunk)))
        own.append(own_shapes(tokens, stems, lengths[-1]))
        keys.append(stems.keys())
        n_stems.append(np.diff(stems.bounds))
        hashes.append(segment_hashes(tokens))
        has_words.append(tokens.worded())
    worded = np.concatenate(has_words)
    kept = slice(None) if worded.all() else worded  # mostly there is nothing to copy
    bounds = np.append(0, np.cumsum(worded))[bounds]
    n_characters = np.concatenate(lengths)[kept]
    place = place_shapes(np.concatenate(hashes)[kept], n_characters, bounds)
    shapes = np.concatenate([place, np.concatenate(own)[kept]], axis=1)
    stem_counts = np.concatenate(n_stems)[kept]  # a segment without words has no stems
    found = Features(np.concatenate(reduced)[kept], shapes, np.concatenate(keys), stem_counts, n_characters, bounds)
    return found, worded
