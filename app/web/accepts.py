"""What a request would like to get."""

from flask import request


def page() -> bool:
    """A browser says so outright; to a machine anything is as good."""
    return any(kind == "text/html" for kind, _ in request.accept_mimetypes)
