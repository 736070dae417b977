"""Segmentation: exact offsets, every kind of line break, wrapped text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boilerplate.segments import segment

WRAPPED = """\
The committee met on Tuesday evening in the old town hall to hear what the
engineers had found under the bridge. Most of the members had read the report
beforehand, and nobody was surprised when the chair announced that the repairs
would take until spring.

A second paragraph follows after a blank line, and it is wrapped at the same
column as the first one, so that it should become one segment of its own and
nothing else.
"""


def spans(text: str) -> list[str]:
    found = segment([text])
    assert [text[a:b] for a, b in zip(found.starts, found.ends)] == found.texts
    return found.texts


@pytest.mark.parametrize("line_break", ["\n", "\n\n", "\r\n", "\r", "\u2028", "\u2029", "\x85", "\n \t\n"])
def test_line_breaks_separate_segments(line_break: str) -> None:
    assert spans(f"One{line_break}Two{line_break}") == ["One", "Two"]


def test_bullets_and_markdown_items_stay_on_their_own() -> None:
    text = "Shopping list\n- eggs\n* butter\n1. flour\n| a | b |\n# Heading\n> quote"
    assert spans(text) == text.split("\n")


def test_wrapped_paragraphs_are_joined() -> None:
    first, second = spans(WRAPPED)
    assert first.startswith("The committee") and first.endswith("until spring.")
    assert second.startswith("A second") and second.endswith("nothing else.")


def test_wrapped_list_items_are_not_joined_to_the_text_before() -> None:
    lines = WRAPPED.split("\n\n", maxsplit=1)[0].split("\n")
    item = "- " + lines[0]
    assert spans("\n".join([*lines, item]))[-1] == item


def test_headlines_of_similar_length_are_not_joined() -> None:
    headlines = [
        "Minister defends new road toll after heavy criticism in parliament",
        "Harbour workers accept offer and return to their cranes on Monday",
        "Hospital reopens its maternity ward after eleven months of repairs",
        "Farmers count their losses as the third storm this month moves on",
    ]
    assert spans("\n".join(headlines)) == headlines


def test_wrapping_in_one_document_leaves_the_next_alone() -> None:
    found = segment([WRAPPED, "Title\nText"])
    assert found.bounds.tolist() == [0, 2, 4]
    assert (found.starts[2:].tolist(), found.ends[2:].tolist()) == ([0, 6], [5, 10])


@pytest.mark.parametrize(
    "line",
    [
        "ראש העיר הודיע אמש כי הגשר ייסגר לתנועה עד תום העבודות בחודש הבא",
        "أعلن رئيس البلدية مساء أمس أن الجسر سيغلق أمام حركة السير حتى نهاية",
        "市長は月曜日の夜に記者会見を開き、橋の補修工事が春まで続く見通しを明らかにしたうえで、住民に理解を求めた。",
    ],
)
def test_lines_of_scripts_without_case_are_not_joined(line: str) -> None:
    lines = [f"{line} {n}" for n in range(5)]
    assert spans("\n".join(lines)) == lines


FULL = WRAPPED.splitlines()[0]
LINES = st.lists(st.sampled_from(["short one", "x" * 60, FULL, "and " + "y " * 30, "", "かな" * 15]))


@given(LINES, LINES)
def test_segments_of_a_document_do_not_depend_on_its_batch(one: list[str], other: list[str]) -> None:
    texts = ["\n".join(one), "\n".join(other)]
    together = segment(texts)
    for text, rows in zip(texts, together.documents()):
        alone = segment([text])
        assert together.texts[rows] == alone.texts
        assert together.starts[rows].tolist() == alone.starts.tolist()


def test_wrapping_in_one_document_does_not_join_what_is_no_run_of_lines_in_the_next() -> None:
    text = "\n".join([FULL, "and", "w" * len(FULL), "or", "v" * len(FULL)])
    assert spans(text) == text.split("\n")
    together = segment([WRAPPED, text])
    assert together.texts[together.documents()[1]] == text.split("\n")


def test_one_giant_paragraph_is_one_segment() -> None:
    text = "word " * 100_000
    assert spans(text) == [text.strip()]


@given(st.lists(st.text(st.characters(codec=None)), max_size=5))
def test_offsets_rebuild_every_document(documents: list[str]) -> None:
    found = segment(documents)
    for text, first, last in zip(documents, found.bounds, found.bounds[1:]):
        starts, ends = found.starts[first:last].tolist(), found.ends[first:last].tolist()
        assert [text[a:b] for a, b in zip(starts, ends)] == found.texts[first:last]
        gaps = [text[a:b] for a, b in zip([0, *ends], [*starts, len(text)])]
        assert all(not gap.strip() for gap in gaps)
