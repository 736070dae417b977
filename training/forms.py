"""Forms in which the same lines reach a user: what extractors, editors and encodings make of a page."""

from __future__ import annotations

import html
import re
import textwrap
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from training.documents import Document


def _in_plain_ascii(line: str) -> str:
    """Write ``?`` for letters and signs that ASCII lacks, as a lossy encoding does; letters of other scripts stay."""
    return "".join(
        "?" if not c.isascii() and (not c.isalpha() or unicodedata.name(c, "").startswith("LATIN")) else c for c in line
    )


def _without_accents(line: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", line) if not unicodedata.combining(c))


def _misread(line: str) -> str:
    """Take the bytes of UTF-8 for Windows-1252, as a browser does: bytes without a meaning are control characters."""
    return "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in line.encode())


def _hard_wrapped(line: str) -> str:
    return textwrap.fill(line, 78, break_long_words=False, break_on_hyphens=False)


def _broken_at_links(line: str) -> str:
    """Put every twelfth word on a line of its own, as if it was a link and the text taken element by element."""
    return re.sub(r"((?:\S+\s+){10}\S+)\s+(\S+)\s+(?=\S)", r"\1\n\2\n", line)


#: What is done to each line, by name.
FORMS: Final[dict[str, Callable[[str], str]]] = {
    "links in a Markdown list": "* [{}](https://example.org/)".format,
    "addresses after links": "{} [https://example.org/]".format,
    "numbers before links": "[1]{}".format,
    "bold Markdown": "**{}**".format,
    "backslashes before signs": lambda line: re.sub(r"([-.*_#+!|>`\[\](){}])", r"\\\1", line),
    "quoted, `> `": "> {}".format,
    "tags of HTML": "<p>{}</p>".format,
    "character references": html.escape,
    "links around blocks, in Markdown": "[\n\n{}\n\n](/)".format,
    "rules between, `***`": "{}\n***".format,
    "hard-wrapped": _hard_wrapped,
    "broken at links": _broken_at_links,
    "lines of invisible characters between": "{}\n\u200b".format,
    "icons of a font": "\ue001 {}".format,
    "UTF-8 read as Windows-1252": _misread,
    "accents as characters of their own": lambda line: unicodedata.normalize("NFD", line),
    "invisible characters in words": lambda line: re.sub(r"\b(\w{3})(?=\w)", "\\1\u200b", line),
    "`?` for signs and Latin letters that ASCII lacks": _in_plain_ascii,
    "without accents": _without_accents,
    "lower case": str.lower,
    "upper case": str.upper,
    "numbered, `1. `": "1. {}".format,
    "without punctuation": lambda line: re.sub(r"[^\w\s]", "", line) or line,
}


def in_form(documents: Sequence[Document], form: Callable[[str], str]) -> list[Document]:
    """The *documents* with *form* given to each line."""
    return [replace(d, segments=tuple(map(form, d.segments))) for d in documents]
