"""What is read here also reads clean, and means the same, in the npm package `yaml`, which editors use."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import pytest

from engine.diagnostics import read_source

SCRIPT = """
const YAML = require('yaml')
const texts = JSON.parse(require('fs').readFileSync(0, 'utf8'))
console.log(JSON.stringify(texts.map(text => {
  const document = YAML.parseDocument(text, {version: '1.2', prettyErrors: false})
  const faults = [...document.errors, ...document.warnings].map(fault => fault.code)
  return {faults, value: faults.length ? null : document.toJS()}
})))
"""
READ = [
    "a: 1\nb: [x, {y: 2}]\n",
    "a: [\n  x, # c\n  y\n  ]\nb: no\nc: 4:30\nd: 010\ne: 0x1f\nf: 1e3\ng: 2023-06-08\n",
    "a: |2-\n    x\nb: >-\n  x\n  y\n\n  z\nc: |+\n  x\n\n",
    "a: 'x\n\n  y'\nb: \"\\u0041\\\n  b\"\nc: one\n  two\n",
    "--- # c\n- a: 1\n  b: 2\n-\n  - c\n...\n",
    "a: &x {b: 1}\nc: *x\nd: !!str 12\n? e\n: f\n",
    "a: |\n  x",
]
REFUSED = [
    "a: [x,\ny]\n",
    "a: [x]#c\n",
    'a: "x\ny"\n',
    "a: |#c\n  x\n",
    "a:\n|\n x\nb: 1\n",
    "a: [x, -]\n",
    "1: a\n0x1: b\n",
    "a: {b: 'c'\n# c\n  }\n",
    "a: b: c\n",
    "a:\n\n# c\n  x\nb: 1\n",
    "a:\n\tb: 1\n",
    'a: "b" c\n',
]


def node() -> str:
    found = shutil.which("node")
    if found is None:
        pytest.skip("node is not installed")
    asked = subprocess.run([found, "-e", "require.resolve('yaml')"], capture_output=True, check=False)
    if asked.returncode:
        pytest.skip("node does not find the npm package `yaml`")
    return found


def elsewhere(texts: list[str]) -> list[dict[str, Any]]:
    done = subprocess.run([node(), "-e", SCRIPT], input=json.dumps(texts), capture_output=True, text=True, check=True)
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers


def test_what_is_read_here_reads_the_same_there() -> None:
    for text, answer in zip(READ, elsewhere(READ), strict=True):
        source, found = read_source("desk.yaml", text.encode())
        assert (found, answer["faults"]) == ([], [])
        assert source is not None
        assert source.data == answer["value"]


def test_what_is_refused_there_is_refused_here() -> None:
    for text, answer in zip(REFUSED, elsewhere(REFUSED), strict=True):
        assert answer["faults"], text
        assert read_source("desk.yaml", text.encode())[1], text
