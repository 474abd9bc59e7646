"""A directory for the support desk: finds users by e-mail address or phone number."""

import hmac
import os

from flask import Flask, abort, request

USERS = [
    {
        "user_id": "user-ada",
        "name": "Ada Brandt",
        "email": "ada.brandt@example.com",
        "phone_number": "+4930555010101",
    },
]


def create_app(key: str) -> Flask:
    app = Flask(__name__)

    @app.post("/support/find")
    def find() -> dict[str, list[dict[str, str]]]:
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {key}".encode()):
            abort(401)
        asked = request.get_json()
        field = "email" if "email" in asked else "phone_number"
        wanted = asked[field].lower()
        found = [user for user in USERS if user[field].lower() == wanted]
        return {
            "users": [
                {"user_id": user["user_id"], "name": user["name"]} for user in found
            ]
        }

    return app


if __name__ == "__main__":
    create_app(os.environ["DIRECTORY_KEY"]).run(port=8020)
