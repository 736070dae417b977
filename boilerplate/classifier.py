"""The whole way from texts to labelled segments and cleaned texts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from copy import deepcopy
from functools import lru_cache, partial
from itertools import islice
from os import PathLike
from typing import Final

import numpy as np
from numpy.typing import NDArray

from boilerplate.batches import Errors, Task, run_batches
from boilerplate.cleaning import NON_EDITORIAL, check_remove, check_threshold, join_kept, removed
from boilerplate.features import extract
from boilerplate.labels import LABELS, Label, Probabilities, Segment, costs, decide, spread
from boilerplate.model import DEFAULT_MODEL, Model, load_model, save_model
from boilerplate.segments import Segmentation, segment

_LABEL_OF: Final = LABELS.__getitem__
# Three times as fast as calling the named tuples.
_SEGMENT: Final = partial(tuple.__new__, Segment)
_PROBABILITIES: Final = partial(tuple.__new__, Probabilities)


def check_text(text: object) -> str:
    """Return *text* unchanged.

    Raises:
        TypeError: It is not a string.

    """
    if isinstance(text, str):
        return text
    if isinstance(text, (bytes, bytearray, memoryview)):
        raise TypeError(f"text is {type(text).__name__}; decode it first, for example text.decode('utf-8')")
    raise TypeError(f"text is {type(text).__name__}; expected a str holding one document")


class Classifier:
    r"""Tells what a newsroom wrote from what its website asks of the reader.

    The module-level functions use one shared instance with the shipped model; make your own
    to use another model file. Instances are immutable and safe to share between threads.

    >>> classifier = Classifier.load()
    >>> [str(s.label) for s in classifier.classify("The ferry will not sail before April.\nShare on Facebook")]
    ['editorial', 'sharing']
    """

    def __init__(self, model: Model) -> None:
        self._model = model

    @classmethod
    def load(cls, path: str | PathLike[str] | None = None) -> Classifier:
        """Load a model file, or the shipped one without *path*.

        Raises:
            ModelError: The file cannot be used; the message says why.

        """
        return cls(load_model(DEFAULT_MODEL if path is None else path))

    def save(self, path: str | PathLike[str]) -> None:
        """Write the model to *path*, its networks in half precision; a loaded one has that already.

        Raises:
            OSError: The file cannot be written.

        """
        save_model(self._model, path)

    @property
    def metadata(self) -> dict[str, object]:
        """What training noted down: data hash, library versions, figures."""
        return deepcopy(dict(self._model.metadata))

    def classify(self, text: str) -> list[Segment]:
        """Label every paragraph of one document; see :func:`boilerplate.classify`."""
        return next(self.classify_batch([check_text(text)]))

    def clean(
        self, text: str, *, remove: Collection[Label | str] = NON_EDITORIAL, threshold: float | None = None
    ) -> str:
        """Return the editorial text of one document; see :func:`boilerplate.clean`."""
        return self.clean_batch([check_text(text)], remove=check_remove(remove), threshold=check_threshold(threshold))[
            0
        ]

    def classify_many(
        self, texts: Iterable[str], *, n_jobs: int = 1, errors: Errors = "warn"
    ) -> Iterator[list[Segment]]:
        """Label the paragraphs of many documents; see :func:`boilerplate.classify_many`."""
        return run_batches(Task(self.classify_batch, list), texts, check_text, n_jobs=n_jobs, errors=errors)

    def clean_many(
        self,
        texts: Iterable[str],
        *,
        remove: Collection[Label | str] = NON_EDITORIAL,
        threshold: float | None = None,
        n_jobs: int = 1,
        errors: Errors = "warn",
    ) -> Iterator[str]:
        """Return the editorial text of many documents; see :func:`boilerplate.clean_many`."""
        work = partial(self.clean_batch, remove=check_remove(remove), threshold=check_threshold(threshold))
        return run_batches(Task(work, str), texts, check_text, n_jobs=n_jobs, errors=errors)

    def classify_batch(self, texts: Sequence[str]) -> Iterator[list[Segment]]:
        """Label the paragraphs of a batch of documents at once; those of a document are made when it is taken."""
        found, decided, probabilities = self._label(texts)
        chosen = probabilities[np.arange(len(decided)), decided]
        fields = zip(
            found.texts,
            found.starts.tolist(),
            found.ends.tolist(),
            map(_LABEL_OF, decided.tolist()),
            chosen.tolist(),
            map(_PROBABILITIES, zip(*probabilities.T.tolist())),
        )
        segments = map(_SEGMENT, fields)
        return (list(islice(segments, n)) for n in np.diff(found.bounds).tolist())

    def clean_batch(
        self, texts: Sequence[str], *, remove: Collection[Label] = NON_EDITORIAL, threshold: float | None = None
    ) -> list[str]:
        """Return the editorial texts of a batch of documents at once."""
        found, decided, probabilities = self._label(texts)
        gone = removed(decided, probabilities, remove, threshold).tolist()
        starts, ends = found.starts.tolist(), found.ends.tolist()
        return [join_kept(text, starts[rows], ends[rows], gone[rows]) for text, rows in zip(texts, found.documents())]

    def _label(self, texts: Sequence[str]) -> tuple[Segmentation, NDArray[np.int64], NDArray[np.float32]]:
        """Segments of a batch of documents, what was decided of each, and its probabilities."""
        found = segment(texts)
        if not found.texts:
            return found, np.zeros(0, np.int64), np.zeros((0, len(LABELS)), np.float32)
        features, worded = extract(found.texts, found.bounds, self._model.scores)
        probabilities = self._model.context(features)
        decided = decide(probabilities, costs(features.lengths, features.bounds), self._model.thresholds)
        if not worded.all():
            decided, probabilities = spread(decided, probabilities, worded, found.bounds)
        return found, decided, probabilities


@lru_cache(maxsize=1)
def default_classifier() -> Classifier:
    """Return the shared instance with the shipped model, loaded at first use."""
    return Classifier.load()


def classify(text: str) -> list[Segment]:
    r"""Label every paragraph of one document.

    Use :func:`classify_many` for more than a few: batches are several times faster.

    Args:
        text: Plain text of a web article, as an HTML-to-text extractor left it.

    Returns:
        Segments in order, with offsets into *text*, label and calibrated probabilities. One without
        a letter or digit has those of a neighbour. Empty or blank text has none.

    Raises:
        TypeError: *text* is not a string.

    >>> for s in classify("The ferry to Corran will not sail before April.\nShare on Facebook"):
    ...     print(s.start, s.end, s.label, s.probability > 0.5)
    0 47 editorial True
    48 65 sharing True

    """
    return default_classifier().classify(text)


def clean(text: str, *, remove: Collection[Label | str] = NON_EDITORIAL, threshold: float | None = None) -> str:
    r"""Return what the newsroom wrote: *text* without pitches, share bars and other boilerplate.

    Args:
        text: Plain text of a web article.
        remove: Labels to remove, by default all but ``editorial``.
        threshold: Remove a paragraph when the probabilities of the labels in *remove* sum to
            at least this fraction in [0, 1]. By default the learned rule of the model
            decides, which asks for more certainty the longer a paragraph is.

    Returns:
        Kept paragraphs character for character, in order, with the separators that stood
        between them. If nothing is removed, the very same text.

    Raises:
        TypeError: *text* is not a string, *remove* no collection or *threshold* no number.
        ValueError: *remove* holds an unknown label, or *threshold* is out of range.

    >>> text = "The ferry to Corran will not sail before April.\nShare on Facebook"
    >>> clean(text)
    'The ferry to Corran will not sail before April.'
    >>> clean(text, remove=["subscription"]) == text
    True

    """
    return default_classifier().clean(text, remove=remove, threshold=threshold)


def classify_many(texts: Iterable[str], *, n_jobs: int = 1, errors: Errors = "warn") -> Iterator[list[Segment]]:
    r"""Label the paragraphs of many documents, lazily and in order.

    Documents are read as results are taken, a batch of half a million characters at a time. Several
    processes read four batches ahead for each; memory is bounded by those.

    Args:
        texts: Documents; any iterable.
        n_jobs: Processes; 1 works in this one, -1 uses every core. More than one needs joblib.
        errors: ``"warn"`` warns of a bad document with its position (``DocumentWarning``), gives an
            empty result in its place and goes on; ``"raise"`` stops there.

    Returns:
        An iterator over what :func:`classify` gives of each document.

    Raises:
        DocumentError: A document is not a string (with ``errors="raise"``).
        ImportError: Several processes are asked for, and joblib is not installed.
        TypeError: *texts* is a single string, or no iterable.
        ValueError: *n_jobs* or *errors* is out of range.
        WorkerError: A worker process died.

    >>> articles = ["The ferry to Corran will not sail before April.\nShare on Facebook", ""]
    >>> [[str(s.label) for s in segments] for segments in classify_many(articles)]
    [['editorial', 'sharing'], []]

    """
    return default_classifier().classify_many(texts, n_jobs=n_jobs, errors=errors)


def clean_many(
    texts: Iterable[str],
    *,
    remove: Collection[Label | str] = NON_EDITORIAL,
    threshold: float | None = None,
    n_jobs: int = 1,
    errors: Errors = "warn",
) -> Iterator[str]:
    r"""Return the editorial text of many documents, lazily and in order.

    Arguments and errors are those of :func:`clean` and :func:`classify_many`.

    Returns:
        An iterator over what :func:`clean` gives of each document.

    >>> list(clean_many(["The ferry to Corran will not sail before April.\nShare on Facebook", ""]))
    ['The ferry to Corran will not sail before April.', '']

    """
    return default_classifier().clean_many(texts, remove=remove, threshold=threshold, n_jobs=n_jobs, errors=errors)
