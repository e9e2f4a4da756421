"""The container files: what they promise (no rights, no writing, probes, limits), and that their command keeps it."""

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from image_kit import mebi

from api import read_settings
from api.access import fingerprint, fresh_key

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
PACKAGES = ("engine", "simulations", "api", "cli", "schemas")
NOBODY = 65534
SECONDS = 30
KEY = fresh_key()


def manifests() -> dict[str, dict[str, Any]]:
    kustomization = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text(encoding="utf-8"))
    assert sorted(kustomization["resources"]) == sorted(
        path.name for path in KUBERNETES.glob("*.yaml") if path.name != "kustomization.yaml"
    )
    found = [yaml.safe_load((KUBERNETES / name).read_text(encoding="utf-8")) for name in kustomization["resources"]]
    for one in found:
        assert set(one) >= {"apiVersion", "kind", "metadata"}
        assert "namespace" not in one["metadata"]  # the kustomization sets it
    return {one["kind"]: one for one in found}


def instructions() -> list[tuple[str, str]]:
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


def test_the_image_is_pinned_and_runs_without_rights() -> None:
    said = instructions()
    assert re.fullmatch(r"BASE=docker\.io/library/python:3\.11\.\d+-slim-\w+", dict(said)["ARG"])
    assert [rest.split()[0] for word, rest in said if word == "FROM"] == ["${BASE}"] * 2
    last = said[max(i for i, (word, _) in enumerate(said) if word == "FROM") :]
    words = dict(last)
    assert words["USER"] == "10001:10001"
    assert words["STOPSIGNAL"] == "SIGTERM"
    assert "/healthz" in words["HEALTHCHECK"]
    assert "pip" not in " ".join(rest for _, rest in last)  # what builds stays behind
    assert (json.loads(words["ENTRYPOINT"]), json.loads(words["CMD"])[:2]) == (["deskpolicy"], ["serve", "--settings"])


def test_the_image_holds_what_the_service_needs() -> None:
    ignored = (DEPLOY / "Containerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    sources = [s for word, rest in instructions() if word == "COPY" and "--from" not in rest for s in rest.split()[:-1]]
    for source in sources:
        assert (ROOT / source).exists(), source
        assert f"!{source}" in ignored, source
    assert set(PACKAGES) <= set(sources)


def test_the_health_check_of_the_image_is_a_program(tmp_path: Path) -> None:
    check = dict(instructions())["HEALTHCHECK"].partition("CMD")[2]
    command = json.loads(check)
    assert command[0] == "python"
    compile(command[2], "HEALTHCHECK", "exec")
    nobody_there = command[2].replace(":8080", ":1")
    assert subprocess.run([sys.executable, "-c", nobody_there], capture_output=True, timeout=SECONDS).returncode == 1


def test_all_settings_are_settings(tmp_path: Path) -> None:
    inside = read_settings(DEPLOY / "service.yaml")
    mounted = tmp_path / "service.yaml"
    mounted.write_text(manifests()["ConfigMap"]["data"]["service.yaml"], encoding="utf-8")
    assert read_settings(mounted) == inside
    assert inside.access.required
    assert inside.listen.host == "0.0.0.0"
    assert inside.listen.drain > 0


def test_compose_gives_the_container_no_more_than_it_needs() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    service, keys = compose["services"]["deskpolicy"], read_settings(DEPLOY / "service.yaml").access.keys_file
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert [mount.split(":")[0] for mount in service["tmpfs"]] == ["/tmp"]
    assert service["secrets"][0]["target"] == keys
    assert all(volume["read_only"] for volume in service["volumes"])
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).exists()


