"""The compose project is one that Docker takes, and that the app starts with."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.checks import keys
from app.serving.bounds import Bounds
from app.settings import Settings
from tests.deploy.places import (
    API_KEY,
    COMPOSE,
    PUBLIC_URL,
    ROOT,
    missing,
    prepared,
    ran,
    unknown,
)

Project = dict[str, Any]
OURS = ("app", "deliver")


def compose() -> list[str]:
    """Docker's own command, or the older one by itself."""
    docker = shutil.which("docker")
    if docker and ran(docker, "compose", "version").returncode == 0:
        return [docker, "compose"]
    alone = shutil.which("docker-compose")
    assert alone, "docker compose is not here; run scripts/checkers"
    return [alone]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepared(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def project(folder: Path) -> Project:
    """As Docker reads it, with everything filled in."""
    done = ran(*compose(), "--file", str(folder / "compose.yaml"), "config")
    assert done.returncode == 0, done.stderr
    return dict(yaml.safe_load(done.stdout))


def environ(project: Project, service: str, folder: Path) -> dict[str, str]:
    """What a service of ours is given, its secrets where they lie here."""
    given = project["services"][service]["environment"]
    own = f"{folder}/secrets/"
    return {k: str(v).replace("/run/secrets/", own) for k, v in given.items()}


@pytest.mark.parametrize("service", OURS)
def test_the_app_starts_with_what_it_is_given(
    project: Project, folder: Path, service: str
) -> None:
    given = environ(project, service, folder)
    settings = Settings.from_environ(given)

    assert not unknown(given)
    assert not missing(given)
    assert settings.public_url == PUBLIC_URL
    assert settings.courier_api_key.get_secret_value() == API_KEY
    assert settings.database_url.get_secret_value().startswith("postgresql://")
    assert settings.proxies == 1
    assert keys.check(settings).state == "ok"


def test_no_secret_stands_in_what_anybody_may_read(
    project: Project, folder: Path
) -> None:
    files = (folder / "secrets").iterdir()
    secrets = {file.name: file.read_text("utf-8").strip() for file in files}

    assert set(secrets) == set(project["secrets"])
    for secret in secrets.values():
        assert secret not in str(project)
    assert (folder / "secrets").stat().st_mode & 0o077 == 0


def test_preparing_again_changes_nothing(folder: Path) -> None:
    before = {f: f.read_bytes() for f in folder.rglob("*") if f.is_file()}
    done = ran(folder / "prepare", PUBLIC_URL, given="pk_prod_another\n")

    assert done.returncode == 0
    assert {f: f.read_bytes() for f in folder.rglob("*") if f.is_file()} == before


@pytest.mark.parametrize("words", [[], ["http://preferences.example.com"]])
def test_preparing_needs_an_address_with_tls(tmp_path: Path, words: list[str]) -> None:
    shutil.copy(COMPOSE / "prepare", tmp_path)
    done = ran(tmp_path / "prepare", *words, given="x\n")

    assert done.returncode == 2
    assert [f.name for f in tmp_path.iterdir()] == ["prepare"]


def test_only_the_proxy_can_be_reached_from_outside(project: Project) -> None:
    services = project["services"]

    assert [name for name, own in services.items() if own.get("ports")] == ["proxy"]
    for name in ("database", "redis"):
        assert list(services[name]["networks"]) == ["back"]
    assert project["networks"]["back"]["internal"] is True
    assert "back" not in services["proxy"]["networks"]


def test_whatever_ends_is_begun_again_and_gains_no_rights(project: Project) -> None:
    for name, own in project["services"].items():
        assert own["restart"] == "unless-stopped", name
        assert own["security_opt"] == ["no-new-privileges:true"], name
        assert own["healthcheck"], name
        if name != "database":
            assert own["read_only"] is True, name
            assert own["cap_drop"] == ["ALL"], name


@pytest.mark.parametrize("service", OURS)
def test_the_app_is_given_the_time_that_it_needs_to_stop(
    project: Project, service: str
) -> None:
    assert project["services"][service]["stop_grace_period"] == "40s"
    assert Bounds().stopping < 40


def test_delivery_is_done_by_the_service_for_it(project: Project) -> None:
    services = project["services"]

    assert services["app"]["environment"]["DELIVERY_WORKERS"] == "0"
    assert services["deliver"]["command"][:4] == ["python", "-m", "app", "deliver"]
    assert services["deliver"]["command"][-2:] == ["--port", "8000"]
    assert services["deliver"]["healthcheck"] == services["app"]["healthcheck"]
    assert "127.0.0.1:8000/healthz" in services["deliver"]["healthcheck"]["test"][-1]


def test_what_was_prepared_is_never_committed_nor_in_the_image() -> None:
    ignored = (COMPOSE / ".gitignore").read_text("utf-8").split()
    image = (ROOT / ".dockerignore").read_text("utf-8").split()

    assert ignored == ["secrets/", "settings.env"]
    assert image[0] == "*"
    assert "!deploy" not in image


def test_the_image_runs_as_a_number_that_is_not_root() -> None:
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()
    users = [line.partition(" ")[2] for line in lines if line.startswith("USER ")]

    assert users == ["10001"]
    assert any(f"--uid {users[0]} " in line for line in lines)
