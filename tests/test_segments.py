"""Segmentation: exact offsets, every kind of line break, wrapped text."""

import textwrap

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


@pytest.mark.parametrize(
    "lines",
    [
        [
            "Minister defends new road toll after heavy criticism in parliament",
            "Harbour workers accept offer and return to their cranes on Monday",
            "Hospital reopens its maternity ward after eleven months of repairs",
            "Farmers count their losses as the third storm this month moves on",
        ],
        [  # words are not spaced
            "นายกเทศมนตรีแถลงเมื่อคืนวันจันทร์ว่าสะพานจะปิดการจราจรไปจนถึงสิ้นเดือนหน้า",
            "เธอบอกว่า ฝนตกหนัก. งานซ่อมจึงล่าช้า รถโรงเรียนต้องอ้อมไปอีกสิบเอ็ดกิโลเมตร",
            "ชาวบ้านถามว่า ใครจ่ายค่าน้ำมัน. สภาจะลงมติวันศุกร์ และคาดว่าส่วนใหญ่จะเห็นด้วย",
            "แชร์ข่าวนี้ให้เพื่อนของคุณทางเฟซบุ๊กและไลน์เพื่อไม่ให้พลาดทุกความเคลื่อนไหว",
        ],
    ],
)
def test_lines_of_similar_length_are_not_joined(lines: list[str]) -> None:
    assert spans("\n".join(lines * 2)) == lines * 2


def test_wrapping_in_one_document_leaves_the_next_alone() -> None:
    found = segment([WRAPPED, "Title\nText"])
    assert found.bounds.tolist() == [0, 2, 4]
    assert (found.starts[2:].tolist(), found.ends[2:].tolist()) == ([0, 6], [5, 10])


@pytest.mark.parametrize(
    "line",
    [
        "ראש העיר הודיע אמש כי הגשר ייסגר לתנועה עד תום העבודות בחודש הבא",
        "أعلن رئيس البلدية مساء أمس أن الجسر سيغلق أمام حركة السير حتى نهاية",
        "وقال رئيس البلدية إن الجسر سيغلق. وأضاف أن الأعمال ستنتهي في الربيع.",
        "市長は月曜日の夜に記者会見を開き、橋の補修工事が春まで続く見通しを明らかにしたうえで、住民に理解を求めた。",
        "მერმა ორშაბათს საღამოს თქვა, რომ ხიდი გაზაფხულამდე დაკეტილი იქნება, სკოლის ავტობუსი კი შემოვლით ივლის",
    ],
)
def test_lines_of_scripts_without_case_are_not_joined(line: str) -> None:
    lines = [f"{n} {line}" for n in range(5)]
    assert spans("\n".join(lines)) == lines
    same = ["Facebook", *[line] * 5]
    assert spans("\n".join(same)) == same


def test_text_without_capitals_is_not_taken_for_broken_lines() -> None:
    lines = [
        "the evening ferry to the island is cancelled until april",
        "by anna lind and the other reporters of the harbour paper",
        "about ninety people cross every evening on their way home.",
        "share this story with a friend of yours on facebook",
    ]
    assert spans("\n".join(lines)) == lines
    assert spans("\n".join(["Corran", "", *lines[:2]]))[1:] == ["\n".join(lines[:2])]


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


def test_wrapping_in_one_document_does_not_join_full_lines_of_the_next() -> None:
    text = "\n".join([FULL, "Xenon" + "w" * len(FULL), "Argon" + "v" * len(FULL)])
    assert spans(text) == text.split("\n")
    together = segment([WRAPPED, text, WRAPPED])
    assert together.texts[together.documents()[1]] == text.split("\n")
    assert together.texts[together.documents()[2]] == segment([WRAPPED]).texts


def test_a_wrapped_paragraph_of_two_lines_is_joined_by_the_width_of_the_others() -> None:
    text = (
        WRAPPED
        + """
Nobody had expected that the old stone pillars would have to be replaced by
Friday.

Photo: Anna Lind
Share
"""
    )
    *_, third, credit, share = spans(text)
    assert (third[-8:], credit, share) == ("\nFriday.", "Photo: Anna Lind", "Share")


