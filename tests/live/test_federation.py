"""Matches between people of two servers: the referee hangs on one, half of the players live on the other.

Every test runs twice, once with the referee on ejabberd and once on Prosody. Nothing leaves 127.0.0.0/8.
"""

import asyncio
import os
import re
import time

import pytest

import federation
import people
import rig
import tap

LACKING = federation.why_not()
# In the project's own runs what is missing is a failure: tests/run.sh has installed it.
MUST = "REFEREE_MUST_FEDERATE" in os.environ
pytestmark = pytest.mark.skipif(bool(LACKING) and not MUST, reason=f"no federation can be tested: {LACKING}")

HOMES = ("ejabberd", "prosody")
# How long the referee's server stays away, in seconds; the clocks must not have run for so long.
OUTAGE = 2
# An answer to somebody whose server has just come back may bounce once more, so a person asks again after this long.
AGAIN = 2


@pytest.fixture(scope="module")
def both(folder):
    """ejabberd on 127.0.0.2 and Prosody on 127.0.0.3, federated."""
    assert not LACKING, f"no federation can be tested: {LACKING}"
    servers = federation.Federation(folder / "federation")
    try:
        asyncio.run(servers.start())
        yield servers
    finally:
        servers.stop()


@pytest.fixture(params=HOMES)
def home(request, both):
    """The server that the referee hangs on."""
    return both.peers[request.param]


@pytest.fixture
def far(home, both):
    """The other server."""
    return next(peer for peer in both.peers.values() if peer is not home)


@pytest.fixture
async def enter():
    """`await enter(home, "alice")`: a client, logged out at the end of the test."""
    present = []

    async def login(server, name):
        person = people.Person(server, name)
        present.append(person)
        return await person.login()

    yield login
    for person in present:
        await person.logout()


@pytest.fixture
async def referee(home, folder):
    """A referee on a fresh domain of its server, and nothing in between."""
    async for one in _serve(home, home.domain(), folder):
        yield one


@pytest.fixture
async def tapped(home, folder):
    """A referee, and a tap on its line to the server."""
    domain = home.domain()
    async with tap.Tap(home, domain) as line:
        async for one in _serve(line, domain, folder):
            yield one, line


async def _serve(server, domain, folder):
    referee = rig.Referee(server, folder / "federation" / domain, domain)
    try:
        await referee.start()
        yield referee
    finally:
        referee.end()
        print(referee.log()[-4000:])


async def begin(first, second, referee, words):
    """Starts a match by chat, as people do; returns its id. The first player moves first."""
    start = len(second.inbox)
    told = await first.ask(referee.jid, f"challenge {second.boundjid.bare} {words}", "Challenge sent")
    match = re.match(r"\[(m\d+)\]", told)[1]
    challenge = await second.hear(lambda m: f"[{match}]" in m["body"], "the challenge", start)
    assert challenge["from"].bare == referee.jid and first.boundjid.bare in challenge["body"]
    before = len(first.inbox)
    await second.ask(referee.jid, f"accept {match}", "Challenge accepted")
    await first.hear(lambda m: f"[{match}]" in m["body"] and "Your turn" in m["body"], "the first turn", before)
    return match


async def play(mover, other, referee, match, move):
    """Makes a move by chat; returns when the opponent has been told that it is their turn."""
    start = len(other.inbox)
    await mover.ask(referee.jid, f"move {match} {move}", "You played")
    return await told_of(other, match, move, start)


async def told_of(person, match, move, start):
    """Waits for the notice of a move that gives the turn to this person."""

    def notice(message):
        return f"[{match}]" in message["body"] and f"plays {move}" in message["body"] and "Your turn" in message["body"]

    return await person.hear(notice, f"the notice of {move} in {match}", start)


