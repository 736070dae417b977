"""Text → segments: paragraphs and lines with exact character offsets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

# Hard-wrapped text: the lines that plainly go on with a sentence follow a line as full as their first word allows. Then
# every line after a full one goes on. Measured on the real documents: no list of headlines or items qualifies, while
# mail archives and plain-text press releases do.
_WRAP_MIN_LINES: Final = 2  # that go on with a sentence after a full line
_WRAP_MIN_WIDTH: Final = 50  # characters of the longest line
_WRAP_MAX_WIDTH: Final = 132  # characters of the longest line
_WRAP_FULL_SHARE: Final = 0.75  # fraction of the lines that go on with a sentence
# Text taken from HTML element by element: links and emphasis stand on lines of their own.
_BROKEN_MIN_LENGTH: Final = 20  # characters of one of two lines that end no sentence: share bars have shorter ones
_BROKEN_MIN_LINES: Final = 2  # of several words, for a line of one word to be taken for a link
_LINK_MAX_LENGTH: Final = 40  # characters of a link that begins with a capital
_BEFORE_LINK_MIN_LENGTH: Final = 40  # characters of the line before it
_LIST_ITEM: Final = re.compile(r"[-*+•–—·>#|]\s|\d{1,3}[.)]\s")
#: Scripts without white space between words: Thai, Lao, Burmese, Khmer, kana, Chinese characters.
_UNSPACED: Final = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
#: A line that ends in the middle of its second sentence or a later one.
_BETWEEN_SENTENCES: Final = re.compile(r"[.!?؟۔।።]\s.*[^\s.!?؟۔।።:…]$")


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
    r"""Split *documents* into segments: one a line, lines that go on with a sentence joined.

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
    found = Segmentation(texts, starts, starts + lengths, np.searchsorted(starts, origins))
    continued = _continued(found, filled)
    if len(continued):
        found = _join(found, continued, joined)
    shift = np.repeat(origins[:-1], np.diff(found.bounds))
    return Segmentation(found.texts, found.starts - shift, found.ends - shift, found.bounds)


def _lengths(strings: Sequence[str]) -> NDArray[np.int64]:
    return np.fromiter(map(len, strings), np.int64, len(strings))


def _continued(found: Segmentation, line_numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Find the lines that go on with the sentence of the line right before them."""
    document = np.repeat(np.arange(len(found.bounds) - 1), np.diff(found.bounds))
    lines = np.flatnonzero((np.diff(line_numbers) == 1) & (np.diff(document) == 0)) + 1
    if not len(lines):  # paragraphs with blank lines between them
        return lines
    pairs = [(found.texts[line - 1], found.texts[line]) for line in lines.tolist()]
    capitals = np.bincount(document, [text != text.lower() for text in found.texts], len(found.bounds) - 1)
    has_capitals = (capitals > 0)[document[lines]].tolist()
    lower = np.fromiter((_goes_on(after, told) for (_, after), told in zip(pairs, has_capitals)), bool, len(pairs))
    goes_on = _wrapped(pairs, lower, document[lines]) | _broken(pairs, lower, document[lines], np.diff(lines) == 1)
    return lines[goes_on]


def _goes_on(line: str, has_capitals: bool) -> bool:
    """Tell whether a *line* begins with a mark that begins no sentence, or in lower case where others do not."""
    if line[0] in ",;)":
        return not line.startswith(",,")  # opens a quotation in Dutch and Polish
    return has_capitals and line[0].islower() and line[0].title() != line[0]  # letters of Georgian begin sentences


def _wrapped(
    pairs: Sequence[tuple[str, str]], lower: NDArray[np.bool_], document: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Tell of each of the *pairs* of lines whether hard wrapping made two of one.

    *lower* tells whether the second begins in lower case, or with a mark that begins no sentence.
    """
    lengths = _lengths([before for before, _ in pairs])
    narrow = lengths <= _WRAP_MAX_WIDTH
    plain = narrow & lower
    for pair in np.flatnonzero(narrow & ~lower).tolist():  # of scripts without case, the line before may tell
        before, after = pairs[pair]
        plain[pair] = after[0].isalpha() and not after[0].isupper() and bool(_BETWEEN_SENTENCES.search(before))
    widths = np.zeros(document.max(initial=0) + 1, np.int64)
    np.maximum.at(widths, document[plain], lengths[plain])
    width = np.where(widths < _WRAP_MIN_WIDTH, 0, widths)[document]
    full = lengths <= width
    for pair in np.flatnonzero(full).tolist():
        _, after = pairs[pair]
        full[pair] = lengths[pair] + _taken(after) > width[pair] and not _LIST_ITEM.match(after)
    n_plain = np.bincount(document[plain | lower], minlength=len(widths))
    n_full = np.bincount(document[plain & full], minlength=len(widths))
    is_wrapped = (n_full >= _WRAP_MIN_LINES) & (n_full >= _WRAP_FULL_SHARE * n_plain)
    return np.asarray(full & is_wrapped[document])


def _taken(line: str) -> int:
    """Characters that the line before would have taken of *line*: a space and a word, or of unspaced words a letter."""
    return 1 if _UNSPACED.match(line) else 1 + len(line.split(None, 1)[0])


def _broken(
    pairs: Sequence[tuple[str, str]],
    lower: NDArray[np.bool_],
    document: NDArray[np.int64],
    chained: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Tell of each of the *pairs* of lines whether a link or emphasis made two of one.

    *lower* as above; *chained* tells of each but the last whether the next pair begins with its second line.
    """
    broken, may_be = lower.copy(), lower.copy()
    for pair in np.flatnonzero(lower).tolist():
        before, after = pairs[pair]
        is_plain = before[-1] == "," or not after[0].islower()
        ends = after[-1] in ".!?…"
        is_long = max(len(before), len(after)) >= _BROKEN_MIN_LENGTH
        may_be[pair] = is_plain or (_is_open(before) and (ends or is_long))
        broken[pair] = may_be[pair] and (is_plain or ends or " " in after)
    n_broken = np.bincount(document[broken], minlength=document.max(initial=0) + 1)
    broken |= may_be & (n_broken >= _BROKEN_MIN_LINES)[document]
    for pair in np.flatnonzero(chained & broken[1:] & ~broken[:-1]).tolist():
        before, link = pairs[pair]
        is_short = len(link) <= _LINK_MAX_LENGTH and not _LIST_ITEM.match(link)
        broken[pair] = is_short and len(before) >= _BEFORE_LINK_MIN_LENGTH and _is_open(before)
    return broken


def _is_open(line: str) -> bool:
    """Tell whether a sentence may go on after *line*."""
    return line[-1].isalpha() or line[-1] in ",-–—"


def _join(found: Segmentation, continued: NDArray[np.int64], joined: str) -> Segmentation:
    """Join the *continued* lines to those before them; *joined* holds all documents."""
    firsts = np.delete(np.arange(len(found.texts)), continued)
    lasts = np.append(firsts[1:], len(found.texts)) - 1
    starts, ends = found.starts[firsts], found.ends[lasts]
    texts = [
        found.texts[a] if a == b else joined[start:end]
        for a, b, start, end in zip(firsts.tolist(), lasts.tolist(), starts.tolist(), ends.tolist())
    ]
    return Segmentation(texts, starts, ends, np.searchsorted(firsts, found.bounds))
