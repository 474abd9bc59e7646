"""Every setting: those of the pages, and those of the support desk."""

from collections.abc import Mapping
from typing import Self

from pydantic import ConfigDict, ValidationError

from app.settings.core import Core
from app.settings.reading import SettingsFault, given, told
from app.settings.staff import Staff, together


class Settings(Staff, Core):
    """Field names are the environment's in lower case; descriptions, the README's."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    @property
    def keys(self) -> list[str]:
        """The signing keys, the oldest first, the one that signs last."""
        keys = (*self.secret_key_fallbacks, self.secret_key)
        return [key.get_secret_value() for key in keys]

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        values: dict[str, str] = {}
        faults: list[str] = []
        for field in cls.model_fields:
            try:
                value = given(environ, field.upper(), is_secret=field in SECRETS)
            except ValueError as fault:
                faults.append(str(fault))
            else:
                values |= {field: value} if value else {}
        faults += together(values)
        try:
            settings = cls.model_validate(values)
        except ValidationError as fault:
            faults = told(fault, faults)
        if faults:
            raise SettingsFault("\n".join(faults))
        return settings


SECRETS = frozenset(
    {
        "courier_api_key",
        "secret_key",
        "secret_key_fallbacks",
        "database_url",
        "link_api_keys",
        "redis_url",
        "oidc_client_secret",
        "directory_key",
    }
)
