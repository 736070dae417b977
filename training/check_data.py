"""Check ``data/`` against its own rules and print the table of languages and labels.

Run ``python -m training.check_data`` for everything, or name languages to check only
those: ``python -m training.check_data de fr``.
"""

from __future__ import annotations

import argparse
import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from boilerplate.labels import LABELS
from training.documents import (
    DATA_FOLDER,
    LABEL_LETTERS,
    DataError,
    Document,
    read_data,
    read_formulas,
    read_gold,
    write_block,
)

REAL_FOLDER = DATA_FOLDER.parent.parent / "shared" / "real"

DEEP = ("en", "fr", "de", "es")
BROAD = (
    "it", "pt", "nl", "pl", "ru", "uk", "tr", "sv", "no", "da", "fi", "cs", "hu", "ro", "el", "ja", "zh", "ko",
    "ar", "he", "fa", "hi", "id", "vi", "th",
)  # fmt: skip
SHORT = (
    "ca", "hr", "sr", "bg", "sk", "lt", "sw", "af", "bn", "ms", "ur", "mr", "ne", "pa", "ta", "te", "ml", "gu",
    "sl", "mk", "sq", "be", "et", "lv", "is", "gl", "ka", "hy", "az", "kk", "tl", "zu", "xh", "lb",
    "kn", "si", "km", "my", "lo", "am", "eu", "bs", "uz", "ky", "mn", "so", "ps", "cy", "ga", "ha",
    "ig", "ku", "mt", "om", "or", "rw", "sn", "yo",
)  # fmt: skip


@dataclass(frozen=True)
class Minimum:
    """What a language must hold at least; shares are fractions of its documents."""

    segments: int
    documents: int
    hard_negatives: float
    purely_editorial: float


MINIMA = {
    **dict.fromkeys(DEEP, Minimum(1500, 120, 0.1, 1 / 3)),
    **dict.fromkeys(BROAD, Minimum(400, 40, 0.1, 1 / 3)),
    **dict.fromkeys(SHORT, Minimum(120, 10, 0.0, 0.0)),
}

#: Letters a language is written in; a longer segment with none of them is in the wrong script.
SCRIPTS = {
    **dict.fromkeys(("ru", "uk", "bg", "mk", "be", "kk", "ky", "mn"), "CYRILLIC"),
    **dict.fromkeys(("sr", "uz"), "CYRILLIC|LATIN"),
    **dict.fromkeys(("ar", "fa", "ur", "ps"), "ARABIC"),
    **dict.fromkeys(("hi", "mr", "ne"), "DEVANAGARI"),
    "el": "GREEK", "he": "HEBREW", "pa": "GURMUKHI", "gu": "GUJARATI", "ta": "TAMIL", "te": "TELUGU", "ml": "MALAYALAM",
    "kn": "KANNADA", "bn": "BENGALI", "si": "SINHALA", "km": "KHMER", "my": "MYANMAR", "lo": "LAO", "th": "THAI",
    "am": "ETHIOPIC", "ka": "GEORGIAN", "hy": "ARMENIAN", "or": "ORIYA", "ko": "HANGUL", "zh": "CJK",
    "ja": "HIRAGANA|KATAKANA|CJK",
}  # fmt: skip
_UNSPACED = ("ja", "zh", "th", "km", "my", "lo")
#: Longest run of words (characters in scripts without spaces) that is a formula and free to recur.
_FORMULA_WORDS, _FORMULA_CHARACTERS = 6, 20
#: Share of common shingles above which two segments of different sites are near-duplicates.
_NEAR_DUPLICATE = 0.7


#: Vowel signs and accents of their own, which ``\w`` does not count among the letters.
_MARKS = "".join(c for c in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(c)[0] == "M")
_BETWEEN_WORDS = re.compile(rf"[^\w{_MARKS}]+|_")


