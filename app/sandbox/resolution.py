"""What applies to a user: workspace default, tenants, the user's own choices.

Later layers win, field by field, and only where they set the field. This
module only reads; who may write what stands in `rules`.
"""

import json
from dataclasses import dataclass

from app.sandbox.catalogue import Topic
from app.sandbox.choices import Choice, Scope, choices_of
from app.sandbox.switches import Switches
from app.sandbox.vocabulary import (
    OPTED_OUT,
    PARENT_LEVELS,
    REQUIRED,
    Json,
)
from app.sandbox.workspace import store, workspace


def find_tenant(tenant_id: str) -> Json | None:
    row = store().row("SELECT body FROM tenants WHERE id = ?", tenant_id)
    return None if row is None else dict(json.loads(row["body"]))


def tenant_chain(tenant_id: str) -> list[Json]:
    """The tenant and up to four levels of parents, the outermost first."""
    chain: list[Json] = []
    following: str | None = tenant_id
    while following and len(chain) <= PARENT_LEVELS:
        tenant = find_tenant(following)
        if tenant is None:
            break
        chain.insert(0, tenant)
        following = tenant.get("parent_tenant_id")
    return chain


def tenant_default(tenant: Json, topic_id: str) -> Choice | None:
    items = (tenant.get("default_preferences") or {}).get("items") or []
    for item in items:
        if item["id"] == topic_id:
            return Choice(
                item["status"],
                item.get("has_custom_routing"),
                item.get("custom_routing"),
            )
    return None


@dataclass(frozen=True)
class Context:
    """All layers that bear on one user in one scope, read once."""

    scope: Scope
    tenants: list[Json]
    global_choices: dict[str, Choice]
    tenant_choices: dict[str, Choice]
    switches: Switches

    def defaults(self, topic: Topic) -> list[Choice]:
        layers = [tenant_default(tenant, topic.id) for tenant in self.tenants]
        return [
            Choice(topic.default_status),
            *(layer for layer in layers if layer is not None),
        ]

    def own(self, topic_id: str) -> list[Choice]:
        layers = (self.global_choices.get(topic_id), self.tenant_choices.get(topic_id))
        return [layer for layer in layers if layer is not None]

    def is_required(self, topic: Topic) -> bool:
        return any(layer.status == REQUIRED for layer in self.defaults(topic))

    def effective(self, topic: Topic) -> Choice:
        layers = [*self.defaults(topic), *self.own(topic.id)]
        routed = [layer for layer in layers if layer.has_custom_routing is not None]
        routing = routed[-1] if routed else Choice("")
        return Choice(
            self._status(topic, layers[-1].status),
            bool(routing.has_custom_routing),
            list(routing.custom_routing or []),
            self._schedule(topic),
        )

    def channels(self, topic: Topic) -> list[str]:
        """Where a message of this topic goes now; nowhere when opted out."""
        effective = self.effective(topic)
        if effective.status == OPTED_OUT and not self.is_required(topic):
            return []
        if effective.has_custom_routing:
            return list(effective.custom_routing or [])
        return topic.default_channels

    def as_json(self, topic: Topic) -> Json:
        """The topic as `TopicPreference`."""
        effective = self.effective(topic)
        item: Json = {
            "topic_id": topic.id,
            "topic_name": topic.name,
            "status": effective.status,
            "default_status": self._default_status(topic),
            "has_custom_routing": effective.has_custom_routing,
            "section_id": topic.section["id"],
            "section_name": topic.section["name"],
        }
        if effective.has_custom_routing or effective.custom_routing:
            item["custom_routing"] = effective.custom_routing
        if effective.digest_schedule_id is not None:
            item["digest_schedule_id"] = effective.digest_schedule_id
        return item

    def _status(self, topic: Topic, status: str) -> str:
        hidden = self.switches.stale_override == "required"
        if hidden and status == OPTED_OUT and self.is_required(topic):
            return REQUIRED
        return status

    def _default_status(self, topic: Topic) -> str:
        if self.switches.default_status_shows == "tenant":
            return self.defaults(topic)[-1].status
        return topic.default_status

    def _schedule(self, topic: Topic) -> str | None:
        """Omitted when the chosen schedule is gone or disabled."""
        chosen = [layer.digest_schedule_id for layer in self.own(topic.id)]
        for schedule_id in reversed(chosen):
            if schedule_id is not None:
                return schedule_id if topic.schedule(schedule_id) else None
        return None


def context_of(scope: Scope) -> Context:
    in_tenant = bool(scope.tenant_id)
    return Context(
        scope,
        tenant_chain(scope.tenant_id) if in_tenant else [],
        choices_of(Scope(scope.user_id)),
        choices_of(scope) if in_tenant else {},
        workspace().switches,
    )
