"""Count in how many documents each stem stands, and write how rare it is: part of the features.

``python -m training.count_stems FOLDER`` counts written documents and the real ones of FOLDER,
none of a held-out publisher, and writes ``boilerplate/rarity.npy``. The features change with it:
``training.hash_corpus`` and ``training.train`` have to follow.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from boilerplate.rendering import rendered
from boilerplate.stems import N_STEMS, RARITY_FILE, RARITY_STEPS, find_stems
from boilerplate.tokens import chunks, tokenise
from training.documents import Document, read_data
from training.hash_corpus import real_documents

#: Documents below which a stem counts as no rarer: those are names, and slips of the pen.
_RAREST = 4


def rarity(documents: Iterable[Document]) -> NDArray[np.uint8]:
    """Inverse document frequency of each stem in steps, ``(N_STEMS,) uint8``."""
    n_documents, counts = 0, np.zeros(N_STEMS, np.int64)
    for document in documents:
        found = [find_stems(tokenise(chunk)).buckets for chunk in map(rendered, chunks(document.segments))]
        counts[np.unique(np.concatenate(found))] += 1
        n_documents += 1
    steps = RARITY_STEPS * np.log((n_documents + 1) / np.maximum(counts, _RAREST))
    return np.asarray(np.clip(np.rint(steps), 0, 255), np.uint8)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the table; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m training.count_stems", description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of real documents")
    options = parser.parse_args(arguments)
    real = [document for part in real_documents(options.folder).values() for document in part]
    documents = [*read_data(), *real]
    np.save(RARITY_FILE, rarity(documents), allow_pickle=False)
    print(f"{RARITY_FILE}: stems of {len(documents)} documents")
    return 0


if __name__ == "__main__":
    sys.exit(main())
