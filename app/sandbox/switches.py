"""The switches: one table of everything in which Courier may behave otherwise.

A switch exists where the published contract is silent or contradicts itself,
or where a fault is to be rehearsed. What a switch does is decided where the
request is answered; here are only names, defaults, and checks.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from threading import Lock
from typing import Any

from app.sandbox.vocabulary import Json

# Kinds that answer truly, after a wait: `accept_late` takes effect at once and
# answers `delay_ms` later; `apply_late` waits first, then takes effect and
# answers, even if the client has left by then. So an old request may land after
# a newer one that was answered long ago. A reset forgets those still waiting.
LATE_KINDS = ("accept_late", "apply_late")
FAULT_KINDS = ("status", "reset", "not_json", "wrong_shape", "empty", *LATE_KINDS)
LATIN_1 = re.compile(r"[ -~\xa0-\xff]*")  # what a header can carry


def choice(default: str, *others: str) -> Any:  # noqa: ANN401 - like dataclasses.field
    return field(default=default, metadata={"allowed": (default, *others)})


@dataclass(frozen=True)
class Fault:
    """One rule of misbehaviour; the first that matches a request is applied."""

    kind: str
    status: int = 503
    retry_after: str | None = None  # sent as Retry-After with `status`
    delay_ms: int = 0  # waits before answering, or before taking effect
    methods: tuple[str, ...] | None = None  # all methods when not given
    path: str | None = None  # regular expression, searched in the raw path
    times: int | None = None  # for ever when not given
    apply: bool = False  # whether the request takes effect all the same

    def matches(self, method: str, path: str) -> bool:
        if self.methods is not None and method not in self.methods:
            return False
        return self.path is None or re.search(self.path, path) is not None

    @property
    def takes_effect(self) -> bool:
        return self.apply or self.kind in LATE_KINDS

    @property
    def waits_first(self) -> bool:
        return self.kind == "apply_late"

    @property
    def spoils_answer(self) -> bool:
        return self.kind not in LATE_KINDS


@dataclass(frozen=True)
class Switches:
    # GET /users/{id}/preferences: overrides only, or every topic?
    list_mode: str = choice("overrides", "all")
    # The same with tenant_id: are the user's global choices listed as well?
    tenant_list: str = choice("with_global", "tenant_only")
    # Whether the plan has channel choice; without it, custom routing is refused.
    channels_on_plan: bool = True
    # OPTED_OUT on a REQUIRED topic: 400, or a success without effect?
    required_opt_out: str = choice("reject", "accept_silently")
    # status REQUIRED sent as a user's own choice.
    required_from_user: str = choice("accept", "reject")
    # A channel outside the section's routing_options.
    routing_off_offer: str = choice("accept", "reject")
    # Whose default is `default_status` when tenant_id is given?
    default_status_shows: str = choice("workspace", "tenant")
    # OPTED_OUT stored before the topic became REQUIRED: what does GET report?
    stale_override: str = choice("stored", "required")
    # One topic twice in a bulk request.
    duplicate_topics: str = choice("last_wins", "reject")
    # GET /profiles/{id} of a user nobody has heard of.
    unknown_profile: str = choice("not_found", "empty")
    # Waits before every answer.
    latency_ms: int = 0
    # Rules of misbehaviour, tried in order.
    faults: tuple[Fault, ...] = ()


class BadSwitchError(ValueError):
    """Names the switch that does not exist or the value it cannot take."""


def changed(switches: Switches, wishes: Mapping[str, object]) -> Switches:
    """All wishes or none: the first faulty one raises BadSwitchError."""
    known = {entry.name: entry for entry in fields(Switches)}
    checked: Json = {}
    for name, value in wishes.items():
        if name not in known:
            raise BadSwitchError(f"Unknown switch '{name}'.")
        checked[name] = _checked(name, value, known[name].metadata.get("allowed"))
    return replace(switches, **checked)


def _checked(
    name: str, value: object, allowed: tuple[str, ...] | None
) -> str | bool | int | tuple[Fault, ...]:
    if allowed is not None:
        if isinstance(value, str) and value in allowed:
            return value
        raise BadSwitchError(f"Switch '{name}' must be one of {', '.join(allowed)}.")
    if name == "faults":
        return _faults(value)
    if name == "latency_ms":
        return _whole("latency_ms", value)
    if not isinstance(value, bool):
        raise BadSwitchError(f"Switch '{name}' must be true or false.")
    return value


def _faults(value: object) -> tuple[Fault, ...]:
    if not isinstance(value, list | tuple):
        raise BadSwitchError("Switch 'faults' must be a list of rules.")
    return tuple(_fault(rule) for rule in value)


def _fault(rule: object) -> Fault:
    if not isinstance(rule, Mapping) or rule.get("kind") not in FAULT_KINDS:
        kinds = ", ".join(FAULT_KINDS)
        raise BadSwitchError(f"A rule in 'faults' needs a 'kind': {kinds}.")
    unknown = set(rule) - {entry.name for entry in fields(Fault)}
    if unknown:
        raise BadSwitchError(
            f"Unknown field in 'faults': {', '.join(sorted(unknown))}."
        )
    _check_numbers(rule)
    return Fault(
        **{
            **rule,
            "retry_after": _retry_after(rule.get("retry_after")),
            "methods": _methods(rule.get("methods")),
            "path": _pattern(rule.get("path")),
        }
    )


def _check_numbers(rule: Mapping[str, object]) -> None:
    _whole("faults.status", rule.get("status", 503), 400, 599)
    _whole("faults.delay_ms", rule.get("delay_ms", 0))
    if rule.get("times") is not None:
        _whole("faults.times", rule["times"], 1)
    if not isinstance(rule.get("apply", False), bool):
        raise BadSwitchError("Switch 'faults.apply' must be true or false.")


def _whole(name: str, value: object, least: int = 0, most: int = 10**9) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadSwitchError(f"Switch '{name}' must be a whole number.")
    if not least <= value <= most:
        raise BadSwitchError(f"Switch '{name}' must be from {least} to {most}.")
    return value


def _retry_after(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, str) and LATIN_1.fullmatch(value):
        return value
    raise BadSwitchError("Switch 'faults.retry_after' must fit a header or be null.")


def _methods(value: object) -> tuple[str, ...] | None:
    if value is None:
        return None
    if isinstance(value, list | tuple) and all(isinstance(m, str) for m in value):
        return tuple(method.upper() for method in value)
    raise BadSwitchError("Switch 'faults.methods' must be a list of methods or null.")


def _pattern(value: object) -> str | None:
    if value is None:
        return None
    try:
        re.compile(str(value))
    except (re.error, RecursionError, OverflowError) as error:
        raise BadSwitchError(f"Switch 'faults.path' is no pattern: {error}.") from error
    return str(value)


class Switchboard:
    """The switches as they stand now, shared by all threads."""

    def __init__(self, start: Mapping[str, object] | None = None) -> None:
        self._start = changed(Switches(), start or {})
        self._lock = Lock()
        self.now = self._start

    def patch(self, wishes: Mapping[str, object]) -> None:
        with self._lock:
            self.now = changed(self.now, wishes)

    def reset(self) -> None:
        with self._lock:
            self.now = self._start

    def as_json(self) -> Json:
        return asdict(self.now)

    def take_fault(self, method: str, path: str) -> Fault | None:
        """The first matching rule, counted down; it disappears at zero."""
        with self._lock:
            for place, fault in enumerate(self.now.faults):
                if fault.matches(method, path):
                    self.now = replace(self.now, faults=self._after(place, fault))
                    return fault
        return None

    def _after(self, place: int, fault: Fault) -> tuple[Fault, ...]:
        before, after = self.now.faults[:place], self.now.faults[place + 1 :]
        if fault.times is None:
            return self.now.faults
        left = fault.times - 1
        kept = (replace(fault, times=left),) if left else ()
        return (*before, *kept, *after)
