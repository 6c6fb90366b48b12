"""Files that may harm who opens them, by what their names and types say. They are marked, and only ever downloaded."""

import re
from pathlib import PurePosixPath

_RUNS = frozenset(
    {
        "ade", "adp", "app", "application", "appref-ms", "appx", "appxbundle", "bat", "bin", "cab", "chm", "cmd",
        "com", "cpl", "deb", "diagcab", "dll", "dmg", "exe", "gadget", "hlp", "hta", "img", "inf", "ins", "iso", "isp",
        "jar", "jnlp", "js", "jse", "library-ms", "lnk", "mde", "msc", "msi", "msix", "msp", "mst", "msu", "pif", "ps1",
        "ps1xml", "ps2", "psc1", "psd1", "psm1", "py", "pyc", "pyw", "pyz", "rdp", "reg", "rpm", "scf", "scr", "sct",
        "search-ms", "settingcontent-ms", "sh", "shb", "shs", "sys", "theme", "udl", "url", "vb", "vbe", "vbs", "vhd",
        "vhdx", "vxd", "website", "ws", "wsb", "wsc", "wsf", "wsh", "xap", "xbap", "xll",
    }
)  # fmt: skip
_MACROS = frozenset(
    {
        "docm", "dotm", "xlsm", "xltm", "xlam", "xlsb", "pptm", "potm", "ppam", "ppsm", "sldm", "one",
        "mdb", "accdb", "slk", "iqy",
    }
)  # fmt: skip
_PAGES = frozenset(
    {
        "htm", "html", "xhtml", "mht", "mhtml", "shtml", "svg", "svgz", "xml", "xsl",
    }
)  # fmt: skip
_PACKED = frozenset(
    {
        "zip", "rar", "7z", "gz", "tgz", "bz2", "xz", "tar", "ace", "arj", "z",
    }
)  # fmt: skip
_RUNS_TYPES = re.compile(r"application/(?:x-ms(?:download|dos-program|i)|x-dosexec|x-executable|java-archive|hta)")
_SHOWN = frozenset(
    {
        "pdf", "doc", "docx", "xls", "xlsx", "txt", "jpg", "jpeg", "png", "gif",
    }
)  # fmt: skip


def danger_of(filename: str, media_type: str) -> str:
    """Why a caseworker should think before opening it, in words; "" = no reason known."""
    suffixes = [suffix.lstrip(".").lower().strip() for suffix in PurePosixPath(filename.rstrip(" .")).suffixes]
    last = suffixes[-1] if suffixes else ""
    if last in _RUNS or _RUNS_TYPES.match(media_type.lower()):
        if len(suffixes) > 1 and suffixes[-2] in _SHOWN:
            return f"a program that pretends to be a {suffixes[-2]} file: don’t open it"
        return "a program: don’t open it"
    if last in _MACROS:
        return "can hold a program (macros): open it only if you expected it"
    if last in _PAGES or media_type.lower() in ("text/html", "image/svg+xml"):
        return "a page that can hold a script: open it only if you expected it"
    if last in _PACKED:
        return "packed: nobody has looked inside"
    return ""


_SIGNATURE = "the sender’s digital signature, which the hub doesn’t check"
_PURPOSES = {
    "application/pkcs7-signature": _SIGNATURE,
    "application/x-pkcs7-signature": _SIGNATURE,
    "application/pgp-signature": _SIGNATURE,
    "application/pgp-encrypted": "says only that the mail is encrypted",
    "application/pgp-keys": "the sender’s key, for encrypted mail",
    "application/ms-tnef": "Outlook’s wrapping: files that were in it stand beside it",
}


def purpose_of(media_type: str) -> str:
    """What a mail program's own file is for, so that nobody tries to open it; "" = a file like any other."""
    return _PURPOSES.get(media_type.lower(), "")
