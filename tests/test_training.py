"""Training: documents, splits, and a tiny model from end to end."""

import gzip
import json
import os
import platform
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from boilerplate import Classifier
from boilerplate.features import extract
from boilerplate.labels import EDITORIAL, costs, decide
from boilerplate.model import save_model
from boilerplate.scores import N_SCORES
from boilerplate.stems import RARITY_STEPS, echoes, find_stems
from boilerplate.tokens import tokenise
from training import check_data, hash_corpus, stages, train
from training.corpus import (
    Corpus,
    by_site,
    concatenate,
    drop_rare_ngrams,
    from_documents,
    label_numbers,
    publisher_name,
)
from training.count_stems import rarity
from training.decision import BODY_LOSS_BUDGET, LOSS_BUDGET
from training.documents import FORMULAS, DataError, Document, read_formulas, read_site
from training.hash_corpus import COLLECTIONS, HASHED_CORPUS, HELD_OUT, independent, with_site_names
from training.linear import LinearSettings
from training.metrics import figures, predict
from training.networks import NetworkSettings

REAL = check_data.REAL_FOLDER
TINY = stages.Settings(LinearSettings(iterations=20), NetworkSettings(hidden=16, units=8, epochs=60), n_folds=3)


def site(folder: Path, content: str) -> Path:
    path = folder / "xx" / "site.txt"
    path.parent.mkdir(exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("site: A\nkind: b\n\n== a | news\nX text\n", r"site.txt:5: expected one of E/S/H/O"),
        ("site: A\nkind: b\n\n== a | news\nE\n", r"site.txt:5: expected one of E/S/H/O"),
        ("site: A\n\n== a | news\nE text\n", r"site.txt:1: the head lacks 'kind"),
        ("site: A\nkind: b\n== a\nE text\n", r"site.txt:3: expected '== name \| genre'"),
        ("site: A\nkind: b\n== A b | news\nE text\n", r"site.txt:3: the name 'A b'"),
        ("site: A\nkind: b\n== a | news\n", r"site.txt:3: the document holds no segment"),
        ("site: A\nkind: b\n== a | news\nE x\n== a | news\nE y\n", r"two documents are named 'a'"),
        ("colour: A\n", r"site.txt:1: expected 'site"),
        ("site: A\nkind: b\n", r"holds no document"),
    ],
)
def test_format_errors_name_file_line_and_problem(tmp_path: Path, content: str, problem: str) -> None:
    with pytest.raises(DataError, match=problem):
        read_site(site(tmp_path, content))


def test_a_document_is_read_as_written(tmp_path: Path) -> None:
    path = site(tmp_path, "site: A\nkind: b\n\n== one | news | hard negative\nE Text here\nS Pay now\n")
    (document,) = read_site(path)
    assert (document.segments, document.labels) == (("Text here", "Pay now"), "ES")
    assert (document.site, document.language, document.hard_negative) == ("xx/site", "xx", True)


