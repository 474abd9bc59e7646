"""A message that Courier sends for us."""

from typing import Any

from app.courier.wire.reading import read
from app.courier.wire.shapes import Sent
from app.preferences.letter import Letter
from app.preferences.model import Recipient


def letter_body(
    recipient: Recipient, template: str | Letter, data: dict[str, str]
) -> dict[str, Any]:
    """One mail to a user, by a template's id or with the words themselves.

    It names no topic, so nobody's preferences hold it back.
    """
    message: dict[str, Any] = {"to": {"user_id": recipient.user_id}, "data": data}
    if isinstance(template, Letter):
        message |= {
            "content": {"title": template.title, "body": template.body},
            "routing": {"method": "single", "channels": ["email"]},
        }
    else:
        message["template"] = template
    if recipient.tenant_id:
        message["context"] = {"tenant_id": recipient.tenant_id}
    return {"message": message}


def sent(body: bytes) -> None:
    read(Sent, body)
