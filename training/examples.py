"""What the second stage learns from: segments in documents.

Of most languages the first stage has never seen a real page; some documents are shown as if theirs was one of these.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Examples:
    """Segments of whole documents to learn from.

    Attributes:
        inputs: ``(n_segments, n_inputs) float32``.
        new_inputs: The same by a first stage that has seen no real page in the language of the document.
        labels: ``(n_segments,) int64``; any label where the weight is zero.
        weights: ``(n_segments,) float32``; zero for segments seen but not learned.
        bounds: ``(n_documents + 1,) int64``, first segment of each document.

    """

    inputs: NDArray[np.float32]
    new_inputs: NDArray[np.float32]
    labels: NDArray[np.int64]
    weights: NDArray[np.float32]
    bounds: NDArray[np.int64]

    def take(self, documents: NDArray[np.bool_] | NDArray[np.int64]) -> Examples:
        """The chosen documents alone, in the order given."""
        numbers = np.arange(len(self.bounds) - 1)[documents]
        segments = [np.arange(self.bounds[d], self.bounds[d + 1]) for d in numbers]
        rows = np.concatenate([np.zeros(0, np.int64), *segments])
        bounds = np.append(0, np.cumsum(np.diff(self.bounds)[numbers]))
        return Examples(self.inputs[rows], self.new_inputs[rows], self.labels[rows], self.weights[rows], bounds)

    def with_new_languages(self, share: float, rng: np.random.Generator) -> Examples:
        """A *share* of the documents with their new inputs as inputs."""
        new = np.repeat(rng.random(len(self.bounds) - 1) < share, np.diff(self.bounds))
        return replace(self, inputs=np.where(new[:, None], self.new_inputs, self.inputs))
