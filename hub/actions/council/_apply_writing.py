"""What a council file says of writing: its templates."""

from collections.abc import Iterable
from typing import Any

from sqlmodel import Session, col, select

from hub.council_file.writing_tables import TemplateTable
from hub.models import Template


def apply_templates(session: Session, tables: Iterable[TemplateTable]) -> list[str]:
    """Returns what changed, a line each. What the file doesn't name any more is disabled."""
    rows = {row.slug: row for row in session.exec(select(Template).order_by(col(Template.id)))}
    changes: list[str] = []
    named = set()
    for place, table in enumerate(tables):
        named.add(table.slug)
        wanted: dict[str, Any] = {
            "name": table.name, "place": place, "channels": list(table.channels), "texts": table.text, "active": True,
        }  # fmt: skip
        row = rows.get(table.slug)
        if row is None:
            session.add(Template(slug=table.slug, **wanted))
            changes.append(f"template {table.slug}: added")
        elif changed := sorted(name for name, value in wanted.items() if getattr(row, name) != value):
            for name in changed:
                setattr(row, name, wanted[name])
            changes.append(f"template {table.slug}: {', '.join(changed)} changed")
    for slug in sorted(rows.keys() - named):
        if rows[slug].active:
            rows[slug].active = False
            changes.append(f"template {slug}: disabled")
    return changes
