"""The manifests are Kubernetes' own, hang together, and fit the app."""

from itertools import chain
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from flask import Flask

from app.serving.bounds import Bounds
from tests.commands import COMMANDS
from tests.deploy.places import KUBERNETES, REQUIRED, missing, ran, unknown

Manifest = dict[str, Any]
CLOSED = {"/metrics", "/readyz"}
"""What operators ask, and the public does not."""


@pytest.fixture(scope="module")
def manifests() -> list[Manifest]:
    """All, as they are applied."""
    done = ran("kubectl", "kustomize", str(KUBERNETES))
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


def named(manifests: list[Manifest], kind: str, name: str = "preferences") -> Manifest:
    (found,) = (
        m for m in manifests if (m["kind"], m["metadata"]["name"]) == (kind, name)
    )
    return dict(found.get("spec", found))


def pods(manifests: list[Manifest]) -> dict[str, Manifest]:
    """The spec of every pod, by the name of what makes it."""
    found = {}
    for manifest in manifests:
        spec = manifest.get("spec", {})
        spec = spec.get("jobTemplate", {}).get("spec", spec)
        if "template" in spec:
            found[manifest["metadata"]["name"]] = spec["template"]
    return found


def test_every_file_is_applied_and_valid(manifests: list[Manifest]) -> None:
    example = yaml.safe_load((KUBERNETES / "secret.example.yaml").read_text("utf-8"))
    for manifest in [*manifests, example]:
        assert kubernetes_validate.validate(manifest, "1.37", strict=True)

    files = {f.name for f in KUBERNETES.glob("*.yaml")}
    order = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text("utf-8"))
    assert files == {*order["resources"], "kustomization.yaml", "secret.example.yaml"}
    assert not any("namespace" in m["metadata"] for m in manifests)


def test_what_is_not_kubernetes_own_is_found(manifests: list[Manifest]) -> None:
    """The judge is one: a typing error does not pass."""
    spoilt = yaml.safe_load(yaml.safe_dump(manifests[0] | {"dat": {}}))

    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(spoilt, "1.37", strict=True)


def test_the_app_is_given_all_that_it_needs(manifests: list[Manifest]) -> None:
    settings = named(manifests, "ConfigMap", "preferences-settings")["data"]
    example = yaml.safe_load((KUBERNETES / "secret.example.yaml").read_text("utf-8"))
    folder = "/run/secrets/preferences/"
    files = {v.removeprefix(folder) for v in settings.values() if v.startswith(folder)}

    assert not unknown(settings)
    assert not missing(settings)
    assert REQUIRED
    assert files == set(example["stringData"])
    for name, pod in pods(manifests).items():
        (container,) = pod["spec"]["containers"]
        mounts = {m["name"]: m["mountPath"] for m in container["volumeMounts"]}
        sources = {v["name"]: v for v in pod["spec"]["volumes"]}
        assert f"{mounts['secrets']}/" == folder, name
        assert sources["secrets"]["secret"]["secretName"] == example["metadata"]["name"]
        assert container["envFrom"] == [
            {"configMapRef": {"name": "preferences-settings"}}
        ]


def test_every_pod_may_do_as_little_as_clusters_can_ask(
    manifests: list[Manifest],
) -> None:
    """The restricted standard, and no file to write but in memory."""
    assert len(pods(manifests)) == 4
    for pod in pods(manifests).values():
        spec = pod["spec"]
        (container,) = spec["containers"]
        assert spec["automountServiceAccountToken"] is False
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"]["requests"]
        assert container["resources"]["limits"]["memory"]
        assert container["image"].startswith("registry.example.com/")


def test_every_pod_runs_a_command_that_there_is(manifests: list[Manifest]) -> None:
    for pod in pods(manifests).values():
        python, flag, module, command, *words = pod["spec"]["containers"][0]["args"]
        options = {o for p in COMMANDS[command].params for o in p.opts}
        assert (python, flag, module) == ("python", "-m", "app")
        assert {word for word in words if word.startswith("--")} <= options


