"""The classifier at work in one process: what comes in is judged in a thread, many messages at once."""

import asyncio
from collections.abc import Sequence

import structlog

from hub.db.database import Database
from hub.queries.topics import model_content, model_in_use
from routing.facts import Facts
from routing.topics.classifier import Classifier, Guess, Said, Unloadable, load

log = structlog.get_logger()


class Topics:
    """`about` answers at once while nothing was learned. One a process; `reload` takes the version in use."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._version: int | None = None
        self._loaded: int | None = None  # the version that was loaded, or can't be
        self._classifier: Classifier | None = None
        self._loading = asyncio.Lock()
        self._why = ""  # there is a version in use and no classifier
        self._waiting: list[tuple[str, asyncio.Future[Said]]] = []
        self._judging: asyncio.Task[None] | None = None

    @property
    def is_in_use(self) -> bool:
        """Is there a version that messages are judged by?"""
        return self._version is not None

    async def reload(self) -> None:
        """Returns when the version in use is at work. That takes seconds, the first time: messages that come in
        meanwhile are told so."""
        async with self._loading:
            await self._load()

    async def _load(self) -> None:
        version = await self._db.read(model_in_use)
        if version == self._loaded:
            return
        self._version, self._classifier = version, None
        self._why = "the classifier is being loaded" if version else ""
        content = await self._db.read(model_content, version) if version else None
        if content is not None:
            try:
                self._classifier = await asyncio.to_thread(load, content)
            except Exception as error:  # whatever broke there: to load it again would break again
                kind = type(error).__name__
                self._why = str(error) if isinstance(error, Unloadable) else f"the classifier can't be loaded ({kind})"
                log.exception("the topics can't be used", version=version, error=kind)
        self._loaded = version  # only now: where the database was away, the next look tries again

    async def about(self, text: str) -> Said | None:
        """What a message is about; None while no version is in use. Never raises."""
        if self._version is None:
            return None
        if self._classifier is None:
            return Said(by=self._why)
        answer: asyncio.Future[Said] = asyncio.get_running_loop().create_future()
        self._waiting.append((text, answer))
        if self._judging is None or self._judging.done():
            self._judging = asyncio.create_task(self._judge(self._classifier, self._version))
        return await answer

    async def _judge(self, classifier: Classifier, version: int) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                found = await asyncio.to_thread(classifier.guesses, [text for text, _ in batch])
                answers = [said(classifier, guesses, version) for guesses in found]
            except Exception as error:  # noqa: BLE001 - whatever broke, the messages must find their queues
                log.error("the classifier failed", error=type(error).__name__)
                answers = [Said(by=f"the classifier failed ({type(error).__name__})")] * len(batch)
            for (_, answer), found_out in zip(batch, answers, strict=True):
                if not answer.done():
                    answer.set_result(found_out)


def said(classifier: Classifier, guesses: Sequence[Guess], version: int) -> Said:
    """The answer that its guesses make: a topic when it is sure enough, else what it supposes and why not more."""
    by = f"version {version}"
    if not guesses:
        return Said(by=f"{by} knows none of the words")
    best = guesses[0]
    if classifier.is_sure(best):
        return Said(topic=best.topic, confidence=round(best.confidence, 4), by=by)
    needed = classifier.needed.get(best.topic)
    enough = f"it needs {needed:.0%}" if needed is not None else "it was never right often enough to be followed"
    supposed = tuple((guess.topic, round(guess.confidence, 4)) for guess in guesses)
    return Said(
        by=f'{by} is {best.confidence:.0%} sure of "{best.topic}"; {enough}', version=version, supposed=supposed
    )


def with_topic(facts: Facts, said: Said) -> Facts:
    """The facts with what a classifier says of them."""
    return facts.changed(topic=said.topic, confidence=said.confidence, topic_by=said.by, supposed=said.supposed)
