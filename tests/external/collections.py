"""Collections of mails beside what others make of them: in a form of our own, or in those of other projects.

`expected.jsonl` beside the mails, of any source: a line for each, {"file", "subject", "from", "text", "attachments"} as
`hub inspect email` prints them. What is left out isn't compared; "from" may be a list, whose first counts, and an
attachment its name alone.

`NAME.eml` beside `NAME.json`: a tree of parts (stalwartlabs/mail-parser), or an e-mail of JMAP (RFC 8621;
stalwartlabs/stalwart). `NAME.box` beside `NAME.yml`: a ticket system's first article (zammad). `input/NAME` beside
`output/NAME`: a message with its main part (MailCore/mailcore2). `messages/NAME.eml` beside `messages_data/NAME.py`: a
table of values (imap_tools), which is read and never run. Any number, at any depth of the material's folder.
"""

import ast
import json
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path
from typing import Any

import yaml

from channels.email.understanding.cleaning import stripped


@dataclass(frozen=True, slots=True)
class File:
    """A part that isn't the text, as others read it."""

    name: str
    content: bytes | None  # None: they give its name, and perhaps a sum of it
    is_text: bool = False  # decoded, and encoded anew as UTF-8
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a mail holds as others read it; None: they don't say."""

    path: Path
    subject: str | None
    sender: str | None  # the address
    text: str | None
    files: tuple[File, ...] | None
    of: str = ""  # the collection's format


def expectations(folder: Path) -> Iterator[Expected]:
    for rows in sorted(folder.rglob("expected.jsonl")):
        for line in rows.read_text("utf-8").splitlines():
            row = json.loads(line)
            if {"subject", "from", "text", "attachments"} & row.keys():
                yield _of_row(rows.parent / row["file"], row)
    for path in sorted(folder.rglob("*.eml")):
        told = _object(path.with_suffix(".json"))
        if "parts" in told:
            yield _of_tree(path, told)
        elif told.get("mailboxIds") and "subject" in told:  # else it is of a mail inside
            yield _of_email(path, told)
    for path in sorted(folder.rglob("output/**/*")):
        if "mainPart" in (told := _object(path)):
            yield _of_message(_beside(path, "output", "input"), told)
    for path in sorted(folder.rglob("*.box")):
        if (beside := path.with_suffix(".yml")).is_file():
            yield _of_article(path, yaml.load(beside.read_text("utf-8"), _Article))
    for table in sorted(folder.rglob("messages_data/**/*.py")):
        if (path := _beside(table, "messages_data", "messages").with_suffix(".eml")).is_file():
            yield _of_table(path, ast.parse(table.read_text("utf-8")))


def _object(path: Path) -> dict[str, Any]:
    """Of JSON; an empty one where there is none."""
    try:
        told = json.loads(path.read_bytes()) if path.is_file() else {}
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _beside(path: Path, folder: str, other: str) -> Path:
    return Path(*(other if part == folder else part for part in path.parts))


# --- a line of our own ----------------------------------------------------------------------------------------


def _of_row(path: Path, row: dict[str, Any]) -> Expected:
    senders = [row["from"]] if isinstance(row.get("from"), str) else row.get("from") or ()
    files = [{"filename": each} if isinstance(each, str) else each for each in row.get("attachments", ())]
    return Expected(
        path=path,
        subject=row.get("subject"),
        sender=next((parseaddr(each)[1] or each for each in senders), None),
        text=row.get("text"),
        files=tuple(File(each.get("filename") or "", None, sha256=each.get("sha256") or "") for each in files)
        if "attachments" in row
        else None,
        of=f"lines beside {path.parent.name}",
    )


# --- a tree of parts ---------------------------------------------------------------------------------------


def _of_tree(path: Path, tree: dict[str, Any]) -> Expected:
    head, parts = tree["parts"][0], tree["parts"]
    subject, sender = _field(head, "subject"), _field(head, "from")
    bodies = [parts[index]["body"] for index in tree["text_body"]]
    texts = [body["Text"] if "Text" in body else stripped(body.get("Html", "")) for body in bodies]
    return Expected(
        path=path,
        subject=_words_of(subject),
        sender=_first_address(sender),
        text="\n".join(texts) if bodies else None,
        files=tuple(_attached(parts[index], path) for index in tree["attachments"]),
        of="a tree of parts",
    )


def _field(part: dict[str, Any], name: str) -> Any:
    """The last one of that name, as their parser takes it."""
    return next((each["value"] for each in reversed(part["headers"]) if each["name"] == name), None)


def _words_of(value: Any) -> str | None:
    if not isinstance(value, dict):
        return None
    return " ".join(value["TextList"]) if "TextList" in value else value.get("Text")


def _first_address(value: Any) -> str | None:
    if not isinstance(value, dict) or "Address" not in value:
        return None
    members = value["Address"].get("List") or [
        each for group in value["Address"].get("Group", ()) for each in group["addresses"]
    ]
    return next((each["address"] for each in members if each["address"]), None)


