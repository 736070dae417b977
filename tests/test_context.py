"""The context stage: the walk through documents, and its training."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from boilerplate.context import Layer, Network, context_inputs
from boilerplate.features import Features
from boilerplate.model import DEFAULT_MODEL, load_model
from boilerplate.recurrence import LONGEST_WALK, Recurrence, cut, groups, route
from boilerplate.scores import N_LABELS, N_SCORES
from boilerplate.shapes import SHAPE_NAMES
from training.examples import Examples
from training.networks import NetworkSettings, fit_levels, initial_parameters, join, loss_and_gradients, network

SETTINGS = NetworkSettings(hidden=7, units=5)
N_INPUTS = 6
SIZES = st.lists(st.sampled_from([0, 1, 2, 3, 9, LONGEST_WALK, LONGEST_WALK + 1, 3 * LONGEST_WALK]), max_size=6)


def drawn(n_segments: int, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=(n_segments, N_INPUTS)).astype(np.float32)


def a_network() -> Network:
    return network(initial_parameters(N_INPUTS, SETTINGS, np.random.default_rng(1)))


def logistic(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-x)))


def test_inputs_hold_the_probabilities_that_the_scores_tell() -> None:
    scores = np.random.default_rng(2).normal(scale=3, size=(5, N_SCORES)).astype(np.float32)
    none, counts = np.zeros(0, np.uint16), np.zeros(5, np.int64)
    shapes = np.zeros((5, len(SHAPE_NAMES)), np.float32)
    inputs = context_inputs(Features(scores, shapes, none, counts, counts, np.array([0, 5])))
    told = inputs[:, -2 * N_SCORES : -N_SCORES]
    of_labels, of_surroundings = told[:, :N_LABELS], told[:, N_LABELS:]
    powers = np.exp(scores[:, :N_LABELS])
    assert of_labels == pytest.approx(powers / powers.sum(axis=1, keepdims=True), rel=1e-4)
    assert of_surroundings == pytest.approx(logistic(2 * scores[:, N_LABELS:].astype(np.float64)), rel=1e-3, abs=1e-6)


@given(SIZES)
def test_inputs_hold_the_mean_scores_of_the_document_or_piece(sizes: list[int]) -> None:
    bounds = np.append(0, np.cumsum(sizes, dtype=np.int64))
    n = int(bounds[-1])
    scores = np.random.default_rng(3).normal(size=(n, N_SCORES)).astype(np.float32)
    none, counts, shapes = np.zeros(0, np.uint16), np.zeros(n, np.int64), np.zeros((n, len(SHAPE_NAMES)), np.float32)
    means = context_inputs(Features(scores, shapes, none, counts, counts, bounds))[:, -N_SCORES:]
    for first, end in zip(bounds[:-1].tolist(), bounds[1:].tolist()):
        for start in range(first, end, LONGEST_WALK):
            piece = slice(start, min(start + LONGEST_WALK, end))
            assert means[piece] == pytest.approx(np.tile(scores[piece].mean(axis=0), (piece.stop - start, 1)), abs=1e-5)


def states_of(inputs: NDArray[np.float32], units: Recurrence, side: int) -> list[NDArray[np.float64]]:
    """One direction of one document, segment after segment as in the paper."""
    n_units = units.recurrent.shape[1]
    state, states = np.zeros(n_units), []
    for x in inputs if side == 0 else inputs[::-1]:
        reset, update, candidate = np.split(x @ units.weights[side] + units.bias[side, 0], 3)
        of_reset, of_update, of_candidate = np.split(state @ units.recurrent[side], 3)
        z = logistic(update + of_update)
        state = z * state + (1 - z) * np.tanh(candidate + logistic(reset + of_reset) * of_candidate)
        states.append(state)
    return states if side == 0 else states[::-1]


@given(SIZES)
def test_the_route_visits_every_segment_once_each_way(sizes: list[int]) -> None:
    bounds = np.append(0, np.cumsum(sizes, dtype=np.int64))
    way = route(bounds)
    assert sum(way.going) == bounds[-1]
    assert way.going == sorted(way.going, reverse=True)
    assert len(way.going) <= LONGEST_WALK
    for rows, places in zip(way.rows, way.places):
        assert sorted(rows.tolist()) == list(range(bounds[-1]))
        assert rows[places].tolist() == list(range(bounds[-1]))


def test_the_walk_equals_the_plain_recurrence() -> None:
    sizes = [3, 8, 1, 5]
    bounds = np.append(0, np.cumsum(sizes))
    units = a_network().recurrence
    inputs = np.random.default_rng(2).normal(size=(bounds[-1], SETTINGS.hidden)).astype(np.float32)
    found = units(inputs, route(bounds))
    for first, last in zip(bounds, bounds[1:]):
        both = zip(*(states_of(inputs[first:last], units, side) for side in (0, 1)))
        expected = [np.concatenate(pair) for pair in both]
        assert found[first:last] == pytest.approx(np.array(expected), abs=1e-5)


@given(SIZES)
def test_a_document_scores_the_same_alone_and_among_others(sizes: list[int]) -> None:
    bounds = np.append(0, np.cumsum(sizes, dtype=np.int64))
    inputs = drawn(int(bounds[-1]))
    together = a_network()(inputs, route(bounds))
    for first, last in zip(bounds, bounds[1:]):
        alone = a_network()(inputs[first:last], route(np.array([0, last - first])))
        assert together[first:last] == pytest.approx(alone, abs=1e-4)


@given(SIZES)
def test_joined_networks_give_their_mean(sizes: list[int]) -> None:
    bounds = np.append(0, np.cumsum(sizes, dtype=np.int64))
    inputs, way = drawn(int(bounds[-1])), route(bounds)
    members = [network(initial_parameters(N_INPUTS, SETTINGS, np.random.default_rng(seed))) for seed in range(3)]
    expected = sum(member(inputs, way) for member in members) / 3
    assert join(members)(inputs, way) == pytest.approx(expected, abs=1e-5)


@given(SIZES, st.sampled_from([1, 10, 10 * LONGEST_WALK]))
def test_groups_hold_every_segment_once_in_whole_pieces(sizes: list[int], n_segments: int) -> None:
    bounds = np.append(0, np.cumsum(sizes, dtype=np.int64))
    seen = []
    longest = 0
    for rows, inner in groups(cut(bounds), n_segments, 2):
        assert longest <= np.diff(inner).min()
        longest = np.diff(inner).max()
        assert inner[0] == 0 and inner[-1] == len(rows)
        assert len(rows) <= n_segments or len(inner) <= 3
        for first, last in zip(inner, inner[1:]):
            piece = rows[first:last].tolist()
            assert piece == list(range(piece[0], piece[-1] + 1))
            assert len(set(np.searchsorted(bounds, piece, side="right"))) == 1
        seen += rows.tolist()
    assert sorted(seen) == list(range(bounds[-1]))


def test_documents_of_all_lengths_are_taken_in_groups_without_a_trace() -> None:
    model = load_model(DEFAULT_MODEL)
    sizes = [3, 5 * LONGEST_WALK + 7, 12 * LONGEST_WALK, 1]
    bounds = np.append(0, np.cumsum(sizes))
    shapes = np.random.default_rng(4).random((bounds[-1], len(SHAPE_NAMES))).astype(np.float32)
    n_stems = np.random.default_rng(5).integers(0, 9, bounds[-1])
    stems = np.random.default_rng(6).integers(0, 99, n_stems.sum()).astype(np.uint16)
    lengths = np.ones(bounds[-1], np.int64)
    features = Features(np.zeros((bounds[-1], N_SCORES), np.float32), shapes, stems, n_stems, lengths, bounds)
    context = model.context
    whole = context.calibration(context.network(context.levels(context_inputs(features)), route(bounds)))
    assert context(features) == pytest.approx(whole, abs=1e-5)


def test_a_segment_feels_both_neighbours_but_not_another_document() -> None:
    inputs = drawn(6)
    bounds = np.array([0, 3, 6])
    before = a_network()(inputs, route(bounds))
    inputs[1] += 1
    changed = np.abs(a_network()(inputs, route(bounds)) - before).max(axis=1)
    assert (changed[:3] > 1e-4).all()
    assert (changed[3:] == 0).all()


def test_gradients_equal_finite_differences() -> None:
    rng = np.random.default_rng(3)
    bounds = np.array([0, 5, 7, 7, 16])
    weights = rng.random(16).astype(np.float32)
    inputs = drawn(16)
    examples = Examples(inputs, inputs, rng.integers(0, 4, 16), weights, bounds)
    masks = tuple(
        (rng.random((16, width)) < 0.8).astype(np.float32)
        for width in (N_INPUTS, SETTINGS.hidden, 2 * SETTINGS.units + SETTINGS.hidden)
    )
    parameters = initial_parameters(N_INPUTS, SETTINGS, rng)
    parameters["hidden_bias"] += 0.1  # away from the bend of the rectifier
    _, gradients = loss_and_gradients(parameters, examples, route(bounds), masks)  # type: ignore[arg-type]

    def loss(name: str, place: tuple[int, ...], change: float) -> float:
        moved = parameters | {name: parameters[name].astype(np.float64)}
        moved[name][place] += change
        return loss_and_gradients(moved, examples, route(bounds), masks)[0]  # type: ignore[arg-type]

    for name, gradient in gradients.items():
        assert gradient.shape == parameters[name].shape
        for _ in range(5):
            place = tuple(int(rng.integers(0, size)) for size in gradient.shape)
            slope = (loss(name, place, 1e-2) - loss(name, place, -1e-2)) / 2e-2
            assert gradient[place] == pytest.approx(slope, rel=2e-2, abs=2e-4), (name, place)


def test_levels_cut_at_quantiles_of_what_is_learned() -> None:
    inputs = np.arange(8, dtype=np.float32)[:, None] * np.array([1, 0], np.float32)
    weights = np.array([1, 1, 1, 1, 1, 0, 0, 0], np.float32)
    examples = Examples(inputs, inputs, np.zeros(8, np.int64), weights, np.array([0, 8]))
    levels = fit_levels(examples, NetworkSettings(levels=1))
    assert levels.values.tolist() == [[2, 0]]
    assert levels(inputs)[:, 2].tolist() == [0, 0, 0, 1, 1, 1, 1, 1]
    assert levels(inputs).dtype == np.float32


def test_a_layer_is_affine() -> None:
    layer = Layer(np.array([[2.0], [3.0]], np.float32), np.array([1.0], np.float32))
    assert layer(np.array([[1, 1]], np.float32)).tolist() == [[6.0]]


def test_a_share_of_the_documents_is_shown_in_a_new_language() -> None:
    bounds = np.arange(0, 3001, 3)
    inputs, ones = np.zeros((3000, 1), np.float32), np.ones(3000, np.float32)
    examples = Examples(inputs, inputs + 1, ones.astype(np.int64), ones, bounds)
    rng = np.random.default_rng(0)
    shown = [examples.with_new_languages(0.3, rng).inputs.reshape(-1, 3) for _ in range(2)]
    for of_documents in shown:
        assert (of_documents == of_documents[:, :1]).all()
        assert of_documents.mean() == pytest.approx(0.3, abs=0.05)
    assert (shown[0] != shown[1]).any()
    assert (examples.with_new_languages(0, rng).inputs == inputs).all()
