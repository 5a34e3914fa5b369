"""Clients that people really use: each logs in, talks to the referee and plays a match to its end.

A missing client is a loud skip, never a silent pass; tests/run.sh installs them all.
"""

import pytest

import clients
import rig
import tables


@pytest.fixture
async def profanity(server, folder):
    """`await profanity("alice")`: a profanity that is logged in."""
    if lacks := rig.missing("tmux", "profanity"):
        pytest.skip(f"not installed: {', '.join(lacks)}")
    started = []

    async def start(name):
        started.append(clients.Profanity(server, name, folder))
        return await started[-1].login()

    yield start
    for client in started:
        await client.quit()


@pytest.fixture
async def converse(server, folder):
    """`await converse("alice")`: a Converse.js that is logged in."""
    if lacks := clients.converse_missing():
        pytest.skip(f"not installed: {lacks}")
    started = []

    async def start(name):
        started.append(clients.Converse(server, name, folder))
        return await started[-1].login()

    yield start
    for client in started:
        await client.quit()


async def talk(client, bob):
    """The client can say something to somebody and sees the answer."""
    start = len(bob.inbox)
    await client.say("bob@localhost", "is anybody there?")
    message = await bob.hear(lambda message: message["body"] == "is anybody there?", "the question", start)
    await bob.say(message["from"].bare, "yes, I am")
    await client.see("yes, I am")


async def test_profanity_talks(profanity, login):
    bob = await login("bob")
    await talk(await profanity("alice"), bob)


async def test_converse_talks(converse, login):
    bob = await login("bob")
    await talk(await converse("alice"), bob)


async def play_to_the_end(client, bob, referee, match):
    """The client's person sits first, says moves as words to the one contact, and wins."""
    for move, answer in (("a1", "b1"), ("a2", "b2")):
        await client.say(referee.jid, move)
        await client.see(f"You played {move}")
        await bob.hear(lambda m, move=move: f"plays {move}" in m["body"], f"the notice of {move}")
        await tables.play(bob, referee, match, answer)
        await client.see(f"plays {answer}")
    await client.say(referee.jid, "a3")
    await client.see(r"Match over")
    assert (await tables.show(bob, referee, match))["state"] == "over"
    assert (await bob.command(referee.domain, "result", {"match": match})).values["places"] == "1 2"


async def challenged_by(bob, referee, name):
    """Bob challenges the client's person, who is to sit first; returns the match's id."""
    fields = {"opponent": f"{name}@localhost", "game": "tic-tac-toe", "side": "second", "room": "0"}
    return (await bob.command(referee.domain, "challenge", fields)).values["match"]


async def test_profanity_plays_a_match(profanity, login, common, server):
    name, bob = server.guest(), await login()
    client = await profanity(name)
    match = await challenged_by(bob, common, name)
    await client.see(f"<< chat message: {common.jid}")
    client.open(common.jid)
    await client.see(rf"\[{match}\].*challenges you")
    client.type(f"/cmd list {match}@{common.domain}")
    await client.see("accept")
    client.type(f"/cmd exec accept {match}@{common.domain}")
    await client.see("Accept")
    client.type("/form submit")
    # It shows what came of it as a form of four unnamed fields; the command's own form has fewer.
    await client.see(r"\[field4\]")
    await bob.hear(lambda m: f"[{match}]" in m["body"] and "guest" in m["body"], "the start")
    await play_to_the_end(client, bob, common, match)


async def test_converse_plays_a_match(converse, login, common, server):
    name, bob = server.guest(), await login()
    client = await converse(name)
    match = await challenged_by(bob, common, name)
    assert "Challenge accepted" in await client.run_command(f"{match}@{common.domain}", "accept")
    await bob.hear(lambda m: f"[{match}]" in m["body"] and "guest" in m["body"], "the start")
    await play_to_the_end(client, bob, common, match)
