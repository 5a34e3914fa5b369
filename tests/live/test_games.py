"""Whole matches: every game played to its end by the sample bots, its record checked offline, its luck announced and opened."""

import asyncio
import json
import random
import re
import sys
import time
from types import SimpleNamespace

import slixmpp

import people
import rig
import tables

sys.path.insert(0, str(rig.ROOT / "examples" / "bots"))
import adhoc_bot  # noqa: E402  (the very file that users get)

PUBSUB = "pubsub.localhost"
GAMES = ["chess", "dice-duel", "kuhn-poker", "rock-paper-scissors", "tic-tac-toe"]
MATCH_SECONDS = 60
# At random a game of chess takes some hundred moves; this one takes four.
MATE = ["Qh4#", "f3", "g4", "e5"]


async def bot(server, referee, name, **more):
    """A sample bot in this process, connected; returns the future of its end."""
    options = {"challenge": None, "game": "tic-tac-toe", "once": True, "plaintext": True, **more}
    made = adhoc_bot.AdhocBot(SimpleNamespace(jid=f"{name}@localhost", password=rig.PASSWORD, referee=referee.domain, **options))
    started = asyncio.get_running_loop().create_future()
    made.add_event_handler("session_start", lambda _: started.done() or started.set_result(None))
    # The library makes a new future for the next connection as soon as this one is over.
    ended = made.disconnected
    made.connect(*server.c2s)
    await asyncio.wait_for(started, rig.SECONDS)
    return ended


async def record(person, referee, match):
    """The lines of a match's record, page by page, and the hash of its last line."""
    lines, start = [], "0"
    while start is not None:
        values = (await person.command(referee.domain, "record", {"match": match, "from": start})).values
        lines += tables.listed(values["record"])
        start = values.get("next")
    return lines


def kinds(entries):
    """The <event/> of each item of a feed, oldest first."""
    return [payload.find(f"{{{people.EVENT}}}event") for _, payload in entries]


def choose(legal):
    """What a bot does: the shortest mate where it can, else anything."""
    return next((move for move in MATE if move in legal), None) or random.choice(legal)


async def test_every_game_is_played_to_its_end_by_bots(server, common, login, tmp_path, monkeypatch):
    """All at once: the bots use only the public face, and so does whoever checks what they played."""
    monkeypatch.setattr(adhoc_bot, "random", SimpleNamespace(choice=choose))
    pairs = {game: (server.guest(), server.guest()) for game in GAMES}
    players = []
    for game, (host, guest) in pairs.items():
        players.append(await bot(server, common, guest))
        players.append(await bot(server, common, host, challenge=f"{guest}@localhost", game=game))
    await asyncio.wait_for(asyncio.gather(*players), MATCH_SECONDS)
    reader = await login()
    over = (await reader.command(common.domain, "matches", {"filter": "over"})).rows
    for game, names in pairs.items():
        match = next(row["match"] for row in over if row["game"] == game and set(row["players"].split()) == set(names))
        await check_match(reader, common, match, game, tmp_path)


async def whole_feed(reader, referee, match):
    """The items of a finished match's feed. The signature comes last, a moment after the end."""
    end = time.monotonic() + rig.SECONDS
    while True:
        events = kinds(await reader.items(PUBSUB, f"{referee.domain}/match/{match}"))
        if events[-1].get("kind") == "signed" or time.monotonic() > end:
            return events
        await asyncio.sleep(0.05)


