"""The house keeps its shape: what import-linter can't see, read from the source itself."""

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("hub", "channels", "routing")
LONGEST_FUNCTION = 60  # lines; about 40 is what fits on a screen
LONGEST_FILE = 450  # lines; about 300 is one subject


def place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def modules() -> dict[str, ast.Module]:
    """The trees of all source files, by place."""
    return {
        place(path): ast.parse(path.read_text(encoding="utf-8"))
        for room in ROOMS
        for path in sorted((ROOT / room).rglob("*.py"))
        if "versions" not in path.parts
    }


def offenders(look: Callable[[ast.Module], list[str]], *, below: str = "", except_below: tuple[str, ...] = ()) -> str:
    """What `look` found wrong in each module, a line each; "" = nothing."""
    found = {
        name: look(tree)
        for name, tree in modules().items()
        if name.startswith(below) and not (except_below and name.startswith(except_below))
    }
    return "\n".join(f"{name}:{wrong}" for name, all_wrong in found.items() for wrong in all_wrong)


def called(call: ast.Call) -> str:
    """The last name of what is called: `execute` in `session.execute(…)`."""
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def receiver(call: ast.Call) -> str:
    """The last name of what a method is called on: `session` in `self.session.add(…)`, "" for a plain function."""
    return ast.unparse(call.func.value).rpartition(".")[2] if isinstance(call.func, ast.Attribute) else ""


def shown(call: ast.Call) -> str:
    return f"{call.lineno}: {ast.unparse(call)[:80]}"


@cache
def walked(tree: ast.AST) -> tuple[ast.AST, ...]:
    """All nodes of a module, found once."""
    return tuple(ast.walk(tree))


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in walked(tree) if isinstance(node, ast.Call))


# --- rooms -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "room",
    ["hub/models", "hub/actions", "hub/queries", "hub/db", "hub/web", "channels", "routing", "routing/conditions"],
)
def test_every_room_stands(room: str) -> None:
    assert f"{room}/__init__.py" in modules()


def test_every_channel_stands_in_one_folder_with_its_guide() -> None:
    folders = {path.parent for path in (ROOT / "channels").glob("*/adapter.py")}
    assert {folder.name for folder in folders} >= {"sms", "voice", "email", "webchat"}
    assert not [folder.name for folder in folders if not (folder / "README.md").is_file()]


def neighbours(name: str, tree: ast.Module) -> list[str]:
    """The other channels' folders that a channel's module imports; "channels.sms.units" is one of folder sms."""
    own = Path(name).parts[1]
    imported = [node.module or "" for node in walked(tree) if isinstance(node, ast.ImportFrom)]
    imported += [alias.name for node in walked(tree) if isinstance(node, ast.Import) for alias in node.names]
    folders = {module.split(".")[1] for module in imported if module.startswith("channels.")}
    return sorted(folder for folder in folders - {own} if (ROOT / "channels" / folder).is_dir())


def test_no_channel_knows_another() -> None:
    inside = {
        name: tree for name, tree in modules().items() if len(Path(name).parts) > 2 and name.startswith("channels/")
    }
    assert {name: found for name, tree in inside.items() if (found := neighbours(name, tree))} == {}


def test_a_channel_that_knows_another_is_recognised() -> None:
    assert neighbours("channels/voice/script.py", ast.parse("from channels.sms.inbound import read")) == ["sms"]


def test_no_module_is_named_after_nothing_in_particular() -> None:
    vague = {"utils", "util", "helpers", "helper", "manager", "common", "misc", "data", "info"}
    assert not [name for name in modules() if Path(name).stem in vague]


