"""Streams of documents: order, laziness, several processes, and what fails."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from multiprocessing import get_context
from typing import Any

import pytest

import boilerplate
from boilerplate import DocumentError, DocumentWarning, WorkerError
from boilerplate.batches import Task, run_batches


def test_several_processes_give_the_same_in_order() -> None:
    texts: list[Any] = [f"Article {n} is about the harbour.\n\nShare on Facebook" for n in range(30_000)]
    texts[9_000] = None
    with pytest.warns(DocumentWarning, match="document 9000 skipped"):
        found = list(boilerplate.clean_many(texts, n_jobs=2))
    texts[9_000] = ""
    assert not [n for n, pair in enumerate(zip(found, boilerplate.clean_many(texts), strict=True)) if len({*pair}) > 1]
    few = texts[:5_000]
    both = zip(boilerplate.classify_many(few, n_jobs=2), boilerplate.classify_many(few), strict=True)
    # Probabilities differ in the last digit where the processes' BLAS uses another number of threads.
    assert not [n for n, pair in enumerate(both) if [s[:4] for s in pair[0]] != [s[:4] for s in pair[1]]]


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_documents_before_a_bad_one_are_answered(n_jobs: int) -> None:
    texts = ["The mayor resigned on Monday."] * 5_000
    results = boilerplate.clean_many([*texts, None, *texts], n_jobs=n_jobs, errors="raise")  # type: ignore[list-item]
    done = []
    with pytest.raises(DocumentError, match="document 5000: text is NoneType"):
        for result in results:
            done.append(result)
    assert len(done) == len(texts)


def _die(texts: list[str]) -> list[str]:
    os.kill(os.getpid(), signal.SIGKILL)
    return texts


def _slowly(texts: list[str]) -> Iterator[str]:
    for text in texts:
        yield text
        time.sleep(0.5)


def test_a_worker_killed_while_the_first_batches_are_read_is_a_clear_error() -> None:
    results = run_batches(Task(_die, str), _slowly(["x" * 500_000] * 20), str, n_jobs=2, errors="raise")
    with pytest.raises(WorkerError, match="worker process died"):
        next(results)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_documents_before_a_source_that_fails_are_answered(n_jobs: int) -> None:
    texts = ["The mayor resigned on Monday."] * 3

    def failing() -> Iterator[str]:
        yield from texts
        raise RuntimeError("the line was cut")

    done = []
    with pytest.raises(RuntimeError, match="the line was cut"):
        for result in boilerplate.clean_many(failing(), n_jobs=n_jobs):
            done.append(result)
    assert done == texts


def _clean_in_two(texts: list[str]) -> list[str]:
    with pytest.warns(UserWarning, match="working in this one"):
        return list(boilerplate.clean_many(texts, n_jobs=2))


def test_a_worker_of_another_pool_works_alone() -> None:
    texts = ["The mayor resigned on Monday.\nShare on Facebook"] * 3
    with get_context("spawn").Pool(1) as pool:
        assert pool.apply(_clean_in_two, (texts,)) == list(boilerplate.clean_many(texts))


def test_a_stream_left_early_says_nothing() -> None:
    code = "import boilerplate, itertools; next(boilerplate.clean_many(itertools.repeat('A text.'), n_jobs=2))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stderr == ""


def _die_of(texts: list[str]) -> list[str]:
    if "die" in texts:
        os.kill(os.getpid(), signal.SIGKILL)
    return texts


def test_a_killed_worker_is_a_clear_error() -> None:
    texts = [f"{n}" + "x" * 400_000 for n in range(12)] + ["die"] + ["x" * 400_000] * 12
    results = run_batches(Task(_die_of, str), texts, str, n_jobs=2, errors="raise")
    done = []
    with pytest.raises(WorkerError, match="worker process died"):
        for result in results:
            done.append(result)
    assert done == texts[: len(done)]
    assert list(boilerplate.clean_many(["The mayor resigned on Monday."] * 3, n_jobs=2))  # and one can go on


@pytest.mark.parametrize("document", ["The mayor resigned on Monday.", None])
@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.filterwarnings("ignore::boilerplate.DocumentWarning")
def test_streams_are_lazy(n_jobs: int, document: Any) -> None:
    taken = 0

    def endless() -> Iterator[Any]:
        nonlocal taken
        while True:
            taken += 1
            yield document

    results = boilerplate.clean_many(endless(), n_jobs=n_jobs)
    assert next(results) == (document or "")
    time.sleep(0.5)  # processes have time to run away
    assert taken < 20_000


@pytest.mark.parametrize("options", [{"n_jobs": 0}, {"n_jobs": -2}, {"errors": "ignore"}])
def test_wrong_stream_options_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="expected"):
        boilerplate.classify_many([], **options)  # type: ignore[arg-type]


MIXED: list[Any] = [
    "The mayor resigned on Monday, the city council said in a statement.",
    None,
    "Her deputy, who has held the post since May, will take over for now.",
]


def test_a_bad_document_is_named_by_its_position() -> None:
    results = boilerplate.clean_many(MIXED, errors="raise")
    assert next(results) == MIXED[0]
    with pytest.raises(DocumentError, match="document 1: text is NoneType") as caught:
        next(results)
    assert caught.value.position == 1


def test_a_bad_document_does_not_stop_the_others() -> None:
    with pytest.warns(DocumentWarning, match="document 1 skipped"):
        results = list(boilerplate.clean_many(MIXED))
    assert results == [MIXED[0], "", MIXED[2]]


def test_a_second_stream_warns_too() -> None:
    code = "import boilerplate\nfor _ in range(2): list(boilerplate.clean_many([None]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.count("document 0 skipped") == 2  # Python shows most warnings once


def test_refused_documents_share_no_result() -> None:
    with pytest.warns(DocumentWarning):
        first, second = boilerplate.classify_many([None, None])  # type: ignore[list-item]
    assert first == second == [] and first is not second
