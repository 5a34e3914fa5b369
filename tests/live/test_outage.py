"""The server goes and comes back, the line breaks, the referee is killed: nothing acknowledged is lost, nobody pays for it.

What is real here is the server; the wire double of tests/crash kills the referee more often and looks into its files.
"""

import asyncio
import random
import signal
import time

import slixmpp

import people
import rig
import tables
import tap

KILLS = 10
# Longer than CLOCK_ERROR_MS, so that a clock that runs on is caught.
OUTAGE_SECONDS = 1
# What a clock may be charged too much or too little.
CLOCK_ERROR_MS = 100


async def came_back(referee, connections):
    """Waits until the referee has connected so many times and serves again."""
    await rig.until(lambda: referee.log().count("connected server") >= connections, f"connection {connections}", 60)


async def clocks(person, referee, match):
    """The milliseconds that the players have left, and between which moments that was so."""
    asked = time.monotonic()
    left = [int(left) for left in (await tables.show(person, referee, match))["clocks"]]
    return left, asked, time.monotonic()


async def test_the_server_is_killed_during_play(request, folder, server):
    kind = server.kind
    place = folder / f"{kind}-outage"
    first = rig.Server(kind, place, domains=rig.DOMAINS[:1], guests=())
    domain = first.domain()
    second, present = None, []

    async def enter(home, name):
        present.append(people.Person(home, name))
        return await present[-1].login()

    async with tap.Tap(first, domain) as line:
        referee = rig.Referee(line, place / "referee", domain)
        try:
            await referee.start()
            alice, bob = await enter(first, "alice"), await enter(first, "bob")
            match = await tables.begin(alice, bob, referee, clock="10+0", room="1", options="rows=5 cols=5 strike=5")
            for person, move in ((alice, "a1"), (bob, "b1"), (alice, "a2")):
                await tables.play(person, referee, match, move)
            before, moment, _ = await clocks(bob, referee, match)
            for process in children(first.process.pid):
                process_kill(process)
            broke = time.monotonic()
            first.stop()
            await rig.until(lambda: "the connection is gone" in referee.log(), "a line about the lost connection")
            await rig.until(lambda: time.monotonic() > broke + OUTAGE_SECONDS, "an outage that would show on a clock")
            seen = len(referee.log())
            second = rig.Server(kind, place, domains=rig.DOMAINS[:1], guests=())
            line.lead_to(second, domain)
            back = time.monotonic()
            await came_back(referee, 2)
            assert "referee ready" not in referee.log()[seen:] and referee.process.poll() is None, "it is the same process"
            alice, bob, carol = [await enter(second, name) for name in ("alice", "bob", "carol")]
            await rig.until(lambda: time.monotonic() > back + OUTAGE_SECONDS, "a time that would show on a clock that waits for nobody")
            after, asked, answered = await clocks(bob, referee, match)
            charged = before[1] - after[1]
            # The clock waits until bob is seen again, and his question is the first that is seen of him.
            fair = 1000 * (broke - moment)
            assert after[0] == before[0] and charged <= fair + CLOCK_ERROR_MS, (charged, fair)
            assert fair + CLOCK_ERROR_MS < 1000 * (asked - back), "what was charged must differ from what a clock of the link charges"
            room = (await alice.command(domain, "show", {"match": match})).notes[0].partition("xmpp:")[2].partition("?")[0]
            await carol.join_room(room, "carol")
            roster = carol.plugin["xep_0045"].rooms[None][slixmpp.JID(room)]
            await rig.until(lambda: "referee" in roster, "the referee in its room again")
            start = len(carol.inbox)
            await tables.play(bob, referee, match, "b2", expect="3")
            await carol.hear(lambda m: m["type"] == "groupchat" and "plays b2" in m["body"], "the announcement", start)
            assert (await tables.show(alice, referee, match))["moves"] == ["a1", "b1", "a2", "b2"]
        finally:
            referee.end()
            for person in present:
                await person.logout()
            for home in (first, second):
                if home is not None:
                    home.stop()


def children(pid):
    """The child processes of a process, which for start.sh is the server itself."""
    found = rig.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in found]


def process_kill(pid):
    """kill -9: the server says no goodbye."""
    rig.os.kill(pid, signal.SIGKILL)


