"""The words of the mails that we have Courier send."""

from flask_babel import gettext

from app.preferences.letter import Letter


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
