"""A caseworker reads the sender's own words first."""

import pytest

from channels.email.understanding.quoting import own_words, passes_on
from tests.channels.email.mails import mail_of, parts


@pytest.mark.parametrize(
    "quoted",
    [
        "On Mon, 23 Nov 2026 at 10:15, Anytown Council <help@anytown.example> wrote:\n> Which bin?",
        "On Mon, 23 Nov 2026 at 10:15, Anytown Council <\nhelp@anytown.example> wrote:\n\n> Which bin?\n>\n> Thanks",
        "Am 23.11.2026 um 10:15 schrieb Anytown Council:\n> Welche Tonne?",
        "Le lun. 23 nov. 2026 à 10:15, Anytown <help@anytown.example> a écrit :\n> Quelle poubelle ?",
        "Ar Llun, 23 Tach 2026 am 10:15 ysgrifennodd Cyngor <help@anytown.example>:\n> Pa fin?",
        "-----Original Message-----\nFrom: Anytown Council\nSent: Monday\nTo: Jane\nSubject: Bin\n\nWhich bin?",
        "From: Anytown Council <help@anytown.example>\nSent: Monday 10:15\nTo: Jane\nSubject: Bin\n\nWhich bin?",
        "Von: Anytown\nGesendet: Montag, 23. November 2026\nAn: Jane\nBetreff: Tonne\n\nWelche?",
        "---------- Forwarded message ---------\nFrom: Bob <bob@b.example>\nDate: Mon\nSubject: x\nTo: Jane\n\nOld",
        "-- \nJane Doe\n1 Elm Road",
        "Sent from my iPhone",
        "--Sent from my iPhone",
        "Outlook für iOS beziehen <https://aka.example/o>",
        "Verzonden vanuit Outlook voor iOS",
        "Az iPhone-omról küldve",
        "Enviado do iPhone",
        "\u202bأُرسلت من الـ iPhone\u202c",
        "-----Original-Nachricht-----\nWhich bin?",
        "-------- Ursprüngliche Nachricht --------Von: Anytown  Datum: 23.11.26  10:15\nWhich bin?",
        "من: Anytown <help@anytown.example>\n\u200f\u200fتم الإرسال: Monday\nإلى: Jane\n\nWhich bin?",
        "> Which bin?\n> Thanks",
        '23.11.2026, 10:15, "Anytown Council" <help@anytown.example>:\n\nWhich bin?',
        "Mon, 23 Nov 2026 10:15:51 +0400 от Anytown <help@anytown.example>:\nWhich bin?",
        "ma 23. marraskuuta 2026 klo 10.15 Anytown\n<help@anytown.example> kirjoitti:\n\nWhich bin?",
        "On Mon, 23 Nov 2026 10:15:43 -0200 Anytown <help@anytown.example> wrote\n\nWhich bin?",
        "-------- Oprindelig besked --------\nWhich bin?",
        "Date: Mon, 23 Nov 2026 10:15:00 +0000\nTo: jane@citizen.example\n\nWhich bin?",
        "This email and any attachments are confidential and intended solely for the addressee.\n\nACME Ltd",
        "This email has been scanned for viruses by the Example service.\nFor more, see example.com",
        "Virus-free. www.avast.example <https://www.avast.example/sig>",
        "CONFIDENTIALITY NOTICE\nThe contents are privileged.",
        "Diese E-Mail enthält vertrauliche Informationen.",
        "__\nJane Doe\n1 Elm Road",
        "AC> Which bin?\nAC>\nAC> Thanks",
        ">>> Anytown Council <help@anytown.example> 23/11/26 10:15 >>>\nWhich bin?",
        "##- Please type your reply above this line -##\n\nWhich bin?",
        "**Von:** Anytown\n\n**Gesendet:** 23.11.2026\n\n**An:** Jane\n\n**Betreff:** Tonne\n\nWelche?",
        "Original Message processed by david®\nBin 23. November 2026, 10:15 Uhr\nVon Anytown\n\nWhich bin?",
    ],
)
def test_what_follows_the_answer_is_left_out(quoted: str) -> None:
    assert own_words(f"The green one.\n\nElm Road\n\n{quoted}\n") == "The green one.\n\nElm Road"


SIGNED = """-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA512

The green one.

- - and the lid
{}
-----BEGIN PGP SIGNATURE-----

iQIzBAEBCAAdFiEE
=abcd
-----END PGP SIGNATURE-----
"""


def test_a_list_above_an_attribution_is_not_taken_for_its_beginning() -> None:
    said = "1. The green one.\n2.and the lid\n\nRegards - Jane"

    for who in ("On 23.11.2026 at 10:15 Jo Doe <jo@doe.example> wrote:", '23.11.2026, 10:15, "Jo" <jo@doe.example>:'):
        assert own_words(f"{said}\n\n\n{who}\n\nWhich bin?") == said


