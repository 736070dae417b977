"""The first stage's training: evidence, optimum, surroundings."""

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.typing import NDArray

from boilerplate.scores import N_LABELS
from training.corpus import from_documents
from training.documents import Document
from training.linear import LinearSettings, Regression, evidence, fit_linear, surroundings


def test_surroundings_stay_within_the_document() -> None:
    texts = ("a", "b", "c", "d", "e", "f")
    documents = [
        Document("a", "s", "en", texts, "OEHSEO"),
        Document("b", "s", "en", texts[:3], "OE?"),
        Document("c", "s", "en", texts[:1], "O"),
    ]
    asks_before, asks_after, begun, goes_on = surroundings(from_documents(documents, "written")).T.astype(int).tolist()
    assert asks_before == [0, 1, 0, 1, 1, 0, 0, 1, 0, 0]
    assert asks_after == [0, 1, 1, 0, 1, 0, 0, 0, 0, 0]
    assert begun == [0, 0, 1, 1, 1, 1, 0, 0, 1, 0]
    assert goes_on == [1, 1, 1, 1, 0, 0, 1, 0, 0, 0]


def one_of(labels: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Targets of which that of the label is true."""
    return np.asarray(np.arange(N_LABELS) == labels[:, None])


@pytest.mark.parametrize("n_targets", [1, N_LABELS])
def test_the_gradient_of_the_first_stage_is_that_of_its_loss(n_targets: int) -> None:
    rng = np.random.default_rng(0)
    ngrams = sp.random(40, 6, density=0.5, format="csr", dtype=np.float32, random_state=0)
    targets = one_of(rng.integers(0, N_LABELS, 40))[:, :n_targets]
    regression = Regression(ngrams, rng.uniform(0.5, 2, 40), penalty=0.7)
    fitted, prior = rng.normal(size=(7, n_targets)), rng.normal(size=(6, n_targets))
    _, gradient = regression.loss_and_gradient(fitted, targets, prior)
    for row, column in np.ndindex(fitted.shape):
        step = np.zeros_like(fitted)
        step[row, column] = 0.01
        above, below = (regression.loss_and_gradient(fitted + s * step, targets, prior)[0] for s in (1, -1))
        assert gradient[row, column] == pytest.approx((above - below) / 0.02, abs=5e-3)


def test_the_loss_of_the_first_stage_is_the_cross_entropy_by_weight() -> None:
    ngrams = sp.csr_matrix(np.array([[1.0], [0.0]], np.float32))
    regression = Regression(ngrams, np.array([2.0, 1.0]), penalty=0.5)
    question, one = np.array([[1.0], [-1.0]]), np.array([[True], [False]])
    loss, _ = regression.loss_and_gradient(question, one, np.zeros((1, 1)))
    assert loss == pytest.approx(2 * np.log(2) + np.log(1 + np.exp(-1)) + 0.25, abs=1e-5)
    labels = np.concatenate([question, np.zeros((2, 3))], axis=1)
    loss, _ = regression.loss_and_gradient(labels, one_of(np.array([0, 1])), np.zeros((1, N_LABELS)))
    assert loss == pytest.approx(2 * np.log(4) + np.log(3 + np.exp(-1)) + 0.25, abs=1e-5)


def test_the_first_stage_reaches_its_optimum_soon(written: list[Document]) -> None:
    corpus = from_documents(written, "written")
    ngrams = corpus.ngrams[:, np.flatnonzero(corpus.counts.getnnz(axis=0) >= 2)]
    weights, settings = np.ones(len(corpus.labels)), LinearSettings()
    prior = evidence(ngrams, corpus.labels, corpus.site, settings.doubt)
    regression = Regression(ngrams, weights, settings.penalty)
    asks_before = surroundings(corpus)[:, :1]
    for targets, drawn_to, iterations in (
        (one_of(corpus.labels), prior, settings.iterations),
        (asks_before, np.zeros_like(prior[:, :1]), settings.iterations_of_surroundings),
    ):
        fitted = regression.fit(targets, drawn_to, iterations)
        _, gradient = regression.loss_and_gradient(fitted, targets, drawn_to)
        assert np.abs(gradient).max() < 15e-5 * len(weights)  # unscaled steps: 1e-3 and 2e-4


def test_an_ngram_says_the_more_the_more_sites_say_it() -> None:
    columns, site = [0, 0, 1, 1, 2, 3, 3], np.array([0, 1, 2, 2, 3, 4, 5])
    labels = np.array([1, 1, 1, 1, 1, 0, 1])
    ngrams = sp.csr_matrix((np.ones(7, np.float32), (np.arange(7), columns)), (7, 5))
    found = evidence(ngrams, labels, site, doubt=2.0)
    two_sites, twice_at_one, once, divided, never = found[:, 1]
    assert two_sites > twice_at_one > once > 0 > divided
    assert never == pytest.approx(0)
    assert 0 < evidence(ngrams, labels, site, doubt=20.0)[0, 1] < two_sites / 4


def test_a_phrase_met_with_others_is_known_when_it_is_met_alone() -> None:
    always_together = np.array([[1, 1, 0], [0, 0, 1]], np.float32)[np.arange(60) % 2]
    ngrams, labels = sp.csr_matrix(always_together), np.where(np.arange(60) % 2, 0, 2)
    regression = Regression(ngrams, np.ones(60), LinearSettings().penalty)
    of_themselves = evidence(ngrams, labels, np.arange(60), doubt=30.0)
    plain, drawn = (regression.fit(one_of(labels), prior, 50) for prior in (np.zeros((3, N_LABELS)), of_themselves))
    alone_plain, alone_drawn = (w[0, 2] - w[0, 0] + w[-1, 2] - w[-1, 0] for w in (plain, drawn))
    assert alone_drawn > alone_plain + 0.2


def test_the_first_stage_learns_from_four_sites_up_and_starts_from_the_evidence() -> None:
    lines = [("Share", "H", n) for n in range(6)] + [("Article", "E", n) for n in range(6)]
    lines += [("Tweet", "H", n) for n in range(3)]
    corpus = from_documents([Document(f"{n}", f"site {n}", "en", (t,), letter) for t, letter, n in lines], "gold")
    every = np.ones(len(corpus.labels), bool)
    fitted = fit_linear(corpus, every, every, every.astype(float), LinearSettings(penalty=1e6, doubt=1.0))
    share, tweet = (np.flatnonzero(corpus.counts[row].toarray()) for row in (0, len(lines) - 1))
    assert np.isin(share, fitted.columns).all()
    assert not np.isin(tweet, fitted.columns).any()
    of_sharing = fitted(corpus, every)[:, 2]  # so strong a penalty leaves nothing but the evidence
    assert of_sharing[0] > of_sharing[6] + 0.5


def test_the_first_stage_tells_of_the_surroundings_by_half_their_log_odds() -> None:
    texts = ("Article", "Comments", "Reply")
    corpus = from_documents([Document(f"{n}", f"site {n}", "en", texts, "EOO") for n in range(6)], "gold")
    every = np.ones(len(corpus.labels), bool)
    unsure = LinearSettings(penalty=1e6, doubt=1e9)  # nothing but the biases
    told = fit_linear(corpus, every, every, every.astype(float), unsure).bias[N_LABELS:]
    assert told[:3] == pytest.approx(np.log([1 / 2, 2, 2]) / 2, abs=0.02)
    fitted = fit_linear(corpus, every, every, every.astype(float), LinearSettings(penalty=1e6, doubt=1.0))
    asks_before, asks_after, begun, _ = fitted(corpus, every)[:3, N_LABELS:].T
    assert asks_before[2] > max(asks_before[:2]) + 0.2
    assert asks_after[2] < min(asks_after[:2]) - 0.2
    assert begun[0] < min(begun[1:]) - 0.2


def test_what_stands_in_no_document_teaches_no_surroundings() -> None:
    texts = ("Article", "Comments", "Reply")
    documents = [Document(f"{n}", f"site {n}", "en", texts, "EOO") for n in range(6)]
    formulas = [Document(f"formula {n}", f"site {n}", "en", ("Reply",), "O") for n in range(20)]
    corpus = from_documents([*documents, *formulas], "gold")
    every = np.ones(len(corpus.labels), bool)
    placed = np.arange(len(every)) < 6 * len(texts)
    unsure = LinearSettings(penalty=1e6, doubt=1e9)  # nothing but the biases
    told = fit_linear(corpus, every, placed, every.astype(float), unsure).bias[N_LABELS:]
    assert told[:3] == pytest.approx(np.log([1 / 2, 2, 2]) / 2, abs=0.02)
