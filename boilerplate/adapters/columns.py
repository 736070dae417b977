"""What the adapters share: cleaning a column with nulls, and the error for a missing engine."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from boilerplate.classifier import clean_many
from boilerplate.cleaning import NON_EDITORIAL
from boilerplate.labels import Label


def clean_column(
    texts: Sequence[str | None],
    *,
    remove: Collection[Label | str] = NON_EDITORIAL,
    threshold: float | None = None,
    n_jobs: int = 1,
) -> list[str | None]:
    """Clean a column of documents; nulls stay null.

    Arguments are those of :func:`boilerplate.clean_many`.

    Raises:
        DocumentError: A value is neither text nor null; its position is the row.

    >>> clean_column(["", None])
    ['', None]

    """
    filled = ["" if text is None else text for text in texts]
    cleaned = clean_many(filled, remove=remove, threshold=threshold, n_jobs=n_jobs, errors="raise")
    return [None if text is None else kept for text, kept in zip(texts, cleaned)]


@contextmanager
def needs_extra(extra: str) -> Iterator[None]:
    """Turn the import error of an engine into one that names the package's *extra*."""
    try:
        yield
    except ImportError as error:
        raise ImportError(f"this adapter needs an extra: pip install 'boilerplate[{extra}]' ({error})") from error
