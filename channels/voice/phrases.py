"""What the line says by itself, in English and Welsh; a council's own words take their place, one by one.

`{…}` are filled in. A word list such as `words_person` holds what callers say, separated by bars.
"""

import re
from collections.abc import Mapping

ENGLISH: Mapping[str, str] = {
    "thanks_for_calling": "Thank you for calling {council}.",
    "notice": "If you leave a message, it is recorded so that we can deal with it.",
    "closed": "Our office is closed at the moment, but you can leave a message.",
    "voicemail": "Please leave your name and your message after the tone. Press the hash key when you have finished.",
    "press": "Press {key}: {say}",
    "repeat": "To hear this again, press {key}.",
    "person": "To speak to a person, press {key}.",
    "wrong_key": "Sorry, that isn't one of the choices.",
    "not_heard": "Sorry, we didn't hear a choice.",
    "not_now": "Sorry, we can't take your call at the moment. Please try again in a few minutes.",
    "thanks": "Thank you. We have your message.",
    "nothing_heard": "We didn't hear a message, but we have noted your call.",
    "reference": "Your reference is: {digits}. Again: {digits}.",
    "goodbye": "Goodbye.",
    "put_through": "We are putting you through to {queue}.",
    "nobody_now": "Nobody can take your call at the moment.",
    "recorded": "This call is recorded.",
    "position_first": "You are next in line.",
    "position": "You are number {position} in line.",
    "wait_short": "It should take less than a minute.",
    "wait": "It should take about {minutes} minutes.",
    "please_hold": "Please stay on the line. Somebody will be with you as soon as possible.",
    "offer_callback": "To be called back and keep your place in line, press 1. To leave a message, press 2.",
    "offer_message": "To leave a message, press 2.",
    "callback_noted": "Thank you. We will call you back on the number that you are calling from. Your place is kept.",
    "callback_noted_for": "Thank you. We will call you back on {digits}. Your place is kept.",
    "callback_number": "Please key in the number on which we can reach you, then press hash.",
    "callback_wrong": "Sorry, that isn't a telephone number.",
    "on_hold": "Please hold on for a moment.",
    "transferred": "We are putting you through.",
    "status_ask": "Please key in your reference, then press hash.",
    "status_unknown": "Sorry, we find no case with this reference that belongs to the number you are calling from.",
    "status_withheld": "Sorry, we can only tell you about a case when your number is shown.",
    "status_said": "Your case {digits}: {status}",
    "status_new": "we have it, and somebody will look at it soon.",
    "status_open": "it is being worked on.",
    "status_waiting": "we have answered you, and wait for your reply.",
    "status_snoozed": "it is being worked on.",
    "status_resolved": "it is dealt with.",
    "status_closed": "it is dealt with and closed.",
    "words_repeat": "again|repeat|say that again",
    "words_person": "person|agent|operator|somebody|someone|human|advisor|adviser",
    "key_star": "star",
    "key_hash": "hash",
    "agent_next": "A caller is waiting for {queue}. Press any key to take the call.",
    "agent_call": "You are calling the citizen of case {digits}. Press any key to be connected.",
    "agent_gone": "The caller is no longer there. Thank you.",
    "agent_unreached": "Nobody answered. Please note it on the case. Goodbye.",
    "agent_over": "The call is over. Please say on the case how it ended. Goodbye.",
    "agent_holds": "The caller is on hold. Press 1 to take the call back.",
}

