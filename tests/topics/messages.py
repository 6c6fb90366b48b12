"""What citizens of a small town write, in two languages, with the topic that people gave it."""

from itertools import product

from routing.topics.classifier import Labelled

_SAYINGS = {
    "waste": {
        "en": (
            ("My bin", "The recycling box", "Our garden waste", "A rubbish bag"),
            ("was not collected", "is overflowing", "was missed again", "needs replacing"),
            ("in Elm Road", "this week", "since Monday", "outside number 4", "for the third time"),
        ),
        "cy": (
            ("Ni chafodd fy min", "Mae'r blwch ailgylchu", "Y gwastraff gardd", "Mae bag sbwriel"),
            ("ei gasglu", "yn gorlifo", "wedi ei golli eto", "angen un newydd"),
            ("yn Heol y Dre", "yr wythnos hon", "ers dydd Llun", "y tu allan i rif 4", "am y trydydd tro"),
        ),
    },
    "roads": {
        "en": (
            ("A pothole", "The street light", "A traffic sign", "The pavement"),
            ("damaged my car", "is broken", "has fallen over", "is dangerous to walk on"),
            ("in Elm Road", "this week", "since Monday", "outside number 4", "near the school"),
        ),
        "cy": (
            ("Mae twll yn y ffordd", "Mae golau'r stryd", "Mae arwydd traffig", "Mae'r palmant"),
            ("wedi difrodi fy nghar", "wedi torri", "wedi syrthio", "yn beryglus i gerdded"),
            ("yn Heol y Dre", "yr wythnos hon", "ers dydd Llun", "y tu allan i rif 4", "ger yr ysgol"),
        ),
    },
}


def sorted_by_people(language: str = "en") -> list[Labelled]:
    """160 messages, 80 a topic."""
    return [
        Labelled(" ".join(words), topic)
        for topic, languages in _SAYINGS.items()
        for words in product(*languages[language])
    ]
