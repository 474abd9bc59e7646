"""The workspace that every contender shows: 12 topics in 3 sections, 4 channels each.

The recipient has chosen nothing yet. Ours is told by the sandbox, what Courier's
components ask for by a body in the shape of its GraphQL.
"""

from typing import Any

import httpx

SECTIONS = 3
TOPICS_EACH = 4
TOPICS = SECTIONS * TOPICS_EACH
CHANNELS = ["email", "push", "sms", "inbox"]


def section_name(section: int) -> str:
    return f"Section {section + 1}"


def topic_name(section: int, topic: int) -> str:
    return f"Topic {section * TOPICS_EACH + topic + 1}"


def fill(sandbox: httpx.Client) -> None:
    """Puts it into the sandbox in place of what is there."""
    for old in sandbox.get("/preferences/sections").json()["results"]:
        path = f"/preferences/sections/{old['id']}"
        for topic in old["topics"]:
            sandbox.delete(f"{path}/topics/{topic['id']}").raise_for_status()
        sandbox.delete(path).raise_for_status()
    for number in range(SECTIONS):
        _fill_section(sandbox, number)


def _fill_section(sandbox: httpx.Client, number: int) -> None:
    body = {
        "name": section_name(number),
        "description": "What belongs together stands together.",
        "has_custom_routing": True,
        "routing_options": CHANNELS,
    }
    section = sandbox.post("/preferences/sections", json=body).raise_for_status().json()
    for topic in range(TOPICS_EACH):
        sandbox.post(
            f"/preferences/sections/{section['id']}/topics",
            json={
                "name": topic_name(number, topic),
                "description": "One sentence that says what one will get.",
                "default_status": "OPTED_IN",
            },
        ).raise_for_status()


def answer(query: str) -> dict[str, Any]:
    """What Courier's GraphQL tells its components."""
    if "mutation" in query:
        return {"data": {"updatePreferenceV2": {"templateId": "t-0-0"}}}
    return {
        "data": {
            "preferencePage": {
                "showCourierFooter": False,
                "brand": None,
                "channelConfigs": None,
                "sections": {"nodes": [_section(number) for number in range(SECTIONS)]},
            },
            "recipientPreferences": {"nodes": _standing()},
        }
    }


def _section(number: int) -> dict[str, Any]:
    return {
        "name": section_name(number),
        "sectionId": f"s-{number}",
        "routingOptions": CHANNELS,
        "hasCustomRouting": True,
        "topics": {"nodes": [_topic(number, topic) for topic in range(TOPICS_EACH)]},
    }


def _topic(section: int, topic: int) -> dict[str, Any]:
    return {
        "data": None,
        "defaultStatus": "OPTED_IN",
        "templateName": topic_name(section, topic),
        "templateId": f"t-{section}-{topic}",
        "digestSchedules": [],
    }


def _standing() -> list[dict[str, Any]]:
    return [
        {
            "templateId": f"t-{section}-{topic}",
            "status": "OPTED_IN",
            "hasCustomRouting": False,
            "routingPreferences": [],
            "digestSchedule": None,
        }
        for section in range(SECTIONS)
        for topic in range(TOPICS_EACH)
    ]
