"""A reader that some mails are too much for: run in place of channels.email.understanding.reading_apart."""

import os
import sys
import time
from pathlib import Path

from channels.email.understanding.mail import Mail
from channels.email.understanding.parsing import understand
from channels.email.understanding.reading_apart import serve


def mortal(raw: bytes) -> Mail:
    if b"bomb" in raw:
        os.abort()
    if b"killed once: " in raw:
        seen = Path(raw.partition(b"killed once: ")[2].decode())
        if not seen.exists():
            seen.touch()
            os.abort()
    if b"endless" in raw:
        time.sleep(3600)
    print("a word of a library's")
    return understand(raw)


if __name__ == "__main__":
    if sys.flags.safe_path and not any(name.startswith("HUB_") for name in os.environ):
        serve(mortal)
