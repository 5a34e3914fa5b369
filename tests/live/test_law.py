"""What may happen in a match besides moves: a dispute and an appeal, a series, a team, offers, and a record that anybody can check."""

import re
import subprocess
import sys

import people
import rig
import tables

VERIFIER = rig.ROOT / "examples" / "verify" / "verify.py"


async def test_a_dispute_and_an_appeal_by_forms(referee, login):
    """Two human referees, made so by the admin, rule one after the other; nobody else may."""
    admin, alice, bob, carol, dave = [await login(name) for name in ("admin", "alice", "bob", "carol", "dave")]
    for person in (carol, dave):
        await person.command(referee.domain, "my")
        made = await admin.command(referee.domain, "admin-referee", {"who": person.boundjid.bare, "mode": "on"})
        assert made.status == "completed" and not made.refused, made
        await person.hear(lambda m: "You are a human referee here now" in m["body"], "the role")
    match = await tables.begin(alice, bob, referee)
    await tables.play(alice, referee, match, "a1")

    await agreed(alice, referee, match, "dispute", {"reason": "my opponent asks an engine"})
    moved = await bob.command(referee.domain, "move", {"match": match, "move": "b2"})
    assert moved.refused == "match/paused" and "referee has been called" in moved.values["text"], moved
    told = await carol.hear(lambda m: f"[{match}]" in m["body"] and "waits for a ruling" in m["body"], "the dispute")
    assert "my opponent asks an engine" in told["body"], told
    ruling = {"ruling": "win", "who": "bob", "reason": "so it seems"}
    for player in (alice, bob):
        assert await player.refusal(referee.domain, "rule", {"match": match, **ruling}) == "forbidden"
        await player.ask(referee.jid, f"rule {match} win alice why not", "Only human referees rule on matches")

    assert (await agreed(carol, referee, match, "rule", ruling)).values["state"] == "over"
    await alice.hear(lambda m: "Referee carol rules that bob wins: so it seems" in m["body"], "the ruling")
    await agreed(alice, referee, match, "appeal", {"reason": "the log shows my moves"})
    own = await carol.command(referee.domain, "rule", {"match": match, **ruling})
    assert own.refused == "match/own-ruling", own
    await agreed(dave, referee, match, "rule", {"ruling": "draw", "reason": "nobody can say"})
    again = await bob.command(referee.domain, "appeal", {"match": match, "reason": "once more"})
    assert again.refused == "match/appealed", again

    result = (await bob.command(referee.domain, "result", {"match": match})).values
    assert (result["result"], result["places"], result["state"]) == ("ruled", "1 1", "over"), result
    text = "\n".join(tables.listed(result["text"]))
    assert "Referee carol ruled that bob wins: so it seems." in text, text
    assert "Referee dave ruled that the match is drawn: nobody can say." in text, text
    await sound(bob, referee, match)


async def test_a_best_of_three_by_chat(common, login):
    """Each game changes the sides; the third decides, and everybody hears the score."""
    one, two = await login(), await login()
    names = [player.boundjid.user for player in (one, two)]
    match = await begun(one, two, common, "rps left best=3")
    for game, (winner, loser), score in [(1, (one, two), "1, {} 0"), (2, (two, one), "1, {} 1"), (3, (one, two), "2, {} 1")]:
        await winner.ask(common.jid, f"{match} rock", "sealed")
        assert "1 to 0" in await loser.ask(common.jid, f"{match} scissors", "shows")
        await winner.ask(common.jid, f"{match} paper", "sealed")
        start = len(winner.inbox)
        told = await loser.ask(common.jid, f"{match} rock", "shows")
        score = f"Score: {names[0]} {score.format(names[1])}"
        assert f"Game {game}: {winner.boundjid.user} wins" in told and score in told, told
        await winner.hear(lambda m, score=score: score in m["body"], score, start)
    assert f"{names[0]} wins the series 2–1." in told, told
    assert (await two.command(common.domain, "result", {"match": match})).values["places"] == "1 2"
    games = f"1 {names[0]} (score), 2 {names[1]} (score), 3 {names[0]} (score)"
    assert games in await two.ask(common.jid, f"result {match}", "Games:")
    await sound(two, common, match)


