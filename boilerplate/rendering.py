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

# Characters: what is not seen, what stands for something else.
#: Marks of direction, of line breaks, of how an emoji is drawn; icons of a font. Joiners stay: they make other letters.
_UNSEEN: Final = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ue000-\uf8ff\ufe00-\ufe0f\ufeff]"
)
#: What follows a letter to make another one: accents, hamza, jamo, the marks of kana.
_COMBINING: Final = re.compile("[\u0300-\u036f\u0653-\u0655\u1100-\u11ff\u3099\u309a]")
#: A reference to a character that does not exist, by a number longer than Python has to read.
_NO_CHARACTER: Final = re.compile("&#[0-9]{600,};?")
#: Characters that are composed at once: long runs of accents take time by the square of their number.
_PIECE: Final = 1_024
#: UTF-8 that was read as Windows-1252 or Latin-1: the bytes, the first and the later ones of a letter. Not every letter
#: that may be a first byte is taken for one, since German writes "ß“", and but for punctuation those of three bytes
#: have to come in a row, since French writes "é\xa0»".
_BYTES: Final = {
    **{chr(byte): byte for byte in range(0x80, 0x100)},
    **{bytes([byte]).decode("cp1252", "ignore") or chr(byte): byte for byte in range(0x80, 0xA0)},
}
_FIRST_OF_TWO: Final = "ÂÃÄÅÎÏÐÑ×ØÙÚÛ"
_FIRST_OF_THREE: Final = "àáâãäåæçèéêëìíîï"
_LATER_BYTES: Final = "".join(character for character, byte in _BYTES.items() if byte < 0xC0)
_LATER: Final = f"[{re.escape(_LATER_BYTES)}]"
_MISREAD: Final = re.compile(
    f"[{_FIRST_OF_TWO}{_FIRST_OF_THREE}](?:(?<=[{_FIRST_OF_TWO}]){_LATER}|(?<=â){_LATER}{{2}}"
    f"|(?<=[{_FIRST_OF_THREE}]){_LATER}{{2}}(?:[{_FIRST_OF_THREE}]{_LATER}{{2}})+)"
)
#: Letters that an encoding had no place for: no sentence ends before a letter, a comma or a word in lower case.
_LOST_LETTERS: Final = re.compile(r"(?<!\?)\?+(?=[^\W\d_]|,|\s[a-z])")
_LOST: Final = "\ufffd"
_ALPHANUMERIC: Final = re.compile(r"[^\W_]+")

# Markup: what converters of HTML make of its elements.
_COMMENT: Final = re.compile("<!--.*?-->", re.DOTALL)
_TAG: Final = re.compile(r"</?([A-Za-z][A-Za-z0-9]*)(?:\s[^<>]*)?/?>")
#: Tags that part what stands before and after them.
_PARTING: Final = frozenset(("br", "p", "div", "li", "td"))
#: Before a quoted line; before a heading, an item of a list or a row of a table. A longer dash stays: it opens speech.
_MARKER: Final = re.compile(r"^(?:>\s?)*(?:(?:#{1,6}|[-*+•·●▪◦‣|])\s+)?")
_TARGET: Final = r"\((?:<[^<>]*>|(?:[^()\s]|\([^()\s]*\))*)(?:\s+\"[^\"]*\")?\)"
#: A link or an image with its address, with the number of its address, with its class.
_LINK: Final = re.compile(
    rf"(?:!\[(?:Image \d{{1,5}}(?:: )?)?|\[)((?:[^\[\]]|\[[^\[\]]*\])*)\](?:{_TARGET}|\[[^\[\]\s]*\]|\{{[^{{}}]*\}})"
)
#: The end of a link that began in another segment.
_LINK_END: Final = re.compile(rf"(?<!\s)\s*\]{_TARGET}")
#: Before the text of a link the number of its address, after it the address itself.
_NUMBER: Final = re.compile(r"\[\d{1,4}\](?=[^\s.,;:!?\[\]()])")
_ADDRESS: Final = re.compile(
    r"(?:^|(?<!\s)\s+)"
    r"(?:\[(?:(?:https?:|mailto:)[^\s\[\]]*|(?=[^\s\[\]@]*\])[^\s\[\]@]*(?:/|\w\.\w)[^\s\[\]@]*)\]"
    r"|\(https?://\S*\)|<https?:[^\s<>]*>)"
)
#: Lines for the converter alone: where a numbered link leads, where a block begins or ends (of Pandoc).
_UNREAD: Final = re.compile(
    r"\[[^\[\]]+\]:\s+<?(?:https?:|mailto:|[/#])\S*(?:\s+\"[^\"]*\")?|:{3,}(?:\s+[\w-]+|\s*\{[^{}]*\})?"
)
_ESCAPE: Final = re.compile(r"\\([-.*_#+!|>`~\[\](){}\\])")
_EMPHASIS: Final = re.compile(r"([*_]{1,3})(?=[^\s*_])(.+)(?<=\S)\1", re.DOTALL)
_EDGES: Final = "|\\ \t\n\u00a0"