async def finish(mover, other, referee, match, move):
    """Makes the last move; returns when both have been told the result."""
    start = len(other.inbox)
    await mover.ask(referee.jid, f"move {match} {move}", "Match over")
    end = await other.hear(lambda m: f"[{match}]" in m["body"] and "Match over" in m["body"], "the result", start)
    event = end.xml.find(f"{{{people.EVENT}}}event")
    assert end["from"].bare == referee.jid and (event.get("match"), event.get("kind")) == (match, "over")


async def asked_again(person, referee, line, pattern):
    """Asks until an answer comes: the first may bounce at a server that has not yet seen that another is back."""
    end = time.monotonic() + rig.SECONDS
    while True:
        try:
            return await person.ask(referee.jid, line, pattern, AGAIN)
        except TimeoutError:
            if time.monotonic() > end:
                raise


async def standing(person, referee, match):
    """What `show` tells programs."""
    return (await person.command(referee.domain, "show", {"match": match})).values


async def housed(person, referee, match):
    """The room and the feed of a match, found from disco#items of its own address."""
    end = time.monotonic() + rig.SECONDS
    while time.monotonic() < end:
        items = (await person.plugin["xep_0030"].get_items(f"{match}@{referee.domain}"))["disco_items"]["items"]
        room = [str(jid) for jid, node, _ in items if not node]
        feed = [node for _, node, _ in items if node]
        if room and feed:
            return room[0], feed[0]
        await asyncio.sleep(0.05)
    raise TimeoutError(f"{match} got no room and feed")


async def test_a_whole_match_between_two_servers(referee, home, far, enter):
    alice, bob, carol = await enter(home, "alice"), await enter(far, "bob"), await enter(far, "carol")
    match = await begin(alice, bob, referee, "tic-tac-toe x")
    room, feed = await housed(carol, referee, match)
    pubsub = f"pubsub.{home.host}"
    assert room.endswith(f"@conference.{home.host}") and feed == f"{referee.domain}/match/{match}"

    # Discovery, from the other server.
    disco = carol.plugin["xep_0030"]
    info = (await disco.get_info(referee.domain))["disco_info"]
    assert ("component", "generic") in {(kind[0], kind[1]) for kind in info["identities"]}
    listed = (await disco.get_items(referee.domain))["disco_items"]["items"]
    assert f"{match}@{referee.domain}" in {str(jid) for jid, _, _ in listed}
    seen = (await disco.get_info(f"{match}@{referee.domain}"))["disco_info"]
    assert ("game", "tic-tac-toe") in {(kind[0], kind[1]) for kind in seen["identities"]}
    # Public outlets name handles, and no address.
    assert f"@{far.host}" not in str(seen) and "bob" in str(seen)

    await carol.plugin["xep_0060"].subscribe(pubsub, feed)
    for person in (bob, carol):
        await person.join_room(room, person.boundjid.user)
    start = len(carol.inbox)
    notice = await play(alice, bob, referee, match, "a1")
    assert notice["from"].bare == referee.jid
    # A move in the room, by a player of the other server.
    before = len(alice.inbox)
    await bob.say(room, "!b2", kind="groupchat")
    await told_of(alice, match, "b2", before)
    await play(alice, bob, referee, match, "b1")
    await play(bob, alice, referee, match, "c3")
    await finish(alice, bob, referee, match, "c1")
    for move in ("a1", "b2", "b1", "c3", "c1"):
        said = await carol.hear(lambda m: m["type"] == "groupchat" and f"plays {move}" in m["body"], f"{move} in the room", start)
        assert said["from"].bare == room
    # The signature is told right behind the end, on its own.
    await carol.hear(lambda m: "signed" in str(m), "the signature in the feed", start)
    items = [payload.find(f"{{{people.EVENT}}}event") for _, payload in await carol.items(pubsub, feed)]
    kinds = [e.get("kind") for e in items]
    assert kinds.count("moved") == 5 and kinds[-2:] == ["over", "signed"], kinds
    ids = [name for name, _ in await carol.items(pubsub, feed)]
    # The subscriber of the other server was notified of everything since the subscription, once and in order.
    await rig.until(lambda: carol.published(feed, start)[-1:] == ids[-1:], f"{ids[-1]}, not {carol.published(feed, start)}")
    notified = carol.published(feed, start)
    assert notified == ids[-len(notified) :] and len(notified) >= 6


