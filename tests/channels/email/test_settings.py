"""Where mail leaves, when the council file doesn't say all of it."""

from typing import Any

import pytest

from channels.contract import NotConfigured
from channels.email.settings import mail_server
from tests.channels.desk import inbox_of


@pytest.mark.parametrize(
    ("config", "tls", "port"),
    [
        ({"smtp_host": "smtp.anytown.example"}, "starttls", 587),
        ({"smtp_host": "smtp.anytown.example", "smtp_tls": "tls"}, "tls", 465),
        ({"smtp_host": "smtp.anytown.example", "smtp_tls": "none"}, "none", 25),
        ({"smtp_host": "127.0.0.1", "smtp_port": 1025}, "none", 1025),
        ({"smtp_host": "localhost"}, "none", 25),
        ({"smtp_host": "::1"}, "none", 25),
        ({"smtp_host": "127.0.0.1", "smtp_tls": "starttls"}, "starttls", 587),
        ({"smtp_host": "127.0.0.1.evil.example"}, "starttls", 587),
    ],
)
def test_mail_is_encrypted_unless_it_stays_on_the_machine(config: dict[str, Any], tls: str, port: int) -> None:
    server = mail_server(inbox_of("email", "help", "help@anytown.example", **config))

    assert (server.tls, server.port) == (tls, port)


@pytest.mark.parametrize(
    ("config", "key"),
    [
        ({}, "smtp_host"),
        ({"smtp_host": "x", "smtp_port": "many"}, "smtp_port"),
        ({"smtp_host": "x", "smtp_tls": "yes"}, "smtp_tls"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named_when_it_is_used(config: dict[str, Any], key: str) -> None:
    with pytest.raises(NotConfigured, match=key):
        mail_server(inbox_of("email", "help", "help@anytown.example", **config))


def test_the_password_is_never_shown() -> None:
    config: dict[str, Any] = {"smtp_host": "x.example", "smtp_username": "hub", "smtp_password": "p4ss"}

    assert "p4ss" not in repr(mail_server(inbox_of("email", "help", "help@anytown.example", **config)))
