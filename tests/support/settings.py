"""Settings for the hubs of tests: read from the environment once, since that takes longer than many a test."""

from functools import cache
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from hub.settings import Settings


def settings_of(folder: Path, database_url: str, **more: Any) -> Settings:
    """A hub's with `folder`, which is made, for its data. They aren't validated: a test of settings takes `load`."""
    folder.mkdir(parents=True, exist_ok=True)
    return _defaults().model_copy(update={"data_dir": folder, "database_url": database_url, **more})


@cache
def _defaults() -> Settings:
    return Settings(secret_key=SecretStr("a secret"))
