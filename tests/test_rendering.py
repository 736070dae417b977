"""Marked-up text is judged by what a reader sees of it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boilerplate import classify, clean, clean_many
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
        ("Share [https://example.org/a_(b)] or [/news] save (https://example.org)", "Share or save"),
        ("Mail us <https://example.org/?a=1> today", "Mail us today"),
        ("(https://example.org) and [/] or", "and or"),
        ("[https://example.org/@ferry] Share [mailto:a@b.org] save [a.jpg]", "Share save"),
        ("He [...] said [sic], [a@b.org] 10 [m/s].", "He [...] said [sic], [a@b.org] 10."),
        ("[12]Share [13]“Save”", "Share “Save”"),
        ("[1] Smith, the word[2], the end[3].", "[1] Smith, the word[2], the end[3]."),
        ("[Share][12] or [save][] or [print]{.button}", "Share or save or print"),
        ("[共有][3]", "共有"),
        ("[3]共有", "共有"),
        ("1\\. Caf\\_e \\[more\\]", "1. Caf_e [more]"),
        ("C:\\ferry\\new", "C:\\ferry\\new"),
        ("Share \\", "Share"),
        ("Share |", "Share"),
        ("· Share", "Share"),
        ("\ue001 Share \uf8ff", "Share"),
        ("CafÃ© â€“ lâ€™Ã©tÃ©", "Café – l’été"),
        ("Caf\u00c3\u00a9 \u00e2\u0080\u0093 open", "Café – open"),
        ("ÐŸÑ€Ð¸Ð²ÐµÑ‚, Ø§Ù„Ø¬Ø³Ø±", "Привет, الجسر"),
        ("æ©‹ã\u0081®", "橋の"),
        ("Ã\u0081rbol", "Árbol"),
        ("« café\xa0», „Spaß“, là\xa0»", "« café\xa0», „Spaß“, là\xa0»"),
        ("_x _", "_x _"),
        ("f(x)[0](y", "f(x)[0](y"),
        ("snake_case_name", "snake_case_name"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("***", "***"),
        ("![](a.png)", "![](.)"),
        ("[![Image 3](a.png)](/b)", "[![ ](.)](/)"),
        ("<br/>", "</>"),
        ("[12]: https://example.org/a_b", "[]: ://./_"),
        ("[Anna]: Yes.", "[Anna]: Yes."),
        ("::: {.share-bar}", "::: {.-}"),
        ("::: Share this", "::: Share this"),
        ("[Ferry](<a (b) c.html>) runs", "Ferry runs"),
        ("[", "["),
        ("[### Ferry", "Ferry"),
        ("* [Ferry", "Ferry"),
        ("goes on](/news)", "goes on"),
        ("Share (https://example.org)", "Share"),
        ("A harbour [a.jpg]", "A harbour"),
        ("![Image 3: A harbour](a.png)", "A harbour"),
        ("<!-- ad\n2 -->Share", "Share"),
        ("<!-- <!-- ad -->Share", "Share"),
        ("<!--[if gt IE 8]><!--> <b>Read more</b> <!--<![endif]--> <!-- open", "Read more  <!-- open"),
        ("Don&#0000000039;t share", "Don't share"),
        (f"Share &#{'1' * 5_000}; or save", "Share \ufffd or save"),
        ("\ufb2c\u0301", "\ufb2c\u0301"),
    ],
)
def test_marks_are_looked_through(text: str, seen: str) -> None:
    assert rendered([text]) == [seen]


def test_marked_text_is_labelled_as_plain_text_is() -> None:
    plain, marked = classify(PLAIN), classify(MARKED)
    assert [s.probabilities for s in marked] == [s.probabilities for s in plain]
    assert [s.label for s in marked] == [s.label for s in plain]
    assert [s.text for s in marked] == MARKED.split("\n")


@pytest.mark.parametrize("between", ["***", "|", "\u200b", "![](https://example.org/a.png)", "<br/>", "👍"])
def test_lines_without_words_change_nothing_and_go_with_a_neighbour(between: str) -> None:
    plain, ruled = classify(PLAIN), classify(PLAIN.replace("\n", f"\n{between}\n"))
    assert [s.probabilities for s in ruled[::2]] == [s.probabilities for s in plain]
    assert [s.text for s in ruled[1::2]] == [between] * 4
    assert [s.label for s in ruled[1::2]] == ["editorial", "sharing", "sharing", "other"]


def test_text_without_words_stays() -> None:
    text = "?? ??? ?\n\n***\n\n![](a.png)"
    assert clean(text) == text
    assert [s.probabilities for s in classify(text)] == [(1, 0, 0, 0)] * 3
    assert list(clean_many([text, PLAIN, "—"])) == [text, clean(PLAIN), "—"]


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


MARKS = st.sampled_from('ab *_#|[]{}()!&;:\\\ue001Ãâ€\u00ad"-<>/?\u0301\ufeff')


@given(st.text(MARKS, min_size=1).map(str.strip).filter(bool))
def test_something_is_always_seen(text: str) -> None:
    (seen,) = rendered([text])
    assert seen and seen == seen.strip()


@pytest.mark.parametrize(
    "text",
    [
        *("[", "[a](", "[a]{", "[a][", "*", "&", '[a](b "', "[x [a] ", "_a ", "<a ", "> ", "?a", "?", "\\", "\\."),
        *(" [/", " (https://", "a  ", "[1]", "\u0301\u0316", "\u200b", "Ã", "â€", "ã\x81", "<!--", " ", "/", "1"),
    ],
)
def test_odd_marks_take_linear_time(text: str) -> None:
    many = text * 50_000
    start = time.perf_counter()
    rendered(
        [
            many,
            f"&[ {many}",
            f"a [{many}",
            f"a [b{many}c",
            f"] ![Image {many}",
            f"&#{many};",
            f"<!-- -->{many}",
            f"{many}-->",
        ]
    )
    assert time.perf_counter() - start < 5
