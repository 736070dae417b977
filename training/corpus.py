"""Labelled documents as features: what training learns from, with or without their text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from boilerplate.features import FINGERPRINT, Features, extract
from boilerplate.recurrence import cut
from boilerplate.scores import N_ROWS, scales
from boilerplate.shapes import SHAPE_NAMES
from boilerplate.tokens import N_BUCKETS, NGRAM_KINDS, Tokens
from training.documents import FORMULAS, LABEL_LETTERS, DataError, Document

#: Label number of a segment that is never scored nor learned.
UNLABELLED = len(LABEL_LETTERS)
_N_TOKENS = SHAPE_NAMES.index("tokens")
_ARRAYS = (
    "indices", "counts", "indptr", "shapes", "stems", "n_stems", "lengths", "bounds", "labels",
    "sites", "languages", "sources",
)  # fmt: skip


@dataclass(frozen=True)
class Corpus:
    """Features and labels of documents, without their text.

    Attributes:
        counts: ``(n_segments, N_ROWS)`` sparse, how often a segment, and its opening, holds an n-gram.
        shapes: ``(n_segments, n_shapes) float32``.
        stems: ``(n_stems,) uint16``, the stems of all segments in order, numbered within their document.
        n_stems: ``(n_segments,) int64``, stems of each segment.
        lengths: ``(n_segments,) int64``, characters.
        bounds: ``(n_documents + 1,) int64``, first segment of each document.
        labels: ``(n_segments,) int64``, index into ``LABELS`` or ``UNLABELLED``.
        sites: ``(n_documents,)`` strings by which splits are made.
        languages: ``(n_documents,)`` language codes.
        sources: ``(n_documents,)`` names of where the documents came from.

    """

    counts: sp.csr_matrix
    shapes: NDArray[np.float32]
    stems: NDArray[np.uint16]
    n_stems: NDArray[np.int64]
    lengths: NDArray[np.int64]
    bounds: NDArray[np.int64]
    labels: NDArray[np.int64]
    sites: NDArray[np.str_]
    languages: NDArray[np.str_]
    sources: NDArray[np.str_]

    @property
    def document(self) -> NDArray[np.int64]:
        """Number of each segment's document."""
        return np.repeat(np.arange(len(self.sites)), np.diff(self.bounds))

    @property
    def site(self) -> NDArray[np.int64]:
        """Number of each segment's site; formulas are no site's own, each counts as one by itself."""
        _, numbers = np.unique(self.sites, return_inverse=True)
        formulas = self.sources == FORMULAS
        numbers[formulas] = len(self.sites) + np.arange(formulas.sum())
        return numbers[self.document]

    @property
    def ngrams(self) -> sp.csr_matrix:
        """N-grams as the first stage sees them: scaled counts."""
        whole, opening = scales(np.rint(np.expm1(self.shapes[:, _N_TOKENS])).astype(np.int64))
        ngrams = self.counts.astype(np.float32)
        segment = np.repeat(np.arange(len(whole)), np.diff(ngrams.indptr))
        ngrams.data *= np.where(ngrams.indices < N_BUCKETS, whole[segment], opening[segment])
        return ngrams

    def features(self, scores: NDArray[np.float32]) -> Features:
        """Features with first-stage *scores*, as the context stage takes them."""
        return Features(scores, self.shapes, self.stems, self.n_stems, self.lengths, self.bounds)

    def save(self, path: Path) -> None:
        """Write the corpus to *path*, bound to the features it was made with."""
        arrays = {
            "indices": self.counts.indices.astype(np.uint32),
            "counts": np.minimum(self.counts.data, 255).astype(np.uint8),
            "indptr": np.diff(self.counts.indptr).astype(np.uint16),
            "shapes": self.shapes.astype(np.float16),
            "stems": self.stems,
            "n_stems": self.n_stems.astype(np.uint16),
            "lengths": self.lengths.astype(np.uint32),
            "bounds": self.bounds.astype(np.uint32),
            "labels": self.labels.astype(np.uint8),
            "sites": self.sites,
            "languages": self.languages,
            "sources": self.sources,
        }
        np.savez_compressed(path, fingerprint=np.array(FINGERPRINT), **arrays)

    @classmethod
    def load(cls, path: Path) -> Corpus:
        """Read a corpus.

        Raises:
            DataError: The file was made with other features.

        """
        with np.load(path, allow_pickle=False) as archive:
            found = str(archive["fingerprint"])
            if found != FINGERPRINT:
                raise DataError(
                    f"{path}: made with features {found}, this version has {FINGERPRINT}; "
                    "make it anew with `python -m training.hash_corpus FOLDER`"
                )
            arrays = {name: archive[name] for name in _ARRAYS}
        indptr = np.append(0, np.cumsum(arrays["indptr"].astype(np.int64)))
        shape = (len(indptr) - 1, N_ROWS)
        return cls(
            sp.csr_matrix((arrays["counts"].astype(np.float32), arrays["indices"].astype(np.int32), indptr), shape),
            arrays["shapes"].astype(np.float32),
            arrays["stems"],
            arrays["n_stems"].astype(np.int64),
            arrays["lengths"].astype(np.int64),
            arrays["bounds"].astype(np.int64),
            arrays["labels"].astype(np.int64),
            arrays["sites"],
            arrays["languages"],
            arrays["sources"],
        )


