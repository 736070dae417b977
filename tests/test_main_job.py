"""What a user holds: classify, clean, their batches, and what they refuse."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import boilerplate
from boilerplate import Classifier, DocumentError, DocumentWarning, Label, WorkerError
from boilerplate.batches import Task, run_batches
from boilerplate.cleaning import join_kept
from boilerplate.segments import segment

SAMPLE = Path(__file__).parent.parent / "sample.txt"
ANY_TEXT = st.text(st.characters(codec=None), max_size=300)
LINES = st.lists(
    st.sampled_from(
        ["Share on Facebook", "Subscribe now for $1 a week", "The mayor resigned on Monday.", "", "Tags:", "  x "]
    ),
    max_size=12,
).map("\n".join)


def test_the_sample_comes_back_clean() -> None:
    text = SAMPLE.read_text(encoding="utf-8")
    kept = boilerplate.clean(text)
    assert "Subscribe" not in kept and "Facebook" not in kept
    assert "ferry" in kept.splitlines()[0]
    assert len(kept) > len(text) / 2


@given(ANY_TEXT | LINES)
def test_segments_rebuild_the_input(text: str) -> None:
    segments = boilerplate.classify(text)
    assert all(s.text == text[s.start : s.end] for s in segments)
    assert all(sum(s.probabilities) == pytest.approx(1, abs=1e-5) for s in segments)
    assert all(s.probability == s.probabilities[list(Label).index(s.label)] for s in segments)


@given(ANY_TEXT | LINES, st.none() | st.floats(0, 1))
def test_kept_text_is_untouched(text: str, threshold: float | None) -> None:
    cleaned = boilerplate.clean(text, threshold=threshold)
    everything = iter([s.text for s in boilerplate.classify(text)])
    assert all(s.text in everything for s in boilerplate.classify(cleaned))  # each once, in order
    goes = {s.text for s in boilerplate.classify(text) if s.label is not Label.EDITORIAL}
    if threshold is None:
        stays = [s.text for s in boilerplate.classify(text) if s.label is Label.EDITORIAL]
        assert [s.text for s in boilerplate.classify(cleaned)] == stays or goes & set(stays)


@pytest.mark.parametrize(
    ("text", "gone", "kept"),
    [
        (" a\n\nb\nc\n", [False, False, True], " a\n\nb"),
        ("a\n\nb\nc\n", [False, True, False], "a\n\nc\n"),
        ("a\nb\n\n\nc d", [False, True, False], "a\n\n\nc d"),
        ("\na\n\nb\nc\n", [True, False, False], "b\nc\n"),
        ("a\nb\nc", [True, True, True], ""),
    ],
)
def test_the_larger_separator_around_a_gap_stays(text: str, gone: list[bool], kept: str) -> None:
    found = segment([text])
    assert join_kept(text, found.starts.tolist(), found.ends.tolist(), gone) == kept


@given(ANY_TEXT | LINES)
def test_nothing_removed_gives_the_very_same_text(text: str) -> None:
    assert boilerplate.clean(text, remove=[]) == text
    assert boilerplate.clean(text, remove=[], threshold=0) == text


@given(st.lists(ANY_TEXT | LINES, max_size=6))
def test_a_batch_equals_single_results(texts: list[str]) -> None:
    for together, text in zip(boilerplate.classify_many(texts), texts, strict=True):
        alone = boilerplate.classify(text)
        assert [s[:4] for s in together] == [s[:4] for s in alone]
        assert [p for s in together for p in s.probabilities] == pytest.approx(
            [p for s in alone for p in s.probabilities], abs=1e-5
        )
    assert list(boilerplate.clean_many(texts)) == [boilerplate.clean(text) for text in texts]


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


@pytest.mark.parametrize("wrong", [None, 3, ["text"], object()])
def test_what_is_no_text_is_refused(wrong: object) -> None:
    with pytest.raises(TypeError, match="expected a str"):
        boilerplate.clean(wrong)  # type: ignore[arg-type]


def test_bytes_are_refused_with_decoding_advice() -> None:
    with pytest.raises(TypeError, match="decode"):
        boilerplate.classify(b"text")  # type: ignore[arg-type]

    class Indexed:
        def __getitem__(self, index: int) -> str:
            return ["The mayor resigned."][index]

    assert list(boilerplate.clean_many(Indexed())) == ["The mayor resigned."]  # type: ignore[arg-type]
    for single in ("text", None):
        with pytest.raises(TypeError, match="iterable of documents"):
            boilerplate.clean_many(single)  # type: ignore[arg-type]


@pytest.mark.parametrize("blank", ["", " ", "\n\n", "\u2028", "\t \r\n"])
def test_blank_text_has_no_segments(blank: str) -> None:
    assert boilerplate.classify(blank) == []
    assert boilerplate.clean(blank) == blank


@pytest.mark.parametrize("threshold", [-0.1, 1.5, float("nan")])
def test_threshold_out_of_range_is_refused(threshold: float) -> None:
    with pytest.raises(ValueError, match="threshold is"):
        boilerplate.clean("text", threshold=threshold)
    with pytest.raises(TypeError, match=r"threshold is '0\.5'"):
        boilerplate.clean("text", threshold="0.5")  # type: ignore[arg-type]


def test_unknown_labels_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="advert"):
        boilerplate.clean("text", remove=["advert"])
    for wrong in ("sharing", None):
        with pytest.raises(TypeError, match="expected a collection"):
            boilerplate.clean("text", remove=wrong)  # type: ignore[arg-type]


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


@pytest.mark.parametrize("text", ["\0\ud800\u202e", "🙂" * 1_000, "\n" * 1_000_000, "a" * 20_000_000, "é " * 200_000])
def test_odd_input_is_handled_in_linear_time(text: str) -> None:
    start = time.perf_counter()
    segments = boilerplate.classify(text)
    assert time.perf_counter() - start < 5
    assert all(s.text == text[s.start : s.end] for s in segments)


def test_threshold_decides_by_summed_probability() -> None:
    text = "Share on Facebook\nThe mayor resigned on Monday, the city said."
    share, body = boilerplate.classify(text)
    assert boilerplate.clean(text, threshold=1 - share.probabilities.editorial - 1e-6) == body.text
    assert boilerplate.clean(text, remove=["sharing"], threshold=1) == text
    assert boilerplate.clean(text, remove=list(Label), threshold=1) == ""


def test_a_saved_classifier_is_the_same(tmp_path: Path) -> None:
    classifier = Classifier.load()
    classifier.save(tmp_path / "model.npz")
    again = Classifier.load(tmp_path / "model.npz")
    text = SAMPLE.read_text(encoding="utf-8")
    assert again.classify(text) == classifier.classify(text)
    assert again.metadata == classifier.metadata
