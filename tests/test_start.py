"""What a start loads: libraries that only some messages need come later, by hub.preparing or when they are used."""

import subprocess
import sys

from channels.abilities import Prepares
from channels.registry import discover
from tests.channels.phone_desk import phone_inbox

LATER = {
    *("aiosmtpd", "aiosmtplib", "flufl.bounce", "imapclient", "inscriptis", "lxml", "nh3"),  # mail
    *("jwt", "requests", "twilio.jwt", "twilio.rest"),  # telephones
    *("alembic", "psycopg"),  # a database to migrate, and PostgreSQL
    *("PIL", "cel", "holidays", "linkify_it", "markdown_it", "py3langid"),
}
STARTED = """
import sys
import hub.main
import hub.serving
from channels.registry import discover
discover()
print(*sys.modules)
"""


def test_a_start_loads_no_library_that_only_some_messages_need() -> None:
    ran = subprocess.run([sys.executable, "-c", STARTED], capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 0, ran.stderr
    loaded = set(ran.stdout.split())
    assert "hub.web.app" in loaded
    assert loaded & LATER == set()


def test_once_the_hub_is_up_it_can_load_what_messages_need() -> None:
    preparing = {name: channel for name, channel in discover().items() if isinstance(channel, Prepares)}
    assert set(preparing) == {"email", "sms", "voice"}
    for name, channel in preparing.items():
        channel.prepare(phone_inbox(name))
    assert {"twilio.rest", "aiosmtplib", "inscriptis", "markdown_it"} <= sys.modules.keys()