def label_numbers(letters: str) -> NDArray[np.int64]:
    """Index into ``LABELS`` of each letter, ``UNLABELLED`` of any but ``ESHO``."""
    return np.array([LABEL_LETTERS.find(letter) % (UNLABELLED + 1) for letter in letters], np.int64)


def from_documents(documents: Sequence[Document], source: str) -> Corpus:
    """Compute the features of *documents*; letters other than ``ESHO`` are unlabelled.

    Segments without words are left out, and so are documents of nothing else.
    """
    bounds = np.append(0, np.cumsum([len(d.segments) for d in documents]))
    parts: list[sp.csr_matrix] = []

    def collect(tokens: Tokens) -> NDArray[np.float32]:
        whole, opening = (_counts(*found) for found in ((tokens.buckets, tokens.bounds), tokens.openings()))
        parts.append(sp.hstack([whole, opening], format="csr"))
        return np.zeros((len(tokens.starts), 0), np.float32)

    texts = [text.strip() for d in documents for text in d.segments]
    features, worded = extract(texts, bounds, collect)
    filled = np.diff(features.bounds) > 0
    bounds = np.append(0, features.bounds[1:][filled])
    letters = "".join(d.labels for d in documents)
    return Corpus(
        sp.vstack(parts).tocsr()[worded],
        features.shapes,
        _numbered(features.stems, features.n_stems, cut(bounds)),
        features.n_stems,
        features.lengths,
        bounds,
        label_numbers(letters)[worded],
        np.array([d.site for d in documents])[filled],
        np.array([d.language for d in documents])[filled],
        np.array([source] * len(documents))[filled],
    )


def _numbered(keys: NDArray[np.uint16], counts: NDArray[np.int64], pieces: NDArray[np.int64]) -> NDArray[np.uint16]:
    """Number the stems of each piece in the order they appear: what they echo stays, which they are does not."""
    bounds = np.append(0, np.cumsum(counts))[pieces]
    numbers = [np.zeros(0, np.int64)]
    for start, end in zip(bounds[:-1], bounds[1:]):
        _, first, same = np.unique(keys[start:end], return_index=True, return_inverse=True)
        numbers.append(np.argsort(np.argsort(first))[same])
    return np.asarray(np.concatenate(numbers), np.uint16)


def _counts(buckets: NDArray[np.int64], bounds: NDArray[np.int64]) -> sp.csr_matrix:
    """Count the *buckets* of each segment, ``(n_segments, N_BUCKETS)`` sparse."""
    indices = buckets.T.reshape(-1).astype(np.int32)
    shape = (len(bounds) - 1, N_BUCKETS)
    counts = sp.csr_matrix((np.ones(len(indices), np.float32), indices, bounds * len(NGRAM_KINDS)), shape)
    counts.sum_duplicates()
    return counts


def concatenate(corpora: Sequence[Corpus]) -> Corpus:
    """Join *corpora* in order."""
    offsets = np.cumsum([0, *(len(c.labels) for c in corpora)])
    bounds = [c.bounds[1:] + offset for c, offset in zip(corpora, offsets)]
    return Corpus(
        sp.vstack([c.counts for c in corpora]).tocsr(),
        np.concatenate([c.shapes for c in corpora]),
        np.concatenate([c.stems for c in corpora]),
        np.concatenate([c.n_stems for c in corpora]),
        np.concatenate([c.lengths for c in corpora]),
        np.append(0, np.concatenate(bounds)),
        np.concatenate([c.labels for c in corpora]),
        np.concatenate([c.sites for c in corpora]),
        np.concatenate([c.languages for c in corpora]),
        np.concatenate([c.sources for c in corpora]),
    )


def by_site(ngrams: sp.csr_matrix, site: NDArray[np.int64]) -> sp.csr_matrix:
    """Count the segments of each site that hold an n-gram, ``(n_sites, n_columns)`` sparse."""
    sites, row = np.unique(site, return_inverse=True)
    members = sp.csr_matrix((np.ones(len(row), np.float32), (row, np.arange(len(row)))), (len(sites), len(row)))
    return (members @ (ngrams > 0).astype(np.float32)).tocsr()


def drop_rare_ngrams(corpus: Corpus, least_sites: int = 2) -> Corpus:
    """Forget n-grams that fewer than *least_sites* sites use: they name a site, not a kind of text."""
    n_sites = by_site(corpus.counts, corpus.site).getnnz(axis=0)
    kept = corpus.counts @ sp.diags((n_sites >= least_sites).astype(np.float32))
    kept.eliminate_zeros()
    return replace(corpus, counts=kept.tocsr())


def publisher_name(publisher: str) -> str:
    """Reduce a domain or a display name to letters and digits, so that both forms meet.

    A page that is named by the collection it comes from stays alone.

    >>> publisher_name("www.the-nation.co.uk"), publisher_name("TheNation"), publisher_name("turku:sv/test.json#15")
    ('thenation', 'thenation', 'turkusvtestjson15')
    """
    if ":" in publisher:
        return "".join(c for c in publisher if c.isalnum())
    parts = publisher.lower().removeprefix("www.").split("/")[-1].split(".")
    if len(parts) > 1:
        parts = parts[:-1]
    if len(parts) > 1 and parts[-1] in {"co", "com", "org", "net", "gov", "ac", "or", "ne"}:
        parts = parts[:-1]
    return "".join(c for c in parts[-1] if c.isalnum())
