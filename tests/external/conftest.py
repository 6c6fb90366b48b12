"""Tests against material that isn't the project's own: `make external HUB_MATERIAL=FOLDER`, never `make test`."""

import os
from pathlib import Path

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Raises UsageError, which ends the run with its sentence: nothing here is ever skipped silently."""
    folder = os.environ.get("HUB_MATERIAL", "")
    if not folder or not Path(folder).is_dir():
        raise pytest.UsageError("HUB_MATERIAL must name the folder of the material: make external HUB_MATERIAL=FOLDER")
