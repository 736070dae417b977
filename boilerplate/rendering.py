"""Segments → what a reader sees of them: extractors leave marks of Markdown, tags, character references and more."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from html import unescape
from typing import Final

import numpy as np
from numpy.typing import NDArray

from boilerplate import characters as ch

#: Marks of direction, of where a line may break, of how an emoji is drawn. Joiners stay: they make other letters.
_UNSEEN: Final = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff]"
)
#: What follows a letter to make another one: accents, hamza, jamo, the marks of kana.
_COMBINING: Final = re.compile("[\u0300-\u036f\u0653-\u0655\u1100-\u11ff\u3099\u309a]")
_TAG: Final = re.compile(r"</?([A-Za-z][A-Za-z0-9]*)(?:\s[^<>]*)?/?>")
#: Tags that part what stands before and after them.
_PARTING: Final = frozenset(("br", "p", "div", "li", "td"))
#: Before a quoted line; before a heading, an item of a list or a row of a table. A longer dash stays: it opens speech.
_MARKER: Final = re.compile(r"^(?:>\s?)*(?:(?:#{1,6}|[-*+•|])\s+)?")
_ADDRESS: Final = r"\((?:[^()\s]|\([^()\s]*\))*(?:\s+\"[^\"]*\")?\)"
_LINK: Final = re.compile(rf"!?\[((?:[^\[\]]|\[[^\[\]]*\])*)\]{_ADDRESS}")
_EMPHASIS: Final = re.compile(r"([*_]{1,3})(?=[^\s*_])(.+)(?<=\S)\1", re.DOTALL)
#: Letters that an encoding had no place for: no sentence ends before a letter, a comma or a word in lower case.
_LOST_LETTERS: Final = re.compile(r"(?<!\?)\?+(?=[^\W\d_]|,|\s[a-z])")
_LOST: Final = "\ufffd"
#: Characters that are composed at once: long runs of accents take time by the square of their number.
_PIECE: Final = 1_024
_EDGES: Final = "| \t\n\u00a0"


def _table(characters: str) -> NDArray[np.bool_]:
    """Tell of each row of the character tables whether it is that of one of *characters*."""
    return np.isin(np.arange(ch.N_ROWS), list(map(ord, characters)))


_BASIC: Final = "".join(map(chr, range(ch.N_BASIC)))
#: Characters that a marked segment may begin with, and such as may be a mark anywhere.
_FIRST: Final = _table(">#-*+•|_")
_ANYWHERE: Final = _table("".join([*"&<]*?", *_UNSEEN.findall(_BASIC), *_COMBINING.findall(_BASIC)]))
#: Those of them that are none unless another follows.
_FOLLOWED: Final = {ord("]"): _table("("), ord("*"): _table("*"), ord("?"): ch.TOKEN_KINDS == ch.WORD}


def rendered(texts: Sequence[str]) -> list[str]:
    """Return the segments *texts* as they are read; a segment without letters or digits stays as it is.

    >>> rendered(["* [More news](https://example.org/news)", "**Read &amp; share**", "<b>What</b> follows", "20 * 3"])
    ['More news', 'Read & share', 'What follows', '20 * 3']
    """
    shown = list(texts)
    for index in _marked(texts):
        shown[index] = _rendered(shown[index])
    return shown


def _marked(texts: Sequence[str]) -> set[int]:
    """Find the segments that may hold marks."""
    codes = np.frombuffer("\n".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32)
    rows = ch.rows(codes)
    starts = np.zeros(len(texts), np.int64)
    np.cumsum(np.fromiter(map(len, texts[:-1]), np.int64, len(texts) - 1) + 1, out=starts[1:])
    places = np.flatnonzero(_ANYWHERE.take(rows))
    found, following = rows.take(places), rows.take(places + 1, mode="clip")
    for sign, followers in _FOLLOWED.items():
        is_mark = (found != sign) | followers.take(following)
        places, found, following = places[is_mark], found[is_mark], following[is_mark]
    segments = np.searchsorted(starts, places, side="right") - 1
    return {*segments.tolist(), *np.flatnonzero(_FIRST.take(rows.take(starts))).tolist()}


def _rendered(text: str) -> str:
    shown = _UNSEEN.sub("", unescape(text)).lstrip()
    if "<" in shown:
        shown = _TAG.sub(lambda tag: " " if tag[1].lower() in _PARTING else "", shown).strip()
    shown = _MARKER.sub("", shown)
    if "](" in shown:
        shown = _LINK.sub(r"\1", _LINK.sub(r"\1", shown))  # once more: a link may hold an image
    if emphasised := _EMPHASIS.fullmatch(shown):
        shown = emphasised[2]
    shown = _LOST_LETTERS.sub(lambda run: _LOST * len(run[0]), shown.replace("**", "").strip(_EDGES))
    if _COMBINING.search(shown):
        shown = "".join(unicodedata.normalize("NFC", shown[k : k + _PIECE]) for k in range(0, len(shown), _PIECE))
    return shown if any(map(str.isalnum, shown)) else text
