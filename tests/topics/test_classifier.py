"""A classifier learns any language, knows how sure it may be, and is kept as numbers and words."""

import io
from dataclasses import replace

import numpy
import pytest

from routing.topics.classifier import Labelled, NotEnough, Trained, Unloadable, load, train
from tests.topics.messages import sorted_by_people


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train(sorted_by_people())


@pytest.mark.parametrize(
    ("language", "said", "topic"),
    [
        ("en", "The bins in our street have been missed", "waste"),
        ("en", "a huge POTHOLE, my car is broken", "roads"),
        ("cy", "Dyw'r sbwriel ddim wedi ei gasglu", "waste"),
        ("cy", "Golau'r stryd wedi torri ger y parc", "roads"),
    ],
)
def test_it_tells_topics_apart_in_any_language(language: str, said: str, topic: str) -> None:
    classifier = train(sorted_by_people(language)).classifier
    [[best, other]] = classifier.guesses([said])
    assert best.topic == topic
    assert best.confidence + other.confidence == pytest.approx(1.0)


def test_what_it_says_of_itself_is_measured_on_messages_it_had_not_seen(trained: Trained) -> None:
    measures = trained.measures
    assert measures.messages == 160
    assert measures.accuracy > 0.95
    assert {topic: of_it.messages for topic, of_it in measures.topics.items()} == {"waste": 80, "roads": 80}
    assert measures.alone_precision >= 0.95


def test_labels_without_any_pattern_are_never_followed() -> None:
    random = [
        Labelled(f"message {number} about {number * 7 % 13}", "ab"[number * 31 % 17 % 2]) for number in range(200)
    ]
    trained = train(random)
    assert trained.classifier.needed == {}
    assert trained.measures.alone == 0


def test_a_topic_that_is_told_apart_is_followed_beside_others_that_are_not() -> None:
    mixed = [Labelled(f"form {number} of {number % 7}", "ab"[number * 31 % 17 % 2]) for number in range(200)]
    clear = [Labelled(f"the bins of number {number} stand full", "waste") for number in range(200)]
    assert train([*mixed, *clear]).classifier.needed.keys() == {"waste"}


def test_a_record_without_a_mistake_does_not_speak_for_what_is_hardly_known(trained: Trained) -> None:
    assert trained.measures.accuracy == 1.0
    [[guess, _]] = trained.classifier.guesses(["Hello"])
    assert not trained.classifier.is_sure(guess)


def test_what_is_always_taken_wrongly_is_never_followed() -> None:
    """Each word is said twice, once of either topic."""
    trained = train(Labelled(f"{word} {said}", topic) for word in "pqrs" for said, topic in (("x", "a"), ("y", "b")))
    assert trained.classifier.needed == {}


def test_no_topic_is_as_likely_as_the_first(trained: Trained) -> None:
    """However little is known of the message, and however seldom the first guess is right then."""
    mixed = train([Labelled(f"form {number}", "abc"[number * 31 % 17 % 3]) for number in range(200)]).classifier
    for classifier in (trained.classifier, mixed):
        for guesses in classifier.guesses(["The bins again, form 7", "a form of the road"]):
            first, *others = [guess.confidence for guess in guesses]
            assert 0 < first < 1
            assert all(0 <= other < first for other in others)


def test_the_same_words_are_never_both_learned_from_and_judged() -> None:
    """Fifty copies of one message under a wrong label would otherwise be judged by their own copies."""
    copies = [Labelled("the fountain sings", "waste"), Labelled("the fountain sings", "roads")] * 50
    measures = train([*sorted_by_people(), *copies]).measures
    assert measures.accuracy < 0.9


def test_a_message_without_a_known_word_has_no_guess(trained: Trained) -> None:
    assert trained.classifier.guesses(["ффф жжж", ""]) == [[], []]


def test_what_is_kept_says_the_same_when_it_is_loaded(trained: Trained) -> None:
    said = ["The bins again", "a pothole by the school", "something else entirely"]
    again = load(trained.classifier.dump())
    for before, after in zip(trained.classifier.guesses(said), again.guesses(said), strict=True):
        assert [guess.topic for guess in before] == [guess.topic for guess in after]
        assert [guess.confidence for guess in before] == pytest.approx([guess.confidence for guess in after], abs=1e-3)
    assert again.needed == trained.classifier.needed


def test_what_is_kept_holds_nothing_that_could_run(trained: Trained) -> None:
    with numpy.load(io.BytesIO(trained.classifier.dump()), allow_pickle=False) as kept:
        assert all(kept[name].dtype != object for name in kept)


@pytest.mark.parametrize("content", [b"", b"nonsense", b"PK\x03\x04broken"])
def test_what_is_broken_says_what_to_do(content: bytes) -> None:
    with pytest.raises(Unloadable, match="hub learn"):
        load(content)


@pytest.mark.parametrize(
    ("labelled", "there_are"),
    [
        ([], "there is no message"),
        ([Labelled("a bin", "waste"), Labelled(" ", "roads")], "none has so many"),
        ([Labelled("a bin", "waste"), Labelled("bins", "waste"), Labelled("a road", "roads")], 'only "waste" has so'),
    ],
)
def test_too_little_is_said_so(labelled: list[Labelled], there_are: str) -> None:
    with pytest.raises(NotEnough, match=f"topics or more.*{there_are}"):
        train(labelled)


def test_a_topic_that_was_never_often_enough_right_is_never_sure(trained: Trained) -> None:
    classifier = replace(trained.classifier, needed={})
    [[guess, _]] = trained.classifier.guesses(["My bin was not collected"])
    assert trained.classifier.is_sure(guess)
    assert not classifier.is_sure(guess)
