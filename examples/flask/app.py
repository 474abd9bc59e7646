"""A product's site that shows its users' notification preferences within its own.

    PREFERENCES_URL=https://preferences.example PREFERENCES_KEY=… \
        flask --app examples/flask/app.py run --port 5000

PREFERENCES_KEY is a key of LINK_API_KEYS; FRAME_ANCESTORS names this site's origin.
`/` shows the element, `/printed` the same printed by this backend, without script.
"""

import json
import os
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from flask import Flask, Response, render_template, request

SECONDS = 5


def create_app(url: str, key: str) -> Flask:
    """`url` is the preference center's, `key` one of its LINK_API_KEYS."""
    app = Flask(__name__)
    policy = (
        f"default-src 'none'; script-src 'self' {url}; frame-src {url}; "
        f"style-src 'self' {url}; connect-src 'self'; form-action 'self' {url}"
    )

    @app.get("/")
    def home() -> str:
        return render_template("home.html", url=url, src=fresh_link(url, key, user()))

    @app.post("/fresh-link")
    def fresh() -> Response:
        """Asked by our page when its link became too old."""
        return Response(fresh_link(url, key, user()), mimetype="text/plain")

    @app.get("/printed")
    def printed() -> str:
        """What came of a form is in `notice`, which is handed on as it is."""
        query = {"return_to": request.base_url, "theme": "light"}
        if "notice" in request.args:
            query["notice"] = request.args["notice"]
        link = fresh_link(url, key, user())
        return render_template("printed.html", html=fragment(link, query))

    @app.after_request
    def restrict(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = policy
        return response

    return app


def user() -> str:
    """Whoever is signed in; yours comes from your session."""
    return "user-ben"


def fresh_link(url: str, key: str, user_id: str) -> str:
    wanted = {"recipients": [{"user_id": user_id, "with_embed": True}]}
    asked = Request(  # noqa: S310  an address of ours
        f"{url}/api/links",
        json.dumps(wanted).encode(),
        {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    with urlopen(asked, timeout=SECONDS) as answer:  # noqa: S310  likewise
        return str(json.load(answer)["links"][0]["embed_url"])


def fragment(link: str, query: dict[str, str]) -> str:
    """HTML to print as it is: everything in it is escaped already."""
    address = f"{link}/fragment?{urlencode(query)}"
    with urlopen(address, timeout=SECONDS) as answer:  # noqa: S310  likewise
        return str(answer.read().decode())


if "PREFERENCES_URL" in os.environ:
    app = create_app(os.environ["PREFERENCES_URL"], os.environ["PREFERENCES_KEY"])
