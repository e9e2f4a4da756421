"""The keys of OpenID providers: found, fetched, kept for a while, and fetched again when they change.

Nobody who calls the service can make it ask a provider more often than once in `PAUSE` seconds. Knows nothing of
tokens beyond the name of the key and of the algorithm that they bear.
"""

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import cache, lru_cache
from ipaddress import ip_address
from time import monotonic
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

import httpx
import msgspec
from jwt import PyJWK, PyJWTError

from ..settings import Issuer

log = logging.getLogger("deskpolicy.access")

PAUSE: Final = 10.0
"""Seconds between two attempts to fetch the keys of one provider."""

_SECONDS_TO_FETCH: Final = 5.0
_LARGEST: Final = 256 * 1024
_LEAST_RSA_BITS: Final = 2048
_RSA: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
_BY_CURVE: Final = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}

ALGORITHMS: Final = frozenset((*_RSA, *_BY_CURVE.values(), "EdDSA"))
"""The signature algorithms that may be taken: those whose public key cannot sign."""

Fetch: TypeAlias = Callable[[str], Awaitable[Any]]
"""Gets the JSON at an address. Raises FetchFailed."""


class FetchFailed(Exception):
    """What a provider should have answered could not be had; the message says why in a few words."""


class ProviderUnreachable(Exception):
    """No keys of the provider are known that could still be relied on."""


@lru_cache(maxsize=256)
def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a host name or address, also an IPv4 address within an IPv6 one."""
    if host == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def is_safe_address(address: str) -> bool:
    """Whether keys may be fetched from there: over `https`, or from this machine."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))


async def fetch_json(address: str) -> Any:
    """The JSON at an address. Raises FetchFailed."""
    if not is_safe_address(address):
        raise FetchFailed("the address is not https")
    parts = urlsplit(address)
    verify: ssl.SSLContext | bool = _trusted() if parts.scheme == "https" else False
    trust_env = not is_loopback(parts.hostname or "")
    try:
        async with (
            asyncio.timeout(_SECONDS_TO_FETCH),
            httpx.AsyncClient(verify=verify, trust_env=trust_env, timeout=_SECONDS_TO_FETCH) as client,
            client.stream("GET", address, headers={"accept": "application/json"}) as answer,
        ):
            if answer.status_code != httpx.codes.OK:
                raise FetchFailed(f"status {answer.status_code}")
            raw = bytearray()
            async for chunk in answer.aiter_bytes():
                raw += chunk
                if len(raw) > _LARGEST:
                    raise FetchFailed(f"more than {_LARGEST:,} bytes")
            return msgspec.json.decode(raw)
    except TimeoutError:
        raise FetchFailed(f"no answer in {_SECONDS_TO_FETCH:g} seconds") from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise FetchFailed(f"{type(error).__name__}") from None
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise FetchFailed("not JSON") from None


