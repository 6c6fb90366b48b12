"""The vendored front-end files: complete, neutral, and loading nothing from elsewhere."""

import re
from pathlib import Path

import pytest

VENDOR = Path(__file__).resolve().parents[1] / "hub/web/static/vendor"
SERVED = sorted(path for path in VENDOR.rglob("*") if path.suffix in {".css", ".js"})
STYLES = [path for path in SERVED if path.suffix == ".css"]


def named(path: Path) -> str:
    return str(path.relative_to(VENDOR))


def test_every_library_stands_in_versions_with_its_licence() -> None:
    versions = (VENDOR / "VERSIONS.txt").read_text(encoding="utf-8")
    for folder in {path.relative_to(VENDOR).parts[0] for path in SERVED}:
        assert re.search(rf"^{folder} +\S+ \d+\.\d+\.\d+, (MIT|0BSD|Apache-2\.0), ", versions, re.MULTILINE), folder
    assert "Permission is hereby granted, free of charge" in versions


@pytest.mark.parametrize("path", SERVED, ids=named)
def test_no_file_shows_what_only_the_central_government_may(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not [word for word in ("GDS Transport", "@font-face", "crest.svg", "crown.svg") if word in text]


@pytest.mark.parametrize("path", STYLES, ids=named)
def test_a_style_sheet_names_only_files_that_stand_beside_it(path: Path) -> None:
    css = path.read_text(encoding="utf-8")
    urls = [url.strip("\"'") for url in re.findall(r"url\(([^)]*)\)", css)]
    assert not [url for url in urls if not url.startswith("data:") and not (path.parent / url).is_file()]
    assert "@import" not in css


@pytest.mark.parametrize("path", SERVED, ids=named)
def test_a_script_or_style_sheet_names_no_source_map(path: Path) -> None:
    assert "sourceMappingURL" not in path.read_text(encoding="utf-8")
