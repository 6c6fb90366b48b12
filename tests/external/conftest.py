"""Tests against material that isn't the project's own: `make external HUB_MATERIAL=FOLDER`, never `make test`.

A module says by `pytest.mark.material` what it needs: patterns of files below the folder, one of which must be there,
or a function of the folder. What the folder has nothing for is left out, and named at the end.
"""

import os
from pathlib import Path

import pytest

WANTING = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Raises UsageError, which ends the run with its sentence."""
    folder = os.environ.get("HUB_MATERIAL", "")
    if not folder or not Path(folder).is_dir():
        raise pytest.UsageError("HUB_MATERIAL must name the folder of the material: make external HUB_MATERIAL=FOLDER")
    config.addinivalue_line("markers", "material(*wanted): the files that the folder must have for these tests")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    folder = Path(os.environ["HUB_MATERIAL"])
    left_out = [item for item in items if not _has_material(item, folder)]
    items[:] = [item for item in items if item not in left_out]
    config.stash[WANTING] = [item.nodeid for item in left_out]
    config.hook.pytest_deselected(items=left_out)


def _has_material(item: pytest.Item, folder: Path) -> bool:
    marker = item.get_closest_marker("material")
    return marker is None or any(
        wanted(folder) if callable(wanted) else any(folder.glob(wanted)) for wanted in marker.args
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for left_out in config.stash.get(WANTING, []):
        terminalreporter.write_line(f"not tried, since the folder has no such material: {left_out}")