class Provider:
    """The public keys of one issuer."""

    def __init__(self, issuer: Issuer, fetch: Fetch = fetch_json, clock: Callable[[], float] = monotonic) -> None:
        self._issuer = issuer
        self._fetch = fetch
        self._clock = clock
        self._keys: dict[str, list[tuple[str | None, PyJWK]]] = {}
        self._fetched_at: float | None = None
        self._next_try = 0.0
        self._renewal: asyncio.Task[None] | None = None

    async def find(self, algorithm: str, name: str | None) -> list[PyJWK]:
        """The keys of this name (`kid`) for an algorithm; without a name, the only one there is.

        Keys older than `keys_for` go on for `grace` seconds while they are fetched anew behind the scenes. An unknown
        name makes them be fetched at once, though not more often than every `PAUSE` seconds. Raises
        ProviderUnreachable when there are no keys to go by.
        """
        found = self._named(algorithm, name)
        age = self._age()
        if not found or age >= self._issuer.keys_for:
            renewal = self._renew()
            if renewal is not None and (not found or age >= self._issuer.keys_for + self._issuer.grace):
                await asyncio.shield(renewal)
                found, age = self._named(algorithm, name), self._age()
        if age >= self._issuer.keys_for + self._issuer.grace:
            raise ProviderUnreachable(self._issuer.issuer)
        return found

    def _age(self) -> float:
        return float("inf") if self._fetched_at is None else self._clock() - self._fetched_at

    def _named(self, algorithm: str, name: str | None) -> list[PyJWK]:
        keys = self._keys.get(algorithm, [])
        if name is None:
            return [key for _, key in keys] if len(keys) == 1 else []
        return [key for other, key in keys if other == name]

    def _renew(self) -> "asyncio.Task[None] | None":
        if self._renewal is not None and not self._renewal.done():
            return self._renewal
        now = self._clock()
        if now < self._next_try:
            return None
        self._next_try = now + PAUSE
        self._renewal = asyncio.get_running_loop().create_task(self._fetch_keys())
        return self._renewal

    async def _fetch_keys(self) -> None:
        try:
            address = self._issuer.jwks or await self._discover()
            keys = read_key_set(await self._fetch(address), self._issuer.algorithms)
            if not keys:
                raise FetchFailed("no key for the algorithms of the settings")
        except FetchFailed as failure:
            log.warning("the keys of %s cannot be fetched: %s", self._issuer.issuer, failure)
            return
        self._keys, self._fetched_at = keys, self._clock()

    async def _discover(self) -> str:
        base = self._issuer.issuer
        found = await self._fetch(base.rstrip("/") + "/.well-known/openid-configuration")
        if not isinstance(found, dict) or found.get("issuer") != base:
            raise FetchFailed("its configuration names another issuer")  # OpenID Connect Discovery 1.0, section 4.3
        address = found.get("jwks_uri")
        if not isinstance(address, str):
            raise FetchFailed("its configuration has no `jwks_uri`")
        return address


def read_key_set(document: Any, algorithms: Iterable[str]) -> dict[str, list[tuple[str | None, PyJWK]]]:
    """The keys of a JWK set (RFC 7517) by algorithm, with their names. What is not for signatures is left out.

    Raises FetchFailed when the document is no JWK set.
    """
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise FetchFailed("no JWK set")
    wanted = ALGORITHMS.intersection(algorithms)
    keys: dict[str, list[tuple[str | None, PyJWK]]] = {}
    for jwk in listed:
        for algorithm in wanted.intersection(_algorithms_of(jwk)):
            key = _key(jwk, algorithm)
            if key is not None:
                name = jwk.get("kid")
                keys.setdefault(algorithm, []).append((name if isinstance(name, str) else None, key))
    return keys


def _algorithms_of(jwk: Any) -> tuple[str, ...]:
    """The algorithms that a key can be for, by its type and curve; never one that its owner did not mean."""
    if not isinstance(jwk, Mapping) or jwk.get("use", "sig") != "sig" or "verify" not in jwk.get("key_ops", "verify"):
        return ()
    possible: tuple[str, ...] = ()
    if jwk.get("kty") == "RSA":
        possible = _RSA
    elif jwk.get("kty") == "EC":
        curve = _BY_CURVE.get(str(jwk.get("crv")))
        possible = (curve,) if curve else ()
    elif jwk.get("kty") == "OKP" and jwk.get("crv") == "Ed25519":
        possible = ("EdDSA",)
    meant = jwk.get("alg")
    return possible if meant is None else tuple(name for name in possible if name == meant)


def _key(jwk: Mapping[str, Any], algorithm: str) -> PyJWK | None:
    try:
        key = PyJWK(dict(jwk), algorithm=algorithm)
    except (PyJWTError, ValueError, TypeError, KeyError):
        return None
    return None if algorithm in _RSA and key.key.key_size < _LEAST_RSA_BITS else key


@cache
def _trusted() -> ssl.SSLContext:
    return httpx.create_ssl_context()
