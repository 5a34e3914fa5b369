"""The independent verifier and `referee verify` agree: on every golden record, on every forged one, and on a few thousand
that are made here by changing what a forger would change."""

import base64
import contextlib
import hashlib
import importlib.util
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import nacl.signing
import pytest

from rig import binary

ROOT = Path(__file__).resolve().parents[2]
RECORDS = ROOT / "tests" / "records"
SIGNED = sorted(RECORDS.glob("signed/*.record"))
# A series, a team match, a report, moves taken back, rulings, and a key that changed: all of them signed.
STORIES = sorted(RECORDS.glob("stories/*.record"))
GOLDEN = sorted([*RECORDS.glob("*.record"), *SIGNED, *STORIES])
FORGED = sorted(RECORDS.glob("forged/*.record"))
VERIFIER = ROOT / "examples" / "verify" / "verify.py"
SOUND, WRONG, UNCHECKED = 0, 1, 3


def ours(record: Path, *key: str) -> subprocess.CompletedProcess:
    line = [binary(), "verify", record, *(part for one in key for part in ("--key", one))]
    return subprocess.run(line, capture_output=True, text=True, timeout=60)


def theirs(record: Path, *key: str) -> subprocess.CompletedProcess:
    line = [sys.executable, VERIFIER, record, *key]
    return subprocess.run(line, capture_output=True, text=True, timeout=60)


def their_status(record: Path, *key: str) -> int:
    """The same without a process of its own."""
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            return verifier.main(str(record), *key)
    except Exception:
        return WRONG


spec = importlib.util.spec_from_file_location("independent", VERIFIER)
verifier = importlib.util.module_from_spec(spec)
spec.loader.exec_module(verifier)


def key_of(record: Path) -> str:
    return record.read_text().rsplit('"public":"', 1)[1].split('"')[0]


def test_there_are_records_of_each_kind():
    assert len(GOLDEN) >= 18 and len(FORGED) >= 14
    told = {record.stem: record.read_text() for record in STORIES}
    kinds = {"series": '"next"', "team": '"board-over"', "team-board": '"paired"', "reported": '"16-14"', "undo": '"taken-back"',
             "ruling": '"appealed"', "rotated": '"ruled"', "after-rotation": '"signed"'}  # fmt: skip
    assert set(told) == set(kinds) and all(sign in told[kind] for kind, sign in kinds.items())


