"""GET /api/openapi.json: complete, of one source with the checks, and true.

Schemathesis asks what the description allows and what it forbids: at the edges of
every field, and by chance with a fixed seed. All its checks are on.
"""

import json
from typing import Any

import jsonschema
import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, seed, settings
from pydantic import BaseModel
from schemathesis import GenerationMode

from app.web.api import models
from app.web.api.description import describe
from tests.api.conftest import BILLING, Backend, Json, body_of

SEED = 8058
EXAMPLES = 40
"""Requests by chance of each operation and kind, besides those at the edges."""

CONFIG = schemathesis.Config.from_dict(
    {"seed": SEED, "generation": {"deterministic": True}}
)
KEY = {"Authorization": f"Bearer {BILLING}"}
KINDS = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
OPERATIONS = [
    ("/api/links", "post"),
    ("/api/links/revoke", "post"),
    ("/api/openapi.json", "get"),
]


@pytest.fixture
def described(app: Flask) -> Any:  # noqa: ANN401  schemathesis's own
    return schemathesis.openapi.from_wsgi("/api/openapi.json", app, config=CONFIG)


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_at_its_edges_it_behaves_as_described(
    app: Flask,
    described: Any,  # noqa: ANN401
    path: str,
    method: str,
) -> None:
    operation = described[path][method]
    config = described.config.generation_for(operation=operation)
    cases = described.iter_coverage_cases(
        operation, generation_modes=list(KINDS), generation_config=config
    )
    asked = 0
    for case in cases:
        app.extensions["limits"].forget()
        case.call_and_validate(headers=KEY)
        asked += 1
    assert asked >= (5 if method == "get" else 20)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.value)
@pytest.mark.parametrize(("path", "method"), OPERATIONS[:2])
def test_by_chance_it_behaves_as_described(
    app: Flask,
    described: Any,  # noqa: ANN401
    path: str,
    method: str,
    kind: GenerationMode,
) -> None:
    operation = described[path][method]

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=kind))
    def ask(case: schemathesis.Case[Any]) -> None:
        app.extensions["limits"].forget()
        case.call_and_validate(headers=KEY)

    ask()


def test_the_description_is_open_and_valid(app: Flask, described: Any) -> None:  # noqa: ANN401
    answer = app.test_client().get("/api/openapi.json")

    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    assert answer.json == described.raw_schema
    described.validate()
    assert body_of(answer)["openapi"].startswith("3.1.")
    assert body_of(answer)["servers"] == [{"url": "http://preferences.example"}]


def test_every_operation_and_status_is_there_with_words_and_an_example() -> None:
    paths = describe("http://preferences.example")["paths"]
    problems = {"400", "401", "405", "413", "415", "422", "429", "500"}

    assert {(path, name) for path, item in paths.items() for name in item} == set(
        OPERATIONS
    )
    assert set(paths["/api/links"]["post"]["responses"]) == {"200", *problems}
    revoke = paths["/api/links/revoke"]["post"]["responses"]
    assert set(revoke) == {"200", "503", *problems}
    for path, method in OPERATIONS[:2]:
        operation = paths[path][method]
        assert operation["security"] == [{"key": []}]
        for status, told in operation["responses"].items():
            kind = "problem+json" if status > "399" else "json"
            content = told["content"][f"application/{kind}"]
            assert told["description"]
            assert content["example"]
    assert "WWW-Authenticate" in revoke["401"]["headers"]
    assert "Retry-After" in revoke["503"]["headers"]


def test_its_examples_are_what_it_says(backend: Backend) -> None:
    """Those of answers by the schema alone, those of requests by asking."""
    whole = describe("http://preferences.example")
    for path, method in OPERATIONS[:2]:
        operation = whole["paths"][path][method]
        for told in operation["responses"].values():
            (content,) = told["content"].values()
            check(content["example"], content["schema"], whole)
    for model in (models.LinksRequest, models.RevokeRequest):
        for example in model.model_json_schema()["examples"]:
            path = "/api/links" if "recipients" in example else "/api/links/revoke"
            assert backend.post(path, example).status_code == 200


@pytest.mark.parametrize("model", [models.LinksRequest, models.RevokeRequest])
def test_what_is_described_is_what_checks(model: type[BaseModel]) -> None:
    told = describe("http://preferences.example")["components"]["schemas"]
    own = model.model_json_schema(ref_template="#/components/schemas/{model}")
    inner = own.pop("$defs", {})

    assert told[model.__name__] == own
    assert inner.items() <= told.items()


@pytest.mark.parametrize(
    ("recipient", "is_good"),
    [
        ({"user_id": "a"}, True),
        ({"user_id": "a", "topic_id": "t"}, True),
        ({"user_id": "a", "topic_id": "t", "section_id": None}, True),
        ({"user_id": "a", "topic_id": None, "section_id": "s"}, True),
        ({"user_id": "a", "topic_id": "t", "section_id": "s"}, False),
        ({"user_id": "."}, False),
        ({"user_id": ".."}, False),
        ({"user_id": "..."}, True),
        ({"user_id": ".\n"}, True),
        ({"user_id": ""}, False),
        ({"user_id": "a", "label": ""}, False),
        ({"user_id": "a", "more": 1}, False),
    ],
)
def test_the_schema_and_the_check_agree(
    backend: Backend, recipient: Json, is_good: bool
) -> None:
    whole = describe("http://preferences.example")
    body = {"recipients": [recipient]}
    schema = {"$ref": "#/components/schemas/LinksRequest"}

    answer = backend.post("/api/links", body)
    assert (answer.status_code == 200) is is_good
    if is_good:
        check(body, schema, whole)
    else:
        with pytest.raises(jsonschema.ValidationError):
            check(body, schema, whole)


def check(value: object, schema: Json, whole: Json) -> None:
    """By JSON Schema 2020-12, the dialect of OpenAPI 3.1."""
    against = json.loads(json.dumps({**schema, "components": whole["components"]}))
    jsonschema.Draft202012Validator(against).validate(value)
