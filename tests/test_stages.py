"""The two stages: what is held out from whom, and how much a segment weighs."""

from dataclasses import replace

import numpy as np
import pytest

from boilerplate.recurrence import route
from boilerplate.scores import N_SCORES
from training import check_data, stages
from training.corpus import Corpus, concatenate, from_documents
from training.documents import FORMULAS, WRITTEN, Document, read_formulas
from training.linear import LinearSettings
from training.networks import NetworkSettings, fit_levels, fit_network


def test_formulas_are_never_held_out(written: list[Document]) -> None:
    corpus = concatenate([from_documents(written, WRITTEN), from_documents(read_formulas(language="nl"), FORMULAS)])
    formula = corpus.sources == FORMULAS
    assert formula.any()
    assert set(stages.folds(corpus)[formula]) == {-1}
    assert -1 not in stages.folds(corpus)[~formula]


def test_no_site_and_no_text_crosses_a_split(written: list[Document]) -> None:
    corpus = from_documents(written, WRITTEN)
    fold = stages.folds(corpus)[corpus.document]
    owner: dict[str, int] = {}
    for text, part in zip((t for d in written for t in d.segments), fold.tolist()):
        if not check_data.is_formula(text, "nl"):
            assert owner.setdefault(check_data.normalise(text), part) == part
    for name in np.unique(corpus.sites):
        assert len(set(fold[(corpus.sites == name)[corpus.document]].tolist())) == 1


def test_segments_weigh_by_where_their_documents_came_from(written: list[Document]) -> None:
    expected = {"gold": 1.0, WRITTEN: 0.4, "body": 0.2}
    documents = [replace(written[0], labels=f"?{written[0].labels[1:]}")]  # the first has no label
    corpus = concatenate([from_documents(documents, source) for source in expected])
    settings = stages.Settings(written_context_weight=0.4, body_weight=0.2)
    scores = stages.Views(*np.zeros((2, len(corpus.labels), N_SCORES), np.float32))
    weights = stages.examples(corpus, scores, settings).weights
    for source, first, weight in zip(expected, corpus.bounds.tolist(), expected.values()):
        of_document = weights[first : first + len(written[0].segments)]
        assert of_document[0] == 0, source
        assert np.allclose(of_document[1:], weight), source


def test_languages_of_real_documents_are_dealt_whole_and_evenly(written: list[Document]) -> None:
    languages = ["en"] * 6 + ["de"] * 3 + ["fr"] * 3 + ["is"]
    real = [replace(written[0], language=language) for language in languages]
    corpus = concatenate([from_documents(written, WRITTEN), from_documents(real, "gold")])
    fold = stages.language_folds(corpus, 2)
    assert set(fold[: len(written)]) == {-1}
    found = {language: set(fold[corpus.languages == language].tolist()) for language in languages}
    assert found == {"en": {0}, "de": {1}, "fr": {1}, "is": {0}}


@pytest.fixture(scope="module")
def mixed(written: list[Document]) -> Corpus:
    """Written documents, and the same as real ones of two languages at sites of their own."""
    real = [
        replace(d, site=f"real/{d.site}/{language}", language=language) for d in written for language in ("nl", "de")
    ]
    return concatenate([from_documents(written, WRITTEN), from_documents(real, "gold")])


def test_a_language_is_new_to_the_first_stage_that_scores_it_so(mixed: Corpus) -> None:
    settings = stages.Settings(LinearSettings(iterations=5), n_folds=2, n_language_folds=2)
    german = (mixed.languages == "de")[mixed.document]
    taught_otherwise = replace(mixed, labels=np.where(german, 3 - mixed.labels, mixed.labels))
    before, after = (stages.cross_score(corpus, settings) for corpus in (mixed, taught_otherwise))
    assert (before.new[german] == after.new[german]).all()
    assert (before.new[~german] != after.new[~german]).any(axis=1).mean() > 0.9
    assert (before.known[german] != after.known[german]).any(axis=1).mean() > 0.9
    of_written = (mixed.sources == WRITTEN)[mixed.document]
    assert (before.new[of_written] == before.known[of_written]).all()


def test_the_means_over_the_document_can_be_left_out(mixed: Corpus) -> None:
    scores = stages.Views(*np.random.default_rng(1).normal(size=(2, len(mixed.labels), N_SCORES)).astype(np.float32))
    told, untold = (stages.examples(mixed, scores, stages.Settings(document_means=m)) for m in (True, False))
    for with_means, without in ((told.inputs, untold.inputs), (told.new_inputs, untold.new_inputs)):
        assert (with_means[:, -N_SCORES:] != 0).all()
        assert (without[:, -N_SCORES:] == 0).all()
        assert (with_means[:, :-N_SCORES] == without[:, :-N_SCORES]).all()


def test_both_views_go_through_the_same_networks(mixed: Corpus) -> None:
    settings = stages.Settings(network=NetworkSettings(hidden=4, units=2, epochs=1), n_folds=2)
    rng = np.random.default_rng(1)
    known, new = rng.normal(size=(2, len(mixed.labels), N_SCORES)).astype(np.float32)
    same, apart = (stages.cross_fit(mixed, stages.Views(known, of_new), settings).raw for of_new in (known, new))
    assert (same.known == same.new).all()
    assert (apart.known != apart.new).any(axis=1).all()


def test_networks_learn_from_the_share_of_new_languages_they_are_told(mixed: Corpus) -> None:
    rng = np.random.default_rng(1)
    scores, others = rng.normal(size=(2, len(mixed.labels), N_SCORES)).astype(np.float32)

    def outputs(new: np.ndarray, share: float) -> np.ndarray:
        settings = NetworkSettings(members=1, hidden=4, units=2, epochs=1, new_languages=share)
        examples = stages.examples(mixed, stages.Views(scores, new), stages.Settings())
        network = fit_network(examples, levels := fit_levels(examples, settings), settings, 1)
        return network(levels(examples.inputs), route(examples.bounds))

    assert (outputs(scores, 0) == outputs(others, 0)).all()
    assert (outputs(scores, 0.3) != outputs(others, 0.3)).any(axis=1).all()
