"""What tests of mailboxes share."""

import pytest

from channels.email.imap import watching


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Moments in place of seconds."""
    monkeypatch.setattr(watching, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(watching, "LONGEST_PAUSE", 0.02)
    monkeypatch.setattr(watching, "CONFIGURATION_SECONDS", 0.01)
    monkeypatch.setattr(watching, "WATCH_SECONDS", 0.15)
