"""The settings of the service as values. `schemas/settings.schema.json` says the same to an editor.

Knows nothing of files, of HTTP or of what the settings bring about. Secrets do not stand here, only their hashes and
the names of the files that hold them. Times are in seconds, sizes in bytes.
"""

from typing import Literal, TypeAlias

from msgspec import Struct, field

from engine import EngineName

Scope: TypeAlias = Literal["decide", "rulebooks", "metrics", "admin"]
"""What a caller may do: ask for decisions; read rulebooks; read metrics; reload, which includes all others."""


class Section(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A part of the settings; what is left out has its default."""


class Listen(Section, frozen=True, kw_only=True):
    """Where the service listens, and with how many worker processes."""

    host: str = "127.0.0.1"
    port: int = 8080
    workers: int = 1
    drain: float = 0.0
    """From the signal TERM, when `/readyz` begins to say no, until no more calls are taken."""


class ApiKey(Section, frozen=True, kw_only=True):
    """A key that callers may show. Only its hash is kept: `sha256` of the key's text, in hexadecimal."""

    id: str
    sha256: str
    scopes: tuple[Scope, ...] = ("decide", "rulebooks")
    expires: str | None = None
    """An instant (RFC 3339) from which on the key is refused."""


class Issuer(Section, frozen=True, kw_only=True):
    """An OpenID provider whose tokens are taken."""

    issuer: str
    audience: str
    jwks: str | None = None
    """The address of its keys; left out: found through `<issuer>/.well-known/openid-configuration`."""
    algorithms: tuple[str, ...] = ("RS256", "ES256", "EdDSA")
    claim: str = "scope"
    """The claim that holds what the caller may do: a text of words, or a list of them."""
    grants: dict[str, tuple[Scope, ...]] = {}
    """Which scopes a word of the claim gives; left out: a word that is a scope gives itself."""
    leeway: int = 30
    keys_for: int = 600
    """How long its keys are used before they are fetched again; an unknown key is fetched sooner."""
    grace: int = 3600
    """How much longer they go on where they cannot be fetched again."""


class Access(Section, frozen=True, kw_only=True):
    """Who may call."""

    required: bool | None = None
    """Left out: wherever there are keys or issuers, and wherever the service listens beyond loopback."""
    keys: tuple[ApiKey, ...] = ()
    keys_file: str | None = None
    """A file with further keys, a list shaped like `keys`; read anew when it changes."""
    issuers: tuple[Issuer, ...] = ()


class Limits(Section, frozen=True, kw_only=True):
    """What a caller may send, and how long it may take."""

    body: int = 1024 * 1024
    batch_lines: int = 100_000
    roster: int = 10_000
    headers: int = 100
    """How many headers a request may have."""
    header_size: int = 32 * 1024
    """For the head of a request: its path and its headers."""
    header_time: float = 10.0
    """For the head of a request to come whole."""
    body_time: float = 30.0
    """For the body of a request to come whole; of a batch, for its next piece."""
    send_time: float = 30.0
    """For a caller to take what was sent."""
    calls: int = 1_000
    """Calls that one worker has in hand at once; more are answered with 503."""
    connections: int = 10_000
    """Connections that one worker holds at once, and never more than it may have files open."""


class Log(Section, frozen=True, kw_only=True):
    """The log of calls, in JSON, a line each, on standard error."""

    calls: Literal["all", "problems", "none"] = "all"
    texts: bool = False
    """Whether what a requester wrote may stand in logs."""


class Tracing(Section, frozen=True, kw_only=True):
    """OpenTelemetry traces; the extra `otel` is needed. Where they go is said by the `OTEL_…` variables."""

    enabled: bool = False


class Bundle(Section, frozen=True, kw_only=True):
    """Rulebooks as a signed archive instead of a folder."""

    source: str = field(name="from")
    """A file, or an `https://` or `http://` address that is polled by ETag."""
    public_key: str
    """A file with the Ed25519 public key (PEM) that its signature is checked against."""
    every: float = 30.0


class Reload(Section, frozen=True, kw_only=True):
    """When rulebooks are read again."""

    watch: bool = False
    """Whenever a file in the folder of the rulebooks changes."""
    bundle: Bundle | None = None


class DecisionLog(Section, frozen=True, kw_only=True):
    """The log of decisions."""

    to: Literal["none", "stdout", "file", "parquet"] = "none"
    path: str | None = None
    """The file, to whose name each worker adds its number, or the folder of the Parquet files."""
    rotate: int = 100 * 1024 * 1024
    """Bytes of a file, or of lines in JSON that become one Parquet file."""
    keep: int = 10
    """Former files that each worker keeps; Parquet files are all kept."""
    every: float = 300.0
    """After this a Parquet file is written, however few lines it has."""
    buffer: int = 10_000
    """Decisions that wait to be written; when more come, they are lost and counted."""
    buffer_bytes: int = 64 * 1024 * 1024
    """The same in bytes of requests and answers."""
    mask: tuple[str, ...] = ("/ticket/subject", "/ticket/text", "/requester/id")
    """JSON Pointers into the request, of what is replaced by its hash; a step `*` is every member."""
    mask_key: str | None = None
    """A file with the key of these hashes."""


class ShadowOf(Section, frozen=True, kw_only=True):
    """A candidate that decides beside the version in force, without a say."""

    rulebook: str
    candidate: str
    """A version of the same rulebook, or the file of one."""


class Settings(Section, frozen=True, kw_only=True):
    """All settings."""

    rules: str = "rules"
    engine: EngineName = "bitmap"
    listen: Listen = Listen()
    access: Access = Access()
    limits: Limits = Limits()
    log: Log = Log()
    tracing: Tracing = Tracing()
    reload: Reload = Reload()
    decisions: DecisionLog = DecisionLog()
    shadow: tuple[ShadowOf, ...] = ()
