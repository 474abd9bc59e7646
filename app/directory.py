"""The product's own directory: finds users by e-mail address or phone number.

One question over HTTP, answered by the product; docs/desk.md tells how. What comes
back is checked field by field and is bounded in time, size and count.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

import httpx
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from app.timed import Timed

SECONDS = 3.0
"""For the whole question: somebody waits, and so does the person on the phone."""

CONNECT = 1.0
"""For a connection, of these."""

LARGEST = 1024 * 1024
"""Bytes of an answer."""

MOST = 100
"""Users in one answer: whoever has more was not looking for one person."""

FIELDS = {"email": "email", "phone": "phone_number"}

AddressKind = Literal["email", "phone"]


class DirectoryDown(Exception):
    """It did not answer, or not as it should; the reason is for the log."""


@dataclass(frozen=True, slots=True)
class DirectoryHit:
    """One user of the product; `tenant_id` where the directory names one."""

    user_id: str
    tenant_id: str | None = None
    name: str = ""


def _id(value: str) -> str:
    if value in (".", ".."):
        raise ValueError("cannot be an id")
    value.encode()
    return value


Id = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_id)]


class _User(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")

    user_id: Id
    tenant_id: Id | None = None
    name: Annotated[str | None, Field(max_length=500)] = None


class _Answer(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")

    users: Annotated[list[_User], Field(max_length=MOST)]


class Directory:
    """`transport` stands in for the network where given."""

    def __init__(
        self,
        url: str,
        key: str,
        transport: httpx.BaseTransport | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        seconds: float = SECONDS,
    ) -> None:
        self._url = url
        self._monotonic = monotonic
        self._seconds = seconds
        headers = {"Accept": "application/json"}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        self._http = httpx.Client(
            headers=headers,
            transport=transport or Timed(seconds, monotonic),
            trust_env=False,
            timeout=httpx.Timeout(seconds, connect=min(CONNECT, seconds)),
        )

    def find(self, kind: AddressKind, value: str) -> list[DirectoryHit]:
        """The users with this address, each once. Raises `DirectoryDown`."""
        try:
            users = _Answer.model_validate_json(self._ask(FIELDS[kind], value)).users
        except ValidationError as fault:
            where = fault.errors(include_input=False, include_url=False)[0]
            place = ".".join(str(step) for step in where["loc"]) or "the body"
            raise DirectoryDown(f"unintelligible: {place}: {where['msg']}") from None
        hits = (DirectoryHit(u.user_id, u.tenant_id, u.name or "") for u in users)
        return list(dict.fromkeys(hits))

    def close(self) -> None:
        self._http.close()

    def _ask(self, field: str, value: str) -> bytes:
        deadline = self._monotonic() + self._seconds
        try:
            with self._http.stream("POST", self._url, json={field: value}) as response:
                if response.status_code != httpx.codes.OK:
                    raise DirectoryDown(f"status {response.status_code}")
                return self._read(response, deadline)
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeEncodeError) as fault:
            raise DirectoryDown(type(fault).__name__) from None

    def _read(self, response: httpx.Response, deadline: float) -> bytes:
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if self._monotonic() > deadline or len(body) > LARGEST:
                raise DirectoryDown("answer too slow or too large")
        return bytes(body)
