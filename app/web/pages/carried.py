"""What the address of a page asks for beside its token.

Every address of that page repeats it, so that a language, a theme or a way back
stays until the recipient leaves, without cookie and without storage.
"""

from urllib.parse import urlsplit

from flask import request

from app.preferences.model import Recipient
from app.web import i18n
from app.web.hosts import hosts

THEMES = ("light", "dark")
TRANSPARENT = "transparent"


def carried(recipient: Recipient, home: Recipient) -> dict[str, str]:
    """Of the address, what is known and allowed; what is not is simply not done.

    `home` is whom the link itself is for: another tenant of theirs is repeated too.
    """
    args = request.args
    if not args:
        return {}
    found = {
        "lang": args.get("lang", "") if i18n.code(args.get("lang", "")) else "",
        "theme": theme(),
        "background": background(),
        "return_to": return_to(recipient),
        "printed": "1" if args.get("printed") == "1" else "",
        "tenant": (recipient.tenant_id or "") if recipient != home else "",
    }
    return {name: value for name, value in found.items() if value}


def theme() -> str:
    """`light` or `dark` where whoever embeds the page knows; else the system says."""
    asked = request.args.get("theme", "")
    return asked if asked in THEMES else ""


def background() -> str:
    return TRANSPARENT if request.args.get("background") == TRANSPARENT else ""


def return_to(recipient: Recipient) -> str:
    """Where the recipient came from; nothing where that is nobody we know."""
    address = request.args.get("return_to", "")
    is_known = address and hosts().may_return(address, recipient.tenant_id)
    return address if is_known else ""


def with_notice(address: str, notice: str) -> str:
    """For a page that has printed ours: it hands `notice` on when it asks again."""
    parts = urlsplit(address)
    words = [w for w in parts.query.split("&") if w and not w.startswith("notice=")]
    return parts._replace(query="&".join([*words, f"notice={notice}"])).geturl()