@pytest.mark.parametrize("record", GOLDEN, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_both_accept_a_golden_record(record):
    for told in (ours(record), theirs(record)):
        assert told.returncode == SOUND, told.stderr
        head = ours(record).stdout.split("ast hash ")[1][:64]
        assert head in told.stdout
        signed = record in SIGNED + STORIES
        assert ("igned with key" in told.stdout) == signed, told.stdout


@pytest.mark.parametrize("record", FORGED, ids=lambda path: path.stem)
def test_both_refuse_a_forged_one(record):
    for told in (ours(record), theirs(record)):
        assert told.returncode == WRONG, told.stdout
        assert record.name in told.stderr and "Traceback" not in told.stderr


def test_both_know_the_keys_that_they_are_given():
    record = RECORDS / "signed" / "chess.record"
    known, stranger = key_of(record), "A" * 43 + "="
    for verify in (ours, theirs):
        assert verify(record, known).returncode == SOUND
        assert verify(record, stranger, known).returncode == SOUND
        told = verify(record, stranger)
        assert told.returncode == WRONG and "key" in told.stderr, told


def test_a_record_over_a_change_of_key_is_held_against_the_last():
    """What was ruled after the change is signed with the new key, so the old one alone is not enough."""
    record = RECORDS / "stories" / "rotated.record"
    old, new = re.findall(r'"public":"([^"]*)"', record.read_text())
    assert old != new and old == key_of(RECORDS / "stories" / "ruling.record") and new == key_of(RECORDS / "stories" / "after-rotation.record")
    for verify in (ours, theirs):
        assert [verify(record, *keys).returncode for keys in ((new,), (old, new), (old,))] == [SOUND, SOUND, WRONG]


# --- what a forger does ---------------------------------------------------------------------------------------------------


def rechain(lines: list[str]) -> list[str]:
    """Makes the chain fit again, line by line, as anybody can."""
    head, out = "0" * 64, []
    for line in lines:
        line = re.sub(r'"prev":"[0-9a-f]{64}"', f'"prev":"{head}"', line, count=1)
        line = re.sub(r'"signed":\{"over":"[0-9a-f]{64}"', f'"signed":{{"over":"{head}"', line)
        pub = line[7 : line.index(',"sealed":{"salt"') if ',"sealed":{"salt"' in line else -1]
        head = hashlib.sha256(pub.encode()).hexdigest()
        out.append(line)
    return out


def unsigned(lines: list[str]) -> list[str]:
    """Without its signatures, and without the promise of them."""
    kept = [line for line in lines if '"ev":[{"signed":' not in line]
    # A match that was ruled on has a signature in its middle: what follows is numbered anew.
    kept = [re.sub(r'"v":\d+,', f'"v":{v},', line, count=1) for v, line in enumerate(kept, 1)]
    return rechain([re.sub(r',"key":"[0-9a-f]{16}"', "", line) for line in kept])


def places_turned(lines: list[str]) -> list[str]:
    turn = {"[2,1]": "[1,2]", "[1,2]": "[2,1]"}
    return [re.sub(r'(?<="places":)(\[1,2\]|\[2,1\])', lambda found: turn[found[0]], line) for line in lines]


def dropped(line: str):
    """The line without each of its fields in turn, at any depth."""
    whole = json.loads(line)

    def each(value):
        if isinstance(value, dict):
            for key in list(value):
                held = dict(value)
                del value[key]
                yield json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
                value.clear()
                value.update(held)
                yield from each(value[key])
        elif isinstance(value, list):
            for part in value:
                yield from each(part)

    yield from each(whole)


# Ways to say the same, or nearly, in other bytes: name, what is looked for, what comes in its place.
OTHER_FORMS = [
    ("a version with a fraction", '"v":1,', '"v":1.0,'),
    ("a version with an exponent", '"v":1,', '"v":1e0,'),
    ("a version that is true", '"v":1,', '"v":true,'),
    ("a number as text", '"v":1,', '"v":"1",'),
    ("a key twice", '"v":1,', '"v":1,"v":1,'),
    ("a key twice with another value", '"v":1,', '"v":7,"v":1,'),
    ("another field", '"v":1,', '"v":1,"w":1,'),
    ("a space", '"v":1,', '"v": 1,'),
    ("a vertical tab", '"v":1,', '"v":\v1,'),
    ("a form feed", '"v":1,', '"v":\f1,'),
    ("an escape", '"ev"', '"\\u0065v"'),
    ("fields in another order", '"v":1,"at"', '"at"'),
    ("no request", '"req":"', '"req":null,"x":"'),
    ("a key twice in an event", '"by":"p1","t', '"by":"p1","by":"p1","t'),
    ("another key in an event", '"by":"p1","t', '"by":"p1","zz":1,"t'),
    ("an event with two names", '"ev":[{', '"ev":[{"unfed":null,'),
    ("a bare event with nothing in it", '"ev":[', '"ev":[{"unfed":null},'),
    ("an event that nobody knows", '"ev":[', '"ev":[{"bribed":{}},'),
    ("another stream's prefix", '"s":"m', '"s":"M'),
    ("a leading zero", '"s":"m', '"s":"m0'),
    ("a short moment", '.000Z', 'Z'),
    ("another time zone", 'Z","by', '+00:00","by'),
    ("an id in capitals", '"by":"p1"', '"by":"P1"'),
    ("white space at the end", '}]}}', '}]}} '),
    ("a byte order mark", '{"pub"', '\ufeff{"pub"'),
    ("a null", '"salt":"rain"', '"salt":null'),
]


def forgeries(record: Path):
    """Every forgery of a signed record that needs no key: its name and its lines."""
    lines = record.read_text(encoding="utf-8").split("\n")[:-1]
    yield "signature dropped", unsigned(lines)
    yield "winner turned, signature dropped", unsigned(places_turned(lines))
    yield "winner turned", rechain(places_turned(lines))
    yield "another player", rechain([line.replace('"p2"', '"p7"') for line in lines])
    yield "another referee", rechain([line.replace("@referee.example.org", "@rival.example") for line in lines])
    yield "another match", rechain([re.sub(r'"s":"m\d+@', '"s":"m77@', line) for line in lines])
    yield "later", rechain([line.replace('"at":"2026', '"at":"2027') for line in lines])
    for at in range(len(lines)):
        yield f"line {at + 1} left out", rechain(lines[:at] + lines[at + 1 :])
        yield f"line {at + 1} twice", rechain(lines[: at + 1] + lines[at:])
        for count, line in enumerate(dropped(lines[at])):
            yield f"line {at + 1} without field {count}", [*lines[:at], line, *lines[at + 1 :]]
            with contextlib.suppress(KeyError, ValueError):
                yield f"line {at + 1} without field {count}, chained", rechain([*lines[:at], line, *lines[at + 1 :]])
        raw = lines[at].encode()
        for byte in range(at % 29, len(raw), 29):
            flipped = bytes([*raw[:byte], raw[byte] ^ 1 << (byte + at) % 8, *raw[byte + 1 :]])
            with contextlib.suppress(UnicodeDecodeError):
                yield f"line {at + 1}, byte {byte}", [*lines[:at], flipped.decode(), *lines[at + 1 :]]
    for name, found, instead in OTHER_FORMS:
        yield name, [line.replace(found, instead, 1) for line in lines]
        yield f"{name}, chained", rechain([line.replace(found, instead, 1) for line in lines])


@pytest.mark.parametrize("record", SIGNED + STORIES, ids=lambda path: path.stem)
def test_no_forgery_passes_by_the_true_key_and_both_judge_alike(record, tmp_path):
    key, genuine, tried = key_of(record), record.read_text(encoding="utf-8"), 0
    for name, lines in forgeries(record):
        text = "\n".join(lines) + "\n"
        if text == genuine:
            continue
        forged = tmp_path / "forged.record"
        forged.write_bytes(text.encode())
        told = ours(forged, key)
        assert told.returncode == their_status(forged, key), f"{name}: they differ: {told}"
        if told.returncode == SOUND:
            # Number and time of the signature's own line are under no signature; all before it, and it itself, are as they were.
            events = genuine.split("\n")[-2].split('"ev":')[1]
            assert genuine.split("\n")[:-2] == lines[:-1] and lines[-1].split('"ev":')[1] == events, f"{name}: {told}"
            continue
        cut = UNCHECKED if genuine.startswith("\n".join(lines)) else WRONG
        assert told.returncode in (WRONG, cut), f"{name}: {told}"
        tried += 1
    assert tried > 250


@pytest.mark.parametrize("record", GOLDEN, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_what_one_takes_without_a_key_the_other_takes_too(record, tmp_path):
    """Only the rules of play are checked by one alone."""
    lines, alike = record.read_text(encoding="utf-8").split("\n")[:-1], 0
    for name, found, instead in OTHER_FORMS:
        for forged in ([line.replace(found, instead, 1) for line in lines],):
            if forged == lines:
                continue
            file = tmp_path / "forged.record"
            for text in ("\n".join(forged) + "\n", "\n".join(rechain(forged)) + "\n"):
                file.write_bytes(text.encode())
                assert (ours(file).returncode, their_status(file)) == (WRONG, WRONG), name
                alike += 1
    assert alike >= 30
    file.write_text("\n".join(unsigned(lines)) + "\n")
    assert (ours(file).returncode, their_status(file)) == (SOUND, SOUND)


@pytest.mark.parametrize("char", ["\u2028", "\u2029", "\u0085", "\u001c", "\u00a0", "\U0001f3b2", "\\\\n", "\\u000b"])
def test_a_text_of_any_characters_is_read_by_both(char, tmp_path):
    lines = unsigned((RECORDS / "tic-tac-toe.record").read_text().split("\n")[:-1])
    said = "\\u001c" if char == "\u001c" else char
    lines = rechain([line.replace('"salt":"rain"', f'"salt":"r{said}n"') for line in lines])
    assert said in "".join(lines)
    # The seats were drawn with another salt: by chance they come out as they are, and both say so.
    file = tmp_path / "odd.record"
    file.write_bytes(("\n".join(lines) + "\n").encode())
    assert ours(file).returncode == their_status(file)
    lines = (RECORDS / "tic-tac-toe.record").read_text().split("\n")[:-1]
    lines = rechain([line.replace('"req":"q1"', f'"req":"q{said}"') for line in lines])
    file.write_bytes(("\n".join(lines) + "\n").encode())
    told = [ours(file), theirs(file)]
    assert all(one.returncode == SOUND for one in told), told


def test_several_matches_in_a_file_are_judged_one_by_one(tmp_path):
    key = key_of(SIGNED[0])
    records = [record.read_text().split("\n")[:-1] for record in SIGNED]
    file = tmp_path / "many.record"
    mixed = [line for step in range(max(map(len, records))) for record in records for line in record[step : step + 1]]
    for lines in (sum(records, []), mixed):
        file.write_text("\n".join(lines) + "\n")
        assert (ours(file, key).returncode, their_status(file, key)) == (SOUND, SOUND)
    file.write_text("\n".join(sum(records[1:], unsigned(records[0]))) + "\n")
    assert (ours(file, key).returncode, their_status(file, key)) == (WRONG, WRONG)
    assert (ours(file).returncode, their_status(file)) == (SOUND, SOUND)


def test_what_is_not_over_is_neither_sound_by_a_key_nor_wrong(tmp_path):
    record = RECORDS / "signed" / "chess.record"
    lines = record.read_text().split("\n")[:3]
    file = tmp_path / "begun.record"
    file.write_text("\n".join(lines) + "\n")
    for verify in (ours, theirs):
        assert verify(file).returncode == SOUND
        told = verify(file, key_of(record))
        assert told.returncode == UNCHECKED and "key not checked" in told.stderr, told


def test_lines_of_another_system_are_read_and_others_not(tmp_path):
    text = (RECORDS / "chess.record").read_text()
    file = tmp_path / "lines.record"
    for ends, status in [("\r\n", SOUND), ("\r", WRONG), ("\n\n", WRONG), ("\v\n", WRONG), ("\u2028", WRONG), ("\x00\n", WRONG)]:
        file.write_bytes(text.replace("\n", ends).encode())
        assert (ours(file).returncode, their_status(file)) == (status, status), ends
    file.write_bytes(b"")
    assert (ours(file).returncode, their_status(file)) == (WRONG, WRONG)
    file.write_bytes(text.encode("utf-16"))
    assert (ours(file).returncode, their_status(file)) == (WRONG, WRONG)


def test_whoever_holds_a_key_of_their_own_is_not_the_referee(tmp_path):
    """The winner turned and all signed anew: sound in form, and by another key."""
    record = RECORDS / "signed" / "tic-tac-toe.record"
    own = nacl.signing.SigningKey(hashlib.sha256(b"forger").digest())
    public = base64.b64encode(bytes(own.verify_key)).decode()
    short = hashlib.sha256(bytes(own.verify_key)).hexdigest()[:16]
    genuine = record.read_text()
    named = re.search(r'"key":"([0-9a-f]{16})"', genuine)[1]
    lines = genuine.replace(named, short).replace(key_of(record), public).split("\n")[:-1]
    lines = rechain(lines)
    over = re.search(r'"signed":\{"over":"([0-9a-f]{64})"', lines[-1])[1]
    said = f"urn:x-referee:result:1\nreferee.example.org\nm5\n{over}".encode()
    signature = base64.b64encode(own.sign(said).signature).decode()
    lines[-1] = re.sub(r'"signature":"[^"]*"', f'"signature":"{signature}"', lines[-1])
    file = tmp_path / "own.record"
    file.write_text("\n".join(lines) + "\n")
    for verify in (ours, theirs):
        assert verify(file).returncode == SOUND
        assert verify(file, public).returncode == SOUND
        assert verify(file, key_of(record)).returncode == WRONG


def test_the_verifier_is_short_enough_to_be_read():
    lines = VERIFIER.read_text().splitlines()
    assert len(lines) <= 150 and max(map(len, lines)) <= 130
