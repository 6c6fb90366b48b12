"""What a message is about, learned from messages that people have sorted. Needs the extra `topics` (scikit-learn).

Words, pairs of words and runs of two to five letters, weighted by TF-IDF; a linear support vector machine, one topic
against the rest, rare topics counting as much as frequent ones. Nothing of it knows a language: it learns whatever the
council's citizens write.

How sure it is gets measured, not assumed. Every message is also judged by a classifier that has not seen it (nor one
with the same words), and from those judgements come the measures, the confidence (`routing.topics.certainty`), and for
each topic the confidence from which on it may be followed without a person (`routing.topics.measures`). A topic that
never was right often enough is never followed.

scikit-learn takes seconds to import and milliseconds to use: call `train`, `load` and `guesses` in a thread.
"""

import io
import json
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

from routing.texts.words import fold
from routing.topics.certainty import Certainty
from routing.topics.measures import Judged, Measures, measured, trusted
from routing.topics.remarks import remarks

FORMAT = 2
FEWEST = 2  # topics that can be told apart, and messages that a topic needs
FOLDS = 5
FEATURES = 40_000  # of words, and as many of letters

MISSING = "scikit-learn is missing: install the hub with its extra, as in: pip install 'citizen-contact-hub[topics]'"

Progress = Callable[[str, float], None]  # what is being done, and how much of it is, 0 to 1


class NotEnough(ValueError):
    """There is too little to learn from; the text says what is missing."""


class Unloadable(ValueError):
    """A stored classifier is of another form, or scikit-learn is missing; the text says what to do."""


class Labelled(NamedTuple):
    """A message, its subject included, and the topic that people gave it."""

    text: str
    topic: str


