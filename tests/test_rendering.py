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
> <p>About ninety people cross every eve\u00adning, most of them nurses, ba\u200bkers and <em>students</em> on their \
way home.</p>"""
#: The same letters in other forms; their table says so, nothing is replaced.
WIDE = PLAIN.translate({code: code + 0xFEE0 for code in range(ord("a"), ord("z") + 1)})


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
        ("> 20 people & more", "20 people & more"),
        (">> > * Quoted", "Quoted"),
        ("\ufeff\u200eShare\u200b this\u2060", "Share this"),
        ("Like it? \u2764\ufe0f", "Like it? \u2764"),
        ("می\u200cخواهید", "می\u200cخواهید"),
        ("\ufeff * Share", "Share"),
        ("Cafe\u0301 de 20 m²", "Café de 20 m²"),
        ("e\u0301" * 3_000, "é" * 3_000),
        ("\u1112\u1161\u11ab글", "한글"),
        ("<a href='/x'>Read</a> <b>more</b><br/>of it", "Read more of it"),
        ("<p>* One.</p><P>Two.</P>", "One.  Two."),
        ("&lt;p&gt;Share&lt;/p&gt;", "Share"),
        ("a < b, c > d, <3, <mail@example.org>", "a < b, c > d, <3, <mail@example.org>"),
        ("D?j? vu ? l'?cole", "D\ufffdj\ufffd vu \ufffd l'\ufffdcole"),
        ("zamkn?? w ?rod?", "zamkn\ufffd\ufffd w \ufffdrod?"),
        ("Why? Who knows? 5 do?!", "Why? Who knows? 5 do?!"),
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


def test_letters_of_other_width_are_read_as_plain_ones() -> None:
    wide = classify(WIDE)
    assert [s.probabilities for s in wide] == [s.probabilities for s in classify(PLAIN)]
    assert [s.text for s in wide] == WIDE.split("\n")


def test_letters_that_an_encoding_lost_end_no_sentence() -> None:
    lost = """\
Most w ?dzarach zamkni?ty do wiosny
W?jt gminy ?dzary zamkn?? w ?rod? most na Pilicy. Stra?acy znale?li p?kni?cia w dw?ch prz?s?ach, wi?c autobusy szkolne \
je?d?? dooko?a, o jedena?cie kilometr?w d?u?ej.
Mieszka?cy pytaj?, kto zap?aci za paliwo. Rada g?osowa? b?dzie w pi?tek.
Nast?pny przegl?d: 14 pa?dziernika"""
    marked = classify(lost.replace("?", "\ufffd"))
    found = classify(lost)
    assert [s.probabilities for s in found] == [s.probabilities for s in marked]
    assert {s.label for s in found} == {"editorial"}


@given(st.text(st.sampled_from('ab *_#|[]()!&;\u00ad"-<>/?\u0301\ufeff'), min_size=1).map(str.strip).filter(bool))
def test_something_is_always_seen(text: str) -> None:
    (seen,) = rendered([text])
    assert seen and seen == seen.strip()


@pytest.mark.parametrize(
    "text", ["[", "[a](", "*", "&", '[a](b "', "[x [a] ", "_a ", "<a ", "> ", "?a", "?", "\u0301\u0316", "\u200b"]
)
def test_odd_marks_take_linear_time(text: str) -> None:
    start = time.perf_counter()
    rendered([text * 200_000, f"&[ {text * 200_000}"])
    assert time.perf_counter() - start < 5