@pytest.mark.parametrize(
    "quoted", ["", "\nOn Mon, 23 Nov 2026 at 10:15, Jo <jo@doe.example> wrote:\n> Which bin?", "- -- \nJane"]
)
def test_signed_words_stand_without_their_signature(quoted: str) -> None:
    assert own_words(SIGNED.format(quoted)) == "The green one.\n\n- and the lid"


def test_words_around_those_that_are_signed_stay_and_a_signature_alone_is_shown_as_it_is() -> None:
    assert own_words(f"FYI\n\n{SIGNED.format('')}\nSee you") == "FYI\n\nThe green one.\n\n- and the lid\n\n\nSee you"
    empty = "-----BEGIN PGP SIGNED MESSAGE-----\n\n-----BEGIN PGP SIGNATURE-----\niQIz\n-----END PGP SIGNATURE-----"
    assert own_words(empty) == empty


WHO = "Jo Doe <jo@doe.example>"


@pytest.mark.parametrize(
    "attribution",
    [
        f"Op ma 23 nov 2026 om 10:15 schreef {WHO}:",
        "El lun, 23 nov 2026 a las 10:15, Jo Doe (<jo@doe.example>) escribió:",
        f"Em seg., 23 de nov. de 2026 às 10:15, {WHO} escreveu:",
        f"Il giorno lun 23 nov 2026 alle ore 10:15 {WHO} ha scritto:",
        f"pon., 23 lis 2026 o 10:15 {WHO} napisał(a):",
        f"Wiadomość napisana przez {WHO} w dniu 23 lis 2026, o godz. 10:15:",
        "W dniu 23.11.2026 o 10:15, Jo Doe pisze:",
        "Wiadomość napisana przez jo.doe jo@doe.example w dniu 23.11.2026, o godz. 10:15:",
        f"{WHO}, 23 Kas 2026 Pzt, 10:15 tarihinde şunu yazdı:",
        "23.11.2026 10:15 tarihinde Jo Doe yazdı:",
        "في الاثنين، 23 نوفمبر 2026 في 10:15 ص تمت كتابة ما يلي بواسطة \u202aJo Doe\u202c\u200f "
        "<\u202ajo@doe.example\u202c\u200f>:\u200f",
        f"في ٢٣ نوفمبر ٢٠٢٦، الساعة ١٠:١٥ ص، كتب/كتبت {WHO}:",
        f"пн, 23 нояб. 2026 г. в 10:15, {WHO}:",
        f"In lun., 23 nov. 2026 la 10:15, {WHO} a scris:",
        f"2026-11-23, pr, 10:15 {WHO} rašė:",
        f"{WHO} ezt írta (időpont: 2026. nov. 23., H, 10:15):",
        f"Στις Δευ 23 Νοε 2026 στις 10:15 π.μ., ο/η {WHO} έγραψε:",
        f"در تاریخ دوشنبه ۲۳ نوامبر ۲۰۲۶، ۱۰:۱۵ {WHO} نوشت:",
        f"সোম, ২৩ নভে, ২০২৬ তারিখে ১০:১৫ AM টায় এ {WHO} লিখেছেন:",
        f"{WHO} 于2026年11月23日周一 10:15写道：",
        f"2026年11月23日(月) 10:15 {WHO}:",
        f"Isniin, 23 Nof 2026 10:15 {WHO} wuxuu qoray:",
        "Von: Jo Doe <jo@doe.example>\nGesendet: Montag, 23. November 2026 10:15\nAn: Amt\nBetreff: Tonne",
        "De : Jo Doe <jo@doe.example>\nEnvoyé : lundi 23 novembre 2026\nÀ : Mairie\nObjet : Bac",
        "Message du : 23/11/2026 10:15\nDe : Jo <jo@doe.example>\nA : mairie@anytown.example\nCopie à :\nSujet : Bac",
        "Van: Jo Doe\nVerzonden: maandag 23 november 2026\nAan: Gemeente\nOnderwerp: Bak",
        "De: Jo Doe\nEnviado el: lunes, 23 de noviembre de 2026\nPara: Ayuntamiento\nAsunto: Cubo",
        "Od: Jo Doe\nWysłane: poniedziałek, 23 listopada 2026\nDo: Urząd\nTemat: Kosz",
        "Kimden: Jo Doe\nGönderildi: 23 Kasım 2026 Pazartesi\nKime: Belediye\nKonu: Çöp",
        "من: Jo Doe\nتم الإرسال: الاثنين، 23 نوفمبر 2026\nإلى: البلدية\nالموضوع: حاوية",
        "De la: Jo Doe\nTrimis: luni, 23 noiembrie 2026\nCătre: Primărie\nSubiect: Pubela",
        "Από: Jo Doe\nΣτάλθηκε: Δευτέρα, 23 Νοεμβρίου 2026\nΠρος: Δήμος\nΘέμα: Κάδος",
    ],
)
def test_what_was_said_before_is_left_out_in_many_languages(attribution: str) -> None:
    assert own_words(f"The green one.\n\nElm Road\n\n{attribution}\n\nOld words\n") == "The green one.\n\nElm Road"