def foreign_privates(name: str, tree: ast.Module) -> list[str]:
    """What a module imports of another folder's private parts; "hub.queries._search" is private to hub/queries."""
    own = ".".join(Path(name).parts[:-1])
    imported = [
        (node.lineno, f"{node.module}.{alias.name}")
        for node in walked(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in ROOMS
        for alias in node.names
    ]
    return [f"{line}: {what}" for line, what in imported if "._" in what and what.partition("._")[0] != own]


def test_a_private_module_is_used_in_its_own_folder_alone() -> None:
    found = [f"{name}:{wrong}" for name, tree in modules().items() for wrong in foreign_privates(name, tree)]
    assert found == []


def test_a_private_module_of_another_folder_is_recognised() -> None:
    private = ast.parse("from hub.actions.intake._taking import Taking")
    assert foreign_privates("hub/actions/intake/receive.py", private) == []
    assert foreign_privates("hub/actions/sending/reply.py", private) == ["1: hub.actions.intake._taking.Taking"]


# --- only actions write ------------------------------------------------------------------------------------

STATEMENT = re.compile(r"\s*(INSERT|UPDATE|DELETE|REPLACE)\s", re.IGNORECASE)


def imported_from_sqlalchemy(tree: ast.Module) -> set[str]:
    """Names that a module has from sqlalchemy or sqlmodel: `update` is an UPDATE only when it comes from there."""
    return {
        alias.asname or alias.name
        for node in walked(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in {"sqlalchemy", "sqlmodel"}
        for alias in node.names
    }


def writes(tree: ast.Module) -> list[str]:
    """Every call in a module that changes the database."""
    foreign = imported_from_sqlalchemy(tree)
    return [shown(call) for call in calls(tree) if writes_through_session(call) or is_statement(call, foreign)]


def writes_through_session(call: ast.Call) -> bool:
    verbs = {"add", "add_all", "delete", "merge", "commit", "flush"}
    return called(call) in verbs and receiver(call) in {"session", "connection"}


def is_statement(call: ast.Call, foreign: set[str]) -> bool:
    """Builds an INSERT, UPDATE or DELETE, by SQLAlchemy or in words."""
    if called(call) in {"text", "execute", "executemany"}:
        return any(isinstance(part, ast.Constant) and STATEMENT.match(str(part.value)) for part in call.args)
    return called(call) in {"insert", "update", "delete"} & foreign


def test_only_actions_and_the_lane_write() -> None:
    assert offenders(writes, except_below=("hub/actions", "hub/db")) == ""


@pytest.mark.parametrize(
    "code",
    [
        "def f(session): session.add(case)",
        "def f(self): self.session.delete(case)",
        "from sqlalchemy import update\ndef f(): return update(Case)",
        "def f(connection): connection.execute('DELETE FROM cases')",
        "from sqlalchemy import text\nDONE = text('update cases set status = 1')",
    ],
)
def test_a_write_is_recognised(code: str) -> None:
    assert len(writes(ast.parse(code))) == 1


@pytest.mark.parametrize(
    "code",
    ["config.update(more)", "seen.add(name)", "digest.update(b'INSERT INTO')", "session.execute(select(Case))"],
)
def test_what_only_looks_like_a_write_is_left_alone(code: str) -> None:
    assert writes(ast.parse(code)) == []


def test_no_action_commits_by_itself() -> None:
    """The lane commits for several actions at once; one that commits and then fails would keep its half."""

    def commits(tree: ast.Module) -> list[str]:
        return [shown(call) for call in calls(tree) if called(call) in {"commit", "rollback"}]

    assert offenders(commits, below="hub/actions/") == ""


def test_every_file_of_actions_offers_a_verb() -> None:
    def offers_nothing(tree: ast.Module) -> list[str]:
        offered = (node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef))
        return [] if any(not name.startswith("_") for name in offered) else [" nothing public"]

    rooms = tuple(name for name in modules() if name.endswith("/__init__.py"))
    assert offenders(offers_nothing, below="hub/actions/", except_below=rooms) == ""


@pytest.mark.parametrize("room", ["hub/actions/", "hub/queries/", "routing/"])
def test_what_decides_or_stores_is_plain_and_synchronous(room: str) -> None:
    def waits(tree: ast.Module) -> list[str]:
        return [f"{node.lineno}: {node.name}" for node in walked(tree) if isinstance(node, ast.AsyncFunctionDef)]

    assert offenders(waits, below=room) == ""


# --- nothing at import -------------------------------------------------------------------------------------

FILES = {"open", "read_text", "read_bytes", "write_text", "write_bytes", "mkdir"}
NETWORK = {"connect", "create_engine", "AsyncClient", "Client", "urlopen"}
PROCESSES = {"Thread", "ThreadPoolExecutor", "create_task", "run", "Popen", "sleep"}
SURROUNDINGS = {"getenv", "basicConfig", "configure", "Settings", "now", "utcnow"}
WORK = FILES | NETWORK | PROCESSES | SURROUNDINGS


def at_import(tree: ast.Module) -> Iterator[ast.Call]:
    """Every call made by importing a module: bodies of functions are left out, classes and decorators are not."""
    waiting: list[ast.AST] = [node for node in tree.body if not is_main(node)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Call):
            yield node
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            waiting += [*node.decorator_list, *node.args.defaults]
        elif not isinstance(node, ast.Lambda):
            waiting += ast.iter_child_nodes(node)


def is_main(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)


def works_at_import(tree: ast.Module) -> list[str]:
    return [shown(call) for call in at_import(tree) if called(call) in WORK]


def test_importing_a_module_does_no_work() -> None:
    """But for Alembic's env.py, which is a script that Alembic runs by importing it."""
    assert offenders(works_at_import, except_below=("hub/db/migrations/env.py",)) == ""


def test_work_at_import_is_recognised() -> None:
    module = "import httpx\nhttp = httpx.AsyncClient()\ndef f(): return open('x')\nclass A:\n    folder = open('y')"
    assert sorted(works_at_import(ast.parse(module))) == ["2: httpx.AsyncClient()", "5: open('y')"]


# --- small -------------------------------------------------------------------------------------------------


def too_long(tree: ast.Module) -> list[str]:
    functions = (node for node in walked(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    lines = {node: (node.end_lineno or node.lineno) - node.lineno + 1 for node in functions}
    return [f"{node.lineno}: {node.name}, {long} lines" for node, long in lines.items() if long > LONGEST_FUNCTION]


def test_a_function_fits_on_a_screen() -> None:
    assert offenders(too_long) == ""


def test_a_long_function_is_recognised() -> None:
    body = "\n".join("    x = 1" for _ in range(LONGEST_FUNCTION))
    assert too_long(ast.parse(f"def f():\n{body}")) == ["1: f, 61 lines"]


def test_a_file_has_one_subject() -> None:
    lengths = {name: len((ROOT / name).read_text(encoding="utf-8").splitlines()) for name in modules()}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}


# --- nothing of one machine in the files of all ------------------------------------------------------------

OF_ONE_MACHINE = re.compile(
    r"(?<![\w.~])/(?:home|Users|root|work)/[\w.-]+"  # somebody's own folders
    r"|pypi\.org/simple|registry\.npmjs\.org|--index-url|--extra-index-url"  # where somebody installed from
)
TEXTS = {".py", ".md", ".toml", ".sh", ".html", ".css", ".js", ".json", ".txt", ".svg", ".ini", ".mako", ".cfg", ""}


def texts() -> Iterator[Path]:
    """Every text file of the project; not what was vendored, generated or installed."""
    yield from (path for path in ROOT.iterdir() if path.is_file() and path.name != ".git")  # a work tree's: a file
    for folder in (*ROOMS, "tests", "tools", "docs", ".ci"):
        yield from (path for path in (ROOT / folder).rglob("*") if path.is_file() and "vendor" not in path.parts)


def test_no_file_names_a_folder_or_a_package_index_of_one_machine() -> None:
    read = {path: path.read_text(encoding="utf-8", errors="replace") for path in texts() if path.suffix in TEXTS}
    found = {place(path): match.group() for path, text in read.items() if (match := OF_ONE_MACHINE.search(text))}
    assert found.keys() - {place(Path(__file__))} == set()


@pytest.mark.parametrize("line", ["see /home/ann/hub", "pip install --index-url x", "cd /root/hub"])
def test_a_folder_of_one_machine_is_recognised(line: str) -> None:
    assert OF_ONE_MACHINE.search(line)
