"""Every series that is counted here, and how: children are bound once and kept.

No label ever has a user, a token or anything else that a visitor can make up. What is
looked up instead of counted is in `app.gauges`.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from app.tally import Word

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
ANSWERS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
AGES = (HOUR, DAY, 7 * DAY, 30 * DAY, 90 * DAY, 365 * DAY)
HONORED = (0.25, 0.5, 1, 2.5, 5, 10, 30, MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, DAY)
HONORED_LATE = (2 * DAY, 7 * DAY)
"""Mailbox providers want an unsubscribe to be honored within two days."""


class Series(CollectorRegistry):
    """The counters of one app; also what `Tally` tells."""

    def __init__(self) -> None:
        super().__init__()
        self._requests = self._counter(
            "http_requests", "Requests answered.", "method", "route", "status"
        )
        self._seconds = self._histogram(
            "http_request_seconds",
            "How long an answer took.",
            ANSWERS,
            "method",
            "route",
        )
        self.in_flight = Gauge(
            "http_requests_in_flight",
            "Requests being answered now.",
            registry=self,
            multiprocess_mode="livesum",
        )
        self._visits = self._counter(
            "link_visits", "Visits by what opened a link.", "scope", "kind"
        )
        self._opened = self._counter(
            "links_opened", "Genuine links by what they may do.", "scope", "power"
        )
        self._ages = self._histogram(
            "link_age_seconds", "How old genuine links were.", AGES, "scope"
        )
        self.damaged = self._counter("links_damaged", "Links that nobody can read.")
        self._unsubscribes = self._counter(
            "unsubscribes",
            "Wishes to leave, by one click or a form.",
            "door",
            "outcome",
        )
        self._limited = self._counter(
            "requests_limited", "Refused as too many.", "limit"
        )
        self.asked = self._counter("fresh_links_asked", "Wishes for a fresh link.")
        self._tell_of_courier()
        self._tell_of_choices()
        self._known: dict[tuple[str, ...], Counter] = {}
        self._timed: dict[tuple[str, ...], Histogram] = {}

    def _tell_of_courier(self) -> None:
        self._calls = self._histogram(
            "courier_call_seconds",
            "How long a call to Courier took, its retry included.",
            ANSWERS,
            "call",
            "outcome",
        )
        self._fetched = Gauge(
            "courier_fetched_timestamp_seconds",
            "When Courier last gave what is kept for all.",
            ["cache"],
            registry=self,
            multiprocess_mode="livemax",
        )
        self._shown = self._counter(
            "preferences_shown", "Preferences shown, by how good they were.", "state"
        )

    def _tell_of_choices(self) -> None:
        self._choices = self._counter(
            "choices", "Choices on one topic each.", "door", "outcome"
        )
        self._attempts = self._counter(
            "delivery_attempts", "Deliveries to Courier, at once or later.", "outcome"
        )
        self._honored = self._histogram(
            "unsubscribe_seconds",
            "From an act that turns something off to Courier's word.",
            (*HONORED, *HONORED_LATE),
        )
        self._faults = self._counter(
            "ledger_faults", "What the ledger failed by.", "fault"
        )
        self._round: Gauge | None = None

    # Requests

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        self._of(self._requests, method, route, str(status)).inc()
        self._time(self._seconds, method, route).observe(seconds)

    def visited(self, scope: str, kind: str) -> None:
        self._of(self._visits, scope, kind).inc()

    def link_opened(self, scope: str, power: str) -> None:
        self._of(self._opened, scope, power).inc()

    def unsubscribed(self, door: str, outcome: str) -> None:
        self._of(self._unsubscribes, door, outcome).inc()

    def limited(self, limit: str) -> None:
        self._of(self._limited, limit).inc()

    # What `Tally` tells

    def called(self, call: str, word: Word, seconds: float) -> None:
        self._time(self._calls, call, word.value).observe(seconds)

    def shown(self, state: str) -> None:
        self._of(self._shown, state).inc()

    def chosen(self, door: str, outcome: str) -> None:
        self._of(self._choices, door, outcome).inc()

    def attempted(self, outcome: str) -> None:
        self._of(self._attempts, outcome).inc()

    def honored(self, seconds: float) -> None:
        self._honored.observe(seconds)

    def opened(self, scope: str, age: float) -> None:
        self._time(self._ages, scope).observe(age)

    def fetched(self, cache: str, at: float) -> None:
        self._fetched.labels(cache).set(at)

    def failed(self, fault: str) -> None:
        self._of(self._faults, fault).inc()

    def came_round(self, at: float) -> None:
        """Who has no loop, as the parent of those who serve, must not tell of one."""
        if self._round is None:
            self._round = Gauge(
                "delivery_loop_timestamp_seconds",
                "When the slowest delivery loop last looked for what is due.",
                registry=self,
                multiprocess_mode="livemin",
            )
        self._round.set(at)

    def _counter(self, name: str, about: str, *labels: str) -> Counter:
        return Counter(name, about, labels, registry=self)

    def _histogram(
        self, name: str, about: str, buckets: tuple[float, ...], *labels: str
    ) -> Histogram:
        return Histogram(name, about, labels, buckets=buckets, registry=self)

    def _of(self, counter: Counter, *labels: str) -> Counter:
        """Finding a child costs more than counting in it, so it is found once."""
        key = (counter._name, *labels)  # noqa: SLF001  names it
        child = self._known.get(key)
        if child is None:
            child = self._known[key] = counter.labels(*labels)
        return child

    def _time(self, histogram: Histogram, *labels: str) -> Histogram:
        key = (histogram._name, *labels)  # noqa: SLF001  names it
        child = self._timed.get(key)
        if child is None:
            child = self._timed[key] = histogram.labels(*labels)
        return child
