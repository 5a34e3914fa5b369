"""What the pages for authors and admins say of the code: lines of the log, codes of refusals, limits, lines for servers.

`UPDATE=1 pytest test_docs.py` rewrites the list of codes; the tables are for people to write.
"""

import os
import re

import people
import rig

README = rig.ROOT / "README.md"
# What the page's `…` stands for, from black's first move on.
LEFT_OUT = ["e5", "Qh5", "Nc6", "Bc4", "Nf6"]
PROTOCOL = rig.ROOT / "docs" / "PROTOCOL.md"
RECORD = rig.ROOT / "docs" / "RECORD.md"
OPERATIONS = rig.ROOT / "docs" / "OPERATIONS.md"
# A text with its escapes, and where a call begins that logs at level info or above.
TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
CALL = re.compile(r"tracing::(?:info|warn|error)!\(")


def sources():
    """The files of the program, by name, without the tests at their ends."""
    found = {}
    for path in sorted((rig.ROOT / "src").rglob("*.rs")):
        if path.name != "tests.rs":
            found[str(path.relative_to(rig.ROOT / "src"))] = path.read_text().split("\nmod tests {")[0]
    assert len(found) > 100, f"only {len(found)} files were found"
    return found


def calls(source):
    """What stands between the parentheses of each log call."""
    for call in CALL.finditer(source):
        # Parentheses inside texts are in pairs, too.
        depth, end = 1, call.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(source[end], 0)
            end += 1
        yield source[call.end() : end - 1]


def logged():
    """What is fixed in each line of the log: the longest text between two values."""
    found = set()
    for name, source in sources().items():
        for call in calls(source):
            texts = TEXT.findall(call)
            assert texts, f"{name} logs a line without a text: {call}"
            # The message is the one of several words; other texts are values.
            message = next((text for text in texts if " " in text), texts[0])
            message = re.sub(r"\\\n\s*", "", message).replace('\\"', '"')
            found.add(max(re.split(r"\{[^{}]*\}", message.replace("{{", "").replace("}}", "")), key=len).strip())
    assert len(found) > 30, found
    return found


def explained():
    """The lines that the page explains."""
    page = OPERATIONS.read_text()
    section = page.split("## What each log line means")[1].split("\n## ")[0]
    return set(re.findall(r"^\| `([^`]+)`", section, re.MULTILINE))


def test_every_line_of_the_log_is_explained():
    lines = explained()
    missing = [message for message in logged() if not any(message.startswith(line) for line in lines)]
    assert not missing, f"{OPERATIONS.name} does not explain {missing}"


def test_no_line_is_explained_that_nothing_logs():
    messages = logged()
    stale = [line for line in explained() if not any(message.startswith(line) for message in messages)]
    assert not stale, f"{OPERATIONS.name} explains what nothing logs: {stale}"


def test_the_list_of_codes_is_complete():
    codes = set()
    for source in sources().values():
        codes |= set(re.findall(r'(?:refuse|Refusal::new)\(\s*"([a-z-]+/[a-z-]+)"', source))
    fresh = "\n" + "\n".join(f"`{code}`" for code in sorted(codes)) + "\n\n"
    page = PROTOCOL.read_text()
    before, rest = page.split("<!-- codes -->\n")
    told, after = rest.split("</details>", 1)
    if os.environ.get("UPDATE"):
        PROTOCOL.write_text(f"{before}<!-- codes -->\n{fresh}</details>{after}")
        return
    assert told == fresh, "UPDATE=1 rewrites the list"


def test_every_kind_and_child_of_an_event_is_described():
    files = sources()
    section = PROTOCOL.read_text().split("## Events")[1].split("\n## ")[0]
    kinds = re.findall(r'Event::\w+(?: \{ \.\. \}|\(_\)) => "([a-z-]+)"', files["matches/event.rs"])
    assert len(kinds) >= 40, kinds
    rows = [row for row in section.splitlines() if row.startswith("| ")]
    told = {kind for row in rows for kind in re.findall(r"`([a-z-]+)`", row.split("|")[1])}
    assert not set(kinds) - told, "kinds that the page leaves out"
    children = re.findall(r'(?:Part::new|opening_part)\(\s*"([a-z-]+)"', files["engine/story/parts.rs"] + files["engine/story/feed.rs"])
    assert len(children) >= 40, children
    missing = [name for name in children if f"`<{name}" not in section and f"<{name} " not in section and f"<{name}/>" not in section]
    assert not missing, f"children that the page leaves out: {missing}"


