"""What the API understands and what it answers: for checking and for describing.

Unknown fields are faults, and nothing is converted. A recipient is good where a link
can be made for it, so whoever checks hands in `Fits`.
"""

import json
from collections.abc import Callable
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from app.preferences.model import Recipient
from app.preferences.subject import Subject

MOST = 1000
"""Recipients in one call."""

LONGEST_ID = 1024
LONGEST_LABEL = 200

SURELY_FITS = 1200
"""Characters of JSON that fit into a link of either kind; others are tried."""

Fits = Callable[[Recipient, str | None, Subject, bool], None]
"""Raises `ValueError` for what no link can carry."""

Id = Annotated[
    str,
    Field(
        min_length=1,
        max_length=LONGEST_ID,
        # one or two dots alone would be swallowed by Courier's paths
        pattern=r"^(\.{0,2}[^.]|\.{3})",
    ),
]

LANGUAGE = r"^[A-Za-z]{2,8}([_-][A-Za-z0-9]{1,8})*$"
"""A tag as BCP 47 has it, by its shape; one that we do not speak does no harm."""

ONE_SUBJECT: dict[str, Any] = {
    "anyOf": [
        {"properties": {"topic_id": {"type": "null"}}},
        {"properties": {"section_id": {"type": "null"}}},
    ]
}
"""At most one of the two is given."""


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class LinkRequest(Strict):
    """One recipient. With neither id, unsubscribing is about everything optional."""

    model_config = ConfigDict(json_schema_extra=ONE_SUBJECT)

    user_id: Annotated[Id, Field(description="The user's id at Courier.")]
    tenant_id: Annotated[
        Id | None, Field(description="The tenant within which the choices count.")
    ] = None
    label: Annotated[
        Annotated[str, Field(min_length=1, max_length=LONGEST_LABEL)] | None,
        Field(description="Shown on the page, such as a masked e-mail address."),
    ] = None
    topic_id: Annotated[
        Id | None, Field(description="The topic that `unsubscribe_url` is about.")
    ] = None
    section_id: Annotated[
        Id | None, Field(description="Instead, the section that it is about.")
    ] = None
    language: Annotated[
        Annotated[str, Field(min_length=2, max_length=35, pattern=LANGUAGE)] | None,
        Field(description="The language that the pages begin with, such as `pt-BR`."),
    ] = None
    all_tenants: Annotated[
        bool,
        Field(description="Whether the pages open every tenant of the user as well."),
    ] = False
    with_embed: Annotated[
        bool,
        Field(
            description="Whether an `embed_url` is wanted too; see docs/embedding.md."
        ),
    ] = False

    @property
    def recipient(self) -> Recipient:
        return Recipient(self.user_id, self.tenant_id, self.language or "")

    @property
    def subject(self) -> Subject:
        return Subject(self.topic_id, self.section_id)

    @field_validator("section_id")
    @classmethod
    def _is_alone(
        cls, section_id: str | None, info: ValidationInfo[Fits]
    ) -> str | None:
        if section_id is not None and info.data.get("topic_id") is not None:
            raise ValueError("at most one of topic_id and section_id may be given")
        return section_id

    @model_validator(mode="after")
    def _fits(self, info: ValidationInfo[Fits]) -> Self:
        ids = (self.user_id, self.tenant_id, self.topic_id, self.section_id)
        if len(json.dumps((*ids, self.label, self.language))) > SURELY_FITS:
            whole = self.recipient, self.label, self.subject, self.all_tenants
            info.context(*whole)
        return self


def _user_fits(user_id: str, info: ValidationInfo[Fits]) -> str:
    if len(json.dumps(user_id)) > SURELY_FITS:
        info.context(Recipient(user_id), None, Subject(), False)
    return user_id


class LinksRequest(Strict):
    """For whom links are wanted."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"recipients": [{"user_id": "user-ada", "topic_id": "due-dates"}]},
                {
                    "recipients": [
                        {
                            "user_id": "user-lin",
                            "tenant_id": "harbor-collective",
                            "label": "l•••@example.com",
                        }
                    ]
                },
            ]
        }
    )

    recipients: Annotated[list[LinkRequest], Field(min_length=1, max_length=MOST)]


class RevokeRequest(Strict):
    """Whose links are taken away."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"user_ids": ["user-ada", "user-lin"]}]}
    )

    user_ids: Annotated[
        list[Annotated[Id, AfterValidator(_user_fits)]],
        Field(min_length=1, max_length=MOST),
    ]


class Headers(Strict):
    """Ready for an e-mail, as RFC 8058 has them."""

    list_unsubscribe: Annotated[str, Field(alias="List-Unsubscribe")]
    list_unsubscribe_post: Annotated[str, Field(alias="List-Unsubscribe-Post")]


class Links(Strict):
    """One recipient's links."""

    user_id: str
    tenant_id: str | None
    preferences_url: Annotated[
        str, Field(description="Opens the page; loses power with age, not life.")
    ]
    unsubscribe_url: Annotated[
        str, Field(description="Asks, and unsubscribes by a POST; works for ever.")
    ]
    headers: Headers
    embed_url: Annotated[
        str | None,
        Field(
            default=None,
            description="For an iframe; there where it was wanted, works for hours.",
        ),
    ]


class LinksAnswer(Strict):
    """In the order of the recipients."""

    links: list[Links]


class RevokeAnswer(Strict):
    """Whose links were taken away."""

    revoked: list[str]


class Fault(Strict):
    """One thing that is wrong with a body."""

    pointer: Annotated[
        str, Field(description="Where in the body, as a JSON Pointer (RFC 6901).")
    ]
    detail: str


class Problem(Strict):
    """RFC 9457. `errors` has all faults of a body at once."""

    title: str
    status: int
    detail: str
    errors: Annotated[list[Fault] | None, Field(default=None)]


class RevokeProblem(Problem):
    """What was done before the ledger could not be written any more."""

    revoked: list[str]
    not_revoked: list[str]