def test_the_pods_have_probes_limits_and_no_rights() -> None:
    pod = manifests()["Deployment"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == 10001
    assert pod["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault"
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert set(container["resources"]["limits"]) == set(container["resources"]["requests"]) == {"cpu", "memory"}
    probes = {name: container[f"{name}Probe"]["httpGet"]["path"] for name in ("startup", "readiness", "liveness")}
    assert probes == {"startup": "/readyz", "readiness": "/readyz", "liveness": "/healthz"}
    assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}
    mounted = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    assert container["args"][-1] == f"{mounted['settings']}/service.yaml"
    settings = read_settings(DEPLOY / "service.yaml")
    assert settings.access.keys_file == f"{mounted['keys']}/keys.yaml"
    assert settings.listen.drain + 10 < pod["terminationGracePeriodSeconds"]


@pytest.mark.parametrize("release", ["1.30", "1.37"])
def test_the_manifests_are_what_kubernetes_knows(release: str) -> None:
    """By the schemas of releases of Kubernetes, old and new; a field that they do not know is refused too."""
    for one in manifests().values():
        kubernetes_validate.validate(one, release, strict=True)
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(manifests()["Deployment"] | {"replica": 2}, release, strict=True)


def test_memory_has_room_for_the_writers_of_decision_logs() -> None:
    """Two workers take 270 MiB, with a log in files 330; a writer of Parquet up to 150, and lines that wait on top."""
    (container,) = manifests()["Deployment"]["spec"]["template"]["spec"]["containers"]
    asked, limit = (mebi(container["resources"][kind]["memory"]) for kind in ("requests", "limits"))
    settings = read_settings(DEPLOY / "service.yaml")
    waiting = settings.decisions.buffer_bytes // (1 << 20)
    assert asked >= 330 / 2 * settings.listen.workers
    assert limit >= (270 / 2 + 150 + waiting) * settings.listen.workers
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"]["deskpolicy"]
    assert (compose["mem_limit"], limit) == ("1g", 1024)


def test_the_manifests_belong_together() -> None:
    found = manifests()
    labels = found["Deployment"]["spec"]["template"]["metadata"]["labels"]
    assert found["Deployment"]["spec"]["selector"]["matchLabels"] == labels
    assert found["Service"]["spec"]["selector"] == labels
    assert found["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == labels
    assert found["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"] == labels
    (port,) = found["Deployment"]["spec"]["template"]["spec"]["containers"][0]["ports"]
    assert port["containerPort"] == read_settings(DEPLOY / "service.yaml").listen.port
    assert found["Service"]["spec"]["ports"][0]["targetPort"] == port["name"]
    assert found["NetworkPolicy"]["spec"]["ingress"][0]["ports"][0]["port"] == port["name"]
    scaler = found["HorizontalPodAutoscaler"]["spec"]
    assert scaler["scaleTargetRef"]["name"] == found["Deployment"]["metadata"]["name"]
    assert "replicas" not in found["Deployment"]["spec"]
    assert found["PodDisruptionBudget"]["spec"]["minAvailable"] < scaler["minReplicas"] < scaler["maxReplicas"]
    volumes = {volume["name"]: volume for volume in found["Deployment"]["spec"]["template"]["spec"]["volumes"]}
    assert volumes["settings"]["configMap"]["name"] == found["ConfigMap"]["metadata"]["name"]


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that another user may enter; the tests' own folders are closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="deskpolicy-deploy-"))
    folder.chmod(0o755)
    yield folder
    for path in [folder, *folder.rglob("*")]:
        if path.is_dir():
            path.chmod(0o755)
    shutil.rmtree(folder)


def laid_out(place: Path) -> Path:
    """The settings of the image over a copy of everything that nobody may write to."""
    image = place / "image"
    for name in (*PACKAGES, "rules"):
        shutil.copytree(ROOT / name, image / name, ignore=shutil.ignore_patterns("__pycache__"))
    (image / "keys.yaml").write_text(json.dumps([{"id": "tests", "sha256": fingerprint(KEY)}]))
    settings = yaml.safe_load((DEPLOY / "service.yaml").read_text(encoding="utf-8"))
    settings["rules"] = str(image / "rules")
    settings["listen"] |= {"port": 0, "drain": 0}  # at 0.0.0.0 still, and so only with keys
    settings["access"]["keys_file"] = str(image / "keys.yaml")
    (image / "service.yaml").write_text(json.dumps(settings), encoding="utf-8")
    for path in [image, *image.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    return image


def as_nobody() -> tuple[str, list[str], dict[str, str]]:
    """An interpreter that anybody may run, what makes its process nobody's, and where its packages lie."""
    if os.geteuid() != 0:
        return sys.executable, [], {}
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("run as root, and without setpriv to become somebody else")
    drop = [setpriv, f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--no-new-privs"]
    if all(folder.stat().st_mode & 0o001 for folder in Path(sys.executable).resolve().parents):
        return sys.executable, drop, {}
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    python = shutil.which(name, path="/usr/local/bin:/usr/bin")
    if python is None:
        pytest.skip(f"the interpreter lies where nobody else may enter, and there is no other {name}")
    return python, drop, {"PYTHONPATH": sysconfig.get_path("purelib")}


def stamps(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(path): (path.stat().st_mtime_ns, path.stat().st_size) for path in [folder, *folder.rglob("*")]}


def test_the_command_of_the_image_writes_nothing(place: Path) -> None:
    image, temporary = laid_out(place), place / "tmp"
    temporary.mkdir()
    temporary.chmod(0o1777)
    before = stamps(image)
    python, drop, packages = as_nobody()
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "TMPDIR": str(temporary), **packages,
                   "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"}  # fmt: skip
    command = [*drop, python, "-m", "cli", "serve", "--settings", str(image / "service.yaml")]
    with subprocess.Popen(
        command, cwd=image, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            assert process.stdout is not None
            greeting = process.stdout.readline()
            found = re.search(r"http://[^:]+:(\d+)", greeting)
            if found is None:
                process.kill()
                raise AssertionError(greeting + process.communicate()[1])
            ask(int(found[1]))
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
    assert stamps(image) == before
    assert list(temporary.iterdir()) == []


def ask(port: int) -> None:
    """Wait until it is ready, then ask for decisions with the key and without."""
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            if answer(port, "GET", "/readyz")[0] == 200:
                break
        except OSError:
            pass
        assert time.monotonic() < deadline, "it did not become ready"
        time.sleep(0.05)
    assert answer(port, "GET", "/healthz")[0] == 200
    body = json.dumps({"rulebook": "internal-it"})
    for _ in range(4):  # both workers
        assert answer(port, "POST", "/v1/decide", body, {"X-API-Key": KEY})[0] == 200
    assert answer(port, "POST", "/v1/decide", body)[0] == 401


def answer(
    port: int, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None
) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json", **(headers or {})})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()
