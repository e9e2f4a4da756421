"""Tokens of OpenID providers: which are believed, when keys are fetched, and what happens while a provider is away."""

import asyncio
import base64
import hmac
import json
import random
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from api.access.keys import Known
from api.access.providers import PAUSE, FetchFailed, Provider, ProviderUnreachable, is_safe_address, read_key_set
from api.access.tokens import Tokens, scopes_of
from api.settings import Issuer

ISSUER = "https://id.example/desk"
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
WEAK_RSA = rsa.generate_private_key(public_exponent=65537, key_size=1024)
EC = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()


def jwk(private: Any, **more: Any) -> dict[str, Any]:
    algorithm: Any = {rsa.RSAPrivateKey: RSAAlgorithm, ec.EllipticCurvePrivateKey: ECAlgorithm}.get(
        next((kind for kind in (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey) if isinstance(private, kind)), object),
        OKPAlgorithm,
    )
    public: dict[str, Any] = algorithm.to_jwk(private.public_key(), as_dict=True)
    return {**public, **more}


KEYS = {"keys": [jwk(RSA, kid="r1"), jwk(EC, kid="e1", use="sig"), jwk(ED, kid="d1", alg="EdDSA")]}


class Web:
    """The provider's documents by address; what is not there cannot be fetched. Counts what is asked for."""

    def __init__(self, keys: Any = KEYS) -> None:
        self.pages: dict[str, Any] = {
            f"{ISSUER}/.well-known/openid-configuration": {"issuer": ISSUER, "jwks_uri": "https://id.example/jwks"},
            "https://id.example/jwks": keys,
        }
        self.asked: list[str] = []

    async def __call__(self, address: str) -> Any:
        self.asked.append(address)
        await asyncio.sleep(0)
        if address not in self.pages:
            raise FetchFailed("status 404")
        return self.pages[address]


def claims(**more: Any) -> dict[str, Any]:
    now = int(time.time())
    usual = {"iss": ISSUER, "aud": "desk", "sub": "ana", "iat": now, "exp": now + 300, "scope": "decide email"}
    return {name: value for name, value in {**usual, **more}.items() if value is not None}


def token(private: Any = RSA, algorithm: str = "RS256", kid: str | None = "r1", **more: Any) -> bytes:
    headers = {"kid": kid} if kid else {}
    return jwt.encode(claims(**more), private, algorithm, headers).encode()


def trusted(web: Web, **more: Any) -> Tokens:
    return Tokens([Issuer(issuer=ISSUER, audience="desk", **more)], web)


def find(shown: bytes, **more: Any) -> Known | None:
    return asyncio.run(trusted(Web(), **more).find(shown))


@pytest.mark.parametrize(
    ("private", "algorithm", "kid"),
    [(RSA, "RS256", "r1"), (EC, "ES256", "e1"), (ED, "EdDSA", "d1"), (EC, "ES256", None)],
)
def test_a_token_that_the_provider_signed_is_believed(private: Any, algorithm: str, kid: str | None) -> None:
    known = find(token(private, algorithm, kid))
    assert known is not None
    assert known.caller == ("ana", frozenset({"decide"}))
    assert known.until <= time.time() + 331


def test_a_token_that_names_no_key_is_believed_only_where_there_is_one_for_its_algorithm() -> None:
    two = Web({"keys": [jwk(RSA, kid="r1"), jwk(OTHER_RSA, kid="r2")]})
    assert asyncio.run(trusted(two).find(token(kid=None))) is None
    assert asyncio.run(trusted(two).find(token(OTHER_RSA, kid="r2"))) is not None


def test_the_audience_may_be_one_of_several() -> None:
    assert find(token(aud=["other", "desk"])) is not None


def unsigned() -> bytes:
    parts = ({"alg": "none", "kid": "r1"}, claims())
    return b".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts) + b"."


def signed_with_the_public_key() -> bytes:
    """What a service that lets the token choose the algorithm would take: the public key as a shared secret."""
    parts = ({"alg": "HS256", "kid": "r1"}, claims())
    signed = b".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts)
    pem = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signature = hmac.new(pem, signed, "sha256").digest()
    return signed + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")