async def check_match(reader, referee, match, game, tmp_path):
    """What the public may know of a finished match: commitment before, reveal after, and a record that stands alone."""
    result = (await reader.command(referee.domain, "result", {"match": match})).values
    assert result["state"] == "over" and result["verdict"] and sorted(result["places"].split()) in (["1", "1"], ["1", "2"]), result
    events = await whole_feed(reader, referee, match)
    news = [event for event in kinds(await reader.items(PUBSUB, f"{referee.domain}/events")) if event.get("match") == match]
    first, (last, signed) = news[0], events[-2:]
    sealed = {event.findtext(f"{{{people.EVENT}}}commitment") for event in news} - {None}
    assert first.get("kind") == "started" and sealed == {result["commitment"]}, (game, [event.get("kind") for event in news])
    assert last.get("kind") == "over" and last.find(f"{{{people.EVENT}}}reveal") is not None, (game, last.get("kind"))
    signature = signed.find(f"{{{people.EVENT}}}signed")
    assert signed.get("kind") == "signed" and signature.text == result["signature"], (game, signed.get("kind"))
    lines = await record(reader, referee, match)
    path = tmp_path / f"{match}.record"
    path.write_text("".join(f"{line}\n" for line in lines))
    verified = referee.run("verify", path, "--head", result["hash"])
    assert verified.returncode == 0, (game, verified.stdout, verified.stderr)
    # Whoever leaves out a line of it, or cuts off its end, is found out.
    forged = tmp_path / "forged.record"
    forged.write_text("".join(f"{line}\n" for line in lines[: len(lines) // 2] + lines[len(lines) // 2 + 1 :]))
    assert referee.run("verify", forged).returncode != 0, game
    forged.write_text("".join(f"{line}\n" for line in lines[:-1]))
    assert referee.run("verify", forged, "--head", result["hash"]).returncode != 0, game
    assert all(json.loads(line) for line in lines)


async def test_everybody_is_told_once_when_it_is_their_turn(common, login):
    one, two = await login(), await login()
    match = await tables.begin(one, two, common)
    moves = ["a1", "b1", "a2", "b2", "a3"]
    for number, move in enumerate(moves):
        mover, other = ((one, two), (two, one))[number % 2]
        await tables.play(mover, common, match, move)
        await other.hear(lambda m, move=move: move in m["body"] and m["from"].bare == common.jid, f"the notice of {move}")
    for person, told in ((one, 3), (two, 2)):
        turns = [m for m in person.inbox if "Your turn" in m["body"]]
        assert len(turns) == told, [m["body"] for m in turns]
        for message in turns:
            event = message.xml.find(f"{{{people.EVENT}}}event")
            assert message["from"].bare == common.jid and message["to"].bare == person.boundjid.bare and "```" in message["body"]
            assert event.get("match") == match and f"[{match}]" in message["body"] and re.match(rf"{match}\S*/\d+/\d+", message["id"])
        assert len({m["id"] for m in person.inbox if m["id"]}) == len([m for m in person.inbox if m["id"]])


async def test_my_shows_what_waits_after_a_login(common, login, server):
    one, name = await login(), server.guest()
    two = await login(name)
    matches = [await tables.begin(one, two, common, game, side="second") for game in ("tic-tac-toe", "chess", "dice-duel")]
    await two.logout()
    again = await login(name, "later")
    rows = (await again.command(common.domain, "my")).rows
    assert {row["match"] for row in rows} == set(matches) and all(row["turn"] == name for row in rows), rows
    # Several matches at once, each with its own position.
    for match, move in zip(matches, ("b2", "e4", "roll"), strict=True):
        await tables.play(again, common, match, move, expect="0")
    assert [(await tables.show(one, common, match))["moves"][0] for match in matches] == ["b2", "e4", "roll"]


async def test_two_devices_see_the_same_match(common, login, server):
    name = server.guest()
    phone, desk, other = await login(name, "phone"), await login(name, "desk"), await login()
    match = await tables.begin(phone, other, common)
    for device in (phone, desk):
        await device.hear(lambda m: "Your turn" in m["body"], "the turn notice")
    await tables.play(phone, common, match, "a1")
    assert match in await desk.ask(common.jid, f"show {match}", "Tic-tac-toe: ")
    assert (await tables.show(desk, common, match))["moves"] == ["a1"]


async def test_salts_and_a_rematch(common, login):
    one, two = await login(), await login()
    fields = {"opponent": two.boundjid.bare, "game": "dice-duel", "side": "first", "room": "0", "salt": "rain", "options": "target=20"}
    match = (await one.command(common.domain, "challenge", fields)).values["match"]
    asked = await two.hear(lambda m: f"[{match}]" in m["body"], "the challenge")
    announced = asked.xml.find(f"{{{people.EVENT}}}event").findtext(f"{{{people.EVENT}}}commitment")
    await two.command(common.domain, "accept", {"match": match, "salt": "snow"})
    await two.command(common.domain, "resign", {"match": match})
    lines = await record(one, common, match)
    assert any("rain" in line for line in lines) and any("snow" in line for line in lines)
    # The luck was sealed before anybody could add to it.
    assert announced == (await two.command(common.domain, "result", {"match": match})).values["commitment"]
    again = (await two.command(common.domain, "rematch", {})).values
    assert again["state"] == "challenged" and again["match"] != match
    assert (await one.command(common.domain, "accept", {"match": again["match"]})).values["state"] == "started"
    form = (await two.plugin["xep_0030"].get_info(slixmpp.JID(f"{again['match']}@{common.domain}")))["disco_info"].xml
    fields = people.fields(form.find("{jabber:x:data}x"))
    assert (fields["game"], fields["options"], fields["players"][0]) == ("dice-duel", "target=20", two.boundjid.user), "sides are swapped"
