"""The independent verifier and `referee verify` agree on every golden record and on every forged one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rig import binary

ROOT = Path(__file__).resolve().parents[2]
RECORDS = ROOT / "tests" / "records"
GOLDEN = sorted([*RECORDS.glob("*.record"), *RECORDS.glob("signed/*.record")])
FORGED = sorted(RECORDS.glob("forged/*.record"))


def ours(record: Path, *key: str) -> subprocess.CompletedProcess:
    line = [binary(), "verify", record, *(part for one in key for part in ("--key", one))]
    return subprocess.run(line, capture_output=True, text=True, timeout=60)


def theirs(record: Path, *key: str) -> subprocess.CompletedProcess:
    line = [sys.executable, ROOT / "examples" / "verify" / "verify.py", record, *key]
    return subprocess.run(line, capture_output=True, text=True, timeout=60)


def key_of(record: Path) -> str:
    return record.read_text().split('"public":"')[1].split('"')[0]


def test_there_are_records_of_each_kind():
    assert len(GOLDEN) >= 10 and len(FORGED) >= 14


@pytest.mark.parametrize("record", GOLDEN, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_both_accept_a_golden_record(record):
    for told in (ours(record), theirs(record)):
        assert told.returncode == 0, told.stderr
        head = ours(record).stdout.split("Last hash ")[1][:64]
        assert head in told.stdout
        signed = record.parent.name == "signed"
        assert ("igned with key" in told.stdout) == signed, told.stdout


@pytest.mark.parametrize("record", FORGED, ids=lambda path: path.stem)
def test_both_refuse_a_forged_one(record):
    for told in (ours(record), theirs(record)):
        assert told.returncode == 1, told.stdout
        assert record.name in told.stderr and "Traceback" not in told.stderr


def test_both_know_the_keys_that_they_are_given():
    record = RECORDS / "signed" / "chess.record"
    known, stranger = key_of(record), "A" * 43 + "="
    for verify in (ours, theirs):
        assert verify(record, known).returncode == 0
        told = verify(record, stranger)
        assert told.returncode == 1 and "key" in told.stderr, told


def test_the_verifier_is_short_enough_to_be_read():
    lines = (ROOT / "examples" / "verify" / "verify.py").read_text().splitlines()
    assert len(lines) <= 60 and max(map(len, lines)) <= 130