def normalise(text: str) -> str:
    """Case-folded text with numbers as ``0`` and everything but letters and digits as one space."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _BETWEEN_WORDS.sub(" ", re.sub(r"\d+", "0", folded)).strip()


def units(text: str, language: str) -> list[str]:
    """Words of the normalised *text*; characters where *language* has no word spaces."""
    normal = normalise(text)
    return list(normal.replace(" ", "")) if language in _UNSPACED else normal.split()


def is_formula(text: str, language: str) -> bool:
    """Whether *text* is short enough to be a fixed formula that any site may use."""
    longest = _FORMULA_CHARACTERS if language in _UNSPACED else _FORMULA_WORDS
    return len(units(text, language)) <= longest


def sentences(text: str) -> list[str]:
    """Split *text* at sentence ends of any script."""
    return [part for part in re.split(r"(?<=[.!?…])\s+|(?<=[。！？।])", text) if part.strip()]


def _place(document: Document, index: int) -> str:
    return f"{document.site}.txt:{document.lines[index]}"


def _each_segment(documents: Iterable[Document]) -> Iterator[tuple[Document, int, str, str]]:
    for document in documents:
        for index, (text, label) in enumerate(zip(document.segments, document.labels)):
            yield document, index, text, label


def check_minima(documents: Sequence[Document], language: str) -> Iterator[str]:
    """Yield what *language* lacks against ``MINIMA``."""
    minimum = MINIMA[language]
    n_documents = len(documents)
    found = {
        "segments": (sum(len(d.segments) for d in documents), minimum.segments),
        "documents": (n_documents, minimum.documents),
        "hard negatives": (sum(d.hard_negative for d in documents), minimum.hard_negatives * n_documents),
        "purely editorial documents": (
            sum(set(d.labels) == {"E"} for d in documents),
            minimum.purely_editorial * n_documents,
        ),
    }
    for what, (count, least) in found.items():
        if count < least:
            yield f"{language}: {count} {what}, at least {least:.0f} wanted"


def check_scripts(documents: Sequence[Document]) -> Iterator[str]:
    """Yield segments of some length that hold no letter of their language's script."""
    for document, index, text, _ in _each_segment(documents):
        script = SCRIPTS.get(document.language, "LATIN")
        letters = [c for c in text if c.isalpha()]
        if len(letters) > 25 and not any(re.match(script, unicodedata.name(c, "")) for c in letters):
            yield f"{_place(document, index)}: no {script.lower()} letter in {text[:50]!r}"


def check_repetition(documents: Sequence[Document]) -> Iterator[str]:
    """Yield sentences that stand in two editorial texts or at two sites, formulas aside."""
    seen: dict[str, tuple[Document, int, str]] = {}
    for document, index, text, label in _each_segment(documents):
        for sentence in sentences(text):
            if is_formula(sentence, document.language):
                continue
            key = normalise(sentence)
            first = seen.setdefault(key, (document, index, label))
            same_block = first[0].site == document.site and "E" not in (first[2], label)
            if first[0] is not document and not same_block:
                yield f"{_place(document, index)}: stands at {_place(*first[:2])} too: {sentence[:60]!r}"


def check_near_duplicates(documents: Sequence[Document]) -> Iterator[str]:
    """Yield segments of different sites that share most of their shingles."""
    holders: dict[int, list[int]] = defaultdict(list)
    shingled: list[tuple[Document, int, set[int]]] = []
    for document, index, text, _ in _each_segment(documents):
        if is_formula(text, document.language):
            continue
        words = units(text, document.language)
        size = 6 if document.language in _UNSPACED else 3
        shingles = {hash(tuple(words[i : i + size])) for i in range(len(words) - size + 1)}
        candidates = {other for shingle in shingles for other in holders[shingle]}
        for other in candidates:
            other_document, other_index, other_shingles = shingled[other]
            common = len(shingles & other_shingles) / len(shingles | other_shingles)
            if other_document.site != document.site and common >= _NEAR_DUPLICATE:
                other_place = _place(other_document, other_index)
                yield f"{_place(document, index)}: nearly the same as {other_place}: {text[:60]!r}"
        for shingle in shingles:
            holders[shingle].append(len(shingled))
        shingled.append((document, index, shingles))


def check_contradictions(documents: Sequence[Document]) -> Iterator[str]:
    """Yield texts, formulas aside, that carry two labels."""
    seen: dict[str, tuple[Document, int, str]] = {}
    for document, index, text, label in _each_segment(documents):
        if len(units(text, document.language)) <= 3:
            continue
        first = seen.setdefault(normalise(text), (document, index, label))
        if first[2] != label:
            yield f"{_place(document, index)}: {label} here, {first[2]} at {_place(*first[:2])}: {text[:60]!r}"


