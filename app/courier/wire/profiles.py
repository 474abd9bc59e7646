"""A user's profile, of which only the language matters here."""

from app.courier.wire.reading import read
from app.courier.wire.shapes import OwnProfile


def locale(body: bytes) -> str:
    """A language tag as somebody wrote it, or nothing."""
    said = read(OwnProfile, body).profile.get("locale")
    return said if isinstance(said, str) else ""
