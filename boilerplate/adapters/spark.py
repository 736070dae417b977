"""Spark: clean a text column in every worker."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from boilerplate.adapters.columns import clean_column, needs_extra
from boilerplate.cleaning import NON_EDITORIAL, check_remove, check_threshold
from boilerplate.labels import Label

with needs_extra("spark"):
    import pandas as pd
    import pyarrow  # noqa: F401, Spark needs it for pandas UDFs and would say so only in the worker
    from pyspark.sql import Column
    from pyspark.sql.functions import pandas_udf


def clean(
    column: Column | str, *, remove: Collection[Label | str] = NON_EDITORIAL, threshold: float | None = None
) -> Column:
    """Return a column with the editorial text of each document; nulls stay.

    ``frame.withColumn("text", clean("text"))`` cleans in place. Spark moves the text in
    Arrow batches to its Python workers; each loads the model once. The package must be
    installed on every worker.

    Raises:
        ValueError: *remove* or *threshold* is out of range.

    """
    labels, limit = check_remove(remove), check_threshold(threshold)

    def _cleaned(parts: Iterator[pd.Series]) -> Iterator[pd.Series]:
        for part in parts:
            texts = part.astype(object).where(part.notna(), None).tolist()
            yield pd.Series(clean_column(texts, remove=labels, threshold=limit), dtype=object)

    return pandas_udf(_cleaned, "string")(column)
