"""What the second stage learns from: segments in documents, and other documents made of the same segments.

Sites put the same blocks now here, now there, and extractors leave now more of them, now less. Of most
languages the first stage has never seen a real page; some documents are shown as if theirs was one of these.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from boilerplate.context import document_means
from boilerplate.labels import EDITORIAL
from boilerplate.scores import N_SCORES
from boilerplate.shapes import POSITION_NAMES, positions
from boilerplate.stems import ECHO_NAMES

_CHANGED: Final = 0.6  # of the documents
_LEFT_OUT: Final = 0.3  # of the runs of a changed document
_SHORTENED: Final = 0.3  # of its other runs
_GIVEN: Final = 0.5  # of the changed documents: they get a run of another
_LONGEST_GIVEN: Final = 30  # segments
FIRST_POSITION: Final = N_SCORES + len(ECHO_NAMES)
_POSITIONS: Final = slice(FIRST_POSITION, FIRST_POSITION + len(POSITION_NAMES))
DOCUMENT_MEANS: Final = slice(-N_SCORES, None)

Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Examples:
    """Segments of whole documents to learn from.

    Attributes:
        inputs: ``(n_segments, n_inputs) float32``.
        new_inputs: The same by a first stage that has seen no real page in the language of the document.
        labels: ``(n_segments,) int64``; any label where the weight is zero.
        weights: ``(n_segments,) float32``; zero for segments seen but not learned.
        lengths: ``(n_segments,) int64``, characters.
        bounds: ``(n_documents + 1,) int64``, first segment of each document.

    """

    inputs: NDArray[np.float32]
    new_inputs: NDArray[np.float32]
    labels: Indices
    weights: NDArray[np.float32]
    lengths: Indices
    bounds: Indices

    def take(self, documents: NDArray[np.bool_] | Indices) -> Examples:
        """The chosen documents alone, in the order given."""
        numbers = np.arange(len(self.bounds) - 1)[documents]
        return self._pick([np.arange(self.bounds[d], self.bounds[d + 1]) for d in numbers])

    def with_new_languages(self, share: float, rng: np.random.Generator) -> Examples:
        """A *share* of the documents with their new inputs as inputs."""
        new = np.repeat(rng.random(len(self.bounds) - 1) < share, np.diff(self.bounds))
        return replace(self, inputs=np.where(new[:, None], self.new_inputs, self.inputs))

    def rearranged(self, rng: np.random.Generator) -> Examples:
        """Documents with runs of boilerplate left out, cut short, or put in from another document.

        Every editorial segment stays, in its order. The inputs are told their place and their document anew, the new
        inputs are not.
        """
        boilerplate = (self.labels != EDITORIAL) & (self.weights > 0)
        runs = [_runs(boilerplate, first, end) for first, end in zip(self.bounds[:-1], self.bounds[1:])]
        given = [run for of_document in runs for run in of_document]
        documents = []
        for first, end, of_document in zip(self.bounds[:-1], self.bounds[1:], runs):
            rows = np.arange(first, end)
            if rng.random() < _CHANGED:
                rows = _without(rows, of_document, rng)
                if given and rng.random() < _GIVEN:
                    rows = _with(rows, given[rng.integers(len(given))], rng)
            documents.append(rows)
        picked = self._pick(documents)
        picked.inputs[:, _POSITIONS] = positions(picked.lengths, picked.bounds)
        picked.inputs[:, DOCUMENT_MEANS] = document_means(picked.inputs[:, :N_SCORES], picked.bounds)
        return picked

    def _pick(self, documents: list[Indices]) -> Examples:
        """Documents made of these segments."""
        rows = np.concatenate([np.zeros(0, np.int64), *documents])
        bounds = np.append(0, np.cumsum([len(of_document) for of_document in documents], dtype=np.int64))
        inputs, new_inputs = self.inputs[rows], self.new_inputs[rows]
        return Examples(inputs, new_inputs, self.labels[rows], self.weights[rows], self.lengths[rows], bounds)


@dataclass(frozen=True)
class _Run:
    """Segments ``start:end``, none editorial, between editorial ones; whether they open or close their document."""

    start: int
    end: int
    opens: bool
    closes: bool


def _runs(boilerplate: NDArray[np.bool_], first: int, end: int) -> list[_Run]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], boilerplate[first:end], [False]]))) + first
    pairs = zip(edges[::2].tolist(), edges[1::2].tolist())
    return [_Run(start, stop, start == first, stop == end) for start, stop in pairs]


def _without(rows: Indices, runs: list[_Run], rng: np.random.Generator) -> Indices:
    """Leave out some *runs* of a document, and a part of others."""
    kept = np.ones(len(rows), bool)
    for run in runs:
        start, end = run.start, run.end
        if rng.random() >= _LEFT_OUT:
            if rng.random() >= _SHORTENED:
                continue
            start, end = np.sort(rng.integers(start, end + 1, 2))
        kept[start - rows[0] : end - rows[0]] = False
    return rows[kept]


def _with(rows: Indices, run: _Run, rng: np.random.Generator) -> Indices:
    """Put a *run* of another document where it stood there: at the start, at the end or anywhere."""
    place = 0 if run.opens else len(rows) if run.closes else int(rng.integers(len(rows) + 1))
    return np.insert(rows, place, np.arange(run.start, min(run.end, run.start + _LONGEST_GIVEN)))
