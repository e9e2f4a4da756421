"""Bearer tokens of OpenID providers (JWT): whether one is to be believed, and what it allows. Knows nothing of HTTP."""

import logging
from collections.abc import Iterable, Mapping
from time import time
from typing import Any, Final

import jwt

from ..call import Caller
from ..settings import Issuer, Scope
from .keys import Known
from .providers import ALGORITHMS, Fetch, Provider, fetch_json

log = logging.getLogger("deskpolicy.access")

LONGEST: Final = 8 * 1024
"""Bytes that a token may have."""

_LONGEST_NAME: Final = 256
_MALFORMED: Final = (jwt.PyJWTError, ValueError, TypeError, KeyError, ArithmeticError, RecursionError)
_SCOPES: Final[tuple[Scope, ...]] = ("decide", "rulebooks", "metrics", "admin")


class Tokens:
    """The issuers whose tokens are taken."""

    def __init__(self, issuers: Iterable[Issuer], fetch: Fetch = fetch_json) -> None:
        self._trusted = [(issuer, Provider(issuer, fetch)) for issuer in issuers]

    async def find(self, shown: bytes) -> Known | None:
        """Whose token this is; None when it is not to be believed.

        Raises ProviderUnreachable when that cannot be told, since the keys of its issuer cannot be had.
        """
        if not self._trusted or len(shown) > LONGEST or shown.count(b".") != 2:
            return None
        try:
            token = shown.decode("ascii")
            header = jwt.get_unverified_header(token)
            named = jwt.decode(token, options={"verify_signature": False}).get("iss")
            algorithm, name = header.get("alg"), header.get("kid")
        except _MALFORMED:
            return None
        if not isinstance(algorithm, str) or not (name is None or isinstance(name, str)):
            return None
        for issuer, provider in self._trusted:
            if issuer.issuer == named and algorithm in ALGORITHMS and algorithm in issuer.algorithms:
                for key in await provider.find(algorithm, name):
                    claims = _believed(token, key, algorithm, issuer)
                    if claims is not None:
                        return _known(claims, issuer)
        return None


def _believed(token: str, key: jwt.PyJWK, algorithm: str, issuer: Issuer) -> dict[str, Any] | None:
    """The claims of a token that this key has signed for us and that is valid now (RFC 7519, section 7.2)."""
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            audience=issuer.audience,
            issuer=issuer.issuer,
            leeway=issuer.leeway,
            options={"require": ["exp", "iss", "aud"]},
        )
    except _MALFORMED as error:
        log.debug("a token of %s is refused: %s", issuer.issuer, type(error).__name__)
        return None
    return claims


def _known(claims: Mapping[str, Any], issuer: Issuer) -> Known:
    # Not believed for longer than a key is, so that what a withdrawn key has signed ends with it.
    until = min(int(claims["exp"]) + issuer.leeway, time() + issuer.keys_for)
    subject = claims.get("sub") or claims.get("client_id") or claims.get("azp")
    name = subject[:_LONGEST_NAME] if isinstance(subject, str) else "token"
    return Known(Caller(name, scopes_of(claims, issuer)), until)


def scopes_of(claims: Mapping[str, Any], issuer: Issuer) -> frozenset[Scope]:
    """The scopes that the words of the claim give. A claim such as `realm_access.roles` is looked up in parts too."""
    held: Any = claims.get(issuer.claim)
    if held is None:
        held = claims
        for part in issuer.claim.split("."):
            held = held.get(part) if isinstance(held, Mapping) else None
    words = held.split() if isinstance(held, str) else held
    if not isinstance(words, list):
        return frozenset()
    grants = issuer.grants or {scope: (scope,) for scope in _SCOPES}
    return frozenset(scope for word in words if isinstance(word, str) for scope in grants.get(word, ()))
