"""Keys: their form, their checksum, and how they are found."""

import hmac
import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from api.access.keys import KeyRing, fingerprint, fresh_key, is_key
from api.access.keys_file import KeysUnreadable, read_keys
from api.settings import (
    Access,
    ApiKey,
    Bundle,
    DecisionLog,
    Issuer,
    Limits,
    Listen,
    Log,
    Settings,
    SettingsFaults,
    ShadowOf,
    Tracing,
    read_settings,
)

SCHEMAS = Path(__file__).parents[2] / "schemas"


def test_a_key_is_recognizable_and_its_typos_are_noticed() -> None:
    keys = {fresh_key() for _ in range(200)}
    assert len(keys) == 200
    for key in keys:
        assert re.fullmatch(r"dpk_[A-Za-z0-9_-]{48}", key)
        assert is_key(key.encode())
    key = keys.pop()
    for place in range(4, len(key)):
        for other in "Aa0_-":
            if other != key[place]:
                assert not is_key((key[:place] + other + key[place + 1 :]).encode())
    for swapped in (key[:10] + key[11] + key[10] + key[12:], key[:-4], key + "AAAA", key.lower(), f" {key}"):
        assert swapped == key or not is_key(swapped.encode())


def test_a_key_holds_256_bits_that_do_not_repeat() -> None:
    from base64 import urlsafe_b64decode

    raw = [urlsafe_b64decode(fresh_key()[4:]) for _ in range(2000)]
    assert {len(each) for each in raw} == {36}
    ones = [sum(each[bit // 8] >> bit % 8 & 1 for each in raw) for bit in range(256)]
    assert all(800 < count < 1200 for count in ones)  # nine standard deviations


def test_every_key_is_compared_in_constant_time_whichever_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [fresh_key() for _ in range(10)]
    ring = KeyRing([ApiKey(id=str(number), sha256=fingerprint(key)) for number, key in enumerate(keys)])
    compared: list[tuple[Any, Any]] = []

    def noted(one: Any, other: Any) -> bool:
        compared.append((one, other))
        return real(one, other)

    real = hmac.compare_digest
    monkeypatch.setattr("hmac.compare_digest", noted)
    for shown, owner in [(keys[0], "0"), (keys[9], "9"), (fresh_key(), None)]:
        compared.clear()
        found = ring.find(shown.encode())
        assert (found.caller.id if found else None) == owner
        assert len(compared) == 10
        assert all({len(one), len(other)} == {64} for one, other in compared)


def test_a_key_in_the_place_of_its_hash_is_told_without_being_shown(tmp_path: Path) -> None:
    key, file = fresh_key(), tmp_path / "service.yaml"
    file.write_text(f"access:\n  keys:\n    - {{id: desk, sha256: {key}}}\n", encoding="utf-8")
    with pytest.raises(SettingsFaults) as faults:
        read_settings(file)
    report = faults.value.report()
    assert "service.yaml:3:" in report
    assert f"dpk_{'*' * 48}" in report
    assert key[4:] not in report


def test_model_schema_and_reference_name_the_same_settings_with_the_same_defaults() -> None:
    schema = json.loads((SCHEMAS / "settings.schema.json").read_text(encoding="utf-8"))["properties"]
    reference = (SCHEMAS.parent / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")
    keys, issuers = (schema["access"]["properties"][name]["items"] for name in ("keys", "issuers"))
    sections = [
        (Access, schema["access"], "access."),
        (ApiKey, keys, "access.keys[]."),
        (Issuer, issuers, "access.issuers[]."),
        (Limits, schema["limits"], "limits."),
        (Listen, schema["listen"], "listen."),
        (Log, schema["log"], "log."),
        (Tracing, schema["tracing"], "tracing."),
        (DecisionLog, schema["decisions"], "decisions."),
        (Bundle, schema["reload"]["properties"]["bundle"], "reload.bundle."),
        (ShadowOf, schema["shadow"]["items"], "shadow[]."),
    ]
    for model, section, prefix in sections:
        fields = {field.encode_name: field for field in msgspec.structs.fields(model)}
        assert set(fields) == set(section["properties"])
        assert {name for name, field in fields.items() if field.required} == set(section.get("required", ()))
        for name, field in fields.items():
            assert f"`{prefix}{name}`" in reference
            if "default" in section["properties"][name]:
                default = list(field.default) if isinstance(field.default, tuple) else field.default
                assert section["properties"][name]["default"] == default, name


def test_both_schemas_say_the_same_of_a_key() -> None:
    settings = json.loads((SCHEMAS / "settings.schema.json").read_text(encoding="utf-8"))
    keys = json.loads((SCHEMAS / "keys.schema.json").read_text(encoding="utf-8"))
    assert keys["items"] == settings["properties"]["access"]["properties"]["keys"]["items"]


def test_a_faulty_file_of_keys_says_what_is_wrong_and_nothing_of_what_was_written(tmp_path: Path) -> None:
    file = tmp_path / "keys.yaml"
    file.write_text("- {id: desk, sha256: secret-in-place-of-its-hash, scops: [decide]}\n", encoding="utf-8")
    with pytest.raises(KeysUnreadable) as fault:
        read_keys(file)
    said = str(fault.value)
    assert "1:22: … must be" in said
    assert "64 hexadecimal digits" in said
    assert "1:51: unknown key …" in said
    assert "secret" not in said
    assert "scops" not in said


def test_a_settings_file_that_says_nothing_leaves_all_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "service.yaml"
    file.write_text("# to be filled in\n", encoding="utf-8")
    assert read_settings(file) == Settings()
