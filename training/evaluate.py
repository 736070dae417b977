"""Measure a model on gold documents: ``python -m training.evaluate MODEL GOLD…``.

Prints the report and writes it with the worst errors and the plots. The page of errors
quotes the documents, so it goes to a folder outside the repository.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from boilerplate import BoilerplateError, Classifier
from boilerplate.labels import EDITORIAL, LABELS
from training.corpus import UNLABELLED
from training.documents import DataError, Document, read_gold, write_block
from training.forms import FORMS, in_form
from training.metrics import Figures, Lines, figures, log_loss, predict

REPORT = Path(__file__).with_name("report.md")
_WORST = 40  # errors shown of each kind
_SHOWN_CHARACTERS = 200


def percent(fraction: float, digits: int = 1) -> str:
    """Format a fraction as per cent; a dash where there is none."""
    return "—" if math.isnan(fraction) else f"{100 * fraction:.{digits}f} %"


def summary_rows(found: Figures) -> Iterator[str]:
    """Rows of the summary table."""
    yield f"| scored lines | {found.lines:,} |"
    yield f"| editorial characters lost | {percent(found.editorial_lost, 2)} |"
    yield f"| boilerplate characters left | {percent(found.boilerplate_left)} |"
    for label in LABELS[1:]:
        yield f"| {label} segments removed | {percent(found.labels[label].removed)} |"
    yield f"| documents exactly clean | {percent(found.clean_documents)} |"
    yield f"| expected calibration error | {found.calibration_error:.3f} |"


def figures_table(lines: Lines) -> list[str]:
    """Summary table of *lines*."""
    return ["| figure | value |", "| --- | --- |", *summary_rows(figures(lines))]


def label_rows(found: Figures) -> Iterator[str]:
    """Rows of the table of labels."""
    yield "| label | lines | precision | recall | F1 | removed |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for label, f in found.labels.items():
        yield f"| {label} | {f.lines} | {f.precision:.3f} | {f.recall:.3f} | {f.f1:.3f} | {percent(f.removed)} |"


def language_rows(documents: Sequence[Document], lines: Lines) -> Iterator[str]:
    """Rows of the table of languages: precision / recall / F1 of each label."""
    yield "| language | documents | lost | left | clean | " + " | ".join(LABELS) + " |"
    yield "| --- " * (5 + len(LABELS)) + "|"
    language = np.array([d.language for d in documents])
    for name in sorted(set(language), key=lambda n: (-(language == n).sum(), n)):
        found = figures(lines.subset((language == name)[lines.document]))
        cells = [
            f"{f.precision:.2f} / {f.recall:.2f} / {f.f1:.2f}".replace("nan", "—") if f.lines else "—"
            for f in found.labels.values()
        ]
        lost, left = percent(found.editorial_lost, 2), percent(found.boilerplate_left)
        row = [name, str((language == name).sum()), lost, left, percent(found.clean_documents), *cells]
        yield "| " + " | ".join(row) + " |"


def comparison_rows(documents: Sequence[Document], before: Lines, now: Lines) -> Iterator[str]:
    """Rows of the table of languages under another model and under this one."""
    yield "| language | documents | log loss before | log loss | lines right before | lines right |"
    yield "| --- | --- | --- | --- | --- | --- |"
    language = np.array([d.language for d in documents])
    names = sorted(set(language), key=lambda n: (-(language == n).sum(), n))
    for name, chosen in [(n, language == n) for n in names] + [("all", np.ones(len(language), bool))]:
        parts = [lines.subset(chosen[lines.document]).scored for lines in (before, now)]
        losses = " | ".join(f"{log_loss(part):.3f}" for part in parts)
        right = " | ".join(percent(float((part.gold == part.predicted).mean())) for part in parts)
        yield f"| {name} | {chosen.sum()} | {losses} | {right} |"


def form_rows(runs: Mapping[str, Lines]) -> Iterator[str]:
    """Rows of the table of forms of the text."""
    yield "| form | lost | " + " | ".join(f"{label} removed" for label in LABELS[1:]) + " | clean |"
    yield "| --- " * (len(LABELS) + 2) + "|"
    for name, run in runs.items():
        found = figures(run)
        removed = [percent(found.labels[label].removed) for label in LABELS[1:]]
        cells = [name, percent(found.editorial_lost, 2), *removed, percent(found.clean_documents)]
        yield f"| {' | '.join(cells)} |"


def cross_fitted_rows(known: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """Rows of the figures that training noted in the model file, with languages *known* and *new*."""

    def cells(noted: Mapping[str, Any]) -> dict[str, str]:
        return {
            "editorial characters lost": percent(noted["editorial_lost"], 2),
            "editorial characters lost on body lines": percent(noted["editorial_lost_of_body_lines"], 2),
            **{f"{label} segments removed": percent(noted["removed"][label]) for label in LABELS[1:]},
            "documents exactly clean": percent(noted["documents_exactly_clean"]),
            "expected calibration error": f"{noted['calibration_error']:.3f}",
        }

    yield "| figure | languages known | languages new |"
    yield "| --- | --- | --- |"
    of_new = cells(new)
    for name, value in cells(known).items():
        yield f"| {name} | {value} | {of_new[name]} |"


def report(
    title: str,
    documents: Sequence[Document],
    runs: dict[str, Lines],
    metadata: Mapping[str, Any],
    before: Lines | None = None,
) -> str:
    """The whole report as Markdown; *runs* maps a form of the text to its lines, *before* is another model's run."""
    lines = next(iter(runs.values()))
    found = figures(lines)
    parts = [f"# Evaluation of {title}", ""]
    parts += [f"{len(documents)} documents, {len({d.site for d in documents})} publishers.", ""]
    parts += [*figures_table(lines), "", "## By label", "", *label_rows(found), ""]
    parts += ["## By language", "", "Precision / recall / F1 of each label.", "", *language_rows(documents, lines), ""]
    parts += ["## By form of the text", ""]
    parts += ["The same documents as extractors, editors and encodings may leave them.", "", *form_rows(runs)]
    if before is not None:
        parts += ["", "## Against the model before, by language", "", *comparison_rows(documents, before, lines)]
    if "held_out_in_new_languages" in metadata:
        parts += ["", "## Cross-fitted in training", ""]
        parts += ["Real documents that the model has learned from, each scored by fits that had not seen its site;"]
        parts += ["where its language is new, by a first stage that had not seen a real document in it either.", ""]
        parts += cross_fitted_rows(metadata["held_out"], metadata["held_out_in_new_languages"])
    return "\n".join(parts) + "\n"


