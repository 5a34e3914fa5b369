"""Servers that lack something: all that does not need it works, one line of the log names it and what mends it, and so
does `referee check`."""

import re

import pytest

import rig
import tables

MUC = "conference.localhost"
PUBSUB = "pubsub.localhost"
# What is missing, the options of start.sh, what the log and `check` say, and the word of the line that mends it.
POOR = {
    "no rooms": (["--without", "muc"], "room service", {"ejabberd": "mod_muc", "prosody": '"muc"'}),
    "no feeds": (["--without", "pubsub"], "pubsub service", {"ejabberd": "mod_pubsub", "prosody": '"pubsub"'}),
    "no rights": (["--no-grants"], "make", {"ejabberd": "access_create", "prosody": "admins"}),
}


@pytest.fixture(params=[(kind, lack) for kind in rig.KINDS for lack in POOR], ids=lambda pair: "-".join(pair).replace(" ", "-"))
def poor(request, folder):
    """A server of its own that lacks something, and what it lacks."""
    kind, lack = request.param
    server = rig.Server(kind, folder / f"{kind}-{lack.replace(' ', '-')}", POOR[lack][0], rig.DOMAINS[:1], guests=())
    yield server, lack
    server.stop()


@pytest.fixture
def server(poor):
    """For the fixtures of conftest: people log in here."""
    return poor[0]


async def test_the_rest_works_and_the_lack_is_named(poor, referee, login):
    server, lack = poor
    alice, bob = await login("alice"), await login("bob")
    match = await tables.begin(alice, bob, referee, room="1")
    for number, move in enumerate(("a1", "b1", "a2", "b2", "a3")):
        await tables.play((alice, bob)[number % 2], referee, match, move)
    result = (await bob.command(referee.domain, "result", {"match": match})).values
    assert result["state"] == "over"
    await bob.hear(lambda m: "Match over" in m["body"], "the end of the match")
    _, says, mends = POOR[lack]
    lines = await rig.until(lambda: [line for line in referee.log().splitlines() if " WARN " in line], "a line that names the lack")
    about = [line for line in lines if mends[server.kind] in line]
    assert about, lines
    assert len(about) <= (2 if lack == "no rights" else 1), "rooms and feeds are named once each"
    if lack == "no feeds":
        await there(alice, referee, match, MUC)
    if lack == "no rooms" or (lack == "no rights" and server.kind == "ejabberd"):
        assert (await alice.command(referee.domain, "show", {"match": match})).values["state"] == "over"
    assert referee.stop() == 0
    checked = referee.run("check", "-c", referee.config, seconds=60)
    bad = [line for line in checked.stdout.splitlines() if "BAD" in line]
    assert checked.returncode == 1 and bad and any(says in line for line in bad), checked.stdout
    assert re.search(re.escape(mends[server.kind]), checked.stdout), checked.stdout
    assert "good  connect" in checked.stdout


async def there(person, referee, match, service):
    """Waits until the match's room has been made."""
    for _ in range(500):
        listed = (await person.plugin["xep_0030"].get_items(service))["disco_items"]["items"]
        if any(str(jid).startswith(f"{match}-") for jid, _, _ in listed):
            return
    raise TimeoutError(f"{match} has no room; log:\n{referee.log()[-2000:]}")
