"""The caseworkers' console in the browser."""

from hub.web.console.routes import ROUTES

__all__ = ["ROUTES"]
