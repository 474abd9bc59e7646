"""What watches the app keeps to what the app says: docs, alerts and the dashboard."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask import Flask
from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard
from prometheus_client.metrics import MetricWrapperBase

from app import gauges
from app.ledger.errors import Fault
from app.outcome import Trouble
from app.parts import Parts
from app.serving.figures import Figures
from app.tally import Word
from app.web.series import Series

ROOT = Path(__file__).parents[2]
ALERTS = ROOT / "deploy/prometheus/alerts.yml"
DASHBOARD = ROOT / "deploy/grafana/dashboard.json"
DOCS = (ROOT / "docs/operations.md").read_text("utf-8")
OF_PROMETHEUS = frozenset({"job", "instance", "le"})
NOT_OURS = frozenset(
    {
        *("sum", "min", "max", "by", "on", "and", "time", "topk"),
        *("or", "unless", "offset", "min_over_time"),
        *("rate", "increase", "histogram_quantile", "label_values"),
        "up",
    }
)
VALUES = {
    "courier_call_seconds": {"outcome": {word.value for word in Word}},
    "choices_total": {"outcome": {trouble.value for trouble in Trouble}},
    "delivery_attempts_total": {"outcome": {"delivered", "refused", "postponed"}},
    "ledger_faults_total": {"fault": {fault.value for fault in Fault}},
    "courier_fetched_timestamp_seconds": {"cache": {"catalog", "tenants", "brands"}},
    "preferences_shown_total": {"state": {"now", "last_known", "blind", "down"}},
}
"""What labels may say, where an alert asks for it."""


def exported() -> dict[str, tuple[str, set[str]]]:
    """The kind and the labels of every metric, by the name under which it is told."""
    series = Series()
    series.came_round(0.0)
    collectors = [*series._collector_to_names, *vars(Figures()).values()]  # noqa: SLF001
    found: dict[str, tuple[str, set[str]]] = {}
    for told in collectors:
        if isinstance(told, MetricWrapperBase):
            suffix = "_total" if told._type == "counter" else ""  # noqa: SLF001
            labels = set(told._labelnames)  # noqa: SLF001
            found[told._name + suffix] = (str(told._type), labels)  # noqa: SLF001
    for name, _ in gauges.ALL:
        labels = {"dependency"} if name == "dependency_up" else set()
        found[name] = ("gauge", labels)
    return found


def documented() -> dict[str, tuple[str, set[str]]]:
    block = DOCS.partition("| metric |")[2].partition("\n\n")[0]
    rows = [line.strip("| ").split("|") for line in block.splitlines()[2:]]
    cells = [[cell.strip() for cell in row] for row in rows]
    found = {row[0].strip("`"): row for row in cells}
    return {
        name: (row[1], set(re.findall(r"`(\w+)`", row[2])))
        for name, row in found.items()
    }


def questions() -> Iterator[str]:
    for group in yaml.safe_load(ALERTS.read_text("utf-8"))["groups"]:
        yield from (rule["expr"] for rule in group["rules"])
    board = json.loads(DASHBOARD.read_text("utf-8"))
    for panel in board["panels"]:
        yield from (target["expr"] for target in panel.get("targets", []))
    yield from (v["query"] for v in board["templating"]["list"] if v["name"] == "job")


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(ALERTS.read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def selectors(question: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The names in a question, each with what it asks of labels."""
    bare = re.sub(r"\b(?:by|on)\s*\([^)]*\)|\[[^]]*\]", "", question)
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', lambda m: m[0].replace("{", "("), bare)
    for name, asked in re.findall(r"\b([a-z_]{2,})\b(?:\{([^}]*)\})?", _unnested(bare)):
        if name not in NOT_OURS:
            yield name, dict(re.findall(r'(\w+)\s*[=!~]+\s*"([^"]*)"', asked))


def _unnested(text: str) -> str:
    """Without the second word of label_values(metric, label)."""
    return re.sub(r"(label_values\(\w+),[^)]*", r"\1", text)


def of(name: str) -> str:
    """The metric of which a series is: a histogram has three."""
    base = re.sub(r"_(bucket|count|sum)\Z", "", name)
    return base if exported().get(base, ("",))[0] == "histogram" else name


def test_the_documentation_lists_every_metric() -> None:
    assert documented() == exported()


def test_every_metric_is_told_and_no_other(app: Flask, parts: Parts) -> None:
    parts.tally.came_round()
    text = app.test_client().get("/metrics").text
    told = dict(re.findall(r"^# TYPE (\w+) (\w+)$", text, re.MULTILINE))

    known = {name: kind for name, (kind, _) in exported().items()}
    canary = {name for name in known if name.startswith("unsubscribe_")}
    canary -= {"unsubscribe_seconds"}
    beside = {name for name in known if name.startswith("server_")} | canary
    assert told == {k: v for k, v in known.items() if k not in beside}