@pytest.mark.parametrize("width", [59, 72, 100, 120])
@pytest.mark.parametrize(
    "paragraph",
    [
        "أعلن رئيس البلدية مساء أمس أن الجسر سيغلق أمام حركة السير حتى نهاية الشهر. وقال إن أعمال الترميم تأخرت بسبب "
        "الأمطار. ولن تعود الحافلات إلى مسارها القديم قبل الربيع. وطلب السكان من المجلس أن يدفع ثمن الوقود. وسيصوت "
        "المجلس على الطلب يوم الجمعة. ومن المتوقع أن يوافق عليه معظم الأعضاء كما فعلوا في العام الماضي. وهذا كل شيء",
        "ראש העיר הודיעה אמש כי הגשר ייסגר לתנועה עד סוף החודש. היא אמרה כי העבודות התעכבו בגלל הגשמים. האוטובוסים לא "
        "יחזרו למסלולם הישן לפני האביב. התושבים ביקשו מהמועצה לשלם על הדלק. המועצה תצביע על הבקשה ביום שישי. רוב "
        "החברים צפויים לתמוך בה כפי שעשו בשנה שעברה. הנהגים יחנו עד אז ליד בית הספר הישן. וזה הכול",
        "시장은 어제 저녁 다리를 이달 말까지 닫는다고 밝혔다. 비가 많이 와서 공사가 늦어졌다고 했다. "
        "버스는 봄이 오기 전에는 옛길로 돌아오지 않는다. 주민들은 기름값을 시가 내야 한다고 말했다. "
        "시의회는 금요일에 그 안건을 표결한다. 의원 대부분이 작년처럼 찬성할 것으로 보인다. "
        "그때까지 차는 옛 학교 옆에 세운다. 이것이 전부다",
        "ከንቲባው ድልድዩ እስከ ወሩ መጨረሻ ድረስ ዝግ እንደሚሆን ትናንት ማታ አስታወቁ። በዝናብ ምክንያት የጥገናው ሥራ ዘግይቷል ብለዋል። "
        "አውቶቡሶቹ እስከ ጸደይ ድረስ ወደ ቀድሞው መንገዳቸው አይመለሱም። ነዋሪዎች የነዳጁን ዋጋ ከተማው እንዲከፍል ጠይቀዋል። ምክር ቤቱ ዓርብ ዕለት "
        "በጥያቄው ላይ ድምፅ ይሰጣል። አብዛኞቹ አባላት እንደ ባለፈው ዓመት ይደግፉታል ተብሎ ይጠበቃል። ይህ ብቻ ነው",
    ],
)
def test_wrapped_text_of_scripts_without_case_is_joined(paragraph: str, width: int) -> None:
    text = textwrap.fill(paragraph, width)
    assert spans(text + "\n\n" + text) == [text, text]


FERRY = "The evening ferry to the island will not run before April"
FULL_LINES = f"""\
{FERRY},
as the harbour company that owns it said on Monday, since
both of the engines have to be mended by people from"""


@pytest.mark.parametrize(
    "paragraphs",
    [
        # Broken at a link: what follows begins in lower case or with a mark.
        [f"{FERRY}, the\nharbour company\n, which owns it, said.", "Share"],
        [f"{FERRY} between\nCorran\nand the mainland."],
        ["It leaves “Corran”\n, as it did for years"],
        ["The mayor,\nwho came late", "Share"],
        ["The mayor,\nthough", "Share"],
        ["The Corran-\nbound boats are mended"],
        ["Corran –\nthat is eleven miles off – was asked"],
        ["He asked to\nleave."],
        # Not broken: a sentence has ended, a menu is short, a word stands alone, a blank line stands between.
        [f"{FERRY}.", "share this story with a friend of yours"],
        [f"{FERRY}:", "tickets, cabins, meals, dogs"],
        ["save", "tweet", "print"],
        [FERRY, "facebook"],
        [f"{FERRY} or\nin the first half of May and", "facebook"],
        [f"{FERRY} or\nin the first half of May and\nin the whole of June as\nwell"],
        [FERRY, "\nbut the small one sails"],
        [f"{FERRY} and never again.", ",,I smelled the smoke. Then I heard them.”"],
        ["Ferry cancelled", "Corran\nand the mainland are cut off"],
        [f"{FERRY}.", "Corran\nand the mainland are cut off."],
        [FERRY, "Corran and the eleven villages on its other side\nare cut off from the mainland."],
        [FERRY, "- eggs\nand butter from the island."],
        # Hard-wrapped: two lines go on after full ones, so every line after a full one does, but no item of a list.
        [f"{FULL_LINES}\nCorran and nobody there, as Anna Lind of the harbour says,\nKirkton included.", "Share"],
        [FULL_LINES, "Oban", "Tickets bought before Monday stay good on these three ways", "- the small boat"],
        # One is not enough, nor are narrow lines, nor two where more go on after lines that are not full.
        [FULL_LINES.rpartition("\n")[0], "Corran is far."],
        ["Sport and all of", "the other ones", "Weather in town", "the whole area", "Opinion and more"],
        [FULL_LINES, "Corran is far.", *["He asked to\nleave."] * 3],
        [FULL_LINES, "Corran is far.", *[f"{FERRY}, {FERRY}, {FERRY} as\nwe know."] * 3],
        # Full lines with sentences inside, of a script with capitals.
        [
            "The mayor won the vote. Her rival lost in each county",
            "The ferry sails at six. The small boat goes at seven",
            "The bridge is open. The road behind it is flooded now",
            "The school is shut. The church is open all day",
        ],
    ],
)
def test_lines_that_go_on_with_a_sentence_are_joined(paragraphs: list[str]) -> None:
    assert spans("\n".join(paragraphs)) == [paragraph.strip() for paragraph in paragraphs]


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