def test_a_pod_is_given_the_time_that_it_needs_to_stop(
    manifests: list[Manifest],
) -> None:
    """The pause before the signal counts as well."""
    for name in ("preferences", "preferences-deliver"):
        spec = pods(manifests)[name]["spec"]
        hook = spec["containers"][0].get("lifecycle", {}).get("preStop", {})
        pause = hook.get("sleep", {}).get("seconds", 0)
        assert spec["terminationGracePeriodSeconds"] >= pause + Bounds().stopping + 5


def test_probes_ask_what_there_is(manifests: list[Manifest], app: Flask) -> None:
    """A pod joins once it is ready, and what all pods lack takes none of them away."""
    container = pods(manifests)["preferences"]["spec"]["containers"][0]
    asked = {
        name: container[f"{name}Probe"]["httpGet"]["path"]
        for name in ("startup", "readiness", "liveness")
    }
    assert asked == {
        "startup": "/readyz",
        "readiness": "/healthz",
        "liveness": "/healthz",
    }
    for path in asked.values():
        assert app.test_client().get(path).status_code == 200


def test_what_delivers_tells_how_it_goes(
    manifests: list[Manifest],
) -> None:
    """At the port that it opens; Prometheus asks there as well."""
    container = pods(manifests)["preferences-deliver"]["spec"]["containers"][0]
    (port,) = container["ports"]
    asked = {
        name: container[f"{name}Probe"]["httpGet"] for name in ("startup", "liveness")
    }

    assert container["args"][-2:] == ["--port", str(port["containerPort"])]
    assert asked == {
        "startup": {"path": "/readyz", "port": port["name"]},
        "liveness": {"path": "/healthz", "port": port["name"]},
    }


def test_the_public_reaches_every_page_and_nothing_of_the_operators(
    manifests: list[Manifest], app: Flask
) -> None:
    (rule,) = named(manifests, "Ingress")["rules"]
    paths = [(path["path"], path["pathType"]) for path in rule["http"]["paths"]]

    def is_open(path: str) -> bool:
        return any(
            path == own or (kind == "Prefix" and path.startswith(f"{own}/"))
            for own, kind in paths
        )

    routes = {rule.rule for rule in app.url_map.iter_rules()}
    assert routes >= CLOSED
    assert {route for route in routes if not is_open(route)} == CLOSED


def test_a_service_a_budget_and_a_policy_mean_the_pods_that_there_are(
    manifests: list[Manifest],
) -> None:
    serving = pods(manifests)["preferences"]["metadata"]["labels"]
    service = named(manifests, "Service")
    budget = named(manifests, "PodDisruptionBudget")
    policy = named(manifests, "NetworkPolicy")
    replicas = named(manifests, "Deployment")["replicas"]

    assert service["selector"] == serving
    assert budget["selector"]["matchLabels"] == serving
    assert 0 < budget["minAvailable"] < replicas
    chosen = policy["podSelector"]["matchLabels"].items()
    assert all(
        chosen <= pod["metadata"]["labels"].items() for pod in pods(manifests).values()
    )
    backends = [p["backend"]["service"] for p in ingress_paths(manifests)]
    assert backends
    assert all(
        b == {"name": "preferences", "port": {"name": service["ports"][0]["name"]}}
        for b in backends
    )


def ingress_paths(manifests: list[Manifest]) -> list[Manifest]:
    rules = named(manifests, "Ingress")["rules"]
    return list(chain.from_iterable(rule["http"]["paths"] for rule in rules))


def test_no_manifest_holds_a_secret() -> None:
    for file in Path(KUBERNETES).glob("*.yaml"):
        for manifest in yaml.safe_load_all(file.read_text("utf-8")):
            if manifest["kind"] == "Secret":
                told = manifest["stringData"].values()
                assert all(v == "" or "PASSWORD" in v for v in told)
                assert file.name == "secret.example.yaml"
