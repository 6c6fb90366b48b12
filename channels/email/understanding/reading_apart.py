"""What runs in the reader's process (reader.py): mails in by the standard input, what they say out, in order.

Kept apart so that the process loads nothing but what understands mails.
"""

import gc
import os
import pickle
import resource
import signal
import sys
from collections.abc import Callable
from typing import BinaryIO

from channels.email.understanding.mail import Mail

HEAD = 4  # bytes that say how many follow; none follow on the first word back: it is ready
MOST_MEMORY = 1 << 30  # bytes; a mail that wants more is one that couldn't be understood
_BUFFER = 262_144  # bytes


def serve(understand: Callable[[bytes], Mail]) -> None:
    """Until the other side closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the hub's, which then closes
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
    with os.fdopen(os.dup(sys.stdin.fileno()), "rb", _BUFFER) as mails, os.fdopen(os.dup(1), "wb", 0) as answers:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what a library prints is no answer
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 20, 50)
        _say(answers, b"")
        while head := mails.read(HEAD):
            mail = understand(mails.read(int.from_bytes(head, "big")))
            _say(answers, pickle.dumps(mail, pickle.HIGHEST_PROTOCOL))


def _say(answers: BinaryIO, told: bytes) -> None:
    left = memoryview(len(told).to_bytes(HEAD, "big") + told)
    while left:
        left = left[answers.write(left) :]


if __name__ == "__main__":
    from channels.email.understanding.parsing import understand

    serve(understand)
