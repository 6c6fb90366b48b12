"""tools/setup.sh on machines that lack something, played by programs in a folder that is the whole PATH."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]

PYTHON = """#!/bin/sh
case "$*" in
    *version_info*) exit {old} ;;
    *ensurepip*) exit {without_venv} ;;
    *"-m venv"*) mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
    *"pip install"*) echo "$*" >>installed.log; exit {offline} ;;
esac
"""


@dataclass(frozen=True)
class Machine:
    folder: Path

    def has_python(self, name: str = "python3", *, old: int = 0, without_venv: int = 0, offline: int = 0) -> None:
        """Puts a Python on the PATH; a 1 is the exit status of what doesn't work on it."""
        program = self.folder / "bin" / name
        program.write_text(PYTHON.format(old=old, without_venv=without_venv, offline=offline))
        program.chmod(0o755)

    def set_up(self, *extras: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.folder / "tools/setup.sh", *extras],
            env={"PATH": str(self.folder / "bin")},
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def installed(self) -> list[str]:
        """How pip was called, once a line."""
        log = self.folder / "installed.log"
        return log.read_text().splitlines() if log.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A checkout on a machine without any Python."""
    for folder in ("bin", "tools"):
        (tmp_path / folder).mkdir()
    for program in ("sh", "dirname", "cksum", "cat", "mkdir", "cp"):
        found = shutil.which(program)
        assert found
        (tmp_path / "bin" / program).symlink_to(found)
    shutil.copy(ROOT / "tools/setup.sh", tmp_path / "tools")
    (tmp_path / "pyproject.toml").write_text("[project]")
    return Machine(tmp_path)


def test_without_python_one_sentence_says_what_to_install(machine: Machine) -> None:
    result = machine.set_up()
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("Python is missing: install Python 3.11 or newer")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        ({"old": 1}, "python3 is older than 3.11: install Python 3.11 or newer"),
        ({"without_venv": 1}, "Python's venv module is missing: install it (on Debian and Ubuntu: apt-get install"),
    ],
    ids=["too old", "no venv module"],
)
def test_what_python_lacks_is_said_in_one_sentence(machine: Machine, broken: dict[str, Any], sentence: str) -> None:
    machine.has_python(**broken)
    result = machine.set_up()
    assert result.returncode == 1
    assert result.stderr.startswith(sentence)
    assert result.stderr.count("\n") == 1
    assert not (machine.folder / ".venv").exists()


def test_a_newer_python_beside_an_old_one_is_taken(machine: Machine) -> None:
    machine.has_python(old=1)
    machine.has_python("python3.12")
    assert machine.set_up().returncode == 0


def test_the_extras_that_were_named_are_installed(machine: Machine) -> None:
    machine.has_python()
    machine.set_up("test,check")
    assert machine.installed[0].endswith("--editable .[test,check]")


def test_a_second_run_installs_nothing_until_the_requirements_change(machine: Machine) -> None:
    machine.has_python()
    assert machine.set_up().returncode == 0
    assert machine.set_up().stderr == ""
    assert len(machine.installed) == 1
    (machine.folder / "pyproject.toml").write_text("[project]\ndependencies = ['httpx']")
    machine.set_up()
    assert len(machine.installed) == 2


def test_a_failed_installation_is_tried_again(machine: Machine) -> None:
    machine.has_python(offline=1)
    result = machine.set_up()
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1].startswith("Installing failed")
    machine.set_up()
    assert len(machine.installed) == 2


def test_python_keeps_what_it_compiled_where_the_environment_forbids_it() -> None:
    """Many containers do; each start of the hub would compile its libraries anew and take three times as long."""
    asked = subprocess.run(
        ["make", "--no-print-directory", "--eval", 'probe:;@echo "[$$PYTHONDONTWRITEBYTECODE]"', "probe"],
        cwd=ROOT,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert asked.stdout == "[]\n"
