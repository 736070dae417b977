"""Hugging Face ``datasets``: a function for ``map(batched=True)``, streaming data sets too."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial

from boilerplate.adapters.columns import clean_column
from boilerplate.cleaning import NON_EDITORIAL, check_remove, check_threshold
from boilerplate.labels import Label

Batch = Mapping[str, Sequence[str | None]]


def cleaner(
    column: str = "text", *, remove: Collection[Label | str] = NON_EDITORIAL, threshold: float | None = None
) -> Callable[[Batch], dict[str, list[str | None]]]:
    """Return a function that replaces *column* of a batch by its editorial text; nulls stay.

    It can be hashed by ``datasets``, so that cached results are found again. Arguments are
    those of :func:`boilerplate.clean_many`; ``map`` has its own ``num_proc``.

    >>> cleaner()({"text": ["", None]})
    {'text': ['', None]}

    """
    return partial(
        _clean_batch, column=column, remove=sorted(check_remove(remove)), threshold=check_threshold(threshold)
    )


def _clean_batch(
    batch: Batch, column: str, remove: Collection[Label], threshold: float | None
) -> dict[str, list[str | None]]:
    return {column: clean_column(batch[column], remove=remove, threshold=threshold)}
