"""hub apply, hub export, hub token, hub password and hub settings."""

import json
import tomllib
from pathlib import Path

import pytest

from tests.commands.conftest import Run

COUNCIL = """\
[council]
name = "Smallham"
[[department]]
slug = "all"
name = "All"
[[queue]]
slug = "triage"
department = "all"
name = "Triage"
[[inbox]]
channel = "sms"
name = "main"
address = "+441632960100"
queue = "triage"
config = { provider = "twilio", account_sid = "AC1", auth_token = "very-secret-token" }
[[agent]]
email = "ann@smallham.example"
name = "Ann"
"""


@pytest.fixture
def council(tmp_path: Path) -> Path:
    path = tmp_path / "council.toml"
    path.write_text(COUNCIL, encoding="utf-8")
    return path


def test_a_new_hub_is_migrated_by_its_first_council(new_hub: Run, council: Path) -> None:
    ended = new_hub("apply", str(council))
    assert ended.code == 0
    assert ended.out.splitlines() == [
        "council Smallham: added",
        "department all: added",
        "queue triage: added",
        "inbox sms/main: added",
        "agent ann@smallham.example: added",
    ]
    assert new_hub("apply", str(council)) == (0, "Nothing to change.\n", "")


def test_a_bad_file_is_refused_whole_with_all_its_faults(hub: Run, council: Path) -> None:
    council.write_text(COUNCIL.replace('"Triage"', "1").replace('"Ann"', "2"), encoding="utf-8")
    ended = hub("apply", str(council))
    assert ended.code == 1
    assert ended.err.splitlines() == [
        "line 9: queue.name: must be a string, not a number",
        "line 18: agent.name: must be a string, not a number",
    ]
    assert ended.out == ""
    council.write_text(COUNCIL, encoding="utf-8")
    assert hub("apply", str(council)).out.startswith("council Smallham: added")


def test_rules_that_wait_for_what_nobody_gives_are_applied_and_pointed_out(hub: Run, council: Path) -> None:
    line = """
[[inbox]]
channel = "voice"
name = "main"
queue = "triage"
address = "+441632960100"
[inbox.config]
provider = "twilio"
account_sid = "AC1"
auth_token = "very-secret-token"
menu.1 = { say = "bins", tag = "waste" }
menu.2 = { say = "roads", menu.1 = { say = "holes", tag = "holes" } }
choose = "English"
languages.cy = { choose = "Cymraeg", menu.1 = { say = "biniau", tag = "biniau" } }
[[rule]]
name = "Called"
when = { menu = ["waste", "holes", "biniau", "roads"] }
then = { queue = "triage" }
[[rule]]
name = "About"
when = { any = [{ topic = ["triage", "bins"] }, { tag = "waste" }] }
then = { queue = "triage" }
"""
    council.write_text(COUNCIL + line, encoding="utf-8")
    ended = hub("apply", str(council))
    assert ended.code == 0
    assert ended.err.splitlines() == [
        'Please look: line 35: rule.when.menu: no menu of a telephone line has the tag "roads"',
        'Please look: line 39: rule.when.any[0].topic: there is no queue "bins": only a topic that is learned from a'
        " file of your own can be called so",
        'Please look: line 39: rule.when.any[1].tag: no rule gives the tag "waste"',
    ]


def test_a_file_with_a_byte_order_mark_is_read(hub: Run, council: Path) -> None:
    council.write_text(COUNCIL, encoding="utf-8-sig")
    assert hub("apply", str(council)).code == 0


def test_a_file_in_another_encoding_is_refused_with_the_place(hub: Run, council: Path) -> None:
    council.write_bytes(b'[council]\nname = "Caf\xe9"\n')
    ended = hub("apply", str(council))
    assert (ended.code, ended.err) == (1, f"{council} isn't UTF-8 text: look at byte 22.")


def test_a_missing_file_is_named(hub: Run) -> None:
    assert hub("apply", "none.toml") == (1, "", "none.toml can't be read: no such file or directory.")


def test_an_export_is_applied_without_a_change(hub: Run, council: Path) -> None:
    hub("apply", str(council))
    exported = hub("export")
    assert exported.code == 0
    assert (
        exported.err
        == 'Left out: inbox sms/main: auth_token. Written as "env:NAME", it would do for another hub, too.\n'
    )
    assert "very-secret-token" not in exported.out
    assert tomllib.loads(exported.out)["council"]["name"] == "Smallham"
    council.write_text(exported.out, encoding="utf-8")
    assert hub("apply", str(council)) == (0, "Nothing to change.\n", "")


def test_there_is_nothing_to_export_before_there_is_a_council(hub: Run) -> None:
    assert hub("export") == (1, "", "There is no council yet: `hub apply FILE.toml` makes one.")


def test_a_token_is_printed_alone_and_once(hub: Run, council: Path) -> None:
    hub("apply", str(council))
    first, second = (hub("token", "create", "Ann@smallham.example") for _ in range(2))
    assert first.code == second.code == 0
    assert first.out != second.out
    assert len(first.out.split()) == 1
    assert first.out.startswith("hub_")
    assert first.err == ""


