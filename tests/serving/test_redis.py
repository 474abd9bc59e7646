"""A Redis that goes and comes back: limits go on, quickly, and are shared again."""

from functools import partial

from flask.testing import FlaskClient
from pydantic import SecretStr

from app.factory import create_app
from app.parts import Outside, Parts
from app.settings import Settings
from tests.redis import Server
from tests.serving.served import eventually
from tests.timing import is_within


def test_a_redis_that_comes_back_counts_again(
    settings: Settings, outside: Outside, parts: Parts, alice: str
) -> None:
    server = Server()
    changes = {"redis_url": SecretStr(server.url)}
    app = create_app(settings.model_copy(update=changes), outside, parts)
    client, path = app.test_client(), f"{alice}/undo/7F3K-22"
    try:
        server.start()
        server.reached(partial(client.post, path))

        server.stop()
        assert is_within(5, partial(_goes_on, client, path))

        server.start()
        assert not server.keys()
        assert eventually(partial(_is_counted, server, client.post, path))
    finally:
        server.stop()


def _goes_on(client: FlaskClient, path: str) -> None:
    assert {client.post(path).status_code for _ in range(20)} == {404}


def _is_counted(server: Server, post: object, path: str) -> bool:
    assert callable(post)
    assert post(path).status_code in (404, 429)
    return bool(server.keys())
