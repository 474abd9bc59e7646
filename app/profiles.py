"""What a user's profile at Courier says of the language they read."""

from app.extras import Extras
from app.preferences.model import Recipient


class Profiles:
    """`locales` by user id; None where the setting does not allow to ask."""

    def __init__(self, locales: Extras[str, str] | None) -> None:
        self._locales = locales

    def language(self, recipient: Recipient) -> str:
        """A language tag, or nothing where Courier does not say."""
        if self._locales is None:
            return ""
        return self._locales.get(recipient.user_id) or ""
