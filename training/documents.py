"""Labelled documents: the format of ``data/`` and of gold files, read and validated."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DATA_FOLDER = Path(__file__).resolve().parent.parent / "data"

#: One letter a label, as in ``data/`` and in gold files; ``?`` is never scored.
LABEL_LETTERS = "ESHO"
UNSCORED = "?"

#: Folder of the fixed formulas, beside those of the languages.
FORMULAS = "formulas"
#: Source of the documents of ``data/``.
WRITTEN = "written"
HARD_NEGATIVE = "hard negative"
_SITE_KEYS = ("site", "kind")
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]*")


class DataError(ValueError):
    """A labelled file breaks the format; the message names file, line and problem."""


@dataclass(frozen=True)
class Document:
    """One labelled article: its segments in order, each with a label letter.

    ``site`` is the group by which splits are made; ``labels`` holds one letter a
    segment (``E`` editorial, ``S`` subscription, ``H`` sharing, ``O`` other, ``?``
    unscored).
    """

    name: str
    site: str
    language: str
    segments: tuple[str, ...]
    labels: str
    kind: str = ""
    genre: str = ""
    hard_negative: bool = False
    lines: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        """The document as an extractor leaves it: paragraphs between blank lines."""
        return "\n\n".join(self.segments)


def read_data(folder: Path = DATA_FOLDER, language: str = "*") -> list[Document]:
    """Read every ``<language>/<site>.txt`` below *folder*, in sorted order.

    Raises:
        DataError: A file breaks the format, or the folder holds none.

    """
    paths = [path for path in sorted(folder.glob(f"{language}/*.txt")) if path.parent.name != FORMULAS]
    if not paths:
        raise DataError(f"{folder}: no <language>/<site>.txt found; expected the labelled data folder")
    return [document for path in paths for document in read_site(path)]


def read_formulas(folder: Path = DATA_FOLDER, language: str = "*") -> list[Document]:
    """Read every ``formulas/<language>.txt`` below *folder*, each line as a document of one segment.

    Raises:
        DataError: A file breaks the format.

    """
    documents = []
    for path in sorted(folder.glob(f"{FORMULAS}/{language}.txt")):
        for number, line in enumerate(_read_lines(path), start=1):
            if not line:
                continue
            letter, text = _split_line(path, number, line)
            site = f"{FORMULAS}/{path.stem}"
            documents.append(Document(f"{number}", site, path.stem, (text,), letter, lines=(number,)))
    return documents


def read_site(path: Path) -> list[Document]:
    """Read the documents of one site file.

    Raises:
        DataError: The file breaks the format.

    """
    lines = _read_lines(path)
    head, body_start = _read_head(path, lines)
    documents = [
        _read_document(path, head, lines, start, end) for start, end in _document_ranges(path, lines, body_start)
    ]
    names = [document.name for document in documents]
    for name in names:
        if names.count(name) > 1:
            raise DataError(f"{path}: two documents are named {name!r}")
    return documents


def _read_lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 ({error})") from error


def _read_head(path: Path, lines: list[str]) -> tuple[dict[str, str], int]:
    head: dict[str, str] = {}
    for number, line in enumerate(lines):
        if line.startswith("== "):
            break
        if not line.strip():
            continue
        key, colon, value = line.partition(":")
        if not colon or key not in _SITE_KEYS or not value.strip():
            raise DataError(f"{path}:{number + 1}: expected 'site: …', 'kind: …' or '== name | genre', found {line!r}")
        head[key] = value.strip()
    else:
        raise DataError(f"{path}: holds no document; expected a line '== name | genre'")
    for key in _SITE_KEYS:
        if key not in head:
            raise DataError(f"{path}:1: the head lacks '{key}: …'")
    return head, number


def _document_ranges(path: Path, lines: list[str], body_start: int) -> Iterator[tuple[int, int]]:
    starts = [n for n in range(body_start, len(lines)) if lines[n].startswith("== ")]
    yield from zip(starts, [*starts[1:], len(lines)])


def _read_document(path: Path, head: dict[str, str], lines: list[str], start: int, end: int) -> Document:
    name, *tags = [part.strip() for part in lines[start][3:].split("|")]
    if not _SLUG.fullmatch(name):
        raise DataError(f"{path}:{start + 1}: the name {name!r} is not of the form lower-case-words")
    if not tags or len(tags) > 2 or (len(tags) == 2 and tags[1] != HARD_NEGATIVE):
        raise DataError(f"{path}:{start + 1}: expected '== name | genre' or '== name | genre | {HARD_NEGATIVE}'")
    numbers = [n for n in range(start + 1, end) if lines[n].strip()]
    found = [_split_line(path, n + 1, lines[n]) for n in numbers]
    if not numbers:
        raise DataError(f"{path}:{start + 1}: the document holds no segment")
    return Document(
        name=name,
        site=f"{path.parent.name}/{path.stem}",
        language=path.parent.name,
        segments=tuple(text for _, text in found),
        labels="".join(letter for letter, _ in found),
        kind=head["kind"],
        genre=tags[0],
        hard_negative=len(tags) == 2,
        lines=tuple(n + 1 for n in numbers),
    )


def _split_line(path: Path, number: int, line: str) -> tuple[str, str]:
    letter, _, text = line.partition(" ")
    if letter not in tuple(LABEL_LETTERS) or not text.strip():
        raise DataError(
            f"{path}:{number}: expected one of {'/'.join(LABEL_LETTERS)}, a space and text, found {line[:40]!r}"
        )
    return letter, text.strip()


def read_gold(path: Path) -> list[Document]:
    """Read labelled real documents: one JSON object a line, also gzipped.

    Each object holds ``doc``, ``lang``, ``publisher``, ``lines`` and ``labels`` (one
    letter a line). Letters beyond ``ESHO?`` are passed through for the caller to read.

    Raises:
        DataError: A line is not such an object.

    """
    documents = []
    opened = gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8")
    with opened as file:
        for number, line in enumerate(file, 1):
            try:
                record = json.loads(line)
                segments = tuple(record["lines"])
                labels = record.get("labels", UNSCORED * len(segments))
                document = Document(record["doc"], record["publisher"], record["lang"], segments, labels)
            except (ValueError, KeyError, TypeError) as error:
                raise DataError(
                    f"{path}:{number}: expected an object with doc, lang, publisher, lines: {error!r}"
                ) from error
            if len(labels) != len(segments):
                raise DataError(f"{path}:{number}: {len(segments)} lines but {len(labels)} labels")
            documents.append(document)
    return documents


def write_block(path: Path, name: str, content: str) -> None:
    """Replace what stands between ``<!-- name -->`` and ``<!-- /name -->`` in the file at *path*."""
    page = path.read_text(encoding="utf-8")
    start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    before, opened, rest = page.partition(start)
    _, closed, after = rest.partition(end)
    if not opened or not closed:
        raise DataError(f"{path}: lacks the lines {start.strip()} and {end}")
    path.write_text(f"{before}{start}\n{content}\n\n{end}{after}", encoding="utf-8")