WELSH: Mapping[str, str] = {
    "thanks_for_calling": "Diolch am ffonio {council}.",
    "notice": "Os gadewch neges, caiff ei recordio er mwyn i ni allu delio â hi.",
    "closed": "Mae ein swyddfa ar gau ar hyn o bryd, ond gallwch adael neges.",
    "voicemail": "Gadewch eich enw a'ch neges ar ôl y tôn. Pwyswch y fysell hash ar ôl gorffen.",
    "press": "Pwyswch {key}: {say}",
    "repeat": "I glywed hyn eto, pwyswch {key}.",
    "person": "I siarad â rhywun, pwyswch {key}.",
    "wrong_key": "Mae'n ddrwg gennym, nid yw hwnnw'n un o'r dewisiadau.",
    "not_heard": "Mae'n ddrwg gennym, ni chlywsom ddewis.",
    "not_now": "Mae'n ddrwg gennym, ni allwn gymryd eich galwad nawr. Ffoniwch eto ymhen ychydig funudau.",
    "thanks": "Diolch. Mae eich neges gyda ni.",
    "nothing_heard": "Ni chlywsom neges, ond rydym wedi nodi eich galwad.",
    "reference": "Eich cyfeirnod yw: {digits}. Eto: {digits}.",
    "goodbye": "Hwyl fawr.",
    "put_through": "Rydym yn eich trosglwyddo i {queue}.",
    "nobody_now": "Ni all neb gymryd eich galwad ar hyn o bryd.",
    "recorded": "Caiff yr alwad hon ei recordio.",
    "position_first": "Chi sydd nesaf.",
    "position": "Rydych yn rhif {position} yn y ciw.",
    "wait_short": "Dylai gymryd llai na munud.",
    "wait": "Dylai gymryd tua {minutes} munud.",
    "please_hold": "Arhoswch ar y llinell. Bydd rhywun gyda chi cyn gynted â phosibl.",
    "offer_callback": "I gael galwad yn ôl a chadw eich lle, pwyswch 1. I adael neges, pwyswch 2.",
    "offer_message": "I adael neges, pwyswch 2.",
    "callback_noted": "Diolch. Byddwn yn eich ffonio'n ôl ar y rhif hwn. Cedwir eich lle.",
    "callback_noted_for": "Diolch. Byddwn yn eich ffonio'n ôl ar {digits}. Cedwir eich lle.",
    "callback_number": "Rhowch y rhif y gallwn eich ffonio arno, yna pwyswch hash.",
    "callback_wrong": "Mae'n ddrwg gennym, nid yw hwnnw'n rhif ffôn.",
    "on_hold": "Arhoswch am eiliad.",
    "transferred": "Rydym yn eich trosglwyddo.",
    "status_ask": "Rhowch eich cyfeirnod, yna pwyswch hash.",
    "status_unknown": "Mae'n ddrwg gennym, nid oes achos â'r cyfeirnod hwn sy'n perthyn i'ch rhif chi.",
    "status_withheld": "Mae'n ddrwg gennym, dim ond pan ddangosir eich rhif y gallwn sôn am achos.",
    "status_said": "Eich achos {digits}: {status}",
    "status_new": "mae gyda ni, a bydd rhywun yn edrych arno cyn hir.",
    "status_open": "rydym yn gweithio arno.",
    "status_waiting": "rydym wedi eich ateb, ac yn aros am eich ymateb.",
    "status_snoozed": "rydym yn gweithio arno.",
    "status_resolved": "rydym wedi delio ag ef.",
    "status_closed": "rydym wedi delio ag ef a'i gau.",
    "words_repeat": "eto|ailadrodd",
    "words_person": "rhywun|person|cynghorydd|siarad",
    "key_star": "seren",
    "key_hash": "hash",
}

PHRASES: Mapping[str, Mapping[str, str]] = {"en": ENGLISH, "cy": WELSH}

_PLACEHOLDER = re.compile(r"\{(\w*)\}")
_LONGEST = 1000  # characters


def phrases_for(language: str, own: Mapping[str, str]) -> Mapping[str, str]:
    """The phrases of a language tag such as cy-GB; English where nobody has written any, the council's own first."""
    return {**ENGLISH, **PHRASES.get(language.partition("-")[0].lower(), {}), **own}


def wrong_phrase(name: str, written: object) -> str:
    """Why a council's own phrase can't be used, "" = it can."""
    if name not in ENGLISH:
        return f"no such phrase; there are {', '.join(sorted(ENGLISH))}"
    if not isinstance(written, str) or not written.strip():
        return "must be words"
    if len(written) > _LONGEST:
        return f"longer than {_LONGEST} characters"
    known = set(_PLACEHOLDER.findall(ENGLISH[name]))
    unknown = [each for each in _PLACEHOLDER.findall(written) if each not in known]
    if unknown:
        there_are = ", ".join(f"{{{each}}}" for each in sorted(known)) or "none"
        return f"there is no {{{unknown[0]}}} in it; there are {there_are}"
    return "a single { or } can't be read" if re.search(r"[{}]", _PLACEHOLDER.sub("", written)) else ""
