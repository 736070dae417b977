"""Streams of documents: batches, processes, and documents that fail."""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future
from dataclasses import dataclass
from itertools import islice
from multiprocessing import current_process
from typing import Any, Final, Generic, Literal, TypeVar

from boilerplate.errors import DocumentError, DocumentWarning, WorkerError

Result = TypeVar("Result")
Errors = Literal["warn", "raise"]
Batch = list[str | None]

# Characters and documents of a batch: enough to go through many documents of similar length at
# once, and for a worker process to pay for the transport (200,000 characters: a tenth slower).
_BATCH_CHARACTERS: Final = 500_000
_BATCH_DOCUMENTS: Final = 2_000
#: Batches of each process that are read ahead, so that none has to wait for its next one.
_READ_AHEAD: Final = 4
#: A process for each core leaves one thread for each.
_ONE_THREAD: Final = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "BLIS")}


@dataclass(frozen=True)
class Task(Generic[Result]):
    """What is done with the documents of a batch.

    Attributes:
        work: Gives one result a document, in order.
        failed: Makes the result of a document that was refused.

    """

    work: Callable[[list[str]], Iterable[Result]]
    failed: Callable[[], Result]

    def __call__(self, batch: Batch) -> Iterator[Result]:
        """Results of a batch, in order; ``None`` stands for a refused document."""
        results = iter(self.work([text for text in batch if text is not None]))
        return (self.failed() if text is None else next(results) for text in batch)


def run_batches(
    task: Task[Result], texts: Iterable[Any], check: Callable[[object], str], *, n_jobs: int, errors: Errors
) -> Iterator[Result]:
    """Apply *task* to batches of *texts*; yield one result a document, in order.

    A document that *check* refuses is warned of with its position and gives what the task makes of
    one that failed; with ``errors="raise"`` it raises ``DocumentError``.
    """
    if errors not in ("warn", "raise"):
        raise ValueError(f"errors is {errors!r}; expected 'warn' or 'raise'")
    if not isinstance(n_jobs, int) or n_jobs == 0 or n_jobs < -1:
        raise ValueError(f"n_jobs is {n_jobs!r}; expected a number of processes from 1, or -1 for every core")
    is_iterable = hasattr(texts, "__iter__") or hasattr(texts, "__getitem__")  # a data set may have indices alone
    if isinstance(texts, (str, bytes)) or not is_iterable:
        raise TypeError(f"texts is a single {type(texts).__name__}; expected an iterable of documents")
    batches = _batches(texts, check, errors)
    if n_jobs != 1 and current_process().daemon:
        warnings.warn("a worker of another pool can have no processes of its own; working in this one", stacklevel=3)
        n_jobs = 1
    results = map(task, batches) if n_jobs == 1 else _in_processes(task, batches, n_jobs)
    return (result for of_batch in results for result in of_batch)


def _batches(texts: Iterable[Any], check: Callable[[object], str], errors: Errors) -> Iterator[Batch]:
    """Group *texts* into batches; ``None`` stands for a refused one."""
    batch: Batch = []
    characters = 0
    try:
        for position, text in enumerate(texts):
            batch.append(_checked(text, position, check, errors))
            characters += len(batch[-1] or "")
            if characters >= _BATCH_CHARACTERS or len(batch) >= _BATCH_DOCUMENTS:
                yield batch
                batch, characters = [], 0
    except Exception:  # of the source, or a bad document: those before it are still answered
        if batch:
            yield batch
        raise
    if batch:
        yield batch


def _checked(text: object, position: int, check: Callable[[object], str], errors: Errors) -> str | None:
    try:
        return check(text)
    except TypeError as error:
        if errors == "raise":
            raise DocumentError(str(error), position) from error
        _warn(f"document {position} skipped: {error}")
        return None


def _warn(message: str) -> None:
    """Warn each time: Python would tell the same of a second stream only once."""
    warnings.warn_explicit(message, DocumentWarning, __name__, 0, registry={})


_task: Task[Any] | None = None  # of a worker process


def _set_task(task: Task[Any]) -> None:
    global _task  # noqa: PLW0603, sent once to each process instead of with each batch
    _task = task


def _run_task(batch: Batch) -> list[Any]:
    assert _task is not None
    return list(_task(batch))


def _in_processes(task: Task[Result], batches: Iterator[Batch], n_jobs: int) -> Iterator[list[Result]]:
    """Run *batches* in processes; go on reading when results are taken."""
    try:
        from joblib import cpu_count
        from joblib.externals.loky import ProcessPoolExecutor
    except ImportError as error:
        raise ImportError("n_jobs other than 1 needs joblib: pip install 'boilerplate[parallel]'") from error
    n_processes = cpu_count() if n_jobs == -1 else n_jobs
    executor = ProcessPoolExecutor(n_processes, initializer=_set_task, initargs=(task,), env=_ONE_THREAD)
    coming = _submitted(executor, batches)
    waiting: deque[Future[list[Any]]] = deque()
    try:
        waiting.extend(islice(coming, _READ_AHEAD * n_processes))
        while waiting:
            yield waiting.popleft().result()
            waiting.extend(islice(coming, 1))
    except BrokenExecutor as error:
        raise WorkerError(
            "a worker process died (often for lack of memory); results so far are complete and in order, "
            "start again after them or with fewer processes"
        ) from error
    finally:
        for future in waiting:
            future.cancel()
        executor.shutdown()


def _submitted(executor: Executor, batches: Iterator[Batch]) -> Iterator[Future[list[Any]]]:
    try:
        for batch in batches:
            yield executor.submit(_run_task, batch)
    except Exception as error:  # raised in its place, after the results before it
        unread: Future[list[Any]] = Future()
        unread.set_exception(error)
        yield unread