def check_copies(documents: Sequence[Document], known: Set[str]) -> Iterator[str]:
    """Yield sentences of more than a formula's length that are among the *known* real ones."""
    for document, index, text, _ in _each_segment(documents):
        for sentence in sentences(text):
            if not is_formula(sentence, document.language) and normalise(sentence) in known:
                yield f"{_place(document, index)}: copied from a real document: {sentence[:60]!r}"


def table(documents: Sequence[Document]) -> str:
    """Markdown table of languages × labels, with documents, hard negatives and sites."""
    rows = [
        "| language | sites | documents | purely editorial | hard negatives | " + " | ".join(LABELS) + " |",
        "| --- " * 9 + "|",
    ]
    groups = {language: [d for d in documents if d.language == language] for language in MINIMA}
    for language, group in [*groups.items(), ("all", list(documents))]:
        if not group:
            continue
        labels = "".join(d.labels for d in group)
        cells = [
            language,
            len({d.site for d in group}),
            len(group),
            sum(set(d.labels) == {"E"} for d in group),
            sum(d.hard_negative for d in group),
            *(labels.count(letter) for letter in LABEL_LETTERS),
        ]
        rows.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(rows)


def check_formulas(formulas: Sequence[Document], language: str) -> Iterator[str]:
    """Yield what is wrong with the *formulas* of a *language* beside each other."""
    if {letter for d in formulas for letter in d.labels} != set(LABEL_LETTERS):
        yield f"{language}: formulas of every label wanted"
    seen: dict[str, Document] = {}
    for document in formulas:
        first = seen.setdefault(document.segments[0], document)
        if first is not document:
            yield f"{_place(document, 0)}: stands at line {first.lines[0]} too: {document.segments[0]!r}"


def problems(
    documents: Sequence[Document], formulas: Sequence[Document], languages: Sequence[str], real: Set[str]
) -> Iterator[str]:
    """Yield every problem of *documents* and *formulas* in *languages*, one line each."""
    for language in languages:
        group = [d for d in documents if d.language == language]
        fixed = [d for d in formulas if d.language == language]
        yield from check_minima(group, language)
        yield from check_scripts(group)
        yield from check_repetition(group)
        yield from check_near_duplicates(group)
        yield from check_formulas(fixed, language)
        yield from check_contradictions([*fixed, *group])
        yield from check_copies([*fixed, *group], real)


def read_real_sentences(folder: Path) -> set[str]:
    """Normalised sentences of the real documents below *folder*; none where it is absent."""
    documents = (d for path in sorted(folder.glob("*.jsonl*")) for d in read_gold(path))
    return {normalise(sentence) for d in documents for text in d.segments for sentence in sentences(text)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the checks; exit status 1 when there is a problem."""
    parser = argparse.ArgumentParser(prog="python -m training.check_data", description=__doc__)
    parser.add_argument("languages", nargs="*", default=["*"], help="language codes (default: all)")
    parser.add_argument("--data", type=Path, default=DATA_FOLDER, help="folder of the labelled data")
    parser.add_argument("--real", type=Path, default=REAL_FOLDER, help="folder of real documents, for the copy check")
    parser.add_argument("--readme", type=Path, help="page whose table of languages and labels is written anew")
    options = parser.parse_args(arguments)
    if options.readme and options.languages != ["*"]:
        parser.error("--readme writes the table of all languages; give none")
    try:
        documents = [d for language in options.languages for d in read_data(options.data, language)]
        formulas = [d for language in options.languages for d in read_formulas(options.data, language)]
        unknown = {d.language for d in documents} - set(MINIMA)
        if unknown:
            raise DataError(f"{options.data}: unknown languages {sorted(unknown)}; add them to MINIMA")
        real = read_real_sentences(options.real)
    except DataError as error:
        print(error, file=sys.stderr)
        return 1
    if not real:
        print(f"copy check skipped: no real documents at {options.real}")
    languages = list(MINIMA) if options.languages == ["*"] else options.languages
    found = list(problems(documents, formulas, languages, real))
    print("\n".join(found))
    print(table(documents))
    print(f"{len(found)} problems")
    if options.readme:
        write_block(options.readme, "table", table(documents))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