async def test_a_team_match_by_chat(common, login):
    """Two boards; the captains hear how each ends, and the parent's verdict."""
    captain, rival, mate, friend = [await login() for _ in range(4)]
    name, other = captain.boundjid.user, rival.boundjid.user
    told = await captain.ask(common.jid, f"challenge {rival.boundjid.bare} ttt 5+3 x boards=2 no-room", "Challenge sent")
    match = re.match(r"\[(m\d+)\]", told)[1]
    assert "name your line-up" in await rival.ask(common.jid, f"accept {match}", "Accepted")
    await captain.ask(common.jid, f"lineup {match} me {mate.boundjid.bare}", "Your side is named")
    await rival.ask(common.jid, f"lineup {match} me {friend.boundjid.bare}", "Your side is named")
    for player in (mate, friend):
        await player.hear(lambda m: f"Type `accept {match}` to agree" in m["body"], "the question")
        await player.ask(common.jid, f"accept {match}", "You are in")
    first, second = [await board(player, match, number) for player, number in ((captain, 1), (mate, 2))]
    # The sides alternate: the captain begins on the first board, the rivals on the second.
    await strike(captain, rival, common, first)
    await captain.hear(lambda m: f"Score: {name} 1, {other} 0" in m["body"], "the first board")
    await friend.hear(lambda m: f"[{second}]" in m["body"] and "Your turn" in m["body"], "the turn on the second board")
    await strike(friend, mate, common, second)
    for player in (captain, rival, mate, friend):
        over = await player.hear(lambda m: f"[{match}]" in m["body"] and "Match over" in m["body"], "the verdict")
        assert "The team match is tied, 1–1." in over["body"] and f"Score: {name} 1, {other} 1" in over["body"], over
    for one in (match, first, second):
        await sound(rival, common, one)


async def test_anybody_can_check_a_record(common, login, tmp_path):
    """The key comes from the referee's disco, the record from its command; two programs check one against the other."""
    one, two = await login(), await login()
    match = await begun(one, two, common, "ttt x")
    await strike(one, two, common, match)
    form = (await two.plugin["xep_0030"].get_info(common.domain, cached=False))["disco_info"].xml
    keys = [people.fields(found) for found in form.findall("{jabber:x:data}x")]
    key = next(found["public"] for found in keys if found["FORM_TYPE"] == "urn:x-referee:keys:0")
    record = tmp_path / f"{match}.record"
    record.write_text(await saved(two, common, match))

    ours = common.run("verify", record, "--key", key)
    theirs = subprocess.run([sys.executable, VERIFIER, record, key], capture_output=True, text=True, timeout=60)
    result = (await two.command(common.domain, "result", {"match": match})).values
    for told in (ours, theirs):
        assert told.returncode == 0 and f"igned with key {result['key']}" in told.stdout, told
        assert result["hash"] in told.stdout, told
    # Neither takes the record of another referee for one of ours, nor a changed move.
    stranger = "A" * 43 + "="
    assert common.run("verify", record, "--key", stranger).returncode == 1
    assert subprocess.run([sys.executable, VERIFIER, record, stranger], capture_output=True, timeout=60).returncode == 1
    record.write_text(record.read_text().replace('"text":"b1"', '"text":"c3"'))
    assert common.run("verify", record, "--key", key).returncode == 1
    assert subprocess.run([sys.executable, VERIFIER, record, key], capture_output=True, timeout=60).returncode == 1


