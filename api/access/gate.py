"""The gate: who calls, told by the key or the token that a call shows."""

from collections import OrderedDict
from hashlib import sha256
from pathlib import Path
from time import time
from typing import Final

from ..call import Call, Caller
from ..problems import PROVIDER_UNREACHABLE, UNKNOWN_CALLER, Problem, Refusal
from ..settings import Access, ApiKey, Settings
from .keys import PREFIX, KeyRing, Known, is_key
from .keys_file import KeysFile, KeysUnreadable
from .providers import ALGORITHMS, Fetch, ProviderUnreachable, fetch_json, is_loopback, is_safe_address
from .tokens import Tokens

MOST_REMEMBERED: Final = 4_096
"""Keys and tokens whose callers are remembered at once; the one not seen for longest gives way."""

_CHALLENGE: Final = b'Bearer realm="deskpolicy"'
_SCHEME: Final = b"bearer "


class AccessFault(Exception):
    """The service cannot start with this access; the message says what to do."""


def is_required(settings: Settings) -> bool:
    """Whether callers must say who they are.

    Where the settings do not tell: wherever there are keys or issuers, and wherever more than this machine can call.
    """
    access = settings.access
    if access.required is not None:
        return access.required
    return bool(access.keys or access.keys_file or access.issuers) or not is_loopback(settings.listen.host)


def open_gate(settings: Settings) -> "Gatekeeper | None":
    """The gate that settings ask for; None where anybody may call. Raises AccessFault."""
    if not is_required(settings):
        return None
    return Gatekeeper(settings.access)


class Gatekeeper:
    """A Gate that knows keys and tokens. Raises AccessFault when the settings hold none, or faulty ones."""

    def __init__(self, access: Access, fetch: Fetch = fetch_json) -> None:
        try:
            self._file = KeysFile(Path(access.keys_file)) if access.keys_file else None
        except KeysUnreadable as fault:
            raise AccessFault(str(fault)) from None
        self._own_keys = access.keys
        if not access.issuers and not self._listed():
            raise AccessFault(_NO_WAY_IN)
        _check(access, self._listed())
        self._keys = KeyRing(self._listed())
        self._tokens = Tokens(access.issuers, fetch)
        self._remembered: OrderedDict[bytes, Known] = OrderedDict()

    def known(self, call: Call) -> Caller | None:
        """The caller, where the same key or token has been shown before."""
        if self._file is not None and self._file.has_changed():
            self._keys = KeyRing(self._listed())
            self._remembered.clear()
        headers = call.headers
        shown = headers.authorization
        if headers.api_key is not None:
            shown = b"\0" + headers.api_key if shown is None else None
        if shown is None:
            return None
        digest = sha256(shown).digest()  # the memory holds no secrets, and nobody can steer where in it they look
        known = self._remembered.get(digest)
        if known is None:
            return None
        if time() >= known.until:
            del self._remembered[digest]
            return None
        self._remembered.move_to_end(digest)
        return known.caller

    async def admit(self, call: Call) -> Caller:
        """The caller. Raises Refusal: 401, always the same for what is unknown, expired or malformed; 503."""
        shown, credential = _shown(call)
        if credential.startswith(PREFIX.encode()):
            known = self._keys.find(credential) if is_key(credential) else None
        else:
            try:
                known = await self._tokens.find(credential)
            except ProviderUnreachable:
                detail = "the keys that the token could be checked with cannot be had at present"
                raise Refusal(Problem(PROVIDER_UNREACHABLE, detail, headers=[(b"retry-after", b"10")])) from None
        if known is None or time() >= known.until:
            raise _refused(b'error="invalid_token"', "the key or token is not one that the service takes")
        self._remembered[sha256(shown).digest()] = known
        if len(self._remembered) > MOST_REMEMBERED:
            self._remembered.popitem(last=False)
        return known.caller

    def _listed(self) -> tuple[ApiKey, ...]:
        return (*self._own_keys, *self._file.keys) if self._file is not None else self._own_keys


_NO_WAY_IN: Final = (
    "callers must say who they are here, and the settings know nobody: make a key with `deskpolicy key` and put it "
    "under `access: {keys: …}`, or say `access: {required: false}` where only those can call who may"
)


def _check(access: Access, keys: tuple[ApiKey, ...]) -> None:
    try:
        KeyRing(keys)
    except ValueError:
        raise AccessFault("access.keys: a key expires at what is no instant with an offset") from None
    for issuer in access.issuers:
        for address in filter(None, (issuer.issuer, issuer.jwks)):
            if not is_safe_address(address):
                raise AccessFault(f"access.issuers: `{address}` must begin with https://")
        for algorithm in issuer.algorithms:
            if algorithm not in ALGORITHMS:
                raise AccessFault(f"access.issuers: `{algorithm}` is not an asymmetric signature algorithm")


def _shown(call: Call) -> tuple[bytes, bytes]:
    """What a call shows, as it is remembered and by itself. Raises Refusal when it shows nothing, or two things."""
    authorization, api_key = call.headers.authorization, call.headers.api_key
    if authorization is None and api_key is None:
        raise _refused(b"", "the call does not say who it is from")
    if authorization is None:
        assert api_key is not None
        return b"\0" + api_key, api_key
    if api_key is not None:
        raise _refused(b'error="invalid_request"', "the call shows two keys or tokens; show one")
    if authorization[: len(_SCHEME)].lower() != _SCHEME:
        raise _refused(b"", "the call does not say who it is from; `Authorization` takes the scheme `Bearer`")
    return authorization, authorization[len(_SCHEME) :].strip(b" ")


def _refused(error: bytes, detail: str) -> Refusal:
    # The challenge of RFC 6750, section 3: without an error where nothing was shown.
    challenge = _CHALLENGE + b", " + error if error else _CHALLENGE
    return Refusal(Problem(UNKNOWN_CALLER, detail, headers=[(b"www-authenticate", challenge)]))
