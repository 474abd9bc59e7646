"""The words of the mails that we have Courier send."""

from flask import current_app
from flask_babel import gettext

from app.links import DAY, Ages
from app.preferences.asking import Asking
from app.preferences.letter import Letter
from app.preferences.model import Recipient
from app.preferences.timeline import Turn
from app.settings import Settings
from app.web import i18n
from app.web.pages import consentwords


def fresh(address: str) -> Letter:
    """With the address that opens its recipient's preferences."""
    about = gettext(
        "Open this link to choose which notifications you get. "
        "It works without a password, so keep it to yourself."
    )
    otherwise = gettext(
        "Did you not ask for it? Then you need not do anything: "
        "only you got this email."
    )
    title = gettext("Your link to your notification preferences")
    return Letter(title, f"{about}\n\n{address}\n\n{otherwise}")


def to_confirm(
    address: str, whom: Recipient, asking: Asking, turn: Turn | None
) -> Letter:
    """The question whether what staff would turn on shall be so.

    In the language of who gets it, which is not that of who sends it.
    """
    with i18n.speaking(whom.language):
        return _to_confirm(address, asking, turn)


def _to_confirm(address: str, asking: Asking, turn: Turn | None) -> Letter:
    settings: Settings = current_app.extensions["settings"]
    told = [consentwords.would_be(turn)] if turn else []
    days = round(Ages().confirm / DAY)
    parts = [
        consentwords.who_asks(settings.product_name),
        *told,
        gettext("Their reason: %(basis)s", basis=asking.basis),
        consentwords.nothing_yet(),
        gettext(
            "Open this link to say yes or no. It works for %(days)d days.", days=days
        ),
        address,
        gettext("Do you know nothing of it? Then you need not do anything."),
    ]
    title = consentwords.heading(turn) if turn else asking.topic_name
    return Letter(title, "\n\n".join(parts))
