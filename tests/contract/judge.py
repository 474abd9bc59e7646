"""Compares every answer with the published contract, field by field.

It sits in the transport of the test clients, so no answer escapes it. It
knows openapi.json and nothing of the sandbox.
"""

import copy
import json
import re
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
from jsonschema import Draft202012Validator

CONTRACT: dict[str, Any] = json.loads(
    Path(__file__).with_name("openapi.json").read_text("utf-8")
)
METHODS = {"get", "put", "post", "delete", "patch"}

# Offered by the sandbox and by the SDK, but not in openapi.json; the SDK's own
# types judge these strictly.
OUTSIDE = {
    "PUT /users/{user_id}/tenants",
    "DELETE /users/{user_id}/tenants",
    "PUT /users/{user_id}/tenants/{tenant_id}",
    "DELETE /users/{user_id}/tenants/{tenant_id}",
    "DELETE /tenants/{tenant_id}",
    "POST /profiles/{user_id}",
    "PUT /profiles/{user_id}",
    "PATCH /profiles/{user_id}",
    "DELETE /profiles/{user_id}",
    "GET /messages",
    "GET /messages/{message_id}",
    "GET /messages/{message_id}/history",
    "GET /messages/{message_id}/output",
}
INSIDE = {
    f"{method.upper()} {path}"
    for path, operations in CONTRACT["paths"].items()
    for method in operations
    if method in METHODS
}


def closed(schema: Any) -> Any:  # noqa: ANN401 - JSON
    """The same schema, refusing fields that it does not name."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: closed(part) for name, part in schema.items()}
    if "properties" in schema and schema.get("additionalProperties") is True:
        inner["additionalProperties"] = False
    return inner


COMPONENTS = closed(copy.deepcopy(CONTRACT["components"]))
ERROR = {"$ref": "#/components/schemas/Error"}


def operation_of(method: str, raw_path: str) -> str | None:
    """`PUT /tenants/{tenant_id}`; fixed words win over ids."""
    path = raw_path.partition("?")[0]
    for operation in sorted(INSIDE | OUTSIDE, key=lambda name: name.count("{")):
        known_method, _, template = operation.partition(" ")
        pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template))
        if known_method == method and re.fullmatch(pattern, path):
            return operation
    return None


class Judge(httpx.BaseTransport):
    def __init__(self, tls: ssl.SSLContext) -> None:
        self.inner = httpx.HTTPTransport(verify=tls)
        self.seen: list[tuple[str, int]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self.inner.handle_request(request)
        response.read()
        raw_path = request.url.raw_path.decode()
        operation = operation_of(request.method, raw_path)
        assert operation, f"{request.method} {unquote(raw_path)} is no operation"
        self.seen.append((operation, response.status_code))
        check(operation, response)
        return response

    def close(self) -> None:
        self.inner.close()


def check(operation: str, response: httpx.Response) -> None:
    schema = schema_of(operation, response.status_code)
    if schema is None:
        assert response.content == b"" or operation in OUTSIDE
        return
    assert response.headers["content-type"] == "application/json"
    judged = {"allOf": [schema], "components": COMPONENTS}
    Draft202012Validator(judged).validate(response.json())


def schema_of(operation: str, status: int) -> dict[str, Any] | None:
    """None where the answer has no body, or only the SDK can judge it."""
    method, _, path = operation.partition(" ")
    entry = CONTRACT["paths"].get(path, {}).get(method.lower(), {})
    answer = entry.get("responses", {}).get(str(status))
    if answer is None and status >= 400:
        return ERROR
    assert answer is not None or operation in OUTSIDE, f"{status} for {operation}"
    if answer is None or "content" not in answer:
        return None
    return dict(answer["content"]["application/json"]["schema"])