NOW = int(time.time())
REFUSED: dict[str, Callable[[], bytes]] = {
    "another key": lambda: token(OTHER_RSA),
    "another issuer": lambda: token(iss="https://id.example/other"),
    "the issuer with a slash": lambda: token(iss=ISSUER + "/"),
    "no issuer": lambda: token(iss=None),
    "another audience": lambda: token(aud="desks"),
    "no audience": lambda: token(aud=None),
    "expired": lambda: token(exp=NOW - 60),
    "no expiry": lambda: token(exp=None),
    "an expiry in words": lambda: token(exp="soon"),
    "not yet valid": lambda: token(nbf=NOW + 3600),
    "issued later": lambda: token(iat=NOW + 3600),
    "an unknown key": lambda: token(kid="r2"),
    "the key of another algorithm": lambda: token(kid="e1"),
    "an algorithm that is not taken": lambda: token(algorithm="RS512"),
    "no signature": unsigned,
    "a shared secret": signed_with_the_public_key,
    "no signature left": lambda: token().rsplit(b".", 1)[0] + b".",
    "a critical extension": lambda: jwt.encode(claims(), RSA, "RS256", {"kid": "r1", "crit": ["x"], "x": 1}).encode(),
    "no token": lambda: b"a.b.c",
    "too long": lambda: token(padding="x" * 9000),
}


@pytest.mark.parametrize("why", REFUSED)
def test_any_other_token_is_not(why: str) -> None:
    assert find(REFUSED[why](), algorithms=("RS256", "ES256", "EdDSA", "HS256", "none")) is None


def test_clocks_may_differ_by_the_leeway() -> None:
    assert find(token(exp=int(time.time()) - 20)) is not None
    assert find(token(exp=int(time.time()) - 20), leeway=5) is None
    assert find(token(nbf=int(time.time()) + 20, iat=int(time.time()) + 20)) is not None


def test_ten_thousand_spoilt_tokens_are_refused_without_an_error() -> None:
    dice, good, tokens = random.Random(4), token(), trusted(Web())

    async def all_of_them() -> list[Known | None]:
        return [await tokens.find(spoilt(good, dice)) for _ in range(10_000)]

    assert not any(asyncio.run(all_of_them()))


def spoilt(good: bytes, dice: random.Random) -> bytes:
    head, payload, signature = good.split(b".")
    kind = dice.randrange(4)
    if kind == 0:
        place = dice.randrange(len(good) - 4)  # the last character of base64 has bits that do not count
        return good[:place] + bytes([good[place] ^ (1 << dice.randrange(8))]) + good[place + 1 :]
    values = [{}, [], None, 1e400, -1, "x", True, {"alg": []}, {"alg": "RS256", "kid": 5}, {"exp": float("inf")}, "\0"]
    document = {**claims(), dice.choice(list(claims())): dice.choice(values)} if kind == 1 else dice.choice(values)
    part = base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=")
    if kind == 3:
        return b".".join((part, payload, signature))
    return b".".join((head, part, signature))


@pytest.mark.parametrize(
    ("settings", "given", "scopes"),
    [
        ({}, {"scope": "decide admin other"}, {"decide", "admin"}),
        ({}, {"scope": ["metrics"]}, {"metrics"}),
        ({}, {"scope": None}, set()),
        ({}, {"scope": {"decide": 1}}, set()),
        ({}, {"scope": [["decide"], 1, None]}, set()),
        ({"grants": {"desk.agent": ["decide", "rulebooks"]}}, {"scope": "desk.agent"}, {"decide", "rulebooks"}),
        ({"grants": {"desk.agent": ["decide"]}}, {"scope": "admin"}, set()),
        ({"claim": "realm_access.roles"}, {"realm_access": {"roles": ["decide"]}}, {"decide"}),
        ({"claim": "https://desk.example/roles"}, {"https://desk.example/roles": ["admin"]}, {"admin"}),
        ({"claim": "a.b"}, {"a": "decide"}, set()),
    ],
)
def test_the_claim_gives_scopes(settings: dict[str, Any], given: dict[str, Any], scopes: set[str]) -> None:
    assert scopes_of(given, Issuer(issuer=ISSUER, audience="desk", **settings)) == scopes


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def provider(web: Web, clock: Clock, **more: Any) -> Provider:
    return Provider(Issuer(issuer=ISSUER, audience="desk", **more), web, clock)


def test_keys_are_found_by_discovery_once_for_all_who_wait() -> None:
    web, clock = Web(), Clock()

    async def run() -> None:
        found = provider(web, clock)
        await asyncio.gather(*(found.find("RS256", "r1") for _ in range(50)))
        assert len(web.asked) == 2

    asyncio.run(run())
    assert web.asked[0].endswith("/desk/.well-known/openid-configuration")