async def test_an_unconfirmed_window_comes_again_with_the_same_ids(server, folder, login):
    domain = server.domain()
    alice, bob = await login(), await login()
    async with tap.Tap(server, domain) as line:
        referee = rig.Referee(line, folder / server.kind / domain, domain)
        try:
            await referee.start()
            match = await tables.begin(alice, bob, referee, options="rows=5 cols=5 strike=5")
            await bob.hear(lambda m: f"[{match}]" in m["body"] and "(x) against" in m["body"], "the start")
            await rig.until(lambda: line.stanzas("arrived", "iq", type="result"), "a pong")
            repeated = 0
            for number, move in enumerate(("a1", "b1", "a2", "b2")):
                mover, other = ((alice, bob), (bob, alice))[number % 2]
                start = len(other.inbox)
                # The notice of this move is the next window; its ping goes out, and its pong never comes back.
                line.cut_after("urn:xmpp:ping")
                await mover.say(referee.jid, f"move {match} {move}")
                await came_back(referee, number + 2)
                assert (await tables.show(other, referee, match))["moves"][-1] == move
                await other.hear(lambda m: f"plays {move}" in m["body"], "the turn notice", start)
                # An effect after it, so that what was to be repeated has been.
                await other.ask(referee.jid, f"show {match}", f"{match} Tic-tac-toe")
                notices = [m["id"] for m in other.inbox[start:] if f"plays {move}" in m["body"]]
                assert len(notices) <= 2 and len(set(notices)) == 1 and notices[0].startswith(match), notices
                repeated += len(notices) - 1
            assert repeated, "the line was never cut in a window, so this proves nothing"
        finally:
            referee.end()


class Ledger:
    """A bot that moves as fast as it can and keeps what it saw acknowledged, by match."""

    def __init__(self, person, referee):
        self.person, self.referee = person, referee
        self.acknowledged = {}
        self.over = set()

    async def ask(self, node, **values):
        """A command's fields; none when the referee was not there to answer."""
        try:
            return await self.person.command(self.referee.domain, node, values, seconds=2)
        except (slixmpp.exceptions.IqError, slixmpp.exceptions.IqTimeout):
            return None

    async def turn(self):
        """Plays wherever it is our turn; returns whether anything was done."""
        mine = await self.ask("my")
        for row in mine.rows if mine else []:
            if row["state"] == "challenged":
                await self.ask("accept", match=row["match"])
                continue
            shown = await self.ask("show", match=row["match"])
            if shown is None or not tables.listed(shown.values.get("legal")):
                continue
            moves = tables.listed(shown.values["moves"])
            move = random.choice(tables.listed(shown.values["legal"]))
            done = await self.ask("move", match=row["match"], move=move, expect=str(len(moves)))
            if done is not None and not done.refused:
                self.acknowledged[row["match"], len(moves)] = done.values["move"]
        return bool(mine and mine.rows)


async def test_kills_during_play_lose_nothing(server, referee, login):
    people_ = [await login(), await login()]
    for person in people_:
        await person.command(referee.domain, "bot", {"mode": "on"})
    bots = [Ledger(person, referee) for person in people_]
    matches = [await tables.begin(*people_, referee, clock="60+0", options="rows=7 cols=7 strike=7") for _ in range(3)]
    stop, down = asyncio.Event(), 0.0
    begun = time.monotonic()

    async def run(bot):
        while not stop.is_set():
            await bot.turn()

    runs = [asyncio.ensure_future(run(bot)) for bot in bots]
    for _ in range(KILLS):
        seen = sum(len(bot.acknowledged) for bot in bots)
        await rig.until(lambda: sum(len(bot.acknowledged) for bot in bots) > seen + random.randrange(1, 6), "some more moves", 30)
        referee.kill()
        killed = time.monotonic()
        await referee.restart()
        down += time.monotonic() - killed
    stop.set()
    await asyncio.gather(*runs)
    assert down > 0.3, "downtime too short to be charged proves nothing"
    one, two = people_
    for match in matches:
        shown = await tables.show(one, referee, match)
        for bot in bots:
            for (where, number), move in bot.acknowledged.items():
                if where == match:
                    assert shown["moves"][number] == move, (match, number, move, shown["moves"])
        asked, left = time.monotonic(), [int(left) for left in shown["clocks"]]
        spent = 2 * 3_600_000 - sum(left)
        up = 1000 * (asked - begun - down)
        assert 0 <= spent <= up + KILLS * CLOCK_ERROR_MS, (spent, up)
        # Nothing is stuck: whoever is asked can move.
        mover = one if shown["legal"] else two
        legal = (await tables.show(mover, referee, match))["legal"]
        assert shown["state"] == "over" or legal
        if legal:
            await tables.play(mover, referee, match, legal[0], expect=str(len(shown["moves"])))
    for person in people_:
        ids = {}
        for message in person.inbox:
            event = message.xml.find(f"{{{people.EVENT}}}event")
            if event is not None and event.get("n") is not None:
                ids.setdefault((event.get("match"), event.get("n"), event.get("kind")), set()).add(message["id"])
        assert ids and all(len(same) == 1 for same in ids.values()), ids
    assert referee.stop() == 0
    assert referee.run("verify", "--help").returncode == 0