def _table(characters: str) -> NDArray[np.bool_]:
    """Tell of each row of the character tables whether it is that of one of *characters*."""
    table = np.zeros(ch.N_ROWS, bool)
    table[list(map(ord, characters))] = True
    return table


_BASIC: Final = np.arange(ch.N_BASIC, dtype=np.uint32).tobytes().decode("utf-32-le", "surrogatepass")
#: Characters that a marked segment may begin or end with.
_FIRST: Final = _table(">#-*+•·●▪◦‣|_:")
_LAST: Final = _table("|\\")
#: Characters that may be a mark anywhere, by those that have to follow.
_MARKS: Final = (
    ("".join(["&<[", *_UNSEEN.findall(_BASIC), *_COMBINING.findall(_BASIC)]), np.ones(ch.N_ROWS, bool)),
    (_FIRST_OF_TWO + _FIRST_OF_THREE, _table(_LATER_BYTES)),
    ("]", _table("(")),
    (":", _table("/")),
    ("\\", _table("-.*_#+!|>`~[](){}\\")),
    ("*", _table("*")),
    ("?", ch.TOKEN_KINDS == ch.WORD),
)
_MARK_OF: Final = sum((number * _table(signs) for number, (signs, _) in enumerate(_MARKS, 1)), np.zeros(ch.N_ROWS, int))
_ANYWHERE: Final = _MARK_OF > 0
_FOLLOWERS: Final = np.stack([followers for _, followers in _MARKS])


def rendered(texts: Sequence[str]) -> list[str]:
    """Return the segments *texts* as they are read; of one that shows no letter or digit only its signs stay.

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
    following = rows.take(places + 1, mode="clip")
    places = places[_FOLLOWERS[_MARK_OF.take(rows.take(places)) - 1, following]]
    inside = np.searchsorted(starts, places, side="right") - 1
    ends = np.append(starts[1:] - 1, len(rows))
    at_edge = _FIRST.take(rows.take(starts)) | _LAST.take(rows.take(ends - 1))
    return {*inside.tolist(), *np.flatnonzero(at_edge).tolist()}


def _rendered(text: str) -> str:
    shown = _UNSEEN.sub("", _MISREAD.sub(_reread, unescape(_NO_CHARACTER.sub(_LOST, text))))
    shown = _LOST_LETTERS.sub(lambda run: _LOST * len(run[0]), _without_markup(shown.lstrip()))
    if _COMBINING.search(shown):
        shown = "".join(_composed(shown[k : k + _PIECE]) for k in range(0, len(shown), _PIECE))
    return shown if any(map(str.isalnum, shown)) else _ALPHANUMERIC.sub("", text) or text


def _composed(piece: str) -> str:
    composed = unicodedata.normalize("NFC", piece)
    return min(composed, piece, key=len)  # some letters of Hebrew and Devanagari are taken apart for good


def _reread(run: re.Match[str]) -> str:
    return bytes(map(_BYTES.__getitem__, run[0])).decode("utf-8", "replace")


def _without_markup(text: str) -> str:
    shown = _ADDRESS.sub("", text).lstrip() if "/" in text or "[" in text else text
    if "<" in shown:
        before, end, after = shown.rpartition("-->")  # with none ahead, each comment would be sought to the end
        shown = _COMMENT.sub("", before + end) + after
        shown = _TAG.sub(lambda tag: " " if tag[1].lower() in _PARTING else "", shown).strip()
    shown = _MARKER.sub("", shown)
    if _UNREAD.fullmatch(shown):
        return ""
    if "]" in shown:
        shown = _LINK_END.sub("", _LINK.sub(r"\1", _LINK.sub(r"\1", shown)))  # twice: a link may hold an image
        shown = _NUMBER.sub("", shown)
    if shown.startswith("[") and "]" not in shown:
        shown = _MARKER.sub("", shown[1:].lstrip())
    shown = _ESCAPE.sub(r"\1", shown)
    if emphasised := _EMPHASIS.fullmatch(shown):
        shown = emphasised[2]
    return shown.replace("**", "").strip(_EDGES)
