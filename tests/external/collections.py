"""Collections of mails beside what others make of them: in a form of our own, or in those of other projects.

`expected.jsonl` beside the mails, of any source: a line for each, {"file", "subject", "from", "text", "attachments"} as
`hub inspect email` prints them. What is left out isn't compared; "from" may be a list, whose first counts, and an
attachment its name alone.

`NAME.eml` beside `NAME.json`: a tree of parts (stalwartlabs/mail-parser). `NAME.box` beside `NAME.yml`: a ticket
system's first article (zammad). `messages/NAME.eml` beside `messages_data/NAME.py`: a table of values (imap_tools),
which is read and never run. Any number, at any depth of the material's folder.
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
        if (beside := path.with_suffix(".json")).is_file() and "parts" in (tree := json.loads(beside.read_bytes())):
            yield _of_tree(path, tree)
    for path in sorted(folder.rglob("*.box")):
        if (beside := path.with_suffix(".yml")).is_file():
            yield _of_article(path, yaml.load(beside.read_text("utf-8"), _Article))
    for table in sorted(folder.rglob("messages_data/**/*.py")):
        place = Path(*("messages" if part == "messages_data" else part for part in table.parts))
        if (path := place.with_suffix(".eml")).is_file():
            yield _of_table(path, ast.parse(table.read_text("utf-8")))


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
