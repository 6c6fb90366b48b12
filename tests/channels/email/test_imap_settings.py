"""What an inbox may say of its mailbox: refused on `hub apply` with the key and the reason."""

from typing import Any

import pytest

from channels.contract import NotConfigured
from channels.email.imap.settings import mailbox_settings
from channels.email.settings import problems_of
from tests.channels.desk import inbox_of

BY_PASSWORD: dict[str, Any] = {"imap_host": "imap.example", "imap_username": "help", "imap_password": "env:P"}
BY_TOKEN: dict[str, Any] = {
    "imap_host": "imap.example",
    "imap_username": "help",
    "oauth_token_url": "https://login.example/token",
    "oauth_client_id": "hub",
    "oauth_client_secret": "env:S",
}


@pytest.mark.parametrize(
    "config",
    [
        BY_PASSWORD,
        BY_TOKEN,
        {**BY_TOKEN, "oauth_refresh_token": "env:R", "oauth_scope": "https://mail.google.com/"},
        {**BY_PASSWORD, "imap_port": 1143, "imap_tls": "starttls", "imap_folder": "Entwürfe", "imap_poll": 5},
        {**BY_PASSWORD, "imap_since": "30d", "imap_after": "move", "imap_move_to": "Done"},
        {
            **BY_PASSWORD,
            "imap_port": "env:PORT",
            "imap_tls": "env:TLS",
            "imap_since": "env:SINCE",
            "imap_poll": "env:N",
        },
        {"authserv_id": "mx.anytown.example, mx2.anytown.example"},
    ],
)
def test_what_makes_sense_is_taken(config: dict[str, Any]) -> None:
    assert problems_of(config) == []


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({**BY_PASSWORD, "imap_port": 0}, "imap_port: must be a whole number from 1 to 65535"),
        ({**BY_PASSWORD, "imap_port": True}, "imap_port: must be a whole number from 1 to 65535"),
        ({**BY_PASSWORD, "imap_tls": "ssl"}, "imap_tls: must be none, starttls or tls"),
        ({**BY_PASSWORD, "imap_after": "delete"}, "imap_after: must be keep, seen or move"),
        ({**BY_PASSWORD, "imap_since": "7"}, 'imap_since: must be "now", "all", or a number of days such as "7d"'),
        ({**BY_PASSWORD, "imap_since": 7}, "imap_since: must be a text"),
        ({**BY_PASSWORD, "imap_poll": 1}, "imap_poll: must be a whole number of seconds from 5 to 3600"),
        ({**BY_PASSWORD, "imap_poll": 7.5}, "imap_poll: must be a whole number of seconds from 5 to 3600"),
        ({**BY_PASSWORD, "imap_after": "move"}, 'imap_move_to: goes together with imap_after = "move"'),
        ({**BY_PASSWORD, "imap_move_to": "Done"}, 'imap_move_to: goes together with imap_after = "move"'),
        ({"imap_folder": "INBOX"}, "imap_folder: goes together with imap_host"),
        ({"imap_host": "x", "imap_password": "y"}, "imap_username: is missing"),
        ({**BY_PASSWORD, **BY_TOKEN}, "imap_password: give either this or oauth_token_url"),
        ({"imap_host": "x", "imap_username": "y"}, "imap_password: give either this or oauth_token_url"),
        ({**BY_TOKEN, "oauth_client_id": 7}, "oauth_client_id: must be a text"),
        (
            {key: value for key, value in BY_TOKEN.items() if key != "oauth_client_secret"},
            "oauth_token_url: goes together with",
        ),
        ({**BY_PASSWORD, "imap_user": "help"}, "imap_user: an email inbox has no such setting"),
        ({"authserv_id": ["mx"]}, "authserv_id: must be a text"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_key(config: dict[str, Any], problem: str) -> None:
    assert any(each.startswith(problem) for each in problems_of(config)), problems_of(config)


@pytest.mark.parametrize(
    ("config", "tls", "port"),
    [
        ({}, "tls", 993),
        ({"imap_tls": "starttls"}, "starttls", 143),
        ({"imap_host": "127.0.0.1"}, "none", 143),
        ({"imap_host": "127.0.0.1", "imap_tls": "tls", "imap_port": 1993}, "tls", 1993),
    ],
)
def test_mail_is_fetched_encrypted_unless_it_stays_on_the_machine(config: dict[str, Any], tls: str, port: int) -> None:
    settings = mailbox_settings(inbox_of("email", "help", "help@anytown.example", **{**BY_PASSWORD, **config}))

    assert (settings.tls, settings.port, settings.folder, settings.since) == (tls, port, "INBOX", "now")


@pytest.mark.parametrize("key", ["imap_port", "imap_tls", "imap_poll", "imap_since", "imap_after"])
def test_what_the_environment_says_is_checked_when_it_is_used(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WRONG", "nonsense")

    with pytest.raises(NotConfigured, match=key):
        mailbox_settings(inbox_of("email", "help", "help@anytown.example", **{**BY_PASSWORD, key: "env:WRONG"}))
