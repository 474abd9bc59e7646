"""The settings: read once, checked whole, frozen, and silent about secrets."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from app.settings import SECRETS, SHORTEST_KEY, Settings, SettingsFault

API_KEY = "pk_prod_never_to_be_seen"
KEY = "the-newest-key-never-to-be-seen-anywhere"
OLD = "an-older-key-never-to-be-seen-anywhere"
OLDEST = "the-oldest-key-never-to-be-seen-anywhere"
ENOUGH = {
    "COURIER_API_KEY": API_KEY,
    "SECRET_KEY": KEY,
    "PUBLIC_URL": "https://preferences.example.com",
}
TOGETHER = {
    "OIDC_CLIENT_SECRET": {
        "OIDC_ISSUER": "https://accounts.example.com",
        "OIDC_CLIENT_ID": "desk",
    }
}
"""What some secrets are nothing without."""


def faults(environ: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsFault) as caught:
        Settings.from_environ(environ)
    return str(caught.value).splitlines()


def without(name: str) -> dict[str, str]:
    return {key: value for key, value in ENOUGH.items() if key != name}


def test_three_variables_are_enough() -> None:
    settings = Settings.from_environ(ENOUGH)
    assert settings.courier_api_key.get_secret_value() == API_KEY
    assert settings.keys == [KEY]
    assert settings.public_url == "https://preferences.example.com"


def test_the_defaults_are_those_of_production() -> None:
    settings = Settings.from_environ(ENOUGH)
    assert settings.courier_base_url == "https://api.courier.com"
    assert settings.secret_key_fallbacks == ()
    assert (settings.host, settings.port) == ("0.0.0.0", 8000)  # noqa: S104
    assert (settings.workers, settings.threads) == (2, 256)
    assert settings.product_name == ""
    assert settings.database_url.get_secret_value() == "sqlite:///var/preferences.db"
    assert (settings.delivery_workers, settings.retention_days) == (4, 0)


def test_every_variable_is_read() -> None:
    given = {
        "COURIER_BASE_URL": "https://api.eu.courier.com/",
        "SECRET_KEY_FALLBACKS": f"{OLDEST}  {OLD}",
        "PRODUCT_NAME": "Tidewell & Söhne",
        "HOST": "127.0.0.1",
        "PORT": "8080",
        "WORKERS": "4",
        "THREADS": "8",
        "DATABASE_URL": "postgresql://me:secret@db/preferences",
        "DELIVERY_WORKERS": "0",
        "RETENTION_DAYS": "400",
    }
    settings = Settings.from_environ({**ENOUGH, **given, "PATH": "/bin", "LANG": "C"})
    assert settings.courier_base_url == "https://api.eu.courier.com"
    assert settings.keys == [OLDEST, OLD, KEY]
    assert settings.product_name == "Tidewell & Söhne"
    assert settings.database_url.get_secret_value() == given["DATABASE_URL"]
    assert (settings.delivery_workers, settings.retention_days) == (0, 400)
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert (settings.workers, settings.threads) == (4, 8)


@pytest.mark.parametrize("name", ENOUGH)
@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_missing_or_empty_variable_is_named(name: str, value: str | None) -> None:
    environ = without(name) if value is None else {**ENOUGH, name: value}
    assert faults(environ) == [f"{name} is missing"]


def test_all_faults_are_reported_together(tmp_path: Path) -> None:
    lines = faults(
        {
            "COURIER_API_KEY": API_KEY,
            "COURIER_API_KEY_FILE": str(tmp_path / "given-twice"),
            "COURIER_BASE_URL": "api.courier.com",
            "SECRET_KEY": "short",
            "SECRET_KEY_FALLBACKS_FILE": str(tmp_path / "nowhere"),
            "PRODUCT_NAME": "x" * 81,
            "PORT": "many",
            "WORKERS": "0",
            "THREADS": "1025",
        }
    )
    assert sorted(line.partition(" ")[0] for line in lines) == [
        "COURIER_API_KEY",
        "COURIER_BASE_URL",
        "PORT",
        "PRODUCT_NAME",
        "PUBLIC_URL",
        "SECRET_KEY",
        "SECRET_KEY_FALLBACKS_FILE",
        "THREADS",
        "WORKERS",
    ]


OF_A_SHAPE = {
    "DATABASE_URL": f"postgresql://me:{OLD}@host/name",
    "REDIS_URL": f"redis://:{OLD}@host:6379/0",
    "LINK_API_KEYS": f"shop:{OLD}",
}


@pytest.mark.parametrize("name", sorted(name.upper() for name in SECRETS))
def test_a_secret_may_be_in_a_file(tmp_path: Path, name: str) -> None:
    secret = OF_A_SHAPE.get(name, OLD)
    file = tmp_path / "secret"
    file.write_text(f"{secret}\n", encoding="utf-8")
    given = {**without(name), **TOGETHER.get(name, {}), f"{name}_FILE": str(file)}
    settings = Settings.from_environ(given)
    read = getattr(settings, name.lower())
    values = read if isinstance(read, tuple) else (read,)
    assert [value.get_secret_value() for value in values] == [secret]


def test_only_secrets_may_be_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text("https://elsewhere.example", encoding="utf-8")
    environ = {**without("PUBLIC_URL"), "PUBLIC_URL_FILE": str(file)}
    assert faults(environ) == ["PUBLIC_URL is missing"]


@pytest.mark.parametrize("name", sorted(name.upper() for name in SECRETS))
def test_a_secret_given_twice_is_a_fault(tmp_path: Path, name: str) -> None:
    file = tmp_path / "secret"
    file.write_text(OLD, encoding="utf-8")
    assert faults({**ENOUGH, name: KEY, f"{name}_FILE": str(file)}) == [
        f"{name} and {name}_FILE are both given"
    ]


@pytest.mark.parametrize("name", sorted(name.upper() for name in SECRETS))
def test_a_file_that_cannot_be_read_is_a_fault(tmp_path: Path, name: str) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\x00")
    for path, reason in [
        (tmp_path / "nowhere", "No such file or directory"),
        (tmp_path, "Is a directory"),
        (binary, "not text"),
    ]:
        environ = {**without(name), f"{name}_FILE": str(path)}
        assert faults(environ) == [f"{name}_FILE cannot be read: {reason}"]


def test_an_empty_file_counts_as_not_given(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("\n", encoding="utf-8")
    environ = {**without("SECRET_KEY"), "SECRET_KEY_FILE": str(file)}
    assert faults(environ) == ["SECRET_KEY is missing"]


def test_a_short_key_is_refused_also_among_the_fallbacks() -> None:
    message = f"must have at least {SHORTEST_KEY} characters"
    assert faults({**ENOUGH, "SECRET_KEY": "k" * (SHORTEST_KEY - 1)}) == [
        f"SECRET_KEY {message}"
    ]
    assert faults({**ENOUGH, "SECRET_KEY_FALLBACKS": f"{OLD} short"}) == [
        f"SECRET_KEY_FALLBACKS {message}"
    ]
    just = "k" * SHORTEST_KEY
    assert Settings.from_environ({**ENOUGH, "SECRET_KEY": just}).keys == [just]


@pytest.mark.parametrize("name", ["PUBLIC_URL", "COURIER_BASE_URL"])
@pytest.mark.parametrize(
    "value",
    [
        "preferences.example.com",
        "ftp://example.com",
        "https://",
        "https://example.com/?a=b",
        "https://example.com/#here",
        "https://exam ple.com",
        "javascript:alert(1)",
    ],
)
def test_an_address_is_one_a_browser_can_follow(name: str, value: str) -> None:
    assert faults({**ENOUGH, name: value}) == [
        f"{name} must be an address that begins with http:// or https://"
    ]


def test_courier_s_address_may_have_a_path_and_loses_its_last_slash() -> None:
    settings = Settings.from_environ(
        {**ENOUGH, "COURIER_BASE_URL": "https://example.com/courier/ "}
    )
    assert settings.courier_base_url == "https://example.com/courier"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLIC_URL", "https://example.com/mail"),
        ("PUBLIC_URL", "https://@"),
        ("PUBLIC_URL", 'https://a.b"x<y'),
        ("COURIER_BASE_URL", "http://a:port"),
        ("COURIER_BASE_URL", "http://a:99999"),
        ("COURIER_API_KEY", "schlüssel"),
        ("COURIER_API_KEY", "two\nlines"),
    ],
)
def test_what_could_never_work_is_refused_at_the_start(name: str, value: str) -> None:
    with pytest.raises(SettingsFault, match=name):
        Settings.from_environ({**ENOUGH, name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "80.5"),
        ("PORT", "http"),
        ("WORKERS", "-1"),
        ("THREADS", "none"),
    ],
)
def test_a_number_out_of_bounds_is_refused(name: str, value: str) -> None:
    (line,) = faults({**ENOUGH, name: value})
    assert line.startswith(f"{name} ")


def test_no_secret_is_in_what_is_printed() -> None:
    settings = Settings.from_environ({**ENOUGH, "SECRET_KEY_FALLBACKS": OLD})
    printed = f"{settings} {settings!r} {settings.model_dump()}"
    printed += settings.model_dump_json()
    for secret in (API_KEY, KEY, OLD):
        assert secret not in printed


def test_no_secret_is_in_the_message_of_a_fault(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(OLD, encoding="utf-8")
    lines = faults(
        {
            "COURIER_API_KEY": API_KEY,
            "COURIER_API_KEY_FILE": str(file),
            "SECRET_KEY": "shibboleth",
            "SECRET_KEY_FALLBACKS": f"{OLD} abracadabra",
        }
    )
    assert len(lines) == 4
    for secret in (API_KEY, "shibboleth", OLD, "abracadabra"):
        assert secret not in "\n".join(lines)


def test_settings_are_frozen() -> None:
    settings = Settings.from_environ(ENOUGH)
    with pytest.raises(ValidationError):
        settings.port = 1
    assert settings.port == 8000


def test_every_setting_tells_the_readme_what_it_is() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name


SIGN_IN = {**TOGETHER["OIDC_CLIENT_SECRET"], "OIDC_CLIENT_SECRET": "s" * 20}


def test_there_is_a_desk_where_staff_can_sign_in() -> None:
    assert not Settings.from_environ(ENOUGH).has_desk
    assert Settings.from_environ({**ENOUGH, **SIGN_IN}).has_desk


@pytest.mark.parametrize("name", SIGN_IN)
def test_the_settings_of_the_sign_in_belong_together(name: str) -> None:
    some = {key: value for key, value in SIGN_IN.items() if key != name}

    assert faults({**ENOUGH, **some}) == [
        "OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET belong together"
    ]


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("OIDC_ISSUER", "http://accounts.example.com", "must begin with https://"),
        ("OIDC_ROLES", "boss=Everybody", "must be role=value"),
        ("OIDC_ROLES", "agent", "must be role=value"),
        ("STAFF_LEGAL_BASES", " ; ", "must be at least one"),
        ("STAFF_LEGAL_BASES", "x" * 121, "each of 120 characters at most"),
        ("STAFF_IDLE_MINUTES", "0", "greater than or equal to 1"),
        ("DIRECTORY_URL", "ftp://x", "must be an address"),
    ],
)
def test_what_the_desk_cannot_use_is_a_fault(name: str, value: str, fault: str) -> None:
    (line,) = faults({**ENOUGH, **SIGN_IN, name: value})

    assert line.startswith(name)
    assert fault in line


def test_staff_sign_in_over_https_but_on_this_machine() -> None:
    there, here = "http://desk.example.com", "http://127.0.0.1:8000"

    assert faults({**ENOUGH, **SIGN_IN, "PUBLIC_URL": there}) == [
        "PUBLIC_URL must begin with https:// where staff sign in"
    ]
    assert Settings.from_environ({**ENOUGH, **SIGN_IN, "PUBLIC_URL": here}).has_desk


def test_roles_and_bases_are_lists() -> None:
    given = {"OIDC_ROLES": "agent=Support admin=Leads", "STAFF_LEGAL_BASES": "A; B b"}
    settings = Settings.from_environ({**ENOUGH, **SIGN_IN, **given})

    assert settings.oidc_roles == (("agent", "Support"), ("admin", "Leads"))
    assert settings.staff_legal_bases == ("A", "B b")
