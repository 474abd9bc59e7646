"""The workspace: what is on offer, which is the same for everybody or for a tenant.

Sections, topics and defaults, as Courier says or last said.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from app.courier.cache import StaleCache
from app.courier.errors import CourierError, Unavailable
from app.preferences.languages import in_language
from app.preferences.merge import placed, preference, stranger
from app.preferences.model import (
    Catalog,
    Defaults,
    Preference,
    Recipient,
    Section,
    Standing,
    Tenant,
)
from app.preferences.subject import Subject, keys_of
from app.sender import Sender

NOWHERE = Tenant()
"""In whose context somebody is who is in nobody's."""

Placing = Callable[[str, str, Standing], Preference]
"""Makes a row of a topic's id, its name and a standing."""


class Workspace:
    """`catalogs` is keyed by None (one workspace), `tenants` by tenant id."""

    def __init__(
        self,
        sender: Sender,
        catalogs: StaleCache[None, Catalog],
        tenants: StaleCache[str, Tenant],
        kept_catalog: Callable[[], Catalog | None],
    ) -> None:
        self._sender = sender
        self._catalogs = catalogs
        self.tenants = tenants
        self._kept_catalog = kept_catalog
        self._translated: dict[str, tuple[Catalog, Catalog]] = {}

    def is_ready(self) -> bool:
        """Whether there is a catalog to show, be it a kept one."""
        try:
            self.catalog()
        except CourierError:
            return False
        return True

    def is_known(self) -> bool:
        """The same without asking: whether one was told, or is kept."""
        return bool(self._catalogs.peek(None) or self._kept_catalog())

    def name(self, recipient: Recipient, subject: Subject) -> str:
        """What a topic or a section is called, as far as is known; else nothing."""
        catalog = self.known_catalog(recipient)
        found = catalog.find(subject.topic_id or "")
        if found:
            return found[1].name.strip()
        named = (s.name for s in catalog.sections if s.id == subject.section_id)
        return (next(named, None) or "").strip()

    def keys(self, topic_id: str) -> list[str]:
        """Under which choices about a topic are kept, seen and unseen."""
        found = self.known_catalog().find(topic_id)
        return keys_of(topic_id, found[0].id if found else "")

    @property
    def has_channels(self) -> bool:
        """Whether the plan has choice of channels, as far as is known."""
        return self._sender.has_channels

    def placed(
        self, recipient: Recipient, topic_id: str, name: str, standing: Standing
    ) -> Preference:
        """A topic of today's catalog with a standing; raises `CourierError`."""
        defaults = self.known_tenant(recipient).defaults
        return self._row(self.catalog(recipient), defaults, topic_id, name, standing)

    def placing(self, recipient: Recipient) -> Placing:
        """The same for many topics; without a catalog, as they are named."""
        defaults = self.known_tenant(recipient).defaults
        return partial(self._row, self.known_catalog(recipient), defaults)

    def _row(
        self,
        catalog: Catalog,
        defaults: Defaults,
        topic_id: str,
        name: str,
        standing: Standing,
    ) -> Preference:
        default = defaults.get(topic_id)
        section, topic = catalog.find(topic_id) or (
            Section(id="", name=None),
            stranger(topic_id, name, standing),
        )
        row = preference(section, topic, default, placed(standing, default))
        return self.channels_checked(row)

    def channels_checked(self, row: Preference) -> Preference:
        return row if self._sender.has_channels else replace(row, channels=())

    def known_catalog(self, recipient: Recipient | None = None) -> Catalog:
        try:
            return self.catalog(recipient)
        except CourierError:
            return Catalog()

    def catalog(self, recipient: Recipient | None = None) -> Catalog:
        """Today's, or the one that was kept before this process was started.

        In the recipient's language, as far as the workspace has words for it.
        """
        return self._read_by(recipient, self._catalog())

    def _read_by(self, recipient: Recipient | None, catalog: Catalog) -> Catalog:
        """A translated catalog is kept until Courier gives another one."""
        tag = recipient.language if recipient else ""
        source, translated = self._translated.get(tag, (None, catalog))
        if source is not catalog:
            translated = in_language(catalog, tag)
            self._translated[tag] = catalog, translated
        return translated

    def _catalog(self) -> Catalog:
        try:
            if self._sender.circuit.is_open and not self._catalogs.peek(None):
                raise Unavailable("not asked", is_ambiguous=False)
            return self._catalogs.get(None)
        except CourierError:
            kept = self._kept_catalog()
            if kept is None:
                raise
            return kept

    def last_catalog(self, recipient: Recipient) -> Catalog | None:
        """Whatever was last known, without asking."""
        last = self._catalogs.peek(None) or self._kept_catalog()
        return self._read_by(recipient, last) if last else None

    def last_tenant(self, recipient: Recipient) -> Tenant | None:
        """The recipient's, as it was last known, without asking."""
        if recipient.tenant_id is None:
            return NOWHERE
        return self.tenants.peek(recipient.tenant_id)

    def last_defaults(self, recipient: Recipient) -> Defaults:
        last = self.last_tenant(recipient)
        return last.defaults if last else {}

    def tenant(self, recipient: Recipient) -> Tenant:
        """In whose context a recipient is; one without a name where in nobody's.

        Raises `CourierError`.
        """
        if recipient.tenant_id is None:
            return NOWHERE
        return self.tenants.get(recipient.tenant_id)

    def known_tenant(self, recipient: Recipient) -> Tenant:
        """The same; one that sets nothing where Courier does not say: it will refuse
        what the tenant requires all the same."""
        try:
            return self.tenant(recipient)
        except CourierError:
            return Tenant()

    def brand_id(self, recipient: Recipient) -> str | None:
        """As far as it is known: a page in a tenant has just asked for it."""
        last = self.last_tenant(recipient)
        return last.brand_id if last else None
