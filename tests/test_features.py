"""Features: the fast path equals the plain reference, alone and in batches."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from boilerplate.features import extract
from boilerplate.scores import MAX_STEPS, N_ROWS, N_SCORES, LinearScores
from boilerplate.shapes import OWN_NAMES, SHAPE_NAMES, own_shapes
from boilerplate.stems import echoes, find_stems
from boilerplate.tokens import _CHUNK_CHARACTERS, NGRAM_KINDS, OPENING_TOKENS, Tokens, chunks, tokenise, visible
from tests.reference import buckets_of, echoes_of, scores_of, shapes_of, stems_of

SEGMENTS = st.text(st.characters(codec=None), min_size=1, max_size=60).map(str.strip).filter(bool)
SAMPLES = [
    "Weiterlesen für 4,99 € im Monat!",
    "この記事は有料会員限定です。残り1234文字",
    "می‌خواهید ادامه دهید؟",
    "İstanbul'da HAVA",
    "🤝 शेयर करें",
    "뉴스레터를 무료로 받아보세요",
    "𠀋 x",
    ".",
    "\ud800",
    "long " * 300,
]


@given(st.lists(SEGMENTS, min_size=1, max_size=6))
@example(SAMPLES)
def test_ngrams_equal_the_reference(texts: list[str]) -> None:
    tokens = tokenise(texts)
    for text, first, last in zip(texts, tokens.bounds, tokens.bounds[1:]):
        assert tokens.buckets[:, first:last].tolist() == buckets_of(text)


@pytest.mark.parametrize(
    ("text", "same_start", "other"),
    [
        ("会員登録", "会員登録はこちら", "会員特典"),
        ("구독하기", "구독하기 버튼", "구독신청"),
        ("הרשמה", "הרשמה חינם", "הרצאה"),
    ],
)
def test_characters_of_some_scripts_are_tokens_and_their_prefixes_run_on(
    text: str, same_start: str, other: str
) -> None:
    tokens = tokenise([text, same_start, other])
    assert tokens.bounds[1] == len(text)
    prefixes = tokens.buckets[NGRAM_KINDS.index("prefix4"), tokens.bounds[:-1]]
    assert prefixes[0] == prefixes[1] != prefixes[2]


@pytest.mark.parametrize(
    ("text", "n_tokens"), [("Ի՞նչ անել", 2), ("ሰላም፣ ለዓለም።", 2), ("မြန်မာ။", 6), ("ទិញ។ ទិញ", 6), ("नमस्ते।", 1)]
)
def test_marks_of_a_script_neither_cut_words_nor_count_as_words(text: str, n_tokens: int) -> None:
    tokens = tokenise([text])
    assert tokens.bounds.tolist() == [0, n_tokens]


@given(st.lists(SEGMENTS, min_size=1, max_size=6))
@example(SAMPLES)
def test_openings_are_the_first_tokens(texts: list[str]) -> None:
    buckets, bounds = tokenise(texts).openings()
    for text, first, last in zip(texts, bounds, bounds[1:]):
        assert buckets[:, first:last].tolist() == [kind[:OPENING_TOKENS] for kind in buckets_of(text)]


@given(st.lists(SEGMENTS, min_size=1, max_size=6))
@example(SAMPLES)
def test_scores_equal_the_reference(texts: list[str]) -> None:
    steps = np.random.default_rng(0).integers(-MAX_STEPS, MAX_STEPS, (N_ROWS, N_SCORES), np.int8, endpoint=True)
    scores = LinearScores.from_steps(steps, 0.1, np.arange(-4, 4, dtype=np.float32))
    for text, found in zip(texts, scores(tokenise(texts)).tolist()):
        assert found == pytest.approx(scores_of(text, scores), rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("step", [-MAX_STEPS, MAX_STEPS])
def test_the_largest_weights_of_the_most_tokens_do_not_overflow(step: int) -> None:
    texts = ["字" * 416, "x", "字" * 600, "字" * 257]
    steps = np.full((N_ROWS, N_SCORES), step, np.int8)
    scores = LinearScores.from_steps(steps, 0.1, np.zeros(N_SCORES, np.float32))
    for text, found in zip(texts, scores(tokenise(texts)).tolist()):
        assert found == pytest.approx(scores_of(text, scores), rel=1e-4)


@given(st.lists(SEGMENTS, min_size=1, max_size=6))
@example(SAMPLES)
def test_shapes_equal_the_reference(texts: list[str]) -> None:
    tokens = tokenise(texts)
    shapes = own_shapes(tokens, find_stems(tokens), np.array(list(map(len, texts))))
    for text, found in zip(texts, shapes.tolist()):
        assert dict(zip(OWN_NAMES, found)) == pytest.approx(shapes_of(text), abs=1e-6)


@given(st.lists(SEGMENTS, min_size=1, max_size=6))
@example(SAMPLES)
def test_stems_equal_the_reference(texts: list[str]) -> None:
    stems = find_stems(tokenise(texts))
    for text, first, last in zip(texts, stems.bounds, stems.bounds[1:]):
        assert stems.buckets[first:last].tolist() == stems_of(text)


@given(st.lists(st.lists(st.sampled_from([*SAMPLES, "HAVA x", "weitere Worte, Worte"])), min_size=1, max_size=4))
def test_echoes_equal_the_reference(documents: list[list[str]]) -> None:
    texts = [text for document in documents for text in document]
    pieces = np.append(0, np.cumsum(list(map(len, documents))))
    editorial = np.random.default_rng(5).random(len(texts)).astype(np.float32)
    if texts:
        stems = find_stems(tokenise(texts))
        found = echoes(editorial, stems.keys(), np.diff(stems.bounds), pieces)
        for document, first, last in zip(documents, pieces, pieces[1:]):
            expected = echoes_of(document, editorial[first:last].tolist())
            assert found[first:last] == pytest.approx(np.array(expected).reshape(-1, 2), abs=1e-6)


def test_chunks_hold_every_segment_in_order_and_stay_small() -> None:
    texts = ["a" * 5_000, "b", "c" * 300] * 500
    cut = list(chunks(texts))
    assert [text for chunk in cut for text in chunk] == texts
    assert max(sum(len(visible(text)) for text in chunk) for chunk in cut) <= _CHUNK_CHARACTERS


def test_features_of_a_document_do_not_depend_on_its_batch() -> None:
    def first_bucket(tokens: Tokens) -> np.ndarray:
        return np.array(
            [[tokens.buckets[0, b] if b < tokens.buckets.shape[1] else 0] for b in tokens.bounds[:-1]], np.float32
        )

    documents = [SAMPLES, ["Share", "Share", "Text of the article, share it."], SAMPLES * 40]
    bounds = np.append(0, np.cumsum([len(d) for d in documents]))
    together, _ = extract([text for d in documents for text in d], bounds, first_bucket)
    for document, first, last in zip(documents, together.bounds, together.bounds[1:]):
        alone, _ = extract(document, np.array([0, len(document)]), first_bucket)
        assert np.array_equal(alone.shapes, together.shapes[first:last])
        assert np.array_equal(alone.stems, together.part(np.array([first, last])).stems)


def test_repetition_is_seen_within_the_document() -> None:
    texts = ["Share", "Harbour workers strike", "Share", "Share"]
    features, _ = extract(texts, np.array([0, 3, 4]), lambda t: np.zeros((len(t.starts), 0), np.float32))
    assert features.shapes[:, SHAPE_NAMES.index("repeated")].tolist() == [1, 0, 1, 0]
