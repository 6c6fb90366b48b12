"""Whoever sets mail up wrongly is told in a sentence, before anything runs."""

from pathlib import Path

import pytest
from sqlmodel import Session, select

from hub.db.engine import writer_engine
from hub.errors import Invalid
from hub.models import Inbox
from hub.serving import check_mail, has_mailboxes
from hub.settings import Settings, load
from tests.cases.anytown import living
from tests.channels.email.certificates import made_for
from tests.support.serving import free_socket


def test_a_certificate_that_cant_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    made, other = made_for(tmp_path, "mx.anytown.example"), made_for(tmp_path / "other", "mx.anytown.example")

    check_mail(Settings(smtp_certificate=made.chain, smtp_key=made.key))
    with pytest.raises(Invalid, match=r"can't be used: there is no .*missing\.pem"):
        check_mail(Settings(smtp_certificate=tmp_path / "missing.pem"))
    with pytest.raises(Invalid, match="or don't belong together"):
        check_mail(Settings(smtp_certificate=made.chain, smtp_key=other.key))


@pytest.mark.parametrize("name", ["smtp_listen", "lmtp_listen"])
def test_a_port_that_is_taken_is_told(name: str, tmp_path: Path) -> None:
    with free_socket() as taken:
        taken.listen()
        host, port = taken.getsockname()
        with pytest.raises(Invalid, match=f"Choose another with HUB_{name.upper()}"):
            check_mail(load(data_dir=tmp_path, **{name: f"{host}:{port}"}))


def test_an_address_without_a_port_is_told(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="HUB_LMTP_LISTEN must be HOST:PORT"):
        load(data_dir=tmp_path, lmtp_listen="nowhere")


async def test_a_mailbox_is_a_way_for_mail_to_come_in(sqlite_url: str, tmp_path: Path) -> None:
    async with living(sqlite_url, tmp_path):
        pass
    settings = Settings(data_dir=tmp_path, database_url=sqlite_url)
    assert not has_mailboxes(settings)

    engine = writer_engine(sqlite_url)
    with Session(engine) as session:
        inbox = session.exec(select(Inbox).where(Inbox.channel == "email")).first()
        assert inbox is not None
        inbox.config = {**inbox.config, "imap_host": "imap.example"}
        session.commit()
    engine.dispose()
    assert has_mailboxes(settings)
