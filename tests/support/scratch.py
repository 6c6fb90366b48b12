"""Where the tests keep their files: in memory, where the machine lends enough of it. Each test commits to databases of
its own, and waiting for a slow disk to say that it has them would take longer than the tests themselves.

The benches stay on the disk, since its pace is what they measure.
"""

import os
import shutil
import tempfile
from pathlib import Path

IN_MEMORY = Path("/dev/shm")  # files are made in it as in the temp folder, under names of their own
NEEDED = 4_000_000_000


def keep_in_memory() -> None:
    """From now on temp folders are made in memory, by this process and by those that it starts, unless there is none,
    too little of it, or no program may be run from there."""
    if not IN_MEMORY.is_dir() or not os.access(IN_MEMORY, os.W_OK):
        return
    runs_programs = not os.statvfs(IN_MEMORY).f_flag & os.ST_NOEXEC
    if runs_programs and shutil.disk_usage(IN_MEMORY).free >= NEEDED:
        os.environ["TMPDIR"] = tempfile.tempdir = str(IN_MEMORY)