async def test_the_other_server_dies_and_returns(tapped, far, home, enter):
    referee, line = tapped
    alice, carol, dave = await enter(home, "alice"), await enter(home, "carol"), await enter(home, "dave")
    bob = await enter(far, "bob")
    match = await begin(alice, bob, referee, "tic-tac-toe x")
    other = await begin(carol, dave, referee, "tic-tac-toe x no-room")
    room, _ = await housed(alice, referee, match)
    await bob.join_room(room, "bob")
    await play(alice, bob, referee, match, "a1")
    await play(bob, alice, referee, match, "b2")

    far.kill()
    errors = len(line.stanzas("arrived", "message", type="error"))
    sent = len(line.stanzas("sent", "message", to=bob.boundjid.bare))
    await alice.ask(referee.jid, f"move {match} b1", "You played")
    await rig.until(
        lambda: len(line.stanzas("arrived", "message", type="error")) > errors, "the bounce of the notice to the dead server"
    )
    bounced = line.arrived[line.arrived.rindex("<message", 0, line.arrived.rindex("remote-server-")) :]
    assert re.search(r"remote-server-(not-found|timeout)", bounced)
    # The other match goes on and ends, and alice, whose opponent is away, is answered.
    await play(carol, dave, referee, other, "a1")
    await play(dave, carol, referee, other, "b2")
    await play(carol, dave, referee, other, "b1")
    await play(dave, carol, referee, other, "c3")
    await finish(carol, dave, referee, other, "c1")
    assert (await standing(alice, referee, match))["moves"] == ["a1", "b2", "b1"]
    # A bounce is not answered, and nothing is said to the dead server but what the match had to say: two notices at most.
    assert not line.stanzas("sent", "message", type="error") and not line.stanzas("sent", "presence", type="error")
    assert len(line.stanzas("sent", "message", to=bob.boundjid.bare)) - sent <= 2
    assert line.lines == 1, "the referee's stream broke"

    await far.start()
    bob = await enter(far, "bob")
    assert f"{match} " in await asked_again(bob, referee, "my", match)
    shown = await bob.ask(referee.jid, f"show {match}", "Your turn")
    assert re.search(r"1 X X \.\s+2 \. O \.", re.sub(r" *\n *", " ", shown)), shown
    now = await standing(bob, referee, match)
    assert now["moves"] == ["a1", "b2", "b1"] and "c1" in now["legal"]
    await play(bob, alice, referee, match, "c3")
    await finish(alice, bob, referee, match, "c1")
    assert not line.stanzas("sent", "message", type="error")
    assert line.lines == 1 and referee.process.poll() is None


async def test_only_the_matches_of_a_dead_server_stand_still(referee, home, far, enter):
    alice, carol, dave = await enter(home, "alice"), await enter(home, "carol"), await enter(home, "dave")
    bob = await enter(far, "bob")
    match = await begin(alice, bob, referee, "chess 10+0 white no-room")
    other = await begin(carol, dave, referee, "chess 10+0 white no-room")
    for first, second, played in ((alice, bob, match), (carol, dave, other)):
        await play(first, second, referee, played, "e4")
        await play(second, first, referee, played, "e5")

    far.kill()
    start = len(alice.inbox)
    # The notice of this move bounces; the server itself is asked before anybody is told.
    await alice.ask(referee.jid, f"move {match} Nf3", "You played")
    told = await alice.hear(lambda m: "cannot be reached" in m["body"], "the outage", start)
    assert f"[{match}]" in told["body"] and "no clock runs" in told["body"]
    still = await standing(alice, referee, match)
    ticking = await standing(carol, referee, other)
    # Not luck: this is the time that only one of the two clocks may lose.
    await asyncio.sleep(OUTAGE)
    assert (await standing(alice, referee, match))["clocks"] == still["clocks"]
    assert int(ticking["clocks"][0]) - int((await standing(carol, referee, other))["clocks"][0]) >= OUTAGE * 1000
    assert still["state"] == "paused"
    await alice.ask(referee.jid, f"claim {match}", "stands still")
    await play(carol, dave, referee, other, "Bc4")

    start = len(alice.inbox)
    await far.start()
    bob = await enter(far, "bob")
    await asked_again(bob, referee, "my", match)
    await alice.hear(lambda m: f"[{match}]" in m["body"] and "The match goes on" in m["body"], "the end of the outage", start)
    now = await standing(bob, referee, match)
    assert now["state"] == "started" and int(still["clocks"][1]) - int(now["clocks"][1]) < OUTAGE * 1000
    await play(bob, alice, referee, match, "Nc6")
    await play(alice, bob, referee, match, "Bc4")


