"""The sandbox as the app's peer: a real server, and a handle on its switches."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from app.sandbox.server import create_sandbox, start

KEY = "sandbox-key"
PATIENCE = 30.0
"""Seconds for what takes milliseconds, unless the machine is busy with other things."""
BUDGET = 12.0
"""The app's patience with the sandbox, where a test is not about its end."""
Json = dict[str, Any]


class Peer:
    """Courier as a test sees it: what it was asked, and what it should do."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {KEY}"},
            trust_env=False,
            timeout=PATIENCE,
        )

    def reset(self) -> None:
        self._http.post("/_sandbox/reset").raise_for_status()

    def switch(self, **switches: object) -> None:
        self._http.patch("/_sandbox/switches", json=switches).raise_for_status()

    def fault(self, kind: str = "status", **rule: object) -> None:
        self.switch(faults=[{"kind": kind, **rule}])

    def mend(self) -> None:
        self._http.delete("/_sandbox/switches").raise_for_status()

    def requests(self) -> list[tuple[str, str, Json | None]]:
        """Method, raw path and body of all since the last call, which forgets them."""
        seen = self._http.delete("/_sandbox/requests").json()["requests"]
        return [(r["method"], r["path"], r["body"]) for r in seen]

    def headers(self) -> list[Json]:
        """The headers of all since the last call of `requests`, in lower case."""
        seen = self._http.get("/_sandbox/requests").json()["requests"]
        return [dict(asked["headers"]) for asked in seen]

    def writes(self) -> list[tuple[str, str, Json | None]]:
        return [asked for asked in self.requests() if asked[0] != "GET"]

    def mailed_links(self) -> list[str]:
        """Every address in what Courier was asked to send, in that order."""
        return [link for message in self.mails() for link in message["links"]]

    def mails(self) -> list[Json]:
        """What Courier was asked to send."""
        sent = self._http.get("/_sandbox/sent").raise_for_status().json()["sent"]
        return list(sent)

    def topic(self, user: str, topic: str, tenant: str | None = None) -> Json:
        """Where a user stands, asked of Courier itself, leaving no trace."""
        params = {"tenant_id": tenant} if tenant else {}
        path = f"/users/{user}/preferences/{topic}"
        answer = self._http.get(path, params=params)
        return dict(answer.raise_for_status().json()["topic"])

    def create(self, path: str, body: Json) -> Json:
        return dict(self._http.post(path, json=body).raise_for_status().json())

    def replace(self, path: str, body: Json) -> Json:
        answer = self._http.put(path, json=body).raise_for_status()
        return dict(answer.json()) if answer.content else {}

    def delete(self, path: str) -> None:
        self._http.delete(path).raise_for_status()

    def sections(self) -> list[Json]:
        answer = self._http.get("/preferences/sections").raise_for_status()
        return list(answer.json()["results"])

    def close(self) -> None:
        self._http.close()


@contextmanager
def running_peer() -> Iterator[Peer]:
    app = create_sandbox(api_key=KEY)
    server = start(app)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    peer = Peer(f"http://127.0.0.1:{server.port}")
    yield peer
    peer.close()
    server.shutdown()
    thread.join()
    server.server_close()
    app.close()
