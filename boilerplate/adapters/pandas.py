"""pandas: clean a column."""

from __future__ import annotations

from collections.abc import Collection

from boilerplate.adapters.columns import clean_column, needs_extra
from boilerplate.cleaning import NON_EDITORIAL
from boilerplate.labels import Label

with needs_extra("pandas"):
    import pandas as pd


def clean(
    texts: pd.Series,
    *,
    remove: Collection[Label | str] = NON_EDITORIAL,
    threshold: float | None = None,
    n_jobs: int = 1,
) -> pd.Series:
    """Return the editorial text of each document in a series; index, name, type and nulls stay.

    A categorical series becomes one of objects: its categories are other texts.

    Arguments are those of :func:`boilerplate.clean_many`.

    Raises:
        DocumentError: A value is neither text nor null; its position is the row.

    >>> clean(pd.Series(["", None], dtype="string")).isna().tolist()
    [False, True]

    """
    values = [None if null else text for text, null in zip(texts, texts.isna())]
    cleaned = clean_column(values, remove=remove, threshold=threshold, n_jobs=n_jobs)
    dtype = object if isinstance(texts.dtype, pd.CategoricalDtype) else texts.dtype
    return pd.Series(cleaned, index=texts.index, name=texts.name, dtype=dtype)
