"""Bundles from files and from servers: taken when they are new, refused when they are not to be trusted."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from reload_kit import serving, text

from api import pack_bundle
from api.fleet import SourceRefused, source_of
from api.settings import Bundle, Reload, Settings

KEY = Ed25519PrivateKey.generate()
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def bundle(to: str, created_at: int = 1_700_000_000) -> bytes:
    return pack_bundle({"front-desk/1.0.0.yaml": text(to).encode()}, PEM, created_at)


@pytest.fixture
def public(tmp_path: Path) -> str:
    """The file of the public key."""
    path = tmp_path / "public.pem"
    path.write_bytes(KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return str(path)


class Server(ThreadingHTTPServer):
    """Serves one bundle under its ETag, and keeps what it was asked."""

    daemon_threads = True
    body = b""
    tag: str | None = '"1"'
    status = 200
    location = ""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str | None, int]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/rules.tar.gz"


class Handler(BaseHTTPRequestHandler):
    """Answers as the server is told."""

    server: Server

    def do_GET(self) -> None:
        served, asked = self.server, self.headers.get("If-None-Match")
        status = 304 if served.tag and asked == served.tag else served.status
        served.asked.append((asked, status))
        self.send_response(status)
        if served.tag:
            self.send_header("ETag", served.tag)
        if status in (301, 302, 307):
            self.send_header("Location", served.location)
        body = served.body if status == 200 else b""
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def server(body: bytes) -> Iterator[Server]:
    """A server in a thread."""
    served = Server()
    served.body = body
    thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield served
    finally:
        served.shutdown()
        thread.join(10)
        served.server_close()


def settings(source: str, public: str, every: float = 30.0) -> Settings:
    return Settings(reload=Reload(bundle=Bundle(source=source, public_key=public, every=every)))


def test_a_file_is_read_again_only_when_it_looks_different(tmp_path: Path, public: str) -> None:
    path = tmp_path / "rules.tar.gz"
    path.write_bytes(bundle("first"))
    source = source_of(settings(str(path), public))
    assert source.read(afresh=False) == {"front-desk/1.0.0.yaml": text("first").encode()}
    assert source.read(afresh=False) is None
    assert source.read(afresh=True) is not None
    other = tmp_path / "other"
    other.write_bytes(bundle("second"))
    other.replace(path)
    assert source.read(afresh=False) == {"front-desk/1.0.0.yaml": text("second").encode()}
    path.write_bytes(b"half")
    with pytest.raises(SourceRefused, match="gzip"):
        source.read(afresh=False)
    assert source.read(afresh=False) is None, "it was refused once, and is still the same"
    path.unlink()
    with pytest.raises(SourceRefused, match="no such file"):
        source.read(afresh=False)


def test_a_server_is_asked_by_etag(public: str) -> None:
    with server(bundle("first")) as served:
        source = source_of(settings(served.address, public))
        assert source.read(afresh=False) == {"front-desk/1.0.0.yaml": text("first").encode()}
        assert source.read(afresh=False) is None
        assert served.asked == [(None, 200), ('"1"', 304)]
        served.body, served.tag = bundle("second"), '"2"'
        assert source.read(afresh=False) == {"front-desk/1.0.0.yaml": text("second").encode()}
        assert source.read(afresh=True) is not None
        assert served.asked[2:] == [('"1"', 200), (None, 200)]
        served.tag = None
        assert source.read(afresh=False) is None, "without a tag, the same bytes are nothing new"


def test_a_server_may_redirect_but_not_to_another_scheme(public: str) -> None:
    with server(bundle("first")) as served, server(b"") as first:
        first.status, first.location, first.tag = 302, served.address, None
        assert source_of(settings(first.address, public)).read(afresh=False) is not None
        for location in ("https://127.0.0.1/x", "ftp://127.0.0.1/x", "file:///etc/passwd"):
            first.location = location
            with pytest.raises(SourceRefused):
                source_of(settings(first.address, public)).read(afresh=False)
        first.location = first.address
        with pytest.raises(SourceRefused, match="redirects"):
            source_of(settings(first.address, public)).read(afresh=False)


def test_what_goes_wrong_at_a_server_is_said(public: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with server(bundle("first")) as served:
        served.status = 500
        source = source_of(settings(served.address.replace("//", "//me:secret@") + "?token=1", public))
        with pytest.raises(SourceRefused, match="500") as refused:
            source.read(afresh=False)
        assert refused.value.file == served.address, "secrets of the address are not told"
        served.status = 200
        monkeypatch.setattr("api.fleet.sources.PACKED_LIMIT", 100)
        with pytest.raises(SourceRefused, match="more than 100 bytes"):
            source.read(afresh=False)
        address = served.address
    with pytest.raises(SourceRefused, match="cannot be fetched"):
        source_of(settings(address, public)).read(afresh=False)


def test_what_could_not_be_looked_at_is_new_the_next_time(tmp_path: Path, public: str) -> None:
    key, other = Path(public).read_bytes(), tmp_path / "rules.tar.gz"
    other.write_bytes(bundle("first"))
    with server(bundle("first")) as served:
        for source in (source_of(settings(served.address, public)), source_of(settings(str(other), public))):
            assert source.read(afresh=False) is not None
            assert source.read(afresh=False) is None
            Path(public).unlink()
            with pytest.raises(SourceRefused, match="no such file"):
                source.read(afresh=True)
            Path(public).write_bytes(key)
            assert source.read(afresh=False) is not None
        source = source_of(settings(served.address, public))
        assert source.read(afresh=False) is not None
        served.tag, served.status = None, 503
        with pytest.raises(SourceRefused, match="503"):
            source.read(afresh=False)
        served.status = 200
        assert source.read(afresh=False) is not None
        assert source.read(afresh=False) is None


def until(service: Any, to: str) -> None:
    end = time.monotonic() + 30
    while service.to() != to:
        assert time.monotonic() < end, f"`{to}` never came"
        time.sleep(0.05)


def test_the_service_takes_bundles_from_a_server(tmp_path: Path, public: str) -> None:
    with server(bundle("first")) as served:
        path = tmp_path / "service.yaml"
        source = f"{{from: '{served.address}', public_key: '{public}', every: 0.1}}"
        path.write_text(f"reload: {{bundle: {source}}}\n", encoding="utf-8")
        with serving("--settings", str(path)) as service:
            assert service.to() == "first"
            served.body, served.tag = bundle("second"), '"2"'
            until(service, "second")
            served.body, served.tag = bundle("third")[:-9], '"3"'
            while service.call("GET", "/v1/reload")[1]["outcome"] != "refused":
                pass
            assert service.to() == "second"
            status, problem = service.call("POST", "/v1/reload")
            assert (status, problem["receipt"]["diagnostics"][0]["code"]) == (422, "bad-bundle")
            served.body, served.tag = bundle("third"), '"4"'
            until(service, "third")


def test_without_its_bundle_the_port_stays_closed(tmp_path: Path, public: str) -> None:
    (tmp_path / "rules.tar.gz").write_bytes(b"half")
    path = tmp_path / "service.yaml"
    path.write_text(f"reload: {{bundle: {{from: '{tmp_path}/rules.tar.gz', public_key: '{public}'}}}}\n")
    command = [sys.executable, "-W", "error", "-m", "cli", "serve", "--port", "0", "--settings", str(path)]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"deskpolicy: {tmp_path}/rules.tar.gz: it is not a gzip file, or a damaged one\n"
