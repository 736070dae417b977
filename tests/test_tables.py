"""The tables that training writes: ablation and report."""

from dataclasses import replace

import numpy as np
import pytest

from boilerplate.labels import LABELS
from boilerplate.rendering import rendered
from boilerplate.scores import N_SCORES
from training import ablate, evaluate, stages
from training.corpus import Corpus, from_documents
from training.documents import Document
from training.forms import FORMS, in_form
from training.metrics import Lines


def test_ablations_of_what_the_first_stage_does_not_see_share_its_scores(
    written: list[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus, scored = from_documents(written, "gold"), []

    def cross_score(changed: Corpus, settings: stages.Settings) -> stages.Views:
        scored.append(changed)
        return stages.Views(*np.zeros((2, len(changed.labels), N_SCORES), np.float32))

    def cross_fit(changed: Corpus, scores: stages.Views, settings: stages.Settings) -> stages.HeldOut:
        raw = np.eye(4, dtype=np.float32)[changed.labels]
        return stages.HeldOut(changed.labels >= 0, scores, stages.Views(raw, raw[:, ::-1]))

    monkeypatch.setattr(stages, "cross_score", cross_score)
    monkeypatch.setattr(stages, "cross_fit", cross_fit)
    changes = (ablate.Variant.change, ablate.without_place, ablate.without_stems, ablate.without_openings)
    variants = [ablate.Variant(change.__name__, change) for change in changes]
    later = replace(variants[0].settings, document_means=False, written_context_weight=1.0)
    variants.append(ablate.Variant("what the first stage does not know", settings=later))
    rows = list(ablate.table(corpus, variants))
    assert len(rows) == 2 + len(variants)
    assert [c.counts.nnz < corpus.counts.nnz for c in scored] == [False, True]
    _, missed_in_known, missed_in_new, lost, removed, *_ = rows[2].split(" | ")
    assert float(missed_in_known) < 0.01
    assert float(missed_in_new) > 1
    assert (lost, removed) == ("0.00 %", "100.0 %")  # the figures are those of known languages


def test_the_report_tells_known_languages_from_new_ones() -> None:
    removed = dict.fromkeys(LABELS, 0.5)
    known = {"editorial_lost": 0.001, "editorial_lost_of_body_lines": 0.002, "removed": removed}
    known |= {"documents_exactly_clean": 0.25, "calibration_error": 0.0123}
    new = known | {"editorial_lost": 0.004, "removed": removed | {"sharing": 0.75}}
    rows = list(evaluate.cross_fitted_rows(known, new))
    assert "| editorial characters lost | 0.10 % | 0.40 % |" in rows
    assert "| sharing segments removed | 50.0 % | 75.0 % |" in rows
    assert "| expected calibration error | 0.012 | 0.012 |" in rows


@pytest.mark.parametrize("name", FORMS)
def test_a_line_in_another_form_is_another_line(name: str, written: list[Document]) -> None:
    changed = in_form(written, FORMS[name])
    assert [d.labels for d in changed] == [d.labels for d in written]
    assert [d.segments for d in changed] != [d.segments for d in written]
    assert all(line.strip() for d in changed for line in d.segments)


def test_lines_that_tools_part_keep_their_words() -> None:
    line = (
        "The evening ferry between Corran and the mainland will not run again before April, the company said on Monday."
    )
    wrapped, broken = FORMS["hard-wrapped"](line), FORMS["broken at links"](line)
    assert wrapped.split() == broken.split() == line.split()
    assert [len(part.split()) for part in wrapped.split("\n")] == [13, 6]
    assert [len(part.split()) for part in broken.split("\n")] == [11, 1, 7]


def test_bytes_taken_for_characters_can_be_read_again() -> None:
    line = "Où va l’école à Győr? Да"
    misread = FORMS["UTF-8 read as Windows-1252"](line)
    assert misread.startswith("OÃ¹ va lâ€™Ã©cole")
    assert rendered([misread]) == [line]


def test_letters_that_ascii_lacks_become_question_marks() -> None:
    form = FORMS["`?` for signs and Latin letters that ASCII lacks"]
    assert form("Où va l’école ? Да") == "O? va l??cole ? Да"


def test_the_report_has_a_row_for_each_form() -> None:
    gold, sharing_kept = np.array([0, 1, 2, 3]), np.array([0, 1, 0, 3])
    sure = np.eye(4, dtype=np.float32)
    runs = {
        name: Lines(gold, predicted, sure[predicted], np.full(4, 20), np.array([0, 0, 0, 1]))
        for name, predicted in (("as it is", sharing_kept), ("reversed", gold[::-1]))
    }
    assert list(evaluate.form_rows(runs))[2:] == [
        "| as it is | 0.00 % | 100.0 % | 0.0 % | 100.0 % | 50.0 % |",
        "| reversed | 100.00 % | 100.0 % | 100.0 % | 0.0 % | 0.0 % |",
    ]