async def test_the_referees_own_server_dies_and_returns(referee, home, far, enter):
    alice, bob = await enter(home, "alice"), await enter(far, "bob")
    match = await begin(alice, bob, referee, "chess 10+0 white")
    house = await housed(alice, referee, match)
    await play(alice, bob, referee, match, "e4")
    await play(bob, alice, referee, match, "e5")
    # White's clock runs from here on, in milliseconds.
    asked = time.monotonic()
    before = int((await standing(alice, referee, match))["clocks"][0])

    seen = referee.log_file.stat().st_size
    home.kill()
    died = time.monotonic()
    await rig.until(lambda: "the connection is gone" in referee.log(seen), "a line about the lost server")
    # Not luck: this is the time that nobody's clock may lose.
    await asyncio.sleep(max(0, OUTAGE - (time.monotonic() - died)))
    away = time.monotonic() - died
    await home.start()
    await rig.until(lambda: "connected" in referee.log(seen), "the referee's return")
    alice = await enter(home, "alice")
    after = int((await standing(alice, referee, match))["clocks"][0])
    charged, elapsed = (before - after) / 1000, time.monotonic() - asked
    # What was thought since the last sign of life before the break is a gift of some milliseconds.
    assert -0.025 <= charged <= elapsed - away, f"{charged} s charged of {elapsed} s, {away} s of them without a server"

    shown = await asked_again(bob, referee, f"show {match}", "alice to move")
    assert "move 3" in shown and "4 . . . P . . . ." in shown and "5 . . . p . . . ." in shown
    assert await housed(alice, referee, match) == house
    await bob.join_room(house[0], "bob")
    start = len(bob.inbox)
    await alice.ask(referee.jid, f"move {match} Bc4", "You played")
    await told_of(bob, match, "Bc4", start)
    # Told when the referee was back, not with the next move.
    outage = await bob.hear(lambda m: "could not be reached" in m["body"], "a word about the outage")
    assert "nobody's clock ran" in outage["body"]
    await bob.hear(lambda m: m["type"] == "groupchat" and "plays Bc4" in m["body"], "the same room", start)
    await play(bob, alice, referee, match, "Nc6")
    await play(alice, bob, referee, match, "Qh5")
    await play(bob, alice, referee, match, "Nf6")
    await finish(alice, bob, referee, match, "Qxf7")


async def test_the_referee_dies_and_returns(referee, home, far, enter):
    alice, bob = await enter(home, "alice"), await enter(far, "bob")
    match = await begin(alice, bob, referee, "tic-tac-toe x no-room")
    await play(alice, bob, referee, match, "a1")
    referee.kill()
    # Nobody takes this move. Prosody says so to bob; ejabberd drops it, or ends the stream that it came by.
    await bob.say(referee.jid, f"move {match} b2")
    await referee.restart()
    await asked_again(bob, referee, f"show {match}", "Your turn")
    assert (await standing(bob, referee, match))["moves"] == ["a1"]
    await play(bob, alice, referee, match, "b2")
    await play(alice, bob, referee, match, "b1")
    await play(bob, alice, referee, match, "c3")
    await finish(alice, bob, referee, match, "c1")
