"""What the shipped model makes of whole pages, line by line: an article that goes is the worst bug."""

import pytest

from boilerplate import Label, classify

LABELS = {"E": Label.EDITORIAL, "S": Label.SUBSCRIPTION, "H": Label.SHARING, "O": Label.OTHER}

ARTICLES = {
    "a newspaper raises its price": """\
E Inverlochy Courier to charge £2 a week from May
E The Inverlochy Courier will put its website behind a paywall in May, its editor told readers on Friday.
E Subscriptions will cost £2 a week, or £80 a year with the printed paper on Saturdays.
E “We have tried everything else,” said Morag Reid, who has run the paper since 2009. “Advertising no longer pays for \
a reporter at the sheriff court.”
E Readers who sign up before the end of April get the first three months at half price.
E The Courier sold 4,100 copies a week last year, a third of what it sold in 2005.""",
    "how to cancel a subscription": """\
E Fitness-Abo kündigen: Was seit dem Urteil gilt
E Wer sein Abo online abgeschlossen hat, muss es auch online kündigen können. Das hat das Landgericht entschieden.
E Der Kündigungsbutton muss auf der Startseite stehen, ohne dass man sich vorher anmelden muss.
E „Viele Anbieter verstecken ihn hinter dem Login“, sagt die Anwältin Hannah Brückner.
E Die Bestätigung kommt per E-Mail. Bleibt sie aus, hilft ein Einschreiben.""",
    "a strike fund": """\
E Les dockers de Port-Marly ouvrent une caisse de grève
E Depuis lundi, les dockers de Port-Marly demandent aux habitants de les soutenir. La caisse a déjà reçu 12 000 euros.
E « Chaque don compte, même cinq euros », dit Rémi Castan, qui tient la table devant la mairie.
E Le port reste fermé jusqu'à vendredi au moins, et les ferries partent de Saint-Aubin.""",
    "what the law says of cookies": """\
E El juez multa a una tienda por su aviso de cookies
E La Audiencia confirmó el martes la multa de 30.000 euros a una cadena de zapaterías por instalar cookies sin permiso.
E El botón de aceptar era verde y grande; para rechazarlas hacían falta seis clics.
E La empresa alega que el diseño lo hizo un proveedor y ha anunciado que recurrirá.""",
    "a post that went round the world": """\
E Ferry captain's farewell is shared two million times
E When Captain Isla MacBride wrote on Facebook that she would sail for the last time on Sunday, she expected a dozen \
likes.
E By Monday evening the post had been shared two million times, from Corran to Queensland.
E “My grandson told me to follow him on Instagram so that I could see what I had done,” she said.
E She still does not have an account there.""",
    "a list with numbers": """\
E Lördagens resultat
E Division 3 södra
E Näsby IF – Torna BK 2–1 (1–0)
E Mål: 1–0 Ek (12), 1–1 Sjö (58), 2–1 Ek (90+3)
E Publik: 214
E Det var Näsbys fjärde raka seger, och laget leder nu serien med två poäng.""",
}

PAGES = {
    "sharing and a wall": """\
O Home › News › Islands
E Last ferry to Corran cancelled until spring
H Share on Facebook
H Copy link
E The evening ferry between Corran and the mainland will not run again before April, the company said on Monday.
E About ninety people cross every evening, most of them nurses, bakers and students on their way home.
S You have read 2 of your 3 free articles this month.
S Subscribe now and get your first month for £1
O Read also: The island school that would not close""",
    "a donation appeal and a newsletter": """\
E Der letzte Bäcker von Altenau hört auf
E Nach 41 Jahren schließt Karl Wiesner am Samstag seine Backstube. Einen Nachfolger hat er nicht gefunden.
E „Um zwei Uhr aufstehen will heute keiner mehr“, sagt er und stellt die letzten Bleche in den Ofen.
S Unterstützen Sie unabhängigen Journalismus mit Ihrer Spende
S Jetzt Newsletter abonnieren und nichts mehr verpassen
H Folgen Sie uns auf Instagram
O Mehr zum Thema""",
    "comments and a cookie notice": """\
E La biblioteca di Borgo riapre dopo il restauro
E La biblioteca comunale riapre lunedì, diciotto mesi dopo l'incendio che aveva distrutto il tetto.
E Il sindaco taglierà il nastro alle dieci, poi le sale resteranno aperte fino a mezzanotte.
H Condividi su WhatsApp
O 3 commenti
O Questo sito utilizza cookie tecnici e di profilazione. Accetta tutti
S Abbonati a 1 € al mese""",
    "Japanese": """\
E 最終フェリー、春まで運休へ
E 運航会社は月曜日、島と本土を結ぶ夜の便を四月まで休止すると発表した。利用者は一晩におよそ九十人で、看護師や学生が多い。
E 町長は「通勤の足をどう守るか、今週中に方針を示したい」と話した。
H Facebookでシェア
S この記事は有料会員限定です。
O 関連記事""",
    "Arabic": """\
E إلغاء آخر عبّارة إلى الجزيرة حتى الربيع
E أعلنت الشركة المشغّلة يوم الاثنين أن عبّارة المساء لن تعود إلى العمل قبل شهر نيسان بسبب عطل في المحركين.
E ويستخدم العبّارة كل مساء نحو تسعين شخصا، معظمهم من الممرضات والطلاب.
H شارك على فيسبوك
S اشترك في نشرتنا البريدية
O اقرأ أيضا""",
}

FAILURES = {
    "lines of the article between two pitches": """\
H Share on Facebook
E Sign up for the summer reading challenge
S Sign up for our newsletter
E Children aged four to eleven can register at any library in Inverlochy from Saturday.
E Places are free, and everyone who reads six books gets a medal.
S Subscribe now for £1 a week""",
}


def lines(page: str) -> tuple[list[Label], list[str]]:
    labels, texts = zip(*(line.split(" ", 1) for line in page.split("\n")))
    return [LABELS[label] for label in labels], list(texts)


@pytest.mark.parametrize("separator", ["\n", "\n\n"])
@pytest.mark.parametrize("page", [*ARTICLES.values(), *PAGES.values()], ids=[*ARTICLES, *PAGES])
def test_every_line_is_labelled_right(page: str, separator: str) -> None:
    labels, texts = lines(page)
    found = classify(separator.join(texts))
    assert [(segment.label, segment.text) for segment in found] == list(zip(labels, texts))


@pytest.mark.xfail(strict=True, raises=AssertionError, reason="a line between two pitches, as the README says")
@pytest.mark.parametrize("page", FAILURES.values(), ids=FAILURES)
def test_known_failures(page: str) -> None:
    labels, texts = lines(page)
    found = classify("\n\n".join(texts))
    assert [segment.text for segment, label in zip(found, labels) if segment.label != label] == []