class Guess(NamedTuple):
    topic: str
    confidence: float  # 0 to 1: how often such a guess was right


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a classifier says of one message."""

    topic: str = ""  # when it is sure enough to be followed
    confidence: float = 0.0
    by: str = ""  # which one it is; without a topic: why it names none
    version: int = 0
    supposed: tuple[tuple[str, float], ...] = ()  # when it isn't sure: the likeliest topics and how likely they are


@dataclass(frozen=True, slots=True, eq=False)
class Classifier:
    """`needed`: how sure it must be of a topic to be followed without a person; of an absent topic it never is."""

    topics: tuple[str, ...]
    needed: Mapping[str, float]
    _features: Any
    _weights: Any  # topics × features
    _biases: Any
    _certainty: Certainty

    def guesses(self, texts: Sequence[str], best: int = 3) -> list[list[Guess]]:
        """For each text the likeliest topics, the likeliest first; [] for a text without a single known word."""
        if not texts:
            return []
        rows = self._features.transform([fold(text) for text in texts])
        known = rows.getnnz(axis=1)
        scores = rows @ self._weights.T + self._biases
        return [
            [Guess(self.topics[place], float(row[place])) for place in row.argsort()[::-1][:best]] if count else []
            for row, count in zip(self._certainty.of(scores, known), known, strict=True)
        ]

    def is_sure(self, guess: Guess) -> bool:
        return guess.topic in self.needed and guess.confidence >= self.needed[guess.topic]

    def dump(self) -> bytes:
        """Numbers and words only, nothing that could run: `load` reads it with any version of the libraries."""
        import numpy

        words, letters = (part for _, part in self._features.transformer_list)
        told = {
            "format": FORMAT,
            "topics": self.topics,
            "needed": self.needed,
            "certainty": asdict(self._certainty),
            "words": _in_order(words.vocabulary_),
            "letters": _in_order(letters.vocabulary_),
        }
        content = io.BytesIO()
        numpy.savez_compressed(
            content,
            told=numpy.frombuffer(json.dumps(told).encode(), dtype="uint8"),
            word_weights=words.idf_.astype("float32"),
            letter_weights=letters.idf_.astype("float32"),
            weights=self._weights.astype("float16"),
            biases=self._biases.astype("float32"),
        )
        return content.getvalue()


def load(content: bytes) -> Classifier:
    """The classifier that `dump` wrote. Raises Unloadable."""
    try:
        import numpy

        words, letters = _word_features(), _letter_features()
    except ImportError as missing:
        raise Unloadable(MISSING) from missing
    try:
        with numpy.load(io.BytesIO(content), allow_pickle=False) as stored:
            told = json.loads(stored["told"].tobytes())
            if told["format"] != FORMAT:
                raise Unloadable("The classifier was made by another version of the hub: run `hub learn` again.")
            for features, key in ((words, "words"), (letters, "letters")):
                features.set_params(vocabulary={term: place for place, term in enumerate(told[key])})
            words.idf_ = stored["word_weights"].astype("float64")
            letters.idf_ = stored["letter_weights"].astype("float64")
            return Classifier(
                topics=tuple(told["topics"]),
                needed=told["needed"],
                _features=_both(words, letters),
                _weights=stored["weights"].astype("float32"),
                _biases=stored["biases"],
                _certainty=Certainty.stored(told["certainty"]),
            )
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile) as broken:
        if isinstance(broken, Unloadable):
            raise
        raise Unloadable("The stored classifier can't be read: run `hub learn` again.") from broken


class Trained(NamedTuple):
    classifier: Classifier
    measures: Measures


def train(
    labelled: Iterable[Labelled], precision: float = 0.95, progress: Progress = lambda what, done: None
) -> Trained:
    """A classifier and what is known of it. `precision`: how often it must be right where it is followed alone.

    Raises NotEnough, and Unloadable when scikit-learn is missing.
    """
    examples, left_out = _usable(labelled)
    topics = tuple(sorted({example.topic for example in examples}))
    try:
        scores, known = _scores_unseen(examples, topics, progress)
        progress("Learning from all", FOLDS / (FOLDS + 1))
        features, weights, biases = _fit(examples, topics)
    except ImportError as missing:
        raise Unloadable(MISSING) from missing
    certainty = Certainty.learned(scores, known, [topics.index(example.topic) for example in examples])
    judged = [
        Judged(example.topic, topics[row.argmax()], float(row.max()))
        for example, row in zip(examples, certainty.of(scores, known), strict=True)
    ]
    needed = trusted(judged, precision)
    progress("Done", 1.0)
    measures = measured(judged, needed)
    told = replace(measures, remarks=remarks(measures, left_out, precision))
    return Trained(Classifier(topics, needed, features, weights, biases, certainty), told)


def _usable(labelled: Iterable[Labelled]) -> tuple[list[Labelled], dict[str, int]]:
    """Folded, without empty ones, in a stable order; and the topics that are left out, with how many messages they
    have, which are too few."""
    folded = [Labelled(fold(text).strip(), topic) for text, topic in labelled]
    counts = Counter(example.topic for example in folded if example.text)
    left_out = {topic: count for topic, count in counts.items() if count < FEWEST}
    usable = [example for example in folded if example.text and example.topic not in left_out]
    if len(counts) - len(left_out) < FEWEST:
        raise NotEnough(
            f"There must be {FEWEST} topics or more, each with {FEWEST} messages or more; {_there_are(counts)}."
        )
    return usable, left_out


def _there_are(counts: Mapping[str, int]) -> str:
    enough = [topic for topic, count in counts.items() if count >= FEWEST]
    if not counts:
        return "there is no message"
    return f'only "{enough[0]}" has so many' if enough else "none has so many"


def _folds(examples: Sequence[Labelled]) -> list[int]:
    """Which fifth each example is held out with: topics are spread evenly, and the same words are never in two."""
    fifth: dict[str, int] = {}
    dealt: Counter[str] = Counter()
    for text, topic in examples:
        if text not in fifth:
            fifth[text] = dealt[topic] % FOLDS
            dealt[topic] += 1
    return [fifth[example.text] for example in examples]


def _scores_unseen(examples: Sequence[Labelled], topics: Sequence[str], progress: Progress) -> tuple[Any, Any]:
    """examples × topics: how each is judged by a classifier that was trained on the other four fifths; and how many
    words and runs of letters of each that one knows."""
    import numpy

    scores = numpy.empty((len(examples), len(topics)), dtype="float32")
    known = numpy.zeros(len(examples))
    folds = _folds(examples)
    for number in range(FOLDS):
        progress("Measuring", number / (FOLDS + 1))
        held_out = [place for place, fold_number in enumerate(folds) if fold_number == number]
        seen = [example for example, fold_number in zip(examples, folds, strict=True) if fold_number != number]
        if not held_out:
            continue
        features, weights, biases = _fit(seen, topics)
        rows = features.transform([examples[place].text for place in held_out])
        scores[held_out], known[held_out] = rows @ weights.T + biases, rows.getnnz(axis=1)
    return scores, known


def _fit(examples: Sequence[Labelled], topics: Sequence[str]) -> tuple[Any, Any, Any]:
    """Features, weights (topics × features) and biases; a topic without an example here is never said."""
    import numpy
    from sklearn.svm import LinearSVC

    features = _both(_word_features(), _letter_features())
    rows = features.fit_transform([example.text for example in examples])
    given = numpy.array([topics.index(example.topic) for example in examples])
    model = LinearSVC(C=0.3, class_weight="balanced", random_state=0).fit(rows, given)
    coefficients, intercepts = model.coef_, model.intercept_
    if len(model.classes_) == FEWEST:  # two topics: one line between them
        coefficients, intercepts = numpy.vstack([-coefficients, coefficients]), numpy.hstack([-intercepts, intercepts])
    weights = numpy.zeros((len(topics), rows.shape[1]), dtype="float32")
    biases = numpy.full(len(topics), _NEVER, dtype="float32")
    weights[model.classes_], biases[model.classes_] = coefficients, intercepts
    return features, weights, biases


_NEVER = -50.0


def _both(words: Any, letters: Any) -> Any:
    from sklearn.pipeline import FeatureUnion

    return FeatureUnion([("words", words), ("letters", letters)])


def _word_features() -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(
        lowercase=False,
        token_pattern=r"\w+",  # noqa: S106 - no password
        ngram_range=(1, 2),
        sublinear_tf=True,
        max_features=FEATURES,
    )


def _letter_features() -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(
        lowercase=False, analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, max_features=FEATURES
    )


def _in_order(vocabulary: Mapping[str, int]) -> list[str]:
    return sorted(vocabulary, key=vocabulary.__getitem__)