def test_a_new_key_is_fetched_and_unknown_names_cannot_flood_the_provider() -> None:
    web, clock = Web(), Clock()

    async def run() -> None:
        found = provider(web, clock, jwks="https://id.example/jwks")
        assert await found.find("RS256", "r1")
        for number in range(1000):
            assert not await found.find("RS256", f"unknown-{number}")
        assert len(web.asked) == 1
        web.pages["https://id.example/jwks"] = {"keys": [jwk(OTHER_RSA, kid="r2")]}
        assert not await found.find("RS256", "r2")
        clock.now += PAUSE
        assert await found.find("RS256", "r2")
        assert not await found.find("RS256", "r1")  # withdrawn with the same answer
        assert len(web.asked) == 2

    asyncio.run(run())


def test_known_keys_go_on_for_a_while_when_the_provider_is_away() -> None:
    web, clock = Web(), Clock()

    async def run() -> None:
        found = provider(web, clock, jwks="https://id.example/jwks", keys_for=100, grace=1000)
        assert await found.find("RS256", "r1")
        keys = web.pages.pop("https://id.example/jwks")
        clock.now += 101
        assert await found.find("RS256", "r1")  # at once, while it is asked behind the scenes
        await asyncio.sleep(0.01)
        assert len(web.asked) == 2
        clock.now += 998
        assert await found.find("RS256", "r1")
        await asyncio.sleep(0.01)
        clock.now += PAUSE
        with pytest.raises(ProviderUnreachable):
            await found.find("RS256", "r1")
        web.pages["https://id.example/jwks"] = keys
        clock.now += PAUSE
        assert await found.find("RS256", "r1")

    asyncio.run(run())


@pytest.mark.parametrize(
    "page",
    [
        None,
        {"issuer": "https://id.example/evil", "jwks_uri": "https://id.example/jwks"},
        {"issuer": ISSUER},
        {"issuer": ISSUER, "jwks_uri": 5},
        [],
    ],
)
def test_a_provider_that_names_another_or_says_nothing_useful_is_not_believed(page: Any) -> None:
    web = Web()
    web.pages[f"{ISSUER}/.well-known/openid-configuration"] = page

    async def run() -> None:
        with pytest.raises(ProviderUnreachable):
            await trusted(web).find(token())

    asyncio.run(run())


def test_only_public_keys_for_signatures_are_taken_from_a_set() -> None:
    secret = {"kty": "oct", "k": base64.urlsafe_b64encode(b"x" * 32).decode(), "kid": "s", "alg": "HS256"}
    refused = [
        jwk(RSA, kid="1", use="enc"),
        jwk(RSA, kid="2", key_ops=["encrypt"]),
        jwk(RSA, kid="3", alg="RSA-OAEP"),
        jwk(WEAK_RSA, kid="4"),
        jwk(EC, kid="5", crv="P-384"),
        {"kty": "RSA", "kid": "6", "n": "x", "e": "AQAB"},
        {"kty": "RSA"},
        secret,
        None,
        "x",
        5,
    ]
    everything = ("RS256", "RS512", "ES256", "ES384", "EdDSA", "HS256", "none")
    assert read_key_set({"keys": refused}, everything) == {}
    taken = read_key_set({"keys": [*refused, *KEYS["keys"]]}, everything)
    assert {algorithm: [name for name, _ in keys] for algorithm, keys in taken.items()} == {
        "RS256": ["r1"],
        "RS512": ["r1"],
        "ES256": ["e1"],
        "EdDSA": ["d1"],
    }
    for no_set in (None, [], {}, {"keys": {}}, "keys"):
        with pytest.raises(FetchFailed):
            read_key_set(no_set, everything)


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        ("https://id.example", True),
        ("http://id.example", False),
        ("http://127.0.0.1:9000/x", True),
        ("http://localhost/x", True),
        ("http://[::1]:9000", True),
        ("http://127.0.0.1.evil.example/", False),
        ("http://localhost.evil.example/", False),
        ("http://evil@id.example", False),
        ("ftp://127.0.0.1", False),
        ("file:///etc/passwd", False),
    ],
)
def test_keys_come_over_https_or_from_this_machine(address: str, safe: bool) -> None:
    assert is_safe_address(address) == safe
