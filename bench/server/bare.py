"""What one would write first: a bare Flask view with one httpx client for all.

It verifies the token, asks for the recipient's preferences, and prints a table. No
headers, no languages, no ledger, no metrics, no log. Names and what is on offer come
in the one list answer.
"""

import os

import httpx
from flask import Flask, abort, render_template
from itsdangerous import BadSignature, URLSafeTimedSerializer

CHANNELS = ("email", "push", "sms", "inbox")
MONTH = 30 * 24 * 3600

app = Flask(__name__)
serializer = URLSafeTimedSerializer(os.environ["SECRET_KEY"])  # noqa: TID251  as an example has it
client = httpx.Client(base_url=os.environ["COURIER_BASE_URL"])  # noqa: TID251  likewise


@app.get("/p/<token>")
def page(token: str) -> str:
    try:
        user_id = serializer.loads(token, max_age=MONTH)
    except BadSignature:
        abort(404)
    answer = client.get(f"/users/{user_id}/preferences").raise_for_status()
    items = answer.json()["items"]
    return render_template("bare.html", items=items, token=token, channels=CHANNELS)
