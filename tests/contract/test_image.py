"""The image under the rights of the Kubernetes manifests: it serves, logs, reloads and ends, and can do nothing else.

`make image-check` builds the image and runs this.
"""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from image_kit import SECONDS, Container, Image, mebi, running, unpacked, why_not
from reload_kit import REQUEST, put

from api.access import fingerprint, fresh_key

pytestmark = [pytest.mark.slow, pytest.mark.skipif(why_not() is not None, reason=str(why_not()))]
ROOT: Final = Path(__file__).parents[2]
KUBERNETES: Final = ROOT / "deploy" / "kubernetes"
KEY: Final = fresh_key()
WITH_KEY: Final = {"X-API-Key": KEY}
SERVICE: Final = 10001
BOOKS: Final = sorted(path.name for path in (ROOT / "rules").iterdir() if path.is_dir())


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    with unpacked(os.environ["DESKPOLICY_IMAGE"]) as found:
        yield found


def manifest(name: str) -> dict[str, Any]:
    return dict(yaml.safe_load((KUBERNETES / name).read_text(encoding="utf-8")))


def pod() -> dict[str, Any]:
    """What the Deployment says of its pods."""
    return dict(manifest("deployment.yaml")["spec"]["template"]["spec"])


def with_a_volume() -> dict[str, Any]:
    """The same with the volume for decision logs that the page on deployment adds."""
    page = (ROOT / "docs" / "how-to" / "deploy.md").read_text(encoding="utf-8")
    block = next(text.split("```")[0] for text in page.split("```yaml\n")[1:] if "volumeMounts" in text)
    added, found = yaml.safe_load(block)["spec"]["template"]["spec"], pod()
    (container,), (more,) = found["containers"], added["containers"]
    assert container["name"] == more["name"]
    container["volumeMounts"] += more["volumeMounts"]
    return {**found, "volumes": [*found["volumes"], *added["volumes"]]}


def given(place: Path, **settings: Any) -> dict[str, Path]:
    """The folders behind the volumes: the settings of the ConfigMap with some of our own, a key, room for logs."""
    folders = {name: place / name for name in ("settings", "keys", "decisions")}
    for folder in folders.values():
        folder.mkdir()
    said = yaml.safe_load(manifest("settings.yaml")["data"]["service.yaml"])
    (folders["settings"] / "service.yaml").write_text(json.dumps(said | settings), encoding="utf-8")
    keys = [{"id": "tests", "sha256": fingerprint(KEY), "scopes": ["decide", "rulebooks", "admin"]}]
    (folders["keys"] / "keys.yaml").write_text(json.dumps(keys), encoding="utf-8")
    os.chown(folders["decisions"], 0, SERVICE)  # as `fsGroup` has it
    folders["decisions"].chmod(0o2775)
    return folders


def decide(container: Container, rulebook: str = "internal-it") -> dict[str, Any]:
    status, said = container.ask("POST", "/v1/decide", {"rulebook": rulebook, "ticket": {"id": "7"}}, WITH_KEY)
    assert status == 200, said
    return dict(json.loads(said))


def test_a_pod_serves_without_rights_and_ends_when_told(image: Image, tmp_path: Path) -> None:
    with running(image, tmp_path / "pod", pod(), given(tmp_path)) as container:
        container.until_ready()
        for book in BOOKS:
            assert decide(container, book)["rulebook"]["id"] == book
        assert container.ask("POST", "/v1/decide", json.loads(REQUEST))[0] == 401
        assert container.run("id", "-u").stdout.strip() == str(SERVICE)
        status = container.run("cat", "/proc/1/status").stdout
        assert {line.split()[1] for line in status.splitlines() if line.startswith("Cap")} == {"0" * 16}
        assert "NoNewPrivs:\t1" in status
        for place in ("/", "/etc/deskpolicy", "/opt/deskpolicy", "/etc/deskpolicy/settings", "/run/secrets/deskpolicy"):
            assert "Read-only file system" in container.run("touch", f"{place}/file").stderr
        assert container.run("touch", "/tmp/file").returncode == 0
        kind, *check = image.config["Healthcheck"]["Test"]
        assert kind == "CMD"
        assert container.run(*check).returncode == 0
        container.stop()
        until_drained(container)
        assert decide(container)["decision"]["admission"]  # still answered, while nobody sends more here
        assert container.process.wait(pod()["terminationGracePeriodSeconds"]) == 0


def until_drained(container: Container) -> None:
    deadline = time.monotonic() + SECONDS
    while container.ask("GET", "/readyz")[0] != 503:
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize(("kind", "path"), [("file", "decisions.jsonl"), ("parquet", "")])
def test_decisions_are_logged_on_the_volume(image: Image, tmp_path: Path, kind: str, path: str) -> None:
    folders = given(tmp_path, decisions={"to": kind, "path": f"/var/log/deskpolicy/{path}", "every": 1})
    with running(image, tmp_path / "pod", with_a_volume(), folders) as container:
        container.until_ready()
        for book in BOOKS:
            decide(container, book)
        held = container.mebibytes()
        deadline = time.monotonic() + SECONDS
        while (found := verified(container)) != {"same": len(BOOKS), "different": 0, "unreadable": 0}:
            assert time.monotonic() < deadline, found
            time.sleep(0.2)
        assert held < mebi(pod()["containers"][0]["resources"]["requests"]["memory"])
        container.stop()
        assert container.process.wait(SECONDS) == 0
    assert "lost" not in container.said.read_text(encoding="utf-8")


def verified(container: Container) -> dict[str, int]:
    """How many of the logged decisions come out the same when they are made again, inside."""
    found = container.run("sh", "-c", "ls -d /var/log/deskpolicy/*").stdout.split()
    if not found:
        return {}
    done = container.run("deskpolicy", "verify", "--format", "json", *found)
    said = json.loads(done.stdout) if done.stdout else {}
    return {name: said[name] for name in ("same", "different", "unreadable") if name in said}


def test_the_images_own_command_takes_mounted_rulebooks_and_reloads_them(image: Image, tmp_path: Path) -> None:
    found, rules = pod(), tmp_path / "rules"
    found["containers"][0]["volumeMounts"].append(
        {"name": "rules", "mountPath": "/etc/deskpolicy/rules", "readOnly": True}
    )
    found["volumes"].append({"name": "rules", "configMap": {"name": "rules"}})
    put(rules, "first")
    folders = {**given(tmp_path), "rules": rules}
    with running(image, tmp_path / "pod", found, folders, args=[]) as container:
        container.until_ready()
        assert decide(container, "front-desk")["decision"]["admission"]["to"] == "first"
        put(rules, "second")
        status, receipt = container.ask("POST", "/v1/reload", None, WITH_KEY)
        assert (status, json.loads(receipt)["outcome"]) == (200, "replaced")
        assert decide(container, "front-desk")["decision"]["admission"]["to"] == "second"
