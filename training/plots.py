"""Plots of an evaluation, as PNG files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from boilerplate.labels import EDITORIAL, LABELS
from training.documents import Document
from training.metrics import N_BINS, Lines

_SIZE = (6, 4.5)  # inches


def write_plots(documents: Sequence[Document], lines: Lines, folder: Path) -> None:
    """Write precision–recall, reliability, confusion and recall-by-language plots to *folder*."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib.figure import Figure

    folder.mkdir(exist_ok=True)
    lines = lines.scored
    for name, draw in (
        ("precision-recall", _precision_recall),
        ("reliability", _reliability),
        ("confusion", _confusion),
    ):
        figure = Figure(figsize=_SIZE, layout="tight")
        draw(figure.subplots(), lines)
        figure.savefig(folder / f"{name}.png", metadata={"Software": None})
    figure = Figure(figsize=(9, 4.5), layout="tight")
    _recall_by_language(figure.subplots(), lines, documents)
    figure.savefig(folder / "recall-by-language.png", metadata={"Software": None})


def _precision_recall(axes, lines: Lines) -> None:  # type: ignore[no-untyped-def]
    for number, label in enumerate(LABELS[1:], 1):
        order = np.argsort(-lines.probabilities[:, number], kind="stable")
        found = np.cumsum(lines.gold[order] == number)
        axes.plot(found / max(found[-1], 1), found / np.arange(1, len(found) + 1), label=label)
    axes.set(xlabel="recall", ylabel="precision", title="Precision and recall by label", ylim=(0, 1.02))
    axes.legend()


def _reliability(axes, lines: Lines) -> None:  # type: ignore[no-untyped-def]
    confidence = lines.probabilities[np.arange(len(lines.gold)), lines.predicted]
    right = lines.gold == lines.predicted
    bins = [b for b in np.array_split(np.argsort(confidence, kind="stable"), N_BINS) if len(b)]
    axes.plot([0, 1], [0, 1], color="grey", linewidth=1)
    axes.plot([confidence[b].mean() for b in bins], [right[b].mean() for b in bins], marker="o")
    axes.set(xlabel="probability of the label", ylabel="share that is right", title="Reliability")


def _confusion(axes, lines: Lines) -> None:  # type: ignore[no-untyped-def]
    counts = np.zeros((len(LABELS), len(LABELS)), int)
    np.add.at(counts, (lines.gold, lines.predicted), 1)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(counts):
        axes.text(
            column, row, str(count), ha="center", va="center", color="white" if shares[row, column] > 0.5 else "black"
        )
    names = [str(label) for label in LABELS]
    axes.set(xticks=range(4), yticks=range(4), xticklabels=names, yticklabels=names)
    axes.set(xlabel="called", ylabel="is", title="Lines by label")


def _recall_by_language(axes, lines: Lines, documents: Sequence[Document]) -> None:  # type: ignore[no-untyped-def]
    language = np.array([d.language for d in documents])[lines.document]
    gone = (lines.gold != EDITORIAL) & (lines.predicted != EDITORIAL)
    names = sorted({str(name) for name in language[lines.gold != EDITORIAL]})
    shares = [gone[language == n].sum() / max((lines.gold[language == n] != EDITORIAL).sum(), 1) for n in names]
    axes.bar(names, shares)
    axes.set(ylabel="share of boilerplate lines removed", title="Recall by language", ylim=(0, 1))
