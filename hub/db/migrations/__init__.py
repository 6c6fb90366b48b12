"""Alembic's folder: found by package path, so that an installed wheel can migrate."""
