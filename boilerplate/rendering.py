"""Segments → what a reader sees of them: extractors leave marks of Markdown, character references, soft hyphens."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape
from typing import Final

#: First characters of a segment that may be marked.
_FIRST: Final = frozenset("#-*+•|_")
#: Before a heading, an item of a list or a row of a table. A longer dash stays: it opens speech.
_MARKER: Final = re.compile(r"^(?:#{1,6}|[-*+•|])\s+")
_ADDRESS: Final = r"\((?:[^()\s]|\([^()\s]*\))*(?:\s+\"[^\"]*\")?\)"
_LINK: Final = re.compile(rf"!?\[((?:[^\[\]]|\[[^\[\]]*\])*)\]{_ADDRESS}")
_EMPHASIS: Final = re.compile(r"([*_]{1,3})(?=[^\s*_])(.+)(?<=\S)\1", re.DOTALL)
_SOFT_HYPHEN: Final = "\u00ad"
_EDGES: Final = "| \t\n\u00a0"


def rendered(texts: Sequence[str]) -> list[str]:
    """Return the segments *texts* without marks and addresses; a segment without letters or digits stays as it is.

    >>> rendered(["* [More news](https://example.org/news)", "**Read &amp; share**", "## What comes next", "20 * 3"])
    ['More news', 'Read & share', 'What comes next', '20 * 3']
    """
    return [_rendered(text) if _marked(text) else text for text in texts]


def _marked(text: str) -> bool:
    """Tell whether *text* may hold marks; one character is found several times as fast as two."""
    return (
        text[:1] in _FIRST
        or ("]" in text and "](" in text)
        or ("*" in text and "**" in text)
        or "&" in text
        or _SOFT_HYPHEN in text
    )


def _rendered(text: str) -> str:
    shown = _MARKER.sub("", text)
    if "](" in shown:
        shown = _LINK.sub(r"\1", _LINK.sub(r"\1", shown))  # once more: a link may hold an image
    if emphasised := _EMPHASIS.fullmatch(shown):
        shown = emphasised[2]
    shown = unescape(shown.replace("**", "").replace(_SOFT_HYPHEN, "")).strip(_EDGES)
    return shown if any(map(str.isalnum, shown)) else text