def test_every_event_of_the_record_is_described():
    files = sources()
    section = RECORD.read_text().split("## Every event")[1].split("\n## ")[0]
    told = {name for row in section.splitlines() if row.startswith("| ") for name in re.findall(r"`([a-z-]+)`", row.split("|")[1])}
    for file, enum in (("matches/event.rs", "Event"), ("engine/service.rs", "ServiceEvent")):
        body = files[file].split(f"pub enum {enum} {{")[1].split("\n}")[0]
        names = {re.sub(r"(?<!^)([A-Z])", r"-\1", name).lower() for name in re.findall(r"^    ([A-Z]\w+)", body, re.MULTILINE)}
        assert len(names) >= 15, names
        assert not names - told, f"events of {file} that the page leaves out"


def test_the_limits_are_those_of_the_code():
    files = sources()
    rows = PROTOCOL.read_text().split("<!-- limits")[1].splitlines()
    seen = 0
    for row in rows:
        if not (row.startswith("| ") and ".rs`" in row):
            continue
        name = re.search(r"in `([a-z_/]+\.rs)`", row)[1]
        for constant, value in re.findall(r"`([A-Z_]+)(?: = ([^`]+))?`", row):
            wanted = rf"const {constant}: \w+ = " + (re.escape(value) + ";" if value else "")
            assert re.search(wanted, files[name]), f"src/{name} has no {constant} = {value}"
            seen += 1
    assert seen >= 20, f"only {seen} limits were found"


async def test_the_match_of_the_readme_is_what_is_said(servers, folder):
    server = servers("ejabberd")
    referee = rig.Referee(server, folder / "ejabberd" / "readme", server.domain())
    players = {}
    try:
        await referee.start()
        for name in ("alice", "bob"):
            players[name] = await people.Person(server, name, "readme").login()
        # The referee has to know bob by his handle.
        await players["bob"].ask(referee.jid, "my")
        await play_readme(referee.jid, **players)
    finally:
        for player in players.values():
            await player.logout()
        referee.end()


async def play_readme(contact, alice, bob):
    """Says every line of the page and hears every line of the referee's, in their order."""
    lines = README.read_text().split("```")[1].strip().splitlines()
    assert len(lines) == 10, "ten lines fit on the first screen"
    for line in lines:
        who, _, text = line.partition(" ")
        text = text.strip().replace("m42", "m1")
        if who == "…":
            for player, move in zip([bob, alice] * 3, LEFT_OUT):
                await player.ask(contact, move, f"You played {move}")
            continue
        if who == "ref":
            await heard_by_one((alice, bob), text)
            continue
        await {"alice": alice, "bob": bob}[who].say(contact, text)


async def heard_by_one(players, text):
    """Waits for a message to one of them with this line; a line may end with an example of what to type."""

    def found():
        said = [line for player in players for message in player.inbox for line in message["body"].splitlines()]
        return any(line == text or line.startswith(f"{text} Type ") for line in said)

    await rig.until(found, f"the line {text!r}")


def test_init_prints_the_lines_that_are_shipped(tmp_path):
    command = [rig.binary(), "init", tmp_path / "referee.toml", "--domain", "referee.example.org"]
    printed = rig.subprocess.run(command, capture_output=True, text=True, check=True, timeout=rig.SECONDS).stdout
    secret = re.search(r'^secret = "(.+)"$', (tmp_path / "referee.toml").read_text(), re.MULTILINE)[1]
    for shipped in (rig.ROOT / "ejabberd-config" / "referee.yml", rig.ROOT / "examples" / "prosody" / "referee.cfg.lua"):
        lines = shipped.read_text().replace("referee.localhost", "referee.example.org")
        lines = lines.replace("pubsub.localhost", "pubsub.example.org").replace("change-this-secret", secret)
        assert lines.strip() in printed, f"`referee init` does not print {shipped.name}"
