"""Lines that are decoded together are what each of them is by itself, or they are not taken together at all."""

import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from api.codec import decode_requests, read_request
from api.problems import Refusal

FRAGMENTS = [
    b"{}", b'{"a":1}', b'{"a": "b"}', b'{"a":1,"a":2}', b'{"a":{"b":[1,2]}}', b'{"a":', b"1}", b"[", b"]", b"}", b"{",
    b" ", b"\t", b"\r", b"1", b'"', b'"x"', b",", b'{"\\u0061":1,"a":2}', b'{"a":"\\n"}', b'{"a":"}{"}', b"\xff", b"",
]  # fmt: skip
LINE = st.one_of(
    st.lists(st.sampled_from(FRAGMENTS), max_size=4).map(b"".join),
    st.dictionaries(st.text(max_size=3), st.text(max_size=3) | st.integers(), max_size=3).map(
        lambda value: json.dumps(value, ensure_ascii=False).encode()
    ),
)


def alone(line: bytes) -> Any:
    """The request on a line; None where it is refused."""
    try:
        return read_request(line)
    except Refusal:
        return None


@given(st.lists(LINE, min_size=1, max_size=6))
@example([b'{} {"a":', b"1}"])
@example([b"{} {}", b""])
@example([b'{"a":1,"a":2}', b'{"a":"}{"}'])
@example([b"{}", b"{}\r"])
@example([b'{"a":1}'] * 3)
def test_together_lines_are_what_they_are_alone(lines: list[bytes]) -> None:
    together = decode_requests(b"\n".join([*lines, b""]), len(lines))
    if together is None:
        return
    assert len(together.values) == len(lines)
    for line, value in zip(lines, together.values, strict=True):
        if together.is_plain and isinstance(value, dict):
            assert alone(line) == value
        elif (expected := alone(line)) is not None:
            assert expected == value


@given(st.lists(st.dictionaries(st.text(max_size=3), st.text(max_size=9), max_size=3), min_size=1, max_size=6))
def test_objects_are_always_taken_together(values: list[dict[str, str]]) -> None:
    compact = [json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() for value in values]
    found = decode_requests(b"\n".join([*compact, b""]), len(compact))
    assert found is not None
    assert found.values == values
