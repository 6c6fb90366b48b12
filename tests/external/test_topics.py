"""Topics learned from real messages, in whatever language: four fifths through `hub learn`, the rest through a channel.

Every file below HUB_MATERIAL counts that is a .csv or .tsv with the columns `text` and `label`. HUB_SEEDS, such
as 1,2,3, says how each is divided: one test a seed.
"""

import asyncio
import csv
import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sqlmodel import Session, select

from hub.models import Case, Message, Queue
from tests.cases.anytown import living

pytestmark = pytest.mark.material(lambda folder: bool(labelled_files()))

FEWEST = 10  # messages of a label; rarer ones say nothing about either way of learning
SEEDS = [int(seed) for seed in os.environ.get("HUB_SEEDS", "2026").split(",")]
ROOT = Path(__file__).resolve().parents[2]


class Sorted(NamedTuple):
    """A message and the label that people gave it."""

    text: str
    label: str


class Judged(NamedTuple):
    taken_for: str
    alone: bool  # routed without a person


class Measured(NamedTuple):
    accuracy: float
    macro_f1: float


def measured(truth: Sequence[str], taken: Sequence[str]) -> Measured:
    macro = f1_score(truth, taken, average="macro", labels=sorted(set(truth)), zero_division=0)
    return Measured(accuracy_score(truth, taken), macro)


def labelled_files() -> list[Path]:
    folder = Path(os.environ["HUB_MATERIAL"])
    return sorted(path for path in folder.rglob("*.[ct]sv") if {"text", "label"} <= set(_header(path)))


def _reader(path: Path, file: Any) -> "csv.DictReader[str]":
    if path.suffix == ".tsv":
        return csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
    return csv.DictReader(file)


def _header(path: Path) -> Sequence[str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return _reader(path, file).fieldnames or ()


def messages_of(path: Path, seed: int) -> list[Sorted]:
    """Without repetitions, in an order that has nothing to do with the file's."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        found = {row["text"].strip(): row["label"] for row in _reader(path, file) if row["text"] and row["label"]}
    counts = Counter(found.values())
    kept = [Sorted(text, label) for text, label in found.items() if text and counts[label] >= FEWEST]
    random.Random(seed).shuffle(kept)
    return kept


def council_of(slugs: Sequence[str]) -> str:
    """A queue for each topic; whatever isn't sure goes to triage."""
    queues = "".join(
        f'[[queue]]\nslug = "{slug}"\ndepartment = "town"\nname = "{slug}"\n' for slug in ["triage", *slugs]
    )
    return (
        '[council]\nname = "Anytown"\n[[department]]\nslug = "town"\nname = "Town"\n'
        f'{queues}[[inbox]]\nchannel = "webchat"\nname = "site"\nqueue = "triage"\nacknowledge = ""\n'
        'config = { origins = ["https://anytown.example"] }\n'
    )


def hub(folder: Path, *arguments: str) -> str:
    """`hub` as a process, on the database of this folder."""
    ended = subprocess.run(
        [sys.executable, "-c", "from hub.cli import main; main()", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), "HUB_DATA_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


async def judged_by_the_hub(folder: Path, council: str, messages: Sequence[Sorted]) -> list[Judged]:
    """Each comes by webchat from somebody else; where its case stands then, and what it was taken for."""
    async with living(f"sqlite:///{folder / 'hub.db'}", folder, council=council) as town:
        await town.desk.topics.reload()
        for first in range(0, len(messages), 200):
            some = enumerate(messages[first : first + 200], first)
            await asyncio.gather(*(town.say(text, f"v{place}", channel="webchat") for place, (text, _) in some))
        by_text = await town.db.read(_judgements)
    return [by_text[message.text] for message in messages]


def _judgements(session: Session) -> dict[str, Judged]:
    found = select(Message.text, Case.facts, Queue.slug).join(Case, Message.case_id == Case.id).join(Queue)  # type: ignore[arg-type]
    judged = {}
    for text, facts, slug in session.exec(found):
        supposed = facts.get("supposed") or [["", 0.0]]
        judged[text] = Judged(facts.get("topic") or supposed[0][0], slug != "triage")
    return judged


def judged_by_regression(learned: Sequence[Sorted], messages: Sequence[Sorted]) -> list[str]:
    words = TfidfVectorizer()
    rows = words.fit_transform(text for text, _ in learned)
    model = LogisticRegression(max_iter=1000).fit(rows, [label for _, label in learned])
    return [str(label) for label in model.predict(words.transform(text for text, _ in messages))]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("path", labelled_files(), ids=lambda path: path.stem)
async def test_what_is_learned_is_as_good_as_regression_and_right_where_it_is_sure(
    path: Path, seed: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Accuracy and macro-F1 at least those of TF-IDF with logistic regression on the same split; at least 95 % of what
    is routed without a person is right, but for the luck of the draw (three standard deviations)."""
    messages = messages_of(path, seed)
    slug_of = {label: f"topic-{place}" for place, label in enumerate(sorted({label for _, label in messages}))}
    messages = [Sorted(text, slug_of[label]) for text, label in messages]
    cut = len(messages) * 4 // 5
    learned, tested = messages[:cut], messages[cut:]
    council, lines = tmp_path / "council.toml", tmp_path / "old.jsonl"
    council.write_text(council_of(list(slug_of.values())), encoding="utf-8")
    lines.write_text("\n".join(json.dumps({"text": text, "topic": label}) for text, label in learned), encoding="utf-8")

    hub(tmp_path, "migrate")
    hub(tmp_path, "apply", str(council))
    own_word = json.loads(hub(tmp_path, "learn", "--from", str(lines), "--json"))
    judged = await judged_by_the_hub(tmp_path, council.read_text(encoding="utf-8"), tested)
    regression = judged_by_regression(learned, tested)

    truth = [label for _, label in tested]
    taken = [each.taken_for for each in judged]
    ours, theirs = measured(truth, taken), measured(truth, regression)
    alone = [each.taken_for == label for each, label in zip(judged, truth, strict=True) if each.alone]
    right = sum(alone) / len(alone) if alone else 1.0
    with capsys.disabled():
        print(
            f"\n{path.name}, seed {seed}: {len(messages)} messages, {len(slug_of)} topics, {len(tested)} tested\n"
            f"  the hub              accuracy {ours.accuracy:.3f}  macro-F1 {ours.macro_f1:.3f}"
            f"  (of itself it said {own_word['accuracy']:.3f}, {own_word['macro_f1']:.3f})\n"
            f"  TF-IDF + regression  accuracy {theirs.accuracy:.3f}  macro-F1 {theirs.macro_f1:.3f}\n"
            f"  routed alone {len(alone) / len(tested):.0%}, of them right {right:.2%}"
        )
    assert ours.accuracy >= theirs.accuracy
    assert ours.macro_f1 >= theirs.macro_f1
    assert right >= 0.95 - 3 * (0.95 * 0.05 / max(len(alone), 1)) ** 0.5
