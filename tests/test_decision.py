"""When a segment goes, how the thresholds are fitted, and the figures by which both are judged."""

import unicodedata
from dataclasses import replace

import numpy as np
import pytest

from boilerplate import Classifier
from boilerplate.characters import TABLE
from boilerplate.context import Calibration
from boilerplate.labels import EDITORIAL, HEADLINE_COST, LABELS, Label, Thresholds, costs, decide, removal_odds, spread
from boilerplate.model import DEFAULT_MODEL, load_model
from training import tabulate_characters
from training.corpus import UNLABELLED, label_numbers
from training.decision import fit_calibration, fit_thresholds
from training.metrics import N_BINS, Lines, calibration_error, figures, log_loss

RULE = Thresholds(odds=0.01, offset=20.0, values=(3.0, 3.0, 1.0))


def test_the_longer_a_segment_the_surer_one_has_to_be() -> None:
    probabilities = np.repeat(np.array([[0.4, 0.1, 0, 0.5]], np.float32), 4, axis=0)
    # The odds against editorial are (3 * 0.1 + 0.5) / 0.4 = 2, enough for 180 characters.
    assert decide(probabilities, np.array([1, 179, 181, 5_000]), RULE).tolist() == [3, 3, 0, 0]


def test_of_a_headline_one_has_to_be_surer() -> None:
    lengths, bounds = np.array([30, 30, 30]), np.array([0, 2, 2, 3, 3])
    assert costs(lengths, bounds).tolist() == [30 + HEADLINE_COST, 30, 30 + HEADLINE_COST]
    assert lengths.tolist() == [30, 30, 30]
    probabilities = np.repeat(np.array([[0.45, 0, 0, 0.55]], np.float32), 3, axis=0)
    assert decide(probabilities, costs(lengths, bounds), RULE).tolist() == [0, 3, 0]


def test_the_first_segment_of_a_document_bears_the_cost_of_a_headline() -> None:
    model, text = load_model(DEFAULT_MODEL), "Share on Facebook"
    (found,) = Classifier(model).classify(text)
    odds = removal_odds(np.array([found.probabilities], np.float32), model.thresholds.values)[0]

    def label(extra: float) -> Label:
        asked = odds / (len(text) + model.thresholds.offset + extra)
        thresholds = model.thresholds._replace(odds=float(asked))
        return Classifier(replace(model, thresholds=thresholds)).classify(text)[0].label

    assert label(HEADLINE_COST - 1) is Label.EDITORIAL
    assert label(HEADLINE_COST + 1) is Label.SHARING


def test_a_pitch_goes_sooner_than_a_stray_link() -> None:
    probabilities = np.array([[0.4, 0.6, 0, 0], [0.4, 0, 0, 0.6]], np.float32)
    assert decide(probabilities, np.array([200, 200]), RULE).tolist() == [1, 0]


def test_what_is_most_probably_editorial_stays() -> None:
    probabilities = np.array([[0.4, 0.35, 0.25, 0], [0.35, 0.4, 0.25, 0]], np.float32)
    assert decide(probabilities, np.array([1, 1]), RULE).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("shown", "taken"),
    [
        ("E.E", [0, 0, 1]),
        ("E.O", [0, 1, 1]),
        ("O.E", [0, 0, 1]),
        ("O..S", [0, 0, 0, 1]),
        (".EO.", [0, 0, 1, 1]),
        ("O|.E|..|.|E.|O", [0, 1, 1, -1, -1, -1, 2, 2, 3]),
        ("..|", [-1, -1]),
    ],
)
def test_a_segment_without_words_goes_with_a_neighbour_that_goes(shown: str, taken: list[int]) -> None:
    documents = shown.split("|")
    decided = label_numbers("".join(c for c in shown if c.isalpha()))
    worded = np.array([c.isalpha() for c in "".join(documents)])
    bounds = np.append(0, np.cumsum([len(d) for d in documents]))
    own = np.random.default_rng(1).dirichlet(np.ones(4), len(decided)).astype(np.float32)
    labels, probabilities = spread(decided, own, worded, bounds)
    assert labels.tolist() == [EDITORIAL if row < 0 else decided[row] for row in taken]
    assert probabilities.tolist() == [[1, 0, 0, 0] if row < 0 else own[row].tolist() for row in taken]


