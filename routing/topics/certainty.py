"""How sure a classifier may be of its guesses, learned from guesses on messages that it had not seen.

What tells whether its first guess is right: how far the message lies on the topic's side, how far the next topic is
behind, how much of the message is known, and which topic it is, since some are easily mistaken. Logistic regression
weighs these. What is left is divided among the other topics by their own scores.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Certainty:
    """Scores have no unit; `score` weighs the first topic's, `lead` how far it is before the next one's, `length` the
    logarithm of how many words and runs of letters of the message are known."""

    score: float
    lead: float
    length: float
    start: float
    offsets: Sequence[float]  # for each topic
    sharpness: float  # of the other topics' shares

    @classmethod
    def learned(cls, scores: Any, known: Any, truth: Sequence[int]) -> Self:
        """From judgements (messages × topics), how much of each message was known, and the topic it truly had."""
        import numpy
        from sklearn.linear_model import LogisticRegression

        told, best = _told(scores, known), scores.argmax(axis=1)
        middle, spread = told.mean(axis=0), told.std(axis=0) + 1e-9
        topics = numpy.eye(scores.shape[1])[best] * _OF_TOPIC
        features = numpy.hstack([(told - middle) / spread, topics])
        features = numpy.vstack([features, _bounds(told, middle, spread, topics.shape[1])])
        is_right = numpy.append(best == numpy.asarray(truth), [False, True])
        counts = numpy.append(numpy.ones(len(told)), [max(1.0, _UNKNOWN * len(told)), 1.0])
        model = LogisticRegression(max_iter=1000).fit(features, is_right, counts)
        weights, offsets = model.coef_[0, :3] / spread, model.coef_[0, 3:] * _OF_TOPIC
        return cls(
            **dict(zip(("score", "lead", "length"), weights.tolist(), strict=True)),
            start=float(model.intercept_[0] - weights @ middle),
            offsets=offsets.tolist(),
            sharpness=_best_sharpness(scores, truth),
        )

    @classmethod
    def stored(cls, told: Mapping[str, Any]) -> Self:
        return cls(**told)

    def of(self, scores: Any, known: Any) -> Any:
        """For each message (messages × topics) how likely each topic is, 0 to 1; none as likely as the first."""
        import numpy

        rows, best = numpy.arange(len(scores)), scores.argmax(axis=1)
        odds = _told(scores, known) @ numpy.array([self.score, self.lead, self.length])
        first = 1 / (1 + numpy.exp(-(odds + self.start + numpy.array(self.offsets)[best])))
        shares = _shares(scores, self.sharpness)
        left = (1 - first) / numpy.maximum(1 - shares[rows, best], 1e-12)
        likely = numpy.minimum(shares * left[:, None], first[:, None] * 0.999)
        likely[rows, best] = first
        return likely


_OF_TOPIC = 0.5  # counts less than the other three: a rare topic's few judgements say little of it
_UNKNOWN = 0.01  # of all judgements


def _bounds(told: Any, middle: Any, spread: Any, topics: int) -> Any:
    """What would be wrong even where no guess ever was, and right where none ever was: a message of which nothing is
    known, and one that is clearer than any. Of no topic."""
    import numpy

    unknown = numpy.array([told[:, 0].min(), 0.0, 0.0])
    bounds = (numpy.stack([unknown, told.max(axis=0)]) - middle) / spread
    return numpy.hstack([bounds, numpy.zeros((2, topics))])


def _told(scores: Any, known: Any) -> Any:
    """Messages × (score, lead, length)."""
    import numpy

    ordered = numpy.sort(scores.astype("float64"), axis=1)
    return numpy.stack([ordered[:, -1], ordered[:, -1] - ordered[:, -2], numpy.log1p(known)], axis=1)


def _shares(scores: Any, sharpness: float) -> Any:
    """Rows of the same shape that add up to 1."""
    import numpy

    sharpened = scores.astype("float64") * sharpness
    powers = numpy.exp(sharpened - sharpened.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _best_sharpness(scores: Any, truth: Sequence[int]) -> float:
    """The one under which the shares say the truth about themselves (least log loss): temperature scaling.

    People's labels are taken to be right but for a few in a hundred, so that no share comes near certainty.
    """
    import numpy

    rows = numpy.arange(len(truth))

    def loss(sharpness: float) -> float:
        logs = numpy.log(numpy.clip(_shares(scores, sharpness), 1e-12, None))
        return float(-((1 - _MISTAKEN) * logs[rows, truth] + _MISTAKEN * logs.mean(axis=1)).mean())

    return min(_SHARPNESSES, key=loss)


_MISTAKEN = 0.03  # share of the labels
_SHARPNESSES = tuple(0.25 * 1.25**step for step in range(20))  # 0.25 to 17
