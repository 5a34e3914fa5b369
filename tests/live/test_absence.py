"""People who go away in the middle of a match: a client that is killed, and one that logs out."""

import asyncio
import re
import time

import rig

# A loss has to last for ten seconds before it counts.
NOTICED = 25


async def begun(first, second, referee):
    """A match of these two, both of whom have moved; the first is to move."""
    told = await first.ask(referee.jid, f"challenge {second.boundjid.bare} chess 5+0 white no-room", "Challenge sent")
    match = re.match(r"\[(m\d+)\]", told)[1]
    await second.ask(referee.jid, f"accept {match}", "Challenge accepted")
    await first.ask(referee.jid, f"{match} e4", "You played")
    await second.ask(referee.jid, f"{match} e5", "You played")
    await first.ask(referee.jid, f"{match} Nf3", "You played")
    return match


async def befriended(person, referee):
    """Adds the referee as a contact; returns when it is one in both directions."""
    person.send_presence_subscription(pto=referee.jid)
    async with asyncio.timeout(10):
        while person.client_roster[referee.jid]["subscription"] != "both":
            await asyncio.sleep(0.05)


def cut(person):
    """Ends the connection as a broken line does: nothing is said before."""
    person.transport.abort()


async def told(person, match, words, start):
    """Waits until the referee says this of the match."""
    return await person.hear(lambda m: f"[{match}]" in m["body"] and words in m["body"], words, start, NOTICED)


async def standing(person, referee, match):
    return (await person.command(referee.domain, "show", {"match": match})).values


async def test_a_broken_line_is_not_a_logout(server, login, referee):
    alice, carol = await login("alice"), await login()
    bob, dave = await login(), await login()
    for player in (bob, dave):
        await befriended(player, referee)
    broken, left = await begun(alice, bob, referee), await begun(carol, dave, referee)
    heard, seen = len(alice.inbox), len(carol.inbox)
    cut(bob)
    # A client that logs out says so itself; the server would say it in other words.
    dave.send_presence(ptype="unavailable")
    await dave.logout()
    gone = await told(alice, broken, f"The connection of {bob.boundjid.user} is gone", heard)
    assert "stands still for at most 30 seconds" in gone["body"]
    assert "there is no grace" in (await told(carol, left, f"{dave.boundjid.user} has left", seen))["body"]
    # One clock stands still, the other runs; where the machine itself stood still for a moment, that is nobody's time.
    async def clocks():
        return [int((await standing(who, referee, match))["clocks"][1]) for who, match in ((alice, broken), (carol, left))]

    before = after = await clocks()
    deadline = time.monotonic() + rig.SECONDS
    while before[1] - after[1] < 900 and time.monotonic() < deadline:
        await asyncio.sleep(0.1)
        after = await clocks()
    assert before[0] == after[0] and before[1] - after[1] >= 900, (before, after)
    refused = await alice.ask(referee.jid, f"claim {broken}", "left to come back")
    assert "match/claim-early" not in refused and "claim" in refused
    start = len(alice.inbox)
    again = await login(bob.boundjid.user, resource="elsewhere")
    await told(alice, broken, f"{bob.boundjid.user} is back", start)
    await again.ask(referee.jid, f"{broken} Nc6", "You played")


async def test_whoever_is_no_contact_is_asked_by_ping(server, login, referee):
    alice, bob = await login(), await login()
    match = await begun(alice, bob, referee)
    heard = len(alice.inbox)
    # Bob's client has answered a ping since it was his turn.
    await asyncio.sleep(1)
    cut(bob)
    await told(alice, match, f"The connection of {bob.boundjid.user} is gone", heard)
