"""Marked-up text is judged by what a reader sees of it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boilerplate import classify
from boilerplate.rendering import rendered

PLAIN = """\
Last ferry to Corran cancelled until spring
The evening ferry between Corran and the mainland will not run again before April, the company said on Monday & Tuesday.
Share on Facebook
Read also: The island school that would not close
About ninety people cross every evening, most of them nurses, bakers and students on their way home."""
MARKED = """\
# Last ferry to Corran cancelled until spring
The **evening ferry** between [Corran](https://example.org/corran_(island)) and the mainland will not run again \
before April, the company said on Monday &amp; Tuesday.
* [Share on Facebook](https://example.org/share?u=1 "Share")
**Read also: [The island school that would not close](/school)**
About ninety people cross every eve\u00adning, most of them nurses, bakers and students on their way home."""


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("### Heading", "Heading"),
        ("* [More](https://example.org)", "More"),
        ("- One egg", "One egg"),
        ("• One egg", "One egg"),
        ("| Leeds | 2 | 1 |", "Leeds | 2 | 1"),
        ("[![A harbour](a.png)](/harbour)", "A harbour"),
        ("[Sources [2]](/sources)", "Sources [2]"),
        ("_Read more_", "Read more"),
        ("***Read more***", "Read more"),
        ("More: **read** and share", "More: read and share"),
        ("Caf&eacute;&nbsp;&#8211; open", "Café\xa0– open"),
        ("#ferry", "#ferry"),
        ("– Yes, she said.", "– Yes, she said."),
        ("> 20 people & more", "> 20 people & more"),
        ("_x _", "_x _"),
        ("f(x)[0](y", "f(x)[0](y"),
        ("snake_case_name", "snake_case_name"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("***", "***"),
        ("![](a.png)", "![](a.png)"),
    ],
)
def test_marks_are_looked_through(text: str, seen: str) -> None:
    assert rendered([text]) == [seen]


def test_marked_text_is_labelled_as_plain_text_is() -> None:
    plain, marked = classify(PLAIN), classify(MARKED)
    assert [s.probabilities for s in marked] == [s.probabilities for s in plain]
    assert [s.label for s in marked] == [s.label for s in plain]
    assert [s.text for s in marked] == MARKED.split("\n")


@given(st.text(st.sampled_from('ab *_#|[]()!&;\u00ad"-'), min_size=1).map(str.strip).filter(bool))
def test_something_is_always_seen(text: str) -> None:
    (seen,) = rendered([text])
    assert seen and seen == seen.strip()


@pytest.mark.parametrize("text", ["[", "[a](", "*", "&", '[a](b "', "[x [a] ", "_a "])
def test_odd_marks_take_linear_time(text: str) -> None:
    start = time.perf_counter()
    rendered([text * 200_000, f"[ {text * 200_000}"])
    assert time.perf_counter() - start < 5
