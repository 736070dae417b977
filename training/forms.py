"""Forms in which the same lines reach a user: what extractors, editors and encodings make of a page."""

from __future__ import annotations

import html
import re
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


#: What is done to each line, by name.
FORMS: Final[dict[str, Callable[[str], str]]] = {
    "links in a Markdown list": "* [{}](https://example.org/)".format,
    "bold Markdown": "**{}**".format,
    "quoted, `> `": "> {}".format,
    "tags of HTML": "<p>{}</p>".format,
    "character references": html.escape,
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
