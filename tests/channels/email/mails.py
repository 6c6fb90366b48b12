"""Mails to be understood, from their parts."""

from channels.email.understanding.mail import Mail
from channels.email.understanding.parsing import understand


def mail_of(body: str | bytes = "hello", **headers: str | bytes) -> Mail:
    lines = b""
    for name, value in {"from_": "jane@citizen.example", **headers}.items():
        octets = value if isinstance(value, bytes) else value.encode()
        lines += name.strip("_").replace("_", "-").encode() + b": " + octets + b"\r\n"
    return understand(lines + b"\r\n" + (body if isinstance(body, bytes) else body.encode()))


def parts(*each: str, kind: str = "mixed", boundary: str = "b") -> str:
    """A multipart's body; the Content-Type header goes to mail_of as content_type=f"multipart/{kind}; boundary=b"."""
    return "".join(f"--{boundary}\r\n{part}\r\n" for part in each) + f"--{boundary}--\r\n"