def _attached(part: dict[str, Any], path: Path) -> File:
    names = [
        attribute["value"]
        for field, key in (("content_disposition", "filename"), ("content_type", "name"))
        if isinstance(value := _field(part, field), dict)
        for attribute in value["ContentType"]["attributes"] or ()
        if attribute["name"] == key
    ]
    return File(names[0] if names else "", _content(part, path), is_text="Text" in part["body"])


def _content(part: dict[str, Any], path: Path) -> bytes:
    [(kind, body)] = part["body"].items()
    if kind in ("Text", "Html"):
        return str(body).encode()
    if kind == "Message":
        return path.read_bytes()[part["offset_body"] : part["offset_end"]]
    return bytes(body) if isinstance(body, list) else b""


# --- an e-mail of JMAP ----------------------------------------------------------------------------------------


def _of_email(path: Path, email: dict[str, Any]) -> Expected:
    told = {key: value["value"] for key, value in email["bodyValues"].items() if not value["isTruncated"]}
    shown = [part for part in email.get("textBody") or () if part["type"] in ("text/plain", "text/html")]
    whole = all(part.get("partId") in told for part in shown)
    texts = [_of_kind(part["type"], told[part["partId"]]) for part in shown if whole]
    return Expected(
        path=path,
        subject=email["subject"],
        sender=next((each["email"] for each in email.get("from") or ()), None),
        text="\n".join(texts) if texts else None,
        files=tuple(File(part.get("name") or "", None) for part in email.get("attachments") or () if part.get("name")),
        of="an e-mail of JMAP",
    )


def _of_kind(media_type: str, text: str) -> str:
    return stripped(text) if media_type == "text/html" else text


# --- a message with its main part --------------------------------------------------------------------------


def _of_message(path: Path, message: dict[str, Any]) -> Expected:
    header = message["header"]
    return Expected(
        path=path,
        subject=header.get("subject") or "",
        sender=header["from"].get("mailbox") if "from" in header else None,
        text=None,
        files=tuple(File(name, None) for name in _names(message["mainPart"])),
        of="a message with its main part",
    )


def _names(part: dict[str, Any]) -> Iterator[str]:
    if "filename" in part:
        yield part["filename"]
    for inner in part.get("parts", {}).get("items") or filter(None, [part.get("mainPart")]):
        yield from _names(inner)


# --- a ticket's article ------------------------------------------------------------------------------------


class _Article(yaml.SafeLoader):
    """Ruby's tags are read past: what they mark are plain tables and strings."""


def _plain(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else None


def _binary(loader: yaml.SafeLoader, node: yaml.Node) -> bytes:
    assert isinstance(node, yaml.ScalarNode)
    return loader.construct_yaml_binary(node)


_Article.add_multi_constructor("!ruby/", _plain)
_Article.add_constructor("!binary", _binary)


def _of_article(path: Path, article: dict[str, Any]) -> Expected:
    body = article.get("body")
    attached = article.get("attachments")
    return Expected(
        path=path,
        subject=article.get("subject"),
        sender=article.get("from_email"),
        text=None if body in (None, "no visible content") else str(body),
        files=None if attached is None else tuple(filter(None, map(_file, attached))),
        of="a ticket's article",
    )


def _file(attached: dict[str, Any]) -> File | None:
    """None for the HTML of the mail itself, which they keep as a file beside its cleaned form."""
    named = {str(key).lstrip(":"): value for key, value in attached.items()}
    content, name = named.get("data") or b"", str(named.get("filename") or "")
    if name == "message.html":
        return None
    return File(name, content if isinstance(content, bytes) else str(content).encode(), isinstance(content, str))


# --- a table of values -------------------------------------------------------------------------------------


def _of_table(path: Path, table: ast.Module) -> Expected:
    """`DATA = dict(subject=…, from_=…, text=…, attachments=[dict(…), …])`."""
    told = next(each.value for each in table.body if isinstance(each, ast.Assign))
    known = _keywords(told)
    text, attached = ast.literal_eval(known["text"]), known["attachments"]
    assert isinstance(attached, ast.List)
    return Expected(
        path=path,
        subject=ast.literal_eval(known["subject"]),
        sender=ast.literal_eval(known["from_"]),
        text=text if text.strip() else None,  # then there is HTML alone, which they leave as it is
        files=tuple(map(_listed, attached.elts)),
        of="a table of values",
    )


def _keywords(call: ast.expr) -> dict[str, ast.expr]:
    assert isinstance(call, ast.Call)
    return {str(each.arg): each.value for each in call.keywords}


def _listed(call: ast.expr) -> File:
    known = {name: ast.literal_eval(value) for name, value in _keywords(call).items()}
    return File(known["filename"], known["payload"], is_text=known["content_type"].startswith("text/"))