@pytest.mark.parametrize("budget", [0.0, 0.001, 0.01, 0.1, 0.3])
def test_thresholds_use_the_loss_budget_and_keep_to_it(budget: float) -> None:
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet([2, 1, 1, 1], 5_000).astype(np.float32)
    labels, lengths = rng.integers(0, 4, 5_000), rng.integers(1, 900, 5_000)
    characters = costs(lengths, np.arange(0, 5_001, 10))
    editorial = labels == 0

    def lost(factor: float) -> float:
        rule = fit_thresholds(probabilities, labels, lengths, characters, budget=budget)
        gone = decide(probabilities, characters, rule._replace(odds=rule.odds * factor)) != 0
        return float(lengths[editorial & gone].sum() / lengths[editorial].sum())

    assert budget - 900 / lengths[editorial].sum() < lost(1) <= budget
    assert lost(0.98) > lost(1)


def test_calibration_undoes_a_wrong_scale() -> None:
    rng = np.random.default_rng(1)
    probabilities = rng.dirichlet([1, 1, 1, 1], 20_000)
    labels = np.array([rng.choice(4, p=p) for p in probabilities])
    scores = np.asarray(3 * np.log(probabilities), np.float32)
    found = fit_calibration(scores, labels)
    assert isinstance(found, Calibration)
    assert found.scale == pytest.approx(1 / 3, rel=0.05)
    assert found.shifts == pytest.approx((0, 0, 0, 0), abs=0.1)


def test_calibrated_probabilities_sum_to_the_lines_of_each_label() -> None:
    rng = np.random.default_rng(2)
    labels = rng.choice(4, 20_000, p=[0.89, 0.006, 0.004, 0.1])
    scores = (rng.normal(0, 1.5, (20_000, 4)) + 3 * np.eye(4)[labels]).astype(np.float32)
    found = fit_calibration(scores, labels)(scores)
    assert found.mean(axis=0) == pytest.approx(np.bincount(labels) / len(labels), rel=0.01)


def lines(gold: str, predicted: str, confidence: list[float], lengths: list[int], document: list[int]) -> Lines:
    called = label_numbers(predicted)
    probabilities = np.zeros((len(gold), len(LABELS)), np.float32)
    probabilities[np.arange(len(gold)), called] = confidence
    return Lines(label_numbers(gold), called, probabilities, np.array(lengths), np.array(document))


def test_figures_of_a_few_lines_by_hand() -> None:
    found = figures(lines("EESHO?", "EOSOEH", [0.9] * 6, [60, 40, 5, 5, 30, 99], [0, 0, 1, 1, 2, 2]))
    assert found.lines == 5
    assert found.editorial_lost == pytest.approx(40 / 100)
    assert found.boilerplate_left == pytest.approx(30 / 40)
    assert found.clean_documents == pytest.approx(1 / 3)  # a wrong type does not make a document unclean
    assert (found.labels["subscription"].f1, found.labels["sharing"].f1, found.labels["other"].f1) == (1, 0, 0)
    assert [found.labels[label].removed for label in LABELS[1:]] == [1, 1, 0]
    assert found.labels["other"].precision == 0 and found.labels["sharing"].recall == 0


def test_calibration_error_and_log_loss_by_hand() -> None:
    few = lines("E" * 30 + "S" * 10, "E" * 40, [0.95] * 40, [1] * 40, [0] * 40)
    by_bins = sum(
        abs(0.95 - part.mean()) * len(part) for part in np.array_split(np.repeat([1.0, 0.0], [30, 10]), N_BINS)
    )
    assert calibration_error(few) == pytest.approx(by_bins / 40, abs=1e-6)
    assert log_loss(lines("E?", "EE", [0.5, 0.1], [1, 1], [0, 0])) == pytest.approx(np.log(2))
    assert np.isnan(calibration_error(few.subset(np.zeros(40, bool))))


def test_letters_beyond_the_labels_are_unlabelled() -> None:
    assert label_numbers("ESHO?N").tolist() == [0, 1, 2, 3, UNLABELLED, UNLABELLED]


@pytest.mark.skipif(
    unicodedata.unidata_version != tabulate_characters.UNICODE_VERSION,
    reason=f"the table is of Unicode {tabulate_characters.UNICODE_VERSION}",
)
def test_the_shipped_character_table_is_what_its_command_writes() -> None:
    assert np.array_equal(tabulate_characters.table(), TABLE)
