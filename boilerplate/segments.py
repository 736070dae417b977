"""Text → segments: paragraphs and lines with exact character offsets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

# Hard-wrapped text: a block of lines is joined when nearly every line is as full as the next
# word allows. Measured on the real documents: no block of headlines or list items qualifies,
# while mail archives and plain-text press releases do.
_WRAP_MIN_LINES: Final = 3
_WRAP_MIN_WIDTH: Final = 50  # characters of the longest line
_WRAP_MAX_WIDTH: Final = 85  # characters of the longest line
_WRAP_FULL_SHARE: Final = 0.75  # fraction of lines that had no room for the next word
_WRAP_CONTINUED_SHARE: Final = 0.4  # fraction of lines that go on in lower case
_LIST_ITEM: Final = re.compile(r"[-*+•–—·>#|]\s|\d{1,3}[.)]\s")


@dataclass(frozen=True)
class Segmentation:
    """Segments of one or more documents.

    Attributes:
        texts: Text of each segment, without surrounding white space.
        starts: ``(n_segments,) int64``, offset of the first character in its document.
        ends: ``(n_segments,) int64``, offset past the last character in its document.
        bounds: ``(n_documents + 1,) int64``, the segments of document ``d`` are
            ``bounds[d]:bounds[d + 1]``.

    """

    texts: list[str]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    bounds: NDArray[np.int64]

    def documents(self) -> list[slice]:
        """The segments of each document."""
        bounds = self.bounds.tolist()
        return list(map(slice, bounds, bounds[1:]))


def segment(documents: Sequence[str]) -> Segmentation:
    r"""Split *documents* into segments: one a line, hard-wrapped lines joined.

    Any line break known to ``str.splitlines`` separates segments; blank lines separate
    them too and hold none. List items stay on their own.

    >>> segment(["Title\n\n  First paragraph.\n"]).texts
    ['Title', 'First paragraph.']
    """
    joined = "\n".join([*documents, ""])
    lines = joined.splitlines(keepends=True)
    texts = list(map(str.strip, lines))
    widths = _lengths(lines)
    line_ends = np.cumsum(widths)
    lengths = _lengths(texts)
    starts = line_ends - widths
    for line in np.flatnonzero(widths - lengths > 1).tolist():  # more than a line break was stripped
        starts[line] += len(lines[line]) - len(lines[line].lstrip())
    filled = np.flatnonzero(lengths)
    starts, lengths = starts[filled], lengths[filled]
    texts = list(filter(None, texts))
    origins = np.zeros(len(documents) + 1, np.int64)
    np.cumsum(_lengths(documents) + 1, out=origins[1:])
    bounds = np.searchsorted(starts, origins)
    found = Segmentation(texts, starts, starts + lengths, bounds)
    narrow = np.flatnonzero(_narrow_runs(lengths, np.diff(filled)))
    if len(narrow):
        found = _join_wrapped(found, narrow, filled, joined)
    shift = np.repeat(origins[:-1], np.diff(found.bounds))
    return Segmentation(found.texts, found.starts - shift, found.ends - shift, found.bounds)


def _lengths(strings: Sequence[str]) -> NDArray[np.int64]:
    return np.fromiter(map(len, strings), np.int64, len(strings))


def _narrow_runs(lengths: NDArray[np.int64], steps: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell of each line but the last two whether it and the next two are of a wrapped paragraph's width."""
    narrow = (lengths <= _WRAP_MAX_WIDTH) & (lengths >= _WRAP_MIN_WIDTH // 2)
    pairs = narrow[:-1] & narrow[1:] & (steps == 1)
    return np.asarray(pairs[:-1] & pairs[1:])


def _join_wrapped(
    found: Segmentation, narrow: NDArray[np.int64], line_numbers: NDArray[np.int64], joined: str
) -> Segmentation:
    """Join the lines of wrapped blocks into paragraphs, within each document that holds one of the *narrow* runs."""
    document = np.repeat(np.arange(len(found.bounds) - 1), np.diff(found.bounds))
    may_be_wrapped = set(document[narrow][document[narrow] == document[narrow + 2]].tolist())
    breaks = np.ones(len(found.texts) + 1, bool)
    breaks[1:-1] = np.diff(line_numbers) != 1
    breaks[found.bounds] = True
    block_starts = np.flatnonzero(breaks)
    first = np.ones(len(found.texts), bool)
    for start, end in zip(block_starts[:-1].tolist(), block_starts[1:].tolist()):
        if end - start >= _WRAP_MIN_LINES and document[start] in may_be_wrapped:
            first[start + 1 : end] = ~_continues(found.texts[start:end])
    firsts = np.flatnonzero(first)
    lasts = np.append(firsts[1:], len(first)) - 1
    starts, ends = found.starts[firsts], found.ends[lasts]
    texts = [
        found.texts[a] if a == b else joined[start:end]
        for a, b, start, end in zip(firsts.tolist(), lasts.tolist(), starts.tolist(), ends.tolist())
    ]
    return Segmentation(texts, starts, ends, np.searchsorted(firsts, found.bounds))


def _continues(lines: list[str]) -> NDArray[np.bool_]:
    """Tell for each line but the first of a block whether it continues the line before."""
    width = max(map(len, lines))
    none = np.zeros(len(lines) - 1, bool)
    if not _WRAP_MIN_WIDTH <= width <= _WRAP_MAX_WIDTH:
        return none
    pairs = list(zip(lines, lines[1:]))
    full = np.array([len(line) + 1 + len(after.split(None, 1)[0]) > width for line, after in pairs])
    lower = np.array([after[0].islower() for _, after in pairs])  # of scripts without case nothing tells
    items = np.array([_LIST_ITEM.match(after) is not None for _, after in pairs])
    if full.mean() < _WRAP_FULL_SHARE or lower.mean() < _WRAP_CONTINUED_SHARE:
        return none
    return np.asarray(full & ~items)