def errors_page(documents: Sequence[Document], lines: Lines) -> str:
    """The worst errors by kind, each with language, document and place, longest or surest first."""
    gold, predicted = lines.gold, lines.predicted
    counted = gold != UNLABELLED
    kinds = {
        "Lost editorial": counted & (gold == EDITORIAL) & (predicted != EDITORIAL),
        "Left pitch": counted & (gold != EDITORIAL) & (predicted == EDITORIAL),
        "Wrong type": counted & (gold != EDITORIAL) & (predicted != EDITORIAL) & (gold != predicted),
    }
    texts = [text for d in documents for text in d.segments]
    first = np.searchsorted(lines.document, lines.document)
    parts = ["# Worst errors"]
    for kind, chosen in kinds.items():
        rows = np.flatnonzero(chosen)
        cost = lines.lengths[rows] if kind == "Lost editorial" else lines.probabilities[rows, predicted[rows]]
        parts += ["", f"## {kind}: {len(rows)} lines", ""]
        for row in rows[np.argsort(-cost, kind="stable")][:_WORST]:
            document = documents[lines.document[row]]
            place = f"line {row - first[row] + 1} of {len(document.segments)}"
            call = (
                f"{LABELS[gold[row]]} called {LABELS[predicted[row]]} ({lines.probabilities[row, predicted[row]]:.2f})"
            )
            shown = texts[row][:_SHOWN_CHARACTERS]
            parts.append(f"- **{document.language}** {document.name} {document.site}, {place}: {call}: {shown}")
    return "\n".join(parts) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print and write the report; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description=__doc__)
    parser.add_argument("model", type=Path, help="model file")
    parser.add_argument("gold", type=Path, nargs="+", help="gold documents, JSON lines")
    parser.add_argument("--before", type=Path, help="model file to compare with, language by language")
    parser.add_argument("--report", type=Path, default=REPORT, help="where the report goes")
    parser.add_argument("--errors", type=Path, help="where the page of worst errors goes (it quotes the documents)")
    parser.add_argument("--readme", type=Path, help="page whose block of figures is written anew")
    parser.add_argument("--plots", type=Path, help="folder for the plots (needs matplotlib)")
    options = parser.parse_args(arguments)
    try:
        classifier = Classifier.load(options.model)
        earlier = Classifier.load(options.before) if options.before else None
        documents = [d for path in options.gold for d in read_gold(path)]
    except (OSError, DataError, BoilerplateError) as error:
        print(error, file=sys.stderr)
        return 1
    lines = predict(documents, classifier.classify_batch)
    runs = {
        "blank lines between paragraphs": lines,
        "line breaks between paragraphs": predict(documents, classifier.classify_batch, "\n"),
        **{name: predict(in_form(documents, form), classifier.classify_batch) for name, form in FORMS.items()},
    }
    before = predict(documents, earlier.classify_batch) if earlier else None
    title = f"{options.model.name} on {', '.join(p.name for p in options.gold)}"
    page = report(title, documents, runs, classifier.metadata, before)
    print(page)
    options.report.write_text(page, encoding="utf-8")
    if options.readme:
        write_block(options.readme, "figures", "\n".join(figures_table(lines)))
    if options.errors:
        options.errors.write_text(errors_page(documents, lines), encoding="utf-8")
    if options.plots:
        from training.plots import write_plots

        write_plots(documents, lines, options.plots)
    return 0


if __name__ == "__main__":
    sys.exit(main())
