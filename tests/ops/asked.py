"""What an operator asks of an app: how it is, and what it has counted."""

from dataclasses import dataclass
from typing import Any

from flask import Flask
from prometheus_client.parser import text_string_to_metric_families


@dataclass(frozen=True)
class Operator:
    """Numbers are of a series by its name and labels; 0 where there is none."""

    app: Flask

    def ready(self) -> tuple[int, str, dict[str, Any]]:
        """The status, the verdict, and the parts of which not all is well."""
        answer = self.app.test_client().get("/readyz")
        told = answer.get_json()
        bad = {k: v for k, v in told["checks"].items() if v != "ok"}
        return answer.status_code, told["status"], bad

    def number(self, name: str, **labels: str) -> float:
        text = self.app.test_client().get("/metrics").text
        samples = [s for f in text_string_to_metric_families(text) for s in f.samples]
        found = [s.value for s in samples if s.name == name and s.labels == labels]
        return sum(found)

    def is_up(self, part: str) -> bool:
        """As the metric has it."""
        return self.number("dependency_up", dependency=part) == 1

    def state(self, part: str) -> float | None:
        """The same, None where nothing is told."""
        line = f'\ndependency_up{{dependency="{part}"}} '
        _, _, rest = self.app.test_client().get("/metrics").text.partition(line)
        return float(rest.partition("\n")[0]) if rest else None
