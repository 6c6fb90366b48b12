"""Frozen types that are made quickly are frozen all the same."""

import copy
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, replace

import pytest

from channels.frozen import quickly_made


@quickly_made
@dataclass(frozen=True, kw_only=True)
class Said:
    text: str = field(repr=False)
    inbox: str = "main"
    tags: tuple[str, ...] = ()


def test_what_is_made_quickly_is_a_frozen_dataclass_like_any_other() -> None:
    said = Said(text="secret")
    assert (type(said), said.text, said.inbox, said.tags) == (Said, "secret", "main", ())
    assert repr(said) == "Said(inbox='main', tags=())"
    assert said == Said(text="secret") != Said(text="other")
    assert replace(said, inbox="second") == Said(text="secret", inbox="second")
    assert copy.copy(said) == pickle.loads(pickle.dumps(said)) == said
    assert hash(said) == hash(Said(text="secret"))


def test_it_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Said(text="secret").text = "other"  # type: ignore[misc]  # that is the point


def test_a_missing_or_unknown_field_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="text"):
        Said()  # type: ignore[call-arg]  # that is the point
    with pytest.raises(TypeError, match="nothing"):
        Said(text="secret", nothing=1)  # type: ignore[call-arg]  # as above


def test_a_default_that_is_made_anew_each_time_is_refused() -> None:
    with pytest.raises(TypeError, match="Listed"):

        @quickly_made
        @dataclass(frozen=True, kw_only=True)
        class Listed:
            words: list[str] = field(default_factory=list)
