"""Gated recurrent units that go through the segments of documents, forwards and backwards at once.

Several groups of units, the members of an ensemble, may go side by side; each has its own inputs and two directions.

What a segment is depends on what came before ("Read also", then headlines) and on what is
still to come: a list of teasers looks like an article until one sees that no article follows.
The units are those of Cho et al., "Learning phrase representations using RNN encoder-decoder
for statistical machine translation", EMNLP 2014.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

#: Segments after which the units start afresh, so that one huge document is not walked line by line.
LONGEST_WALK: Final = 200
FORWARDS, BACKWARDS = 0, 1


@dataclass(frozen=True)
class Route:
    """The order in which the units go through documents: all at once, one segment of each a step.

    Long documents are cut into pieces of ``LONGEST_WALK`` segments; longer pieces come first, so
    that those still going are always the first ones.

    Attributes:
        rows: ``(2, n_segments) int64``, the segment at each place of the route, forwards and backwards.
        places: ``(2, n_segments) int64``, the place of each segment.
        going: Pieces still going at each step.

    """

    rows: NDArray[np.int64]
    places: NDArray[np.int64]
    going: list[int]


@dataclass(frozen=True)
class Step:
    """What the units did at one step, ``(n_ways, n_going, n_units)`` each: kept for training."""

    before: NDArray[np.float32]
    reset: NDArray[np.float32]
    update: NDArray[np.float32]
    recalled: NDArray[np.float32]
    candidate: NDArray[np.float32]


def cut(bounds: NDArray[np.int64]) -> NDArray[np.int64]:
    """Cut documents into pieces of at most ``LONGEST_WALK`` segments; return the bounds of the pieces."""
    index = np.arange(bounds[-1]) - np.repeat(bounds[:-1], np.diff(bounds))
    return np.append(np.flatnonzero(index % LONGEST_WALK == 0), bounds[-1])


def runs(bounds: NDArray[np.int64], n_segments: int, n_pieces: int = 1) -> Iterator[NDArray[np.int64]]:
    """Yield the bounds of runs of pieces, of at most *n_segments* each but at least *n_pieces*."""
    first = 0
    while first < len(bounds) - 1:
        last = int(np.searchsorted(bounds, bounds[first] + n_segments, side="right")) - 1
        last = max(last, first + n_pieces)
        yield bounds[first : last + 1]
        first = last


def groups(
    pieces: NDArray[np.int64], n_segments: int, n_pieces: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Deal the pieces of documents into groups as large as :func:`runs`, those of similar length together.

    Yields:
        The segments of each group, ``(n,) int64``, and the bounds of its pieces among them.

    """
    sizes = np.diff(pieces)
    order = np.argsort(sizes, kind="stable")
    ends = np.append(0, np.cumsum(sizes[order]))
    rows = np.arange(ends[-1]) + np.repeat(pieces[order] - ends[:-1], sizes[order])
    for run in runs(ends, n_segments, n_pieces):
        yield rows[run[0] : run[-1]], run - run[0]


def route(bounds: NDArray[np.int64]) -> Route:
    """Plan the way through documents with segments ``bounds[d]:bounds[d + 1]``."""
    pieces = cut(bounds)
    sizes = np.diff(pieces)
    rank = np.empty(len(sizes), np.int64)
    rank[np.argsort(-sizes, kind="stable")] = np.arange(len(sizes))
    forwards = np.arange(bounds[-1]) - np.repeat(pieces[:-1], sizes)
    backwards = np.repeat(sizes - 1, sizes) - forwards
    order = np.stack([forwards, backwards]) * len(sizes) + np.repeat(rank, sizes)
    rows = np.argsort(order, axis=1)
    return Route(rows, np.argsort(rows, axis=1), np.bincount(forwards).tolist())


def walk(
    gates: NDArray[np.float32], recurrent: NDArray[np.float32], going: list[int], steps: list[Step] | None = None
) -> NDArray[np.float32]:
    """Go the whole way; return the states of the units at each place, ``(n_ways, n_places, n_units)``.

    *gates* is ``(n_ways, n_places, 3 * n_units)``, what the inputs give to reset gate, update gate and
    candidate; *recurrent* is ``(n_ways, n_units, 3 * n_units)``. What was done is appended to *steps*.
    """
    n_ways, n_units, _ = recurrent.shape
    states = np.empty((n_ways, gates.shape[1], n_units), np.float32)
    state = np.zeros((n_ways, going[0] if going else 0, n_units), np.float32)
    place = 0
    for n_going in going:
        state = state[:, :n_going]
        inputs = gates[:, place : place + n_going]
        recalled = state @ recurrent
        opened = np.tanh((inputs[..., : 2 * n_units] + recalled[..., : 2 * n_units]) * np.float32(0.5))
        opened = opened * np.float32(0.5) + np.float32(0.5)  # the logistic function
        reset, update = opened[..., :n_units], opened[..., n_units:]
        candidate = np.tanh(inputs[..., 2 * n_units :] + reset * recalled[..., 2 * n_units :])
        if steps is not None:
            steps.append(Step(state, reset, update, recalled[..., 2 * n_units :], candidate))
        state = candidate + update * (state - candidate)
        states[:, place : place + n_going] = state
        place += n_going
    return states


@dataclass(frozen=True)
class Recurrence:
    """Gated recurrent units in both directions, for each member forwards, then backwards.

    Attributes:
        weights: ``(2 * n_members, n_inputs, 3 * n_units) float32``, for reset gate, update gate and candidate.
        bias: ``(2 * n_members, 1, 3 * n_units) float32``.
        recurrent: ``(2 * n_members, n_units, 3 * n_units) float32``.

    """

    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    recurrent: NDArray[np.float32]

    def __call__(self, inputs: NDArray[np.float32], way: Route) -> NDArray[np.float32]:
        """States at each segment, ``(n_segments, 2 * n_members * n_units) float32``.

        *inputs* is ``(n_segments, n_members * n_inputs)``.
        """
        n_ways, n_inputs, _ = self.weights.shape
        n_members = n_ways // 2
        of_members = inputs.reshape(len(inputs), n_members, n_inputs).swapaxes(0, 1)
        gates = of_members[:, way.rows].reshape(n_ways, len(inputs), n_inputs) @ self.weights
        gates += self.bias
        states = walk(gates, self.recurrent, way.going)
        places = [way.places[side] for side in (FORWARDS, BACKWARDS)] * n_members
        return np.concatenate([of_way[place] for of_way, place in zip(states, places)], axis=1)
