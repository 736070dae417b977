"""Turn real labelled documents into numbers that training can use without their text.

``python -m training.hash_corpus FOLDER`` reads gold documents and body-line documents
from FOLDER and writes ``data/real-features.npz``: hashed n-gram counts, shapes, labels.
N-grams of a single publisher are dropped, and so are documents of publishers, or with
paragraphs, that the held-out gold documents have.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from training.corpus import concatenate, drop_rare_ngrams, from_documents, publisher_name
from training.documents import DATA_FOLDER, Document, read_gold

HASHED_CORPUS = DATA_FOLDER / "real-features.npz"
HELD_OUT = "gold-dev.jsonl"
GOLD = "gold-train.jsonl"
BODY = "body-train.jsonl.gz"
#: Pages that came without labels of ours: those in ``GIVEN_LABELS`` have been read.
UNLABELLED_PAGES = ("unlabelled.jsonl.gz", "web-train.jsonl.gz")
#: Labels given to pages that came without: document name, source and letters, no text.
GIVEN_LABELS = DATA_FOLDER / "real-labels.jsonl"

#: Publisher names that stand for pages of sites without number: each page counts as a site of its own.
COLLECTIONS = ("TurkuNLP/pytorch-registerlabeling",)

_PARAGRAPH = 60  # characters; a line this long that stands in two documents is the same article


def paragraphs(documents: Iterable[Document]) -> set[str]:
    """Long lines of *documents*, by which a second copy of an article is found."""
    return {line.strip() for d in documents for line in d.segments if len(line) > _PARAGRAPH}


def independent(documents: Sequence[Document], held_out: Sequence[Document]) -> list[Document]:
    """Leave out documents that share publisher or paragraphs with the *held_out* ones."""
    publishers = {publisher_name(d.site) for d in held_out}
    return unread([d for d in documents if publisher_name(d.site) not in publishers], held_out)


def unread(documents: Sequence[Document], known: Iterable[Document]) -> list[Document]:
    """Leave out documents that share paragraphs with the *known* ones: the same articles."""
    read = paragraphs(known)
    return [d for d in documents if not paragraphs([d]) & read]


def with_site_names(documents: Sequence[Document]) -> list[Document]:
    """Group the documents by reduced publisher name instead of domain, pages of a collection each alone."""
    pages = [d.name if d.site in COLLECTIONS else "" for d in documents]
    return [replace(d, site=f"real/{publisher_name(d.site)}{page}") for d, page in zip(documents, pages)]


def with_given_labels(documents: Sequence[Document], path: Path) -> dict[str, list[Document]]:
    """Give the *documents* the labels that the file at *path* holds for them, by the source it names.

    One page may be there in the words of several extractors; the number of lines tells which was labelled.
    """
    with path.open(encoding="utf-8") as file:
        records = list(map(json.loads, file))
    given = {(record["doc"], len(record["labels"])): record for record in records}
    labelled: dict[str, list[Document]] = {record["source"]: [] for record in records}
    for document in documents:
        record = given.get((document.name, len(document.segments)))
        if record is not None:
            labelled[record["source"]].append(replace(document, labels=record["labels"]))
    return labelled


def real_documents(folder: Path) -> dict[str, list[Document]]:
    """Labelled documents of *folder* by source, none of a publisher or article that is held out.

    ``gold``, ``pages``, ``hard`` and ``web`` are labelled line by line; ``hard`` pages were chosen
    because an earlier model was unsure of them, ``web`` ones are general pages that hold an article.
    Of ``body`` only editorial lines are known, by the publishers' own markup (its ``N`` is too noisy to
    learn: titles and captions are among them); ``body-read`` are those of them that have been read since.
    """
    held_out = read_gold(folder / HELD_OUT)
    gold = independent(read_gold(folder / GOLD), held_out)
    body = unread(independent(read_gold(folder / BODY), held_out), gold)
    pages = unread([d for name in UNLABELLED_PAGES for d in independent(read_gold(folder / name), held_out)], gold)
    read = [d for part in with_given_labels(body, GIVEN_LABELS).values() for d in part]
    names = {d.name for d in read}
    return {
        "gold": gold,
        **with_given_labels(pages, GIVEN_LABELS),
        "body-read": read,
        "body": [d for d in body if d.name not in names],
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the hashed corpus; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m training.hash_corpus", description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of real documents")
    parser.add_argument("--output", type=Path, default=HASHED_CORPUS)
    options = parser.parse_args(arguments)
    corpora = [from_documents(with_site_names(part), name) for name, part in real_documents(options.folder).items()]
    corpus = drop_rare_ngrams(concatenate(corpora))
    corpus.save(options.output)
    print(
        f"{options.output}: {len(corpus.sites)} documents, {len(corpus.labels)} segments, {corpus.counts.nnz} n-grams"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
