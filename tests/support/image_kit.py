"""The image run as the manifests say, without a daemon: for tests of what a pod may do, and what it may not.

The image lies in buildah's store; runc runs it. What the process is given (user, rights, mounts, memory) is read from
a pod's manifest, so that a right that is missing there is missing here too. The container has a network of its own, of
which there is only the loopback; questions are asked from within.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

SECONDS: Final = 60
_MEBI: Final = 1 << 20
_CLOSED: Final = ["nosuid", "noexec", "nodev"]
_SYSTEM: Final = (
    {"destination": "/proc", "type": "proc", "source": "proc"},
    {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755", "size=64k"]},
    {"destination": "/dev/shm", "type": "tmpfs", "source": "shm", "options": [*_CLOSED, "mode=1777", "size=64m"]},
    {"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": [*_CLOSED, "ro"]},
)
_ASKER: Final = """\
import http.client, json, sys
method, path, body, headers = json.load(sys.stdin)
connection = http.client.HTTPConnection("127.0.0.1", 8080, timeout=30)
connection.request(method, path, body, headers)
response = connection.getresponse()
json.dump([response.status, response.read().decode()], sys.stdout)
"""


def why_not() -> str | None:
    """Why no image can be run here; None where one can."""
    if "DESKPOLICY_IMAGE" not in os.environ:
        return "no image was built: `make image-check` builds one and names it in DESKPOLICY_IMAGE"
    missing = [program for program in ("buildah", "runc", "nsenter") if shutil.which(program) is None]
    if missing:
        return f"not installed here: {', '.join(missing)}"
    return None if os.geteuid() == 0 else "mounting the image takes root"


@dataclass(frozen=True, slots=True)
class Image:
    """An image unpacked: where its files lie, and what it says of its process."""

    files: Path
    config: Mapping[str, Any]


@contextmanager
def unpacked(name: str) -> Iterator[Image]:
    """An image of buildah's store."""
    said = json.loads(_output("buildah", "inspect", "--type", "image", name))
    container = _output("buildah", "from", "--pull-never", name)
    try:
        yield Image(Path(_output("buildah", "mount", container)), said["Docker"]["config"])
    finally:
        _output("buildah", "rm", container)


@dataclass(frozen=True, slots=True)
class Container:
    """One that runs."""

    name: str
    process: subprocess.Popen[str]
    said: Path
    """What it wrote to standard output and standard error."""

    def ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        """Status and body of one call; status 0 where nobody listens, or nothing runs yet."""
        state = _done("runc", "state", self.name)
        if state.returncode != 0:
            return 0, state.stderr
        pid = json.loads(state.stdout)["pid"]
        sent = None if body is None else json.dumps(body)
        typed = {"Content-Type": "application/json", **(headers or {})}
        done = subprocess.run(
            ["nsenter", f"--net=/proc/{pid}/ns/net", sys.executable, "-I", "-c", _ASKER],
            input=json.dumps([method, path, sent, typed]),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        status, text = json.loads(done.stdout) if done.returncode == 0 else (0, done.stderr)
        return status, text

    def until_ready(self) -> None:
        """Wait until it takes calls."""
        deadline = time.monotonic() + SECONDS
        while self.ask("GET", "/readyz")[0] != 200:
            assert self.process.poll() is None, self.said.read_text(encoding="utf-8")
            assert time.monotonic() < deadline, self.said.read_text(encoding="utf-8")
            time.sleep(0.1)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a program inside, with the rights of the service."""
        return _done("runc", "exec", self.name, *command)

    def mebibytes(self) -> int:
        """What its processes hold of memory, what they share counted once."""
        pids = json.loads(_output("runc", "ps", "--format", "json", self.name))
        rollups = [Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii") for pid in pids]
        return sum(int(rollup.split("Pss:")[1].split()[0]) for rollup in rollups) // 1024

    def stop(self) -> None:
        """Tell it to end, as Kubernetes does."""
        _output("runc", "kill", self.name, "TERM")


@contextmanager
def running(
    image: Image, place: Path, pod: Mapping[str, Any], given: Mapping[str, Path], args: Sequence[str] | None = None
) -> Iterator[Container]:
    """A container of an image under the rules of a pod; `given` are the folders behind its volumes, by their names.

    `args` are those of the pod where left out; an empty list leaves the image its own command.
    """
    place.mkdir()
    name, said = f"deskpolicy-check-{os.getpid()}", place / "said.txt"
    (place / "config.json").write_text(json.dumps(_spec(image, pod, given, args)), encoding="utf-8")
    with said.open("w") as sink:
        process = subprocess.Popen(
            ["runc", "run", "--bundle", str(place), name], stdout=sink, stderr=subprocess.STDOUT, text=True
        )
    try:
        yield Container(name, process, said)
    finally:
        _done("runc", "delete", "--force", name)
        try:
            process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(SECONDS)


def _spec(
    image: Image, pod: Mapping[str, Any], given: Mapping[str, Path], args: Sequence[str] | None
) -> dict[str, Any]:
    """The configuration for an OCI runtime that an image and a pod make together."""
    (container,) = pod["containers"]
    inside, rights = pod["securityContext"], container["securityContext"]
    args = container["args"] if args is None else args or image.config["Cmd"]
    assert rights["capabilities"] == {"drop": ["ALL"]}
    kinds = ("bounding", "effective", "permitted", "inheritable", "ambient")
    return {
        "ociVersion": "1.0.2",
        "root": {"path": str(image.files), "readonly": rights["readOnlyRootFilesystem"]},
        "hostname": "pod",
        "process": {
            "user": {
                "uid": inside["runAsUser"],
                "gid": inside["runAsGroup"],
                "additionalGids": [inside["fsGroup"]],
            },
            "args": [*image.config["Entrypoint"], *args],
            "env": image.config["Env"],
            "cwd": image.config["WorkingDir"],
            "capabilities": {kind: [] for kind in kinds},
            "noNewPrivileges": not rights["allowPrivilegeEscalation"],
        },
        "mounts": [*_SYSTEM, *_volumes(pod, container, given)],
        "linux": {
            "namespaces": [{"type": kind} for kind in ("pid", "mount", "ipc", "uts", "network")],
            "resources": {"memory": {"limit": mebi(container["resources"]["limits"]["memory"]) * _MEBI}},
        },
    }


def mebi(said: str) -> int:
    """The mebibytes of a quantity: `768Mi`, `1Gi`."""
    number, unit = said[:-2], said[-2:]
    return int(number) * {"Mi": 1, "Gi": 1024}[unit]


def _volumes(
    pod: Mapping[str, Any], container: Mapping[str, Any], given: Mapping[str, Path]
) -> Iterator[dict[str, Any]]:
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    for mount in container["volumeMounts"]:
        empty = volumes[mount["name"]].get("emptyDir", {})
        if empty.get("medium") == "Memory":
            options = ["nosuid", "nodev", "mode=1777", f"size={mebi(empty['sizeLimit'])}m"]
            yield {"destination": mount["mountPath"], "type": "tmpfs", "source": "tmpfs", "options": options}
        else:
            options = ["bind", "ro" if mount.get("readOnly") else "rw", "nosuid", "nodev"]
            source = str(given[mount["name"]])
            yield {"destination": mount["mountPath"], "type": "bind", "source": source, "options": options}


def _done(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)


def _output(*command: str) -> str:
    done = _done(*command)
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return done.stdout.strip()
