"""What a user holds: classify, clean, their batches, and what they refuse."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import boilerplate
from boilerplate import Classifier, Label
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