def test_revoked_tokens_open_nothing(hub: Run, council: Path) -> None:
    hub("apply", str(council))
    for _ in range(2):
        hub("token", "create", "ann@smallham.example")
    ended = hub("token", "revoke", "Ann@smallham.example")
    assert (ended.code, ended.out, ended.err) == (0, "", "2 tokens revoked.\n")
    assert hub("token", "revoke", "eve@smallham.example").code == 1


def test_nobody_else_on_the_machine_reads_what_the_hub_writes(process: Run, council: Path, tmp_path: Path) -> None:
    process("apply", str(council))
    written = {path.name: path.stat().st_mode & 0o077 for path in [tmp_path / "data", *(tmp_path / "data").rglob("*")]}
    assert {"data", "hub.db", "secret_key"} <= written.keys()
    assert set(written.values()) == {0}


def test_a_stranger_gets_no_token_and_no_password(hub: Run, council: Path) -> None:
    hub("apply", str(council))
    for ended in (
        hub("token", "create", "eve@smallham.example"),
        hub("password", "eve@smallham.example", stdin="long enough password\n"),
    ):
        assert (ended.code, ended.out) == (1, "")
        assert ended.err.startswith("There is no active agent with this e-mail address.")


def test_a_password_is_read_from_stdin_and_printed_nowhere(hub: Run, council: Path) -> None:
    hub("apply", str(council))
    ended = hub("password", "ann@smallham.example", stdin="long enough password\n")
    assert ended == (0, "", "The password is set.\n")


@pytest.mark.parametrize("given", ["", "\n", "short\n", "123456789"])
def test_a_short_password_is_refused(bare_hub: Run, council: Path, given: str) -> None:
    bare_hub("apply", str(council))
    ended = bare_hub("password", "ann@smallham.example", stdin=given)
    assert (ended.code, ended.err) == (1, "A password must have 10 to 1,000 characters.")


@pytest.mark.parametrize(
    "arguments",
    [("token", "create", "a@b.example"), ("password", "a@b.example"), ("route", "--channel", "sms", "--text", "x")],
)
def test_what_needs_a_council_says_so_on_an_empty_database(new_hub: Run, arguments: tuple[str, ...]) -> None:
    ended = new_hub(*arguments, stdin="long enough password\n")
    assert (ended.code, ended.out) == (1, "")
    assert "Run `hub migrate`" in ended.err


def test_an_unreachable_database_is_one_sentence(bare_hub: Run) -> None:
    ended = bare_hub("token", "create", "a@b.example", HUB_DATABASE_URL="postgresql://nobody:hush@127.0.0.1:1/none")
    assert ended.code == 1
    assert ended.err.startswith("The database can't be reached")
    assert "hush" not in ended.out + ended.err


def test_settings_are_listed_with_source_and_meaning(bare_hub: Run) -> None:
    ended = bare_hub("settings", "--json", HUB_PORT="9000", HUB_SECRET_KEY="very-secret-key")
    listed = {setting["name"]: setting for setting in json.loads(ended.out)}
    assert (listed["HUB_PORT"]["value"], listed["HUB_PORT"]["source"]) == (9000, "environment")
    assert (listed["HUB_HOST"]["value"], listed["HUB_HOST"]["source"]) == ("127.0.0.1", "default")
    assert listed["HUB_PUBLIC_URL"]["value"] == "http://127.0.0.1:9000"
    assert all(setting["description"] for setting in listed.values())
    assert "very-secret-key" not in ended.out


@pytest.mark.parametrize("as_json", [True, False])
def test_no_secret_is_among_the_settings(bare_hub: Run, as_json: bool) -> None:
    url = "postgresql://hub:hush%40@hush/x@db.example/hub?password=hush"
    arguments = ["settings", *(["--json"] if as_json else [])]
    ended = bare_hub(*arguments, HUB_DATABASE_URL=url, HUB_SECRET_KEY="very-secret-key")
    assert ended.code == 0
    assert "hush" not in ended.out
    assert "very-secret-key" not in ended.out
    assert "db.example/hub" in ended.out


def test_a_wrong_setting_is_one_sentence(process: Run) -> None:
    ended = process("settings", HUB_PORT="none")
    assert ended.code == 1
    assert ended.err.startswith("The settings are wrong: HUB_PORT ")
    assert len(ended.err.splitlines()) == 1


def test_a_process_applies_a_file_and_refuses_it_in_words(process: Run, council: Path) -> None:
    assert process("apply", str(council)).out.startswith("council Smallham: added\n")
    council.write_text("[council", encoding="utf-8")
    ended = process("apply", str(council))
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("line 1: not TOML: ")
    assert "Traceback" not in ended.err


def test_what_can_t_be_forgotten_is_one_sentence(hub: Run, council: Path) -> None:
    hub("apply", str(council))
    ended = hub("forget", "12345678")
    assert (ended.code, ended.out, ended.err) == (1, "", "There is no such case.")