@pytest.mark.parametrize("question", sorted(set(questions())))
def test_alerts_and_panels_ask_for_what_there_is(question: str) -> None:
    known = exported()
    found = list(selectors(question))
    assert found or question.startswith("up{")
    for name, asked in found:
        metric = of(name)
        assert metric in known, name
        kind, labels = known[metric]
        assert (kind == "histogram") is (name != metric), name
        assert set(asked) <= labels | OF_PROMETHEUS, name
        for label, values in VALUES.get(metric, {}).items():
            assert set(filter(None, asked.get(label, "").split("|"))) <= values, name
    grouped = re.findall(r"\bby\s*\(([^)]*)\)", question)
    labels = {label.strip() for group in grouped for label in group.split(",")}
    said = set().union(*(known[of(name)][1] for name, _ in found))
    assert labels <= said | OF_PROMETHEUS


def test_a_panel_shows_every_metric() -> None:
    board = json.loads(DASHBOARD.read_text("utf-8"))
    asked = [t["expr"] for p in board["panels"] for t in p.get("targets", [])]
    shown = {of(name) for question in asked for name, _ in selectors(question)}

    own = {name for name in exported() if not name.startswith("server_")}
    assert own - shown == set()


def test_promtool_takes_the_rules_and_each_is_raised_by_what_it_is_for() -> None:
    promtool = shutil.which("promtool") or str(Path(sys.executable).parent / "promtool")
    tests = sorted(map(str, ALERTS.parent.glob("*_test.yml")))
    for words in (["check", "rules", str(ALERTS)], ["test", "rules", *tests]):
        done = subprocess.run(
            [promtool, *words], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_is_tested_both_ways_and_says_what_to_do() -> None:
    tests = [
        case
        for path in ALERTS.parent.glob("*_test.yml")
        for test in yaml.safe_load(path.read_text("utf-8"))["tests"]
        for case in test["alert_rule_test"]
    ]
    for rule in rules():
        name = rule["alert"]
        raised = [bool(c.get("exp_alerts")) for c in tests if c["alertname"] == name]
        assert set(raised) == {True, False}, name
        assert f"\n### {name}\n" in DOCS, name
        assert rule["annotations"]["runbook"].endswith(f"#{name.lower()}")
        assert rule["labels"]["severity"] in ("critical", "warning")


def test_the_documentation_knows_no_alert_that_is_gone() -> None:
    block = DOCS.partition("\n## At three in the morning\n")[2].partition("\n## ")[0]

    assert re.findall(r"^### (\w+)$", block, re.MULTILINE) == [
        rule["alert"] for rule in rules()
    ]


# The dashboard, as Grafana's own models read it


def lost(given: Any, read: Any, where: str = "") -> Iterator[str]:  # noqa: ANN401  JSON
    """What of a dashboard its models do not know, or read differently."""
    match given, read:
        case dict(), dict():
            for key, value in given.items():
                yield from lost(value, read.get(key, "(nothing)"), f"{where}.{key}")
        case list(), list() if len(given) == len(read):
            for number, (one, other) in enumerate(zip(given, read, strict=True)):
                yield from lost(one, other, f"{where}[{number}]")
        case _:
            if given != read:
                yield f"{where}: {given!r}, read as {read!r}"


def reread(board: dict[str, Any]) -> Any:  # noqa: ANN401  JSON
    plugins.register_default_plugins()
    return json.loads(JSONEncoder().encode(Dashboard.from_json(board)))


def test_grafana_s_models_know_all_that_the_dashboard_says() -> None:
    board = json.loads(DASHBOARD.read_text("utf-8"))
    assert list(lost(board, reread(board))) == []

    board["panels"][1]["options"]["grafMode"] = "none"
    assert len(list(lost(board, reread(board)))) == 1


def test_the_dashboard_has_no_source_of_its_own_and_no_gaps() -> None:
    board = json.loads(DASHBOARD.read_text("utf-8"))
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids))
    rows: dict[int, int] = {}
    for panel in board["panels"]:
        place = panel["gridPos"]
        rows[place["y"]] = rows.get(place["y"], 0) + place["w"]
        if panel["type"] != "row":
            assert panel["datasource"]["uid"] == "${datasource}"
            assert panel["title"]
            assert panel["description"].endswith(".")
    assert set(rows.values()) == {24}