@pytest.mark.parametrize(
    "banner",
    [
        "CAUTION: This email originated from outside of the council. Do not click links or\nopen attachments.",
        "[EXTERNAL EMAIL]",
        "*** This message came from outside Anytown Council ***",
        "You don't often get email from jane@citizen.example. Learn why this is important",
        "ACHTUNG: Diese E-Mail stammt von einem externen Absender!",
        "LET OP: deze e-mail komt van buiten de organisatie.",
    ],
)
def test_a_mail_servers_warning_is_not_what_the_sender_said(banner: str) -> None:
    assert own_words(f"{banner}\n\n\nMy bin is broken.") == "My bin is broken."


def test_a_quote_between_words_and_a_greeting_is_left_out() -> None:
    text = "The green one.\n\nOn 23 Nov 2026, at 10:15, Anytown wrote:\n\n> Which bin?\n>\n> Thanks\n\nRegards, Jane"

    assert own_words(text) == "The green one.\n\nRegards, Jane"


def test_an_answer_below_a_quoted_mail_s_header_has_none_of_its_lines() -> None:
    header = "Von: Anytown\n\nGesendet: 23.11.2026\n\nAn: Jane\n\nBetreff: Tonne"

    assert own_words(f"{header}\n\nDie grüne.") == "Die grüne."


def test_an_answer_below_its_quote_is_found() -> None:
    assert own_words("On 23 Nov 2026, at 10:15, Anytown wrote:\n> Which bin?\n\nThe green one.") == "The green one."


def test_answers_between_quotes_stay_with_them() -> None:
    text = "On 23 Nov 2026, at 10:15, Anytown wrote:\n> Which bin?\nGreen.\n> Which road?\nElm Road."

    assert own_words(f"See below.\n{text}").endswith("> Which bin?\nGreen.\n> Which road?\nElm Road.")


def test_an_answer_on_the_attributions_line_is_found() -> None:
    assert own_words("Green. On Wed, Apr 4, 2026 at 3:59 PM, a@b.example wrote:\n> Which bin?") == "Green."


def test_a_thumb_is_an_answer() -> None:
    assert own_words("\N{THUMBS UP SIGN}\n\n> Which bin?") == "\N{THUMBS UP SIGN}"


@pytest.mark.parametrize(
    ("subject", "text", "passed_on"),
    [
        ("Fwd: Bins", "FYI", True),
        ("WG: Tonne", "", True),
        ("Bins", "Please see.\n\n---------- Forwarded message ---------\nFrom: Bob\n\nMy bin", True),
        ("Re: Bins", "Forward it please.\n\nOn 23 Nov 2026 Bob wrote:\n> My bin", False),
        ("Forward planning", "My view", False),
    ],
)
def test_a_mail_that_is_handed_on_is_told(subject: str, text: str, passed_on: bool) -> None:
    assert passes_on(text, subject) is passed_on


@pytest.mark.parametrize(
    "text",
    [
        "Dear Ms Ash,\n\nThis message is intended only for you. My landlord threatens me.",
        "> only a quote",
        "Sent from my iPhone",
        "--\nJane Doe",
        "On this day I wrote to you:\n\nno answer came.",
        "Sent by recorded delivery on Monday.",
        "Hello.\n\nThis email has been ignored three times. Has nobody checked it?",
        "Hello.\n\nThis message has been checked by my solicitor.",
        "Hello.\n\nSent from my desk, which is easier than my phone.",
        "It looks odd.\n\nI get Outlook for the council's mail, at times.",
        "WARNING: external cladding on our tower is dangerous.\n\nPlease come.",
        "Caution: I wrote to you from outside.\n\nPlease come.",
        ">>> is what I see, and then 10:15.\n\nI replied above this line of trees.",
        "I want to complain.\n\nFrom: where I stand this is wrong.\n\nTo: be clear, very wrong.",
    ],
)
def test_words_are_never_lost_altogether(text: str) -> None:
    assert own_words(text) == text.strip()


def test_a_letter_without_quotes_is_left_alone() -> None:
    letter = "Dear council,\n\n- the bin\n- the lamp\n\n1. broken\n\nYours,\nJane"

    assert own_words(letter) == letter


def test_an_empty_text_is_empty() -> None:
    assert own_words("") == ""


def test_words_below_a_signed_text_are_the_senders_too_when_they_are_a_text_of_their_own() -> None:
    pictured = ("The bin is full.\n\n-- \nJane Doe", "And this is the lamp.\n\n-- \nJane Doe")

    assert own_words(*pictured) == "The bin is full.\n\nAnd this is the lamp."
    assert own_words("The bin is full.", "On Mon, 23 Nov 2026, Anytown wrote:\n> Which bin?") == "The bin is full."
    assert own_words() == ""


def test_each_text_of_a_mail_may_be_signed() -> None:
    texts = parts("\r\nThe bin is full.\r\n-- \r\nJane", "\r\nAnd the lamp is out.")

    mail = mail_of(texts, content_type="multipart/mixed; boundary=b")

    assert mail.reply_text == "The bin is full.\n\nAnd the lamp is out."
