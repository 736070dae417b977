"""The first stage's training: evidence, optimum, surroundings."""

from functools import partial

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.typing import NDArray

from boilerplate.scores import N_LABELS, N_SCORES
from training.corpus import from_documents
from training.documents import Document
from training.linear import LinearSettings, evidence, fit_linear, fit_weights, loss_and_gradient, surroundings


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


def answered(labels: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Targets of *labels*, and of surroundings of which nothing is true."""
    return np.asarray(np.arange(N_SCORES) == labels[:, None])


def test_the_gradient_of_the_first_stage_is_that_of_its_loss() -> None:
    rng = np.random.default_rng(0)
    ngrams = sp.random(40, 6, density=0.5, format="csr", dtype=np.float32, random_state=0)
    targets = answered(rng.integers(0, N_LABELS, 40))
    targets[:, N_LABELS:] = rng.random((40, N_SCORES - N_LABELS)) < 0.5
    weights = rng.uniform(0.5, 2, (40, 1)).astype(np.float32) * (rng.random((40, N_SCORES)) < 0.8)
    weights[:, :N_LABELS] = weights[:, :1]
    fitted = rng.normal(size=(7, N_SCORES))
    loss = partial(loss_and_gradient, prior=rng.normal(size=(6, N_SCORES)), penalty=0.7)
    _, gradient = loss(fitted, ngrams, targets, weights)
    for row, column in np.ndindex(fitted.shape):
        step = np.zeros_like(fitted)
        step[row, column] = 0.01
        above, below = (loss(fitted + side * step, ngrams, targets, weights)[0] for side in (1, -1))
        assert gradient[row, column] == pytest.approx((above - below) / 0.02, abs=5e-3)


def test_the_first_stage_reaches_its_optimum_soon(written: list[Document]) -> None:
    corpus = from_documents(written, "written")
    ngrams = corpus.ngrams[:, np.flatnonzero(corpus.counts.getnnz(axis=0) >= 2)]
    settings, weights = LinearSettings(iterations=70), np.ones((len(corpus.labels), N_SCORES), np.float32)
    of_labels = evidence(ngrams, corpus.labels, corpus.site, settings.doubt)
    prior = np.concatenate([of_labels, np.zeros_like(of_labels)], axis=1)
    targets = np.concatenate([answered(corpus.labels)[:, :N_LABELS], surroundings(corpus)], axis=1)
    fitted = fit_weights(ngrams, targets, weights, prior, settings)
    penalty = 1 / settings.regularisation
    _, gradient = loss_and_gradient(fitted, ngrams, targets, weights, prior=prior, penalty=penalty)
    assert np.abs(gradient).max() < 5e-5 * len(weights)  # unscaled steps: four times as much


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
    labels = np.where(np.arange(60) % 2, 0, 2)
    known = sp.csr_matrix(always_together), answered(labels), np.ones((60, N_SCORES), np.float32)
    prior = np.zeros((3, N_SCORES))
    plain = fit_weights(*known, prior, LinearSettings())
    prior[:, :N_LABELS] = evidence(known[0], labels, np.arange(60), doubt=30.0)
    drawn = fit_weights(*known, prior, LinearSettings())
    alone_plain, alone_drawn = (w[0, 2] - w[0, 0] + w[-1, 2] - w[-1, 0] for w in (plain, drawn))
    assert alone_drawn > alone_plain + 0.2


def test_the_first_stage_learns_from_four_sites_up_and_starts_from_the_evidence() -> None:
    lines = [("Share", "H", n) for n in range(6)] + [("Article", "E", n) for n in range(6)]
    lines += [("Tweet", "H", n) for n in range(3)]
    corpus = from_documents([Document(f"{n}", f"site {n}", "en", (t,), letter) for t, letter, n in lines], "gold")
    every = np.ones(len(corpus.labels), bool)
    fitted = fit_linear(corpus, every, every, every.astype(float), LinearSettings(regularisation=1e-6, doubt=1.0))
    share, tweet = (np.flatnonzero(corpus.counts[row].toarray()) for row in (0, len(lines) - 1))
    assert np.isin(share, fitted.columns).all()
    assert not np.isin(tweet, fitted.columns).any()
    of_sharing = fitted(corpus, every)[:, 2]  # so strong a penalty leaves nothing but the evidence
    assert of_sharing[0] > of_sharing[6] + 0.5


def test_the_first_stage_tells_of_the_surroundings_by_half_their_log_odds() -> None:
    texts = ("Article", "Comments", "Reply")
    corpus = from_documents([Document(f"{n}", f"site {n}", "en", texts, "EOO") for n in range(6)], "gold")
    every = np.ones(len(corpus.labels), bool)
    unsure = LinearSettings(regularisation=1e-6, doubt=1e9)  # nothing but the biases
    told = fit_linear(corpus, every, every, every.astype(float), unsure).bias[N_LABELS:]
    assert told[:3] == pytest.approx(np.log([1 / 2, 2, 2]) / 2, abs=0.02)
    fitted = fit_linear(corpus, every, every, every.astype(float), LinearSettings(regularisation=1e-6, doubt=1.0))
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
    unsure = LinearSettings(regularisation=1e-6, doubt=1e9)  # nothing but the biases
    told = fit_linear(corpus, every, placed, every.astype(float), unsure).bias[N_LABELS:]
    assert told[:3] == pytest.approx(np.log([1 / 2, 2, 2]) / 2, abs=0.02)
