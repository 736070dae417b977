"""datatrove: a pipeline step that cleans documents and counts what it removed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import nullcontext
from itertools import compress, islice
from typing import Any, Final

import numpy as np

from boilerplate.adapters.columns import needs_extra
from boilerplate.classifier import check_text, classify_many
from boilerplate.cleaning import NON_EDITORIAL, check_remove, check_threshold, join_kept, removed
from boilerplate.labels import LABELS, Label, Segment

with needs_extra("datatrove"):
    from datatrove.data import Document
    from datatrove.pipeline.base import PipelineStep
    from datatrove.pipeline.writers.disk_base import DiskWriter

_BATCH_DOCUMENTS: Final = 256  # about a batch of the classifier for articles of usual size


def _text_of(document: Document) -> str:
    try:
        return check_text(document.text)
    except TypeError as error:
        raise TypeError(f"document {document.id!r}: {error}") from error


class BoilerplateRemover(PipelineStep):  # type: ignore[misc]
    """Keeps the editorial text of each document.

    Its statistics count documents, documents changed, and the segments and characters
    removed of each label (``removed_subscription``, ``removed_subscription_characters``, …).

    Args:
        remove: Labels to remove, by default all but editorial.
        threshold: As in :func:`boilerplate.clean`.
        exclusion_writer: Where removed text goes: one document for each changed one, with the
            same ``id``, the removed segments a line each as text, and their labels in order
            in ``metadata["removed_labels"]``.

    Raises:
        TypeError: The text of a document is not a string; its ``id`` is named.

    """

    name = "🧹 Boilerplate"
    type = "✂️ - FORMAT"

    def __init__(
        self,
        remove: Collection[Label | str] = NON_EDITORIAL,
        threshold: float | None = None,
        exclusion_writer: DiskWriter | None = None,
    ) -> None:
        super().__init__()
        self.remove = check_remove(remove)
        self.threshold = check_threshold(threshold)
        self.exclusion_writer = exclusion_writer

    def run(self, data: Any, rank: int = 0, world_size: int = 1) -> Iterator[Document]:
        """Clean the documents of *data*, in order."""
        documents = iter(data or ())
        with self.exclusion_writer or nullcontext() as writer:
            while batch := list(islice(documents, _BATCH_DOCUMENTS)):
                with self.track_time("batch"):
                    classified = classify_many(map(_text_of, batch))
                    excluded = [self._clean(document, segments) for document, segments in zip(batch, classified)]
                for document, removed_text in zip(batch, excluded):
                    if writer and removed_text:
                        writer.write(removed_text, rank)
                    yield document

    def _clean(self, document: Document, segments: list[Segment]) -> Document | None:
        """Clean *document* in place, count, and return what was removed as a document."""
        goes = self._removed(segments)
        gone = list(compress(segments, goes))
        self.stat_update("total")
        if not gone:
            return None
        self.stat_update("changed")
        labels = [self._removed_as(segment) for segment in gone]
        for label, segment in zip(labels, gone):
            self.stat_update(f"removed_{label}", unit="segment")
            self.stat_update(f"removed_{label}_characters", value=len(segment.text), unit="segment")
        starts, ends = [segment.start for segment in segments], [segment.end for segment in segments]
        document.text = join_kept(document.text, starts, ends, goes)
        return Document(
            text="\n".join(segment.text for segment in gone),
            id=document.id,
            metadata={**document.metadata, "removed_labels": labels},
        )

    def _removed(self, segments: list[Segment]) -> list[bool]:
        decided = np.array([LABELS.index(segment.label) for segment in segments], np.int64)
        probabilities = np.array([segment.probabilities for segment in segments], np.float32).reshape(-1, len(LABELS))
        return list(map(bool, removed(decided, probabilities, self.remove, self.threshold)))

    def _removed_as(self, segment: Segment) -> str:
        """Name the likeliest removed label; with a threshold the segment's own may be editorial."""
        return str(max(self.remove, key=lambda label: segment.probabilities[LABELS.index(label)]))
