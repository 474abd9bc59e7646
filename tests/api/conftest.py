"""A product's backend: somebody with a key of LINK_API_KEYS."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from pydantic import SecretStr
from werkzeug.test import TestResponse

from app.settings import Settings

BILLING, SHOP = "b" * 32, "s" * 40
Json = dict[str, Any]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    pairs = (SecretStr(f"billing:{BILLING}"), SecretStr(f"shop:{SHOP}"))
    return settings.model_copy(update={"link_api_keys": pairs})


def body_of(answer: TestResponse) -> Json:
    return dict(answer.json or {})


@dataclass
class Backend:
    """Asks the API; sees that every answer is JSON of the right kind."""

    app: Flask
    key: str = BILLING

    def links(self, *recipients: Json) -> list[Json]:
        """What was minted for them."""
        answer = self.post("/api/links", {"recipients": recipients})
        assert answer.status_code == 200
        body = body_of(answer)
        assert set(body) == {"links"}
        return list(body["links"])

    def post(self, path: str, body: object) -> TestResponse:
        return self.send("POST", path, json=body)

    def send(self, method: str, path: str, **more: Any) -> TestResponse:  # noqa: ANN401  werkzeug's own
        headers = {"Authorization": f"Bearer {self.key}"} | more.pop("headers", {})
        answer = self.app.test_client().open(
            path, method=method, headers=headers, **more
        )
        kind = "json" if answer.status_code < 400 else "problem+json"
        assert answer.mimetype == f"application/{kind}"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in answer.headers
        self._require_described(method, path, answer.status_code)
        if answer.status_code >= 400:
            problem = body_of(answer)
            assert problem["status"] == answer.status_code
            assert problem["title"]
            assert problem["detail"]
        return answer

    def _require_described(self, method: str, path: str, status: int) -> None:
        paths = json.loads(self.app.extensions["openapi"])["paths"]
        for told in paths.get(path, {}).values():
            assert method != "POST" or str(status) in told["responses"]


@pytest.fixture
def backend(app: Flask) -> Backend:
    return Backend(app)