def test_formulas_stand_alone_and_name_their_errors(tmp_path: Path) -> None:
    (tmp_path / FORMULAS).mkdir()
    path = tmp_path / FORMULAS / "xx.txt"
    path.write_text("H Share\nO Read more\n", encoding="utf-8")
    assert [(d.segments, d.labels, d.language) for d in read_formulas(tmp_path)] == [
        (("Share",), "H", "xx"),
        (("Read more",), "O", "xx"),
    ]
    path.write_text("H Share\nRead more\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"xx.txt:2: expected one of E/S/H/O"):
        read_formulas(tmp_path)


@pytest.mark.skipif(platform.machine() != "x86_64", reason="other processors have kernels of their own")
def test_training_rounds_alike_whatever_the_processor_has() -> None:
    code = "import os, sys; from training.train import round_alike; round_alike(); print(os.environ, sys.argv[1:])"
    given = os.environ | {"OPENBLAS_CORETYPE": "SkylakeX"}
    command = [sys.executable, "-c", code, "--output", "here"]
    found = subprocess.run(command, env=given, capture_output=True, text=True, check=True, timeout=60).stdout
    assert found.count("'OPENBLAS_CORETYPE': 'Haswell'") == 1
    assert "'NPY_DISABLE_CPU_FEATURES': 'X86_V4" in found
    assert found.endswith("['--output', 'here']\n")


def test_a_formula_is_a_site_by_itself_and_a_site_counts_each_segment_once(written: list[Document]) -> None:
    formulas = from_documents(read_formulas(language="nl"), FORMULAS)
    site = concatenate([from_documents(written, "written"), formulas]).site
    own, shared = site[-len(formulas.labels) :], site[: -len(formulas.labels)]
    assert len(np.unique(own)) == len(own)
    assert not np.isin(own, shared).any()
    twice_in_one, once = sp.csr_matrix([[2.0], [0.0]]), sp.csr_matrix([[1.0], [1.0]])
    assert by_site(twice_in_one, np.array([0, 0])).toarray().tolist() == [[1]]
    assert by_site(once, np.array([0, 0])).toarray().tolist() == [[2]]


def test_segments_without_words_are_not_learned_from() -> None:
    documents = [
        Document("1", "one", "en", ("***", "Ferry cancelled", "•", "Share"), "OE?H"),
        Document("2", "two", "en", ("***", "|"), "OO"),
        Document("3", "three", "xh", ("![](a.png)", "Isikhephe"), "OE"),
    ]
    corpus = from_documents(documents, "pages")
    assert corpus.labels.tolist() == label_numbers("EHE").tolist()
    assert (corpus.bounds.tolist(), corpus.sites.tolist()) == ([0, 2, 3], ["one", "three"])
    assert (corpus.languages.tolist(), corpus.sources.tolist()) == (["en", "xh"], ["pages", "pages"])
    assert corpus.counts.shape[0] == len(corpus.shapes) == len(corpus.n_stems) == 3


def test_training_twice_gives_the_same_bytes_and_a_working_model(tmp_path: Path, written: list[Document]) -> None:
    corpus = from_documents(written, "written")
    for name in ("a.npz", "b.npz"):
        trained = train.train(corpus, TINY, {})
        save_model(trained, tmp_path / name)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    classifier = Classifier.load(tmp_path / "a.npz")
    of_file, of_memory = (predict(written, c.classify_batch).probabilities for c in (classifier, Classifier(trained)))
    assert 0 < np.abs(of_file - of_memory).max() < 0.01  # the file holds the networks in half precision
    found = figures(predict(written, classifier.classify_batch))
    assert found.editorial_lost < 0.02
    assert found.labels["sharing"].removed > 0.2


def test_the_model_notes_figures_in_known_and_in_new_languages(
    written: list[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = from_documents(written, "gold")
    right = np.eye(4, dtype=np.float32)[corpus.labels]
    scores = stages.Views(*np.zeros((2, len(right), N_SCORES), np.float32))
    found = stages.HeldOut(corpus.labels >= 0, scores, stages.Views(right, right[:, ::-1]))
    monkeypatch.setattr(train, "cross_score", lambda *_: scores)
    monkeypatch.setattr(train, "cross_fit", lambda *_: found)
    settings = replace(TINY, network=replace(TINY.network, epochs=1))
    metadata = train.train(corpus, settings, {}).metadata
    errors = [metadata[key]["calibration_error"] for key in ("held_out", "held_out_in_new_languages")]
    assert errors == [pytest.approx(0, abs=0.1), pytest.approx(1, abs=0.1)]


def test_a_corpus_survives_its_file_and_a_stale_one_is_refused(
    tmp_path: Path, written: list[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = drop_rare_ngrams(from_documents(written, "written"))
    corpus.save(tmp_path / "corpus.npz")
    again = Corpus.load(tmp_path / "corpus.npz")
    assert (again.counts != corpus.counts).nnz == 0
    assert again.labels.tolist() == corpus.labels.tolist()
    monkeypatch.setattr("training.corpus.FINGERPRINT", "newer")
    with pytest.raises(DataError, match="made with features"):
        Corpus.load(tmp_path / "corpus.npz")


def test_rare_ngrams_are_dropped(written: list[Document]) -> None:
    corpus = from_documents(written, "written")
    kept = drop_rare_ngrams(corpus).counts
    used = np.flatnonzero(np.asarray(kept.sum(axis=0)).ravel())
    sites = corpus.sites[corpus.document]
    assert kept.nnz < corpus.counts.nnz
    for bucket in used[:50]:
        assert len(set(sites[corpus.counts[:, bucket].nonzero()[0]])) >= 2


def test_stems_are_numbered_and_echo_as_before(written: list[Document]) -> None:
    corpus = from_documents(written, "written")
    texts = [text for document in written for text in document.segments]
    bounds = np.append(0, np.cumsum([len(document.segments) for document in written]))
    features, _ = extract(texts, bounds, lambda tokens: np.zeros((len(tokens.starts), 0), np.float32))
    editorial = np.random.default_rng(1).random(len(corpus.labels)).astype(np.float32)
    numbered, keyed = (echoes(editorial, x.stems, x.n_stems, corpus.bounds) for x in (corpus, features))
    assert numbered == pytest.approx(keyed, abs=1e-6)
    assert corpus.stems[0] == 0
    assert corpus.stems.max() < max(np.add.reduceat(corpus.n_stems, corpus.bounds[:-1]))


def test_a_stem_is_the_rarer_the_fewer_documents_hold_it() -> None:
    texts = ["haven zeldzaam", "haven nogwat", "**ha\u00adven**", *["haven"] * 7]
    table = rarity([Document(text, "a", "nl", (text,), "E") for text in texts])
    common, rare = (table[find_stems(tokenise([word])).buckets[0]] for word in ("haven", "zeldzaam"))
    assert common == round(RARITY_STEPS * np.log(11 / 10))
    assert rare == round(RARITY_STEPS * np.log(11 / 4))


@pytest.mark.parametrize("worst", ["gold", "pages", "body-read", "languages new"])
def test_thresholds_keep_to_the_budget_of_every_kind_of_document(written: list[Document], worst: str) -> None:
    corpus = concatenate([from_documents(written, "pages")] * 10)
    corpus = replace(corpus, sources=np.resize(["gold", "pages", "body-read"], len(corpus.sources)))
    rng = np.random.default_rng(3)

    def predicted(view: str) -> np.ndarray:
        often = (corpus.sources == worst)[corpus.document] | (view == worst)
        wrong = rng.random(len(often)) < np.where(often, 0.4, 0.01)
        confidence = rng.uniform(0.5, 1, len(often))
        probabilities = np.zeros((len(often), 4), np.float32)
        probabilities[np.arange(len(often)), np.where(wrong, 3 - corpus.labels, corpus.labels)] = confidence
        return probabilities + ((1 - confidence)[:, None] / 4).astype(np.float32)

    views = stages.Views(predicted("languages known"), predicted("languages new"))
    found = train.strictest_thresholds(views, corpus, np.ones(len(corpus.labels), bool))
    editorial = corpus.labels == EDITORIAL
    characters = costs(corpus.lengths, corpus.bounds)

    def room(factor: float) -> float:
        """How far the loss stays below the budget where it comes nearest to it."""
        thresholds = found._replace(odds=found.odds * factor)
        known, new = (decide(of_view, characters, thresholds) != EDITORIAL for of_view in views)
        both = known / 2 + new / 2
        rooms = []
        for source, gone, budget in (
            ("", both, LOSS_BUDGET),
            ("gold", both, LOSS_BUDGET),
            ("body-read", known, BODY_LOSS_BUDGET),
        ):
            rows = editorial & np.char.startswith(corpus.sources, source)[corpus.document]
            rooms.append(budget - (corpus.lengths * gone)[rows].sum() / corpus.lengths[rows].sum())
        return float(min(rooms))

    assert room(1) >= 0
    assert room(0.97) < 0


def test_publisher_names_meet_in_both_forms() -> None:
    assert publisher_name("www.tagesanzeiger.ch") == publisher_name("TagesAnzeiger")


def test_documents_of_held_out_publishers_are_left_out() -> None:
    held_out = [Document("a", "TheNation", "en", ("x" * 80,), "E")]
    same_publisher = Document("b", "thenation.com", "en", ("text",), "E")
    same_paragraph = Document("c", "other.org", "en", ("x" * 80,), "E")
    neither = Document("d", "third.org", "en", ("text",), "E")
    assert independent([same_publisher, same_paragraph, neither], held_out) == [neither]


def test_pages_are_grouped_by_how_they_were_labelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = {
        HELD_OUT: ["held"],
        hash_corpus.GOLD: ["gold"],
        hash_corpus.BODY: ["body", "held", "read body"],
        hash_corpus.UNLABELLED_PAGES[0]: ["read page", "unread page"],
        hash_corpus.UNLABELLED_PAGES[1]: ["read web page"],
    }
    for file, names in pages.items():
        records = [{"doc": n, "publisher": n, "lang": "en", "lines": ["a", n], "labels": "EE"} for n in names]
        content = "".join(json.dumps(record) + "\n" for record in records).encode()
        (tmp_path / file).write_bytes(gzip.compress(content) if file.endswith(".gz") else content)
    sources = {"read body": "hard", "read page": "pages", "read web page": "web"}
    records = [{"doc": doc, "source": source, "labels": "SO"} for doc, source in sources.items()]
    monkeypatch.setattr(hash_corpus, "GIVEN_LABELS", tmp_path / "labels.jsonl")
    hash_corpus.GIVEN_LABELS.write_text("\n".join(map(json.dumps, records)))
    found = hash_corpus.real_documents(tmp_path)
    named = {source: [(d.name, d.labels) for d in part] for source, part in found.items() if part}
    assert named == {
        "gold": [("gold", "EE")],
        "pages": [("read page", "SO")],
        "web": [("read web page", "SO")],
        "body-read": [("read body", "SO")],
        "body": [("body", "EE")],
    }


def test_pages_of_a_collection_count_as_sites_of_their_own() -> None:
    pages = [Document(name, COLLECTIONS[0], "tr", ("text",), "E") for name in ("a", "b")]
    same_site = [Document(name, "thenation.com", "en", ("text",), "E") for name in ("c", "d")]
    names = [d.site for d in with_site_names([*pages, *same_site])]
    assert len(set(names)) == 3
    assert names[2:] == ["real/thenation"] * 2


@pytest.mark.skipif(not (REAL / HELD_OUT).exists(), reason="no real documents beside the repository")
def test_the_hashed_documents_share_no_publisher_with_the_held_out_ones() -> None:
    from training.documents import read_gold

    held_out = {f"real/{publisher_name(d.site)}" for d in read_gold(REAL / HELD_OUT)}
    assert not held_out & set(Corpus.load(HASHED_CORPUS).sites.tolist())


def test_vowel_signs_belong_to_their_words() -> None:
    assert check_data.units("हिन्दी में लिखें", "hi") == ["हिन्दी", "में", "लिखें"]
