"""Streams of documents: batches, processes, and documents that fail."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any, Final, TypeVar

from boilerplate.errors import DocumentError, WorkerError

Result = TypeVar("Result")

# Characters of a batch: enough to go through many documents of similar length at once, and for a
# worker process to pay for the transport.
_BATCH_CHARACTERS: Final = 500_000
_BATCH_DOCUMENTS: Final = 2_000


def run_batches(
    work: Callable[[list[str]], Iterable[Result]],
    texts: Iterable[Any],
    check: Callable[[object], str],
    *,
    n_jobs: int,
    errors: str,
    failed: Result,
) -> Iterator[Result]:
    """Apply *work* to batches of *texts*; yield one result a document, in order.

    A document that *check* refuses is warned of with its position and gives *failed*; with
    ``errors="raise"`` it raises ``DocumentError``.
    """
    if errors not in ("warn", "raise"):
        raise ValueError(f"errors is {errors!r}; expected 'warn' or 'raise'")
    if not isinstance(n_jobs, int) or n_jobs == 0 or n_jobs < -1:
        raise ValueError(f"n_jobs is {n_jobs!r}; expected a number of processes from 1, or -1 for every core")
    if isinstance(texts, (str, bytes)):
        raise TypeError(f"texts is a single {type(texts).__name__}; expected an iterable of documents")
    batches = _batches(texts, check, errors)
    if n_jobs == 1:
        return chain.from_iterable(_run(work, batch, failed) for batch in batches)
    return chain.from_iterable(_in_processes(work, batches, n_jobs, failed))


def _batches(texts: Iterable[Any], check: Callable[[object], str], errors: str) -> Iterator[list[str | None]]:
    """Group *texts* into batches; ``None`` stands for a skipped one."""
    batch: list[str | None] = []
    characters = 0
    for position, text in enumerate(texts):
        try:
            checked = check(text)
        except TypeError as error:
            if errors == "raise":
                if batch:
                    yield batch  # documents before the bad one are still answered
                raise DocumentError(str(error), position) from error
            warnings.warn(f"document {position} skipped: {error}", stacklevel=2)
            batch.append(None)
            continue
        batch.append(checked)
        characters += len(checked)
        if characters >= _BATCH_CHARACTERS or len(batch) >= _BATCH_DOCUMENTS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _run(work: Callable[[list[str]], Iterable[Result]], batch: list[str | None], failed: Result) -> Iterator[Result]:
    results = iter(work([text for text in batch if text is not None]))
    return (failed if text is None else next(results) for text in batch)


def _run_whole(work: Callable[[list[str]], Iterable[Result]], batch: list[str | None], failed: Result) -> list[Result]:
    return list(_run(work, batch, failed))


def _in_processes(
    work: Callable[[list[str]], Iterable[Result]], batches: Iterable[list[str | None]], n_jobs: int, failed: Result
) -> Iterator[list[Result]]:
    try:
        from joblib import Parallel, delayed
        from joblib.externals.loky.process_executor import TerminatedWorkerError
    except ImportError as error:
        raise ImportError("n_jobs other than 1 needs joblib: pip install 'boilerplate[parallel]'") from error
    parallel = Parallel(n_jobs=n_jobs, return_as="generator", pre_dispatch="4*n_jobs", batch_size=1)
    try:
        yield from parallel(delayed(_run_whole)(work, batch, failed) for batch in batches)
    except TerminatedWorkerError as error:
        raise WorkerError(
            "a worker process died (often for lack of memory); results so far are complete and in order, "
            "start again after them or with fewer processes"
        ) from error
