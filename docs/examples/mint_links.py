"""Mints links without asking the server. Needs itsdangerous and nothing else.

    SECRET_KEY=… PUBLIC_URL=https://preferences.example \
        python mint_links.py USER_ID [--tenant T] [--label L] [--topic T | --section S]
            [--language de] [--all-tenants] [--embed]

Prints the link to the preferences, the one that unsubscribes, and the two headers;
with --embed only the one for an iframe.
"""

import argparse
import hashlib
import os

from itsdangerous import URLSafeTimedSerializer

SHORTEST_KEY = 32
IMPOSSIBLE = ("", ".", "..")  # ids that Courier cannot be asked for
PATHS = {"preferences": "/p/", "unsubscribe": "/u/", "embed": "/embed/"}


def mint(scope: str, claims: dict[str, str | int | None], secret: str, url: str) -> str:
    """The address of a link; a claim that is None is left out."""
    serializer = URLSafeTimedSerializer(
        secret,
        salt=scope,
        signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"},
    )
    given = {name: value for name, value in claims.items() if value is not None}
    return f"{url}{PATHS[scope]}{serializer.dumps(given)}"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("user_id")
    parser.add_argument("--tenant")
    parser.add_argument("--label")
    parser.add_argument("--topic")
    parser.add_argument("--section")
    parser.add_argument("--language")
    parser.add_argument("--all-tenants", action="store_const", const=1)
    parser.add_argument("--embed", action="store_true")
    told = parser.parse_args()
    if told.user_id in IMPOSSIBLE or (told.topic and told.section):
        parser.error("give a user id, and --topic or --section, not both")
    if os.environ.get("LINK_PRIVACY") == "encrypted":
        parser.error("this makes signed links only; see mint-links.mjs")
    key = (
        os.environ.get("SECRET_KEY", ""),
        os.environ.get("PUBLIC_URL", "").rstrip("/"),
    )
    if len(key[0]) < SHORTEST_KEY or not key[1]:
        parser.error(
            f"SECRET_KEY ({SHORTEST_KEY} characters) and PUBLIC_URL are needed"
        )
    who = {"u": told.user_id, "t": told.tenant, "g": told.language}
    whole = {**who, "l": told.label, "a": told.all_tenants}
    if told.embed:
        print(mint("embed", whole, *key))
        return
    page = mint("preferences", whole, *key)
    leave = mint("unsubscribe", {**who, "o": told.topic, "s": told.section}, *key)
    print(page)
    print(leave)
    print(f"List-Unsubscribe: <{leave}>")
    print("List-Unsubscribe-Post: List-Unsubscribe=One-Click")


if __name__ == "__main__":
    main()
