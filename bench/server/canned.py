"""Courier's answers about a workspace, taken from the embedded Courier once.

Topics stand in sections of four with four channels each (twelve in three by default);
one in four topics of the recipient's list has its own channels. Which are off differs
from recipient to recipient, because a server that has seen an answer before may know
its meaning, and in real life hardly ever has.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from bench.server.processes import free_port

KEY = "sandbox-key"
CHANNELS = ["email", "push", "sms", "inbox"]
EACH = 4
"""Topics of one section."""

PATIENCE = 30.0
SECTIONS = "/preferences/sections"
LIST = "/users/user-1/preferences"
ANYBODY = "/users/*/preferences"

Answers = dict[str, str]
"""Bodies by what is asked, the user's id as a star."""


def answers(topics: int) -> Answers:
    with _sandbox() as client:
        _empty(client)
        sections = [_section(client, n, topics) for n in range(-(-topics // EACH))]
        ids = [topic for section in sections for topic in section]
        _choose(client, ids)
        client.patch("/_sandbox/switches", json={"list_mode": "all"})
        found = {f"GET {SECTIONS}": client.get(SECTIONS).text}
        for one in ids[:EACH]:  # of which the load toggles the first
            found[f"GET {ANYBODY}/{one}"] = client.get(f"{LIST}/{one}").text
        cursor = None
        while True:
            query = f"?cursor={cursor}" if cursor else ""
            answer = client.get(LIST + query)
            found[f"GET {ANYBODY}{query}"] = answer.text
            cursor = answer.json()["paging"].get("cursor")
            if not cursor:
                return found


def varied(body: str, number: int) -> str:
    """A list as another recipient has it: their number says which topics are off."""
    told = json.loads(body)
    for place, item in enumerate(told.get("items", ())):
        if number >> place & 1:
            item["status"] = "OPTED_OUT"
    return json.dumps(told, separators=(",", ":"))


@contextmanager
def _sandbox() -> Iterator[httpx.Client]:
    port = free_port()
    command = [sys.executable, "-m", "app", "sandbox", "--port", str(port)]
    environ = {"PATH": os.defpath, "COURIER_API_KEY": KEY}
    process = subprocess.Popen(  # noqa: S603  ours
        command, stderr=subprocess.DEVNULL, env=environ
    )
    headers = {"Authorization": f"Bearer {KEY}"}
    base = f"http://127.0.0.1:{port}"
    try:
        with httpx.Client(base_url=base, headers=headers, trust_env=False) as client:
            _await(client)
            yield client
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)


def _await(client: httpx.Client) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            client.get("/_sandbox/switches")
        except httpx.HTTPError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("the sandbox does not answer")


def _empty(client: httpx.Client) -> None:
    for section in client.get(SECTIONS).json()["results"]:
        path = f"{SECTIONS}/{section['id']}"
        for topic in section["topics"]:
            client.delete(f"{path}/topics/{topic['id']}")
        client.delete(path)


def _section(client: httpx.Client, number: int, topics: int) -> list[str]:
    body = {
        "name": f"Section {number + 1}",
        "description": "What belongs together stands together.",
        "has_custom_routing": True,
        "routing_options": CHANNELS,
    }
    section = client.post(SECTIONS, json=body).raise_for_status().json()
    path = f"{SECTIONS}/{section['id']}/topics"
    return [
        client.post(path, json=_topic(n)).raise_for_status().json()["id"]
        for n in range(number * EACH, min((number + 1) * EACH, topics))
    ]


def _topic(number: int) -> dict[str, str]:
    return {
        "name": f"Topic {number + 1}",
        "description": "One sentence that says what one will get.",
        "default_status": "OPTED_IN",
    }


def _choose(client: httpx.Client, ids: list[str]) -> None:
    wish = {
        "status": "OPTED_IN",
        "has_custom_routing": True,
        "custom_routing": CHANNELS[:2],
    }
    for topic_id in ids[::EACH]:
        body = {"topic": wish}
        client.put(f"{LIST}/{topic_id}", json=body).raise_for_status()
