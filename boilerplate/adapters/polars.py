"""Polars: clean a column, eager or lazy."""

from __future__ import annotations

from collections.abc import Collection

from boilerplate.adapters.columns import clean_column, needs_extra
from boilerplate.cleaning import NON_EDITORIAL
from boilerplate.labels import Label

with needs_extra("polars"):
    import polars as pl


def clean(
    texts: pl.Series,
    *,
    remove: Collection[Label | str] = NON_EDITORIAL,
    threshold: float | None = None,
    n_jobs: int = 1,
) -> pl.Series:
    """Return the editorial text of each document in a series; name and nulls stay.

    In an expression: ``pl.col("text").map_batches(clean, return_dtype=pl.String)``.
    Arguments are those of :func:`boilerplate.clean_many`.

    Raises:
        DocumentError: A value is neither text nor null; its position is the row.

    >>> clean(pl.Series("text", ["", None])).to_list()
    ['', None]

    """
    cleaned = clean_column(texts.to_list(), remove=remove, threshold=threshold, n_jobs=n_jobs)
    return pl.Series(texts.name, cleaned, dtype=pl.String)