async def test_a_move_is_taken_back_by_chat(common, login):
    """Both have to want it; the count of moves goes down again."""
    one, two = await login(), await login()
    match = await begun(one, two, common, "chess 5+3 white")
    await one.ask(common.jid, f"{match} e4", "You played e4")
    await one.ask(common.jid, f"undo {match}", "It stands until your opponent answers")
    await two.hear(lambda m: f"Type `undo {match}` to agree" in m["body"], "the offer")
    assert (await tables.show(two, common, match))["moves"] == ["e4"], "an offer changes nothing"
    start = len(one.inbox)
    await two.ask(common.jid, f"undo {match}", "You agree to take the move back")
    told = await one.hear(lambda m: f"[{match}]" in m["body"] and "taken back" in m["body"], "the move back", start)
    assert "Your turn (white" in told["body"], told
    assert (await tables.show(two, common, match))["moves"] == []
    await one.ask(common.jid, f"{match} d4", "You played d4")


async def test_a_match_is_adjourned_by_chat(common, login):
    """No clock runs while it stands still, and one alone cannot start it again."""
    one, two = await login(), await login()
    match = await begun(one, two, common, "chess 5+3 white")
    await one.ask(common.jid, f"{match} e4", "You played e4")
    await two.ask(common.jid, f"{match} e5", "You played e5")
    await two.ask(common.jid, f"adjourn {match}", "offered to go on another day")
    await one.hear(lambda m: f"Type `adjourn {match}` to agree" in m["body"], "the offer")
    await one.ask(common.jid, f"adjourn {match}", "You agree to go on another day")
    before = (await tables.show(one, common, match))["clocks"]
    await two.ask(common.jid, f"resume {match}", "offered to go on now")
    refused = await one.command(common.domain, "move", {"match": match, "move": "Nf3"})
    assert refused.refused == "match/paused", refused
    assert (await tables.show(one, common, match))["clocks"] == before
    await one.ask(common.jid, f"resume {match}", "The match goes on")
    await one.ask(common.jid, f"{match} Nf3", "You played Nf3")


async def begun(one, two, referee, terms):
    """A match that was agreed on by chat; returns its id."""
    told = await one.ask(referee.jid, f"challenge {two.boundjid.bare} {terms} no-room", "Challenge sent")
    match = re.match(r"\[(m\d+)\]", told)[1]
    await two.ask(referee.jid, f"accept {match}", "Challenge accepted")
    return match


async def agreed(person, referee, match, node, values):
    """A command filled in as a client shows it: stage by stage, what each asks for, and `complete` where nothing is left."""
    left = {"match": match, **values}
    form = await person.command(referee.domain, node)
    while left:
        assert form.status == "executing" and set(form.values) & set(left), (form, left)
        filled = {name: left.pop(name) for name in form.values if name in left}
        assert all(value in form.options[name] for name, value in filled.items() if form.options[name]), (form, filled)
        form = await person.command(referee.domain, node, filled, "next" if left else "complete", form.session)
    assert form.status == "completed" and not form.refused, form
    return form


async def board(player, match, number):
    """The match in which this player sits at a board of the team match."""
    opening = f"Board {number} of the team match {match}."
    told = await player.hear(lambda m: opening in m["body"], opening)
    return re.match(r"\[(m\d+)\]", told["body"])[1]


async def strike(winner, loser, referee, match):
    """Tic-tac-toe in five moves; whoever begins has the first column full."""
    for player, move in ((winner, "a1"), (loser, "b1"), (winner, "a2"), (loser, "b2")):
        await player.ask(referee.jid, f"{match} {move}", f"You played {move}")
    assert "Match over" in await winner.ask(referee.jid, f"{match} a3", "You played a3")


async def saved(person, referee, match):
    """The lines of the record as its command gives them."""
    record = (await person.command(referee.domain, "record", {"match": match})).values["record"]
    return "".join(f"{line}\n" for line in tables.listed(record))


async def sound(person, referee, match):
    """The record of an ended match verifies by itself, to its signature."""
    path = referee.folder / f"{match}.record"
    path.write_text(await saved(person, referee, match))
    verified = referee.run("verify", path)
    assert verified.returncode == 0 and "igned with key" in verified.stdout, (verified.stdout, verified.stderr)
