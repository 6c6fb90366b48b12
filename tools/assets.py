"""Refreshes the front-end files that are committed below hub/web/static/vendor: `make assets`.

Nobody needs this to run or test the hub. It takes pinned packages from npm, checks each archive against the
SHA-512 written here, leaves out what only the central government may show (its typeface, the crest), and writes
VERSIONS.txt. To move to another version: change it here, run it, and put in the checksum that it names.
"""

import base64
import hashlib
import io
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENDOR = ROOT / "hub/web/static/vendor"
TEST_SUPPORT = ROOT / "tests/support"

SYSTEM_FONTS = 'system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",arial,sans-serif'

MIT = """\
Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""

Amendment = Callable[[str], str]


@dataclass(frozen=True, kw_only=True)
class Package:
    """One npm package: which of its files are kept, under which names, and how each text is amended."""

    name: str
    version: str
    sha512: str  # base64, of the archive, as npm's `dist.integrity`
    licence: str
    copyright: str
    into: Path
    files: Mapping[str, str]  # path below the archive's package/ -> path below `into`
    amend: Amendment = field(default=str)


def _neutral(css: str) -> str:
    """Without the typeface and images that are reserved."""
    css = re.sub(r"@font-face\{[^{}]*\}", "", css)
    css = css.replace("GDS Transport,arial,sans-serif", SYSTEM_FONTS)
    return re.sub(r"[^{};]*copyright-logo[^{};]*\{[^{}]*\}", "", css)


def _amended(text: str) -> str:
    """Ready to be served alone: neutral, and naming no source map, which isn't vendored."""
    return re.sub(r"\s*(?://# |/\*# )sourceMappingURL=\S+( \*/)?\s*$", "\n", _neutral(text))


PACKAGES = (
    Package(
        name="govuk-frontend",
        version="6.6.0",
        sha512="xctkWrQvLnvQt7fyjQ3MGX9S0wz0x0RQuLxCeoXF+s8EjGICG81/DYQGKN5qgO+0KVT12UAaRwUsGY6fulRcRg==",
        licence="MIT",
        copyright="Copyright (C) 2017 Crown Copyright (Government Digital Service)",
        into=VENDOR / "govuk-frontend",
        files={"dist/govuk/govuk-frontend.min.css": "govuk-frontend.min.css"},
        amend=_amended,
    ),
    Package(
        name="htmx.org",
        version="4.0.1",
        sha512="oF7JgXhDW9UXCy/k1ZYFUQgzu/rm19ORWPSPNL91vPluB2PB9+MV55tyQdH/w7o2EAbTYUG5SDW1R60mdkdqGg==",
        licence="0BSD",
        copyright="no notice required",
        into=VENDOR / "htmx",
        files={"dist/htmx.min.js": "htmx.min.js"},
        amend=_amended,
    ),
    Package(
        name="@twilio/voice-sdk",
        version="2.18.5",
        sha512="2/tw1IDAIn7j6yFDOln8p93v3aHIxNIN93JwL98cHIlbkSNeU/Jt9zGM/0TvDpNjo+k88lvAew4jgOjKlc9/KA==",
        licence="Apache-2.0",
        copyright="Copyright (C) 2015-2026 Twilio, inc. (twilio-voice/LICENSE.txt, with those of its parts)",
        into=VENDOR / "twilio-voice",
        files={"dist/twilio.min.js": "twilio.min.js", "LICENSE.md": "LICENSE.txt"},
        amend=_amended,
    ),
    Package(
        name="axe-core",
        version="4.14.1",
        sha512="FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
        licence="MPL-2.0",
        copyright="Copyright (c) Deque Systems, Inc.",
        into=TEST_SUPPORT,
        files={"axe.min.js": "axe.min.js", "LICENSE": "axe.LICENSE.txt"},
    ),
)


def main() -> None:
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("npm is missing: install Node.js with npm (only `make assets` needs it)")
    for package in PACKAGES:
        _vendor(package, _archive(npm, package))
    served = [package for package in PACKAGES if package.into.is_relative_to(VENDOR)]
    (VENDOR / "VERSIONS.txt").write_text(_versions(served), encoding="utf-8")


def _archive(npm: str, package: Package) -> bytes:
    """The package's gzipped tar archive. Exits with a sentence when it can't be had, or isn't what was pinned."""
    with tempfile.TemporaryDirectory() as folder:
        command = [npm, "pack", "--silent", "--pack-destination", folder, f"{package.name}@{package.version}"]
        if subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode:  # noqa: S603 - constants above
            sys.exit(f"npm could not fetch {package.name} {package.version}")
        archive = next(Path(folder).glob("*.tgz")).read_bytes()
    found = base64.b64encode(hashlib.sha512(archive).digest()).decode()
    if found != package.sha512:
        sys.exit(f"{package.name} {package.version} has another checksum than pinned: {found}")
    return archive


def _vendor(package: Package, archive: bytes) -> None:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for source, name in package.files.items():
            member = tar.extractfile(f"package/{source}")
            if member is None:
                sys.exit(f"{package.name} {package.version} has no {source}")
            target = package.into / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(package.amend(member.read().decode("utf-8")), encoding="utf-8")


def _versions(packages: list[Package]) -> str:
    rows = "\n".join(f"{p.into.name:16} {p.name} {p.version}, {p.licence}, {p.copyright}" for p in packages)
    return f"""\
Files of others, committed so that the hub needs nothing but Python. Refreshed by `make assets` (tools/assets.py),
which leaves out the typeface GDS Transport and the royal crest: only the central government may show them.

{rows}

The MIT licence of govuk-frontend:

{MIT}"""


if __name__ == "__main__":
    main()
