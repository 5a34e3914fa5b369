"""The two doors, chat and forms, as clients really use them: sessions, refusals, receipts, and what is no command at all."""

import re

import pytest
import slixmpp

import people
import rig
import tables

MUC = "conference.localhost"
STYLING = "{urn:xmpp:styling:0}unstyled"
RECEIPT = "{urn:xmpp:receipts}received"
# DESIGN 5.3: programs rely on these.
PINNED = {
    "challenge": {"match", "version", "state"},
    "open": {"match", "version", "state"},
    "accept": {"match", "version", "state"},
    "decline": {"match", "version", "state"},
    "withdraw": {"match", "version", "state"},
    "join": {"match", "version", "state"},
    "move": {"match", "version", "move", "state"},
    "show": {"match", "version", "state", "turn", "position", "legal", "moves", "clocks", "hash"},
    "resign": {"match", "version", "state"},
    "draw": {"match", "version", "state"},
    "abort": {"match", "version", "state"},
}


async def quiet(person, referee):
    """Returns when everything sent to the referee before has been handled: one stream is answered in order."""
    await person.command(referee.domain, "my")


async def replies(person, referee, send):
    """What the referee said in answer to one stanza, after `send` has sent it."""
    await quiet(person, referee)
    start = len(person.inbox)
    send()
    await quiet(person, referee)
    return [m for m in person.inbox[start:] if m["from"].domain == referee.domain]


def message(person, to, body, more="", kind="chat", name="t1"):
    """Sends a message with whatever children."""
    person.send_raw(f"<message to='{to}' type='{kind}' id='{name}'><body>{body}</body>{more}</message>")


async def test_chat_is_answered_at_every_address(common, login):
    one, two = await login(), await login()
    match = await tables.begin(one, two, common, "chess")
    for to in (common.jid, common.domain, f"{match}@{common.domain}"):
        assert "one" not in await one.ask(to, "my", "waits for you")
        assert await one.ask(to, f"show {match}", "Chess")
    # Without a match's name, this address's own is meant.
    assert match in await one.ask(f"{match}@{common.domain}", "show", "Chess")
    assert "You played e4" in await one.ask(f"{match}@{common.domain}", "e4", "You played")
    assert "You played e5" in await two.ask(common.jid, "e5", "You played")
    assert (await tables.show(one, common, match))["moves"] == ["e4", "e5"]


async def test_boards_are_fenced_and_other_texts_are_unstyled(common, login):
    one, two = await login(), await login()
    match = await tables.begin(one, two, common)
    board, plain = [(await replies(one, common, lambda text=text: message(one, common.jid, text)))[0] for text in (f"show {match}", "bot off")]
    assert re.search(r"^```\n.*\n```$", board["body"], re.DOTALL | re.MULTILINE) and board.xml.find(STYLING) is None
    assert "```" not in plain["body"] and plain.xml.find(STYLING) is not None
    assert plain.xml.find("{urn:xmpp:sid:0}origin-id").get("id")


async def test_a_form_in_one_step_and_every_pinned_name(common, login):
    one, two = await login(), await login()
    peer = two.boundjid.bare

    async def run(person, node, **values):
        answer = await person.command(common.domain, node, values)
        assert answer.status == "completed" and not answer.refused, (node, answer)
        assert PINNED[node] <= set(answer.values) and answer.values["text"] and answer.notes, (node, answer.values)
        assert set(answer.values) >= {"FORM_TYPE"} and answer.iq.xml.find(".//{jabber:x:data}x").get("type") == "result"
        return answer.values

    fields = {"opponent": peer, "game": "chess", "clock": "5+3", "side": "white", "rated": "0", "options": "", "room": "0",
              "visibility": "public", "salt": "rain"}  # fmt: skip
    match = (await run(one, "challenge", **fields))["match"]
    assert (await run(two, "decline", match=match))["state"] == "over"
    match = (await run(one, "challenge", **fields))["match"]
    assert (await run(one, "withdraw", match=match))["state"] == "over"
    fields.pop("opponent")
    assert (await run(one, "withdraw", match=(await run(one, "open", **fields))["match"]))["state"] == "over"
    match = (await run(one, "open", **fields))["match"]
    assert (await run(two, "join", match=match))["state"] == "started"
    assert (await run(one, "move", match=match, move="e4", expect="0"))["move"] == "e4"
    shown = await run(two, "show", match=match)
    assert shown["turn"] == two.boundjid.user and "e5" in shown["legal"] and shown["moves"] == ["e4"] and len(shown["clocks"]) == 2
    assert (await run(two, "draw", match=match))["state"] == "started"
    assert (await run(two, "move", match=match, move="e5"))["move"] == "e5"
    assert (await run(one, "abort", match=match))["state"] == "started", "both have to agree once both have moved"
    mine = await one.command(common.domain, "my")
    assert [row["match"] for row in mine.rows] == [match] and {"match", "game", "players", "state"} <= set(mine.rows[0])
    assert (await run(two, "resign", match=match, expect="2"))["state"] == "over"
    games = await one.command(common.domain, "games")
    assert {row["game"] for row in games.rows} >= {"chess", "kuhn-poker"}
    listed = await one.command(common.domain, "matches", {"filter": "over"})
    assert match in [row["match"] for row in listed.rows]


async def test_a_form_is_one_page_and_comes_back_when_refused(common, login):
    one, two = await login(), await login()
    first = await one.command(common.domain, "challenge")
    assert first.status == "executing" and set(first.actions) == {"complete"} and first.session
    assert set(first.options) >= {"opponent", "game", "clock", "rated"} and "chess" in first.options["game"]

    async def step(action, **values):
        return await one.command(common.domain, "challenge", values or None, action, first.session)

    wrong = await step("complete", opponent=two.boundjid.bare, game="chess", clock="sideways")
    note = wrong.iq.xml.find(".//{http://jabber.org/protocol/commands}note")
    assert wrong.status == "executing" and wrong.session == first.session and note.get("type") == "error" and wrong.values["code"]
    assert wrong.values["opponent"] == two.boundjid.bare and wrong.values["game"] == "chess", "what was filled in is kept"
    back = await step("prev")
    assert back.status == "executing" and back.values["game"] == "chess" and "code" not in back.values
    done = await step("next", clock="5+3", side="first", room="0")
    assert done.status == "completed" and done.values["state"] == "challenged" and done.session == first.session
    # The session is used up.
    assert await one.refusal(common.domain, "challenge", action="next", session=first.session) == "bad-request"
    # A phone that leaves forms open is never locked out.
    forms = [await one.command(common.domain, "open") for _ in range(11)]
    assert await one.refusal(common.domain, "open", {"game": "chess"}, action="complete", session=forms[0].session) == "bad-request"
    assert (await one.command(common.domain, "open", {"game": "chess"}, "complete", forms[-1].session)).values["state"] == "open"


async def test_clients_that_skip_steps_or_drop_the_session(common, login):
    one, two = await login(), await login()
    form = await one.command(common.domain, "challenge")
    skipped = await one.command(common.domain, "challenge", {"opponent": two.boundjid.bare, "game": "chess"}, "complete", form.session)
    assert skipped.values["state"] == "challenged"
    await one.command(common.domain, "challenge")
    # Without the session a submitted form is a command of its own and runs at once.
    dropped = await one.command(common.domain, "withdraw", {"match": skipped.values["match"]}, "complete")
    assert dropped.status == "completed" and dropped.values["state"] == "over"
    form = await one.command(common.domain, "open")
    cancelled = await one.command(common.domain, "open", None, "cancel", form.session)
    assert cancelled.status == "canceled" and cancelled.session == form.session
    assert await one.refusal(common.domain, "open", {"game": "chess"}, session=form.session) == "bad-request"


async def test_a_session_is_its_owners_alone(common, login):
    one, thief = await login(), await login()
    form = await one.command(common.domain, "open")
    for session in (form.session, "open-999999", "'\u00e9<&"):
        assert await thief.refusal(common.domain, "open", {"game": "chess"}, action="complete", session=session) == "bad-request"
    done = await one.command(common.domain, "open", {"game": "chess"}, "complete", form.session)
    assert done.values["state"] == "open"
    await one.command(common.domain, "withdraw", {"match": done.values["match"]})


async def test_what_ends_something_asks_first(common, login):
    one, two = await login(), await login()
    match = await tables.begin(one, two, common, "chess")
    for action in ("execute", "complete", "next"):
        asked = await one.command(f"{match}@{common.domain}", "resign", action=action)
        assert asked.status == "executing" and asked.session, "a form of nothing confirms nothing"
        await one.command(f"{match}@{common.domain}", "resign", action="cancel", session=asked.session)
    assert (await tables.show(one, common, match))["state"] == "started"
    asked = await one.command(f"{match}@{common.domain}", "resign")
    done = await one.command(f"{match}@{common.domain}", "resign", action="complete", session=asked.session)
    assert done.values["state"] == "over"


async def test_a_refusal_is_a_completed_command(common, login):
    one, two, spectator = await login(), await login(), await login()
    match = await tables.begin(one, two, common, "chess")
    refused = {
        "match/not-your-turn": (two, "move", {"match": match, "move": "e5"}),
        "game/illegal": (one, "move", {"match": match, "move": "e5"}),
        "match/not-a-player": (spectator, "move", {"match": match, "move": "e4"}),
        "match/unknown": (one, "show", {"match": "m999999"}),
        "match/bad-id": (one, "show", {"match": "nonsense"}),
        "match/unknown-game": (one, "open", {"game": "golf"}),
        "people/unknown": (one, "challenge", {"opponent": "nobody-here", "game": "chess"}),
    }
    for code, (person, node, values) in refused.items():
        answer = await person.command(common.domain, node, values)
        assert (answer.status, answer.refused) == ("completed", code), (node, answer)
        note = answer.iq.xml.find(".//{http://jabber.org/protocol/commands}note")
        assert note.get("type") == "error" and note.text and answer.values["text"]
    assert await one.refusal(common.domain, "no-such-command", {}) == "item-not-found"
    assert await one.refusal(common.domain, "my", action="dance") == "bad-request"


async def test_a_retried_move_is_made_once(common, login):
    one, two = await login(), await login()
    match = await tables.begin(one, two, common)
    for _ in range(3):
        assert (await tables.play(one, common, match, "a1", expect="0"))["move"] == "a1"
    stale = await one.command(common.domain, "move", {"match": match, "move": "b2", "expect": "0"})
    assert stale.refused == "match/stale"
    # The id of a stanza says nothing: two commands with the same id are two commands.
    for move, mover in (("b2", two), ("c3", one)):
        start = len(mover.inbox)
        message(mover, common.jid, f"move {match} {move}", name="same")
        await mover.hear(lambda m: "You played" in m["body"], "the move's answer", start)
    assert (await tables.show(one, common, match))["moves"] == ["a1", "b2", "c3"]


async def test_admin_cards_are_for_admins(common, login):
    one, admin = await login(), await login("admin")
    for node in ("admin-status", "admin-announce", "admin-abort", "admin-ban", "admin-log"):
        assert await one.refusal(common.domain, node, {}) == "forbidden"
    assert "don't know" in await one.ask(common.jid, "admin status")
    assert "admin" not in await (await login()).ask(common.jid, "help", "challenge")
    status = await admin.command(common.domain, "admin-status", {})
    assert status.status == "completed" and "records in the journal" in status.notes[0]
    assert "admin" in await admin.ask(common.jid, "help admin", "admin")
    other = await login()
    match = await tables.begin(one, other, common, "chess")
    assert (await admin.command(common.domain, "admin-abort", {"match": match})).refused, "it needs a reason"
    await admin.command(common.domain, "admin-abort", {"match": match, "reason": "wrong game"})
    await one.hear(lambda m: "wrong game" in m["body"], "the reason")
    logged = await admin.command(common.domain, "admin-log", {"match": match})
    assert "lines" in logged.notes[0] and not logged.refused, logged


async def room_of(person, referee, match):
    """The room of a match, once disco#items shows it."""
    for _ in range(500):
        listed = (await person.plugin["xep_0030"].get_items(f"{match}@{referee.domain}"))["disco_items"]["items"]
        for jid, node, _ in listed:
            if not node:
                return str(jid)
    raise TimeoutError(f"{match} has no room")


async def test_admin_cards_have_no_room_door(common, login):
    admin, two = await login("admin"), await login()
    match = await tables.begin(admin, two, common, "chess", room="1")
    room = await room_of(two, common, match)
    await admin.join_room(room, "boss")
    start = len(admin.inbox)
    await admin.say(room, "!admin status", kind="groupchat")
    said = await admin.hear(lambda m: "don't know" in m["body"], "the refusal", start)
    assert not [m for m in admin.inbox[start:] if "journal" in m["body"]] and said
    await admin.command(common.domain, "resign", {"match": match})


async def test_a_hidden_choice_is_not_taken_in_a_room(common, login):
    one, two = await login(), await login()
    match = await tables.begin(one, two, common, "rock-paper-scissors", room="1")
    room = await room_of(one, common, match)
    await one.join_room(room, "one")
    start = len(one.inbox)
    await one.say(room, "!rock", kind="groupchat")
    asked = await one.hear(lambda m: m["type"] == "chat" and "nothing was recorded" in m["body"], "the refusal in private", start)
    assert asked["from"].bare == common.jid and "in private" in asked["body"]
    assert (await tables.show(one, common, match))["moves"] == [] and "chosen" not in (await tables.show(two, common, match))["text"]
    assert "Your choice is sealed: paper" in await one.ask(common.jid, "paper", match)
    await two.command(common.domain, "resign", {"match": match})


async def test_a_room_hears_commands_and_not_talk(common, login):
    one, two = await login(), await login()
    match = await tables.begin(one, two, common, room="1")
    room = await room_of(one, common, match)
    await one.join_room(room, "one")
    await two.join_room(room, "two")
    start = len(two.inbox)
    for talk in ("a1", "!!! a1", "I think a1 is best"):
        await one.say(room, talk, kind="groupchat")
    # An occupant's private message is nobody's: no person can be told from it.
    message(one, f"{room}/referee", f"move {match} a1")
    await one.say(room, "referee: show", kind="groupchat")
    await two.hear(lambda m: m["type"] == "groupchat" and f"{match} Tic-tac-toe" in m["body"], "the answer to a command by nick", start)
    assert (await tables.show(one, common, match))["moves"] == []
    await one.say(room, "!a1", kind="groupchat")
    await two.hear(lambda m: m["type"] == "groupchat" and "plays a1" in m["body"], "the move", start)
    await two.command(common.domain, "resign", {"match": match})


async def test_a_receipt_follows_the_move(common, login):
    one, two = await login(), await login()
    match = await tables.begin(one, two, common)
    wish = "<request xmlns='urn:xmpp:receipts'/>"
    heard = await replies(one, common, lambda: message(one, common.jid, "a1", wish, name="wanted"))
    kinds = ["receipt" if m.xml.find(RECEIPT) is not None else "answer" for m in heard]
    assert kinds == ["receipt", "answer"] and heard[0].xml.find(RECEIPT).get("id") == "wanted"
    assert (await tables.show(two, common, match))["moves"] == ["a1"]
    heard = await replies(one, common, lambda: message(one, common.jid, "help me please", name="unwanted"))
    assert not [m for m in heard if m.xml.find(RECEIPT) is not None]


UNFIT = {
    "came late": "<delay xmlns='urn:xmpp:delay' stamp='2026-01-01T00:00:00Z'/>",
    "corrected": "<replace xmlns='urn:xmpp:message-correct:0' id='t0'/>",
    "encrypted": "<encryption xmlns='urn:xmpp:eme:0' namespace='eu.siacs.conversations.axolotl'/>"
    "<encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1'/><payload>x</payload></encrypted>",
}  # fmt: skip


@pytest.mark.parametrize("flaw", UNFIT)
async def test_an_unfit_message_is_refused_aloud(common, login, flaw):
    one, two = await login(), await login()
    match = await tables.begin(one, two, common)
    told = await replies(one, common, lambda: message(one, common.jid, "a1", UNFIT[flaw]))
    assert len(told) == 1 and flaw in told[0]["body"], [m["body"] for m in told]
    assert (await tables.show(one, common, match))["moves"] == []


async def test_what_is_not_said_to_us_is_ignored(common, login):
    one, two = await login(), await login()
    match = await tables.begin(one, two, common)
    copy = f"<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='{one.boundjid.bare}/x' to='{common.jid}'><body>a1</body></message></forwarded>"
    event = f"<event xmlns='{people.EVENT}' match='{match}' n='9' hash='{'0' * 64}' kind='moved' at='2026-01-01T00:00:00Z'/>"
    silent = [
        lambda: message(one, common.jid, "a1", kind="headline"),
        lambda: message(one, common.jid, "a1", "<error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>", kind="error"),
        lambda: message(one, common.jid, "a1", f"<received xmlns='urn:xmpp:carbons:2'>{copy}</received>"),
        lambda: message(one, common.jid, "a1", f"<sent xmlns='urn:xmpp:carbons:2'>{copy}</sent>"),
        lambda: message(one, common.jid, "a1", event),
        lambda: message(one, f"{match}@{common.domain}", "a1", event),
        lambda: one.send_raw(f"<message to='{common.jid}' type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>"),
        lambda: one.send_raw(f"<message to='{common.jid}' type='chat' id='x'><received xmlns='urn:xmpp:receipts' id='y'/></message>"),
    ]
    for send in silent:
        assert await replies(one, common, send) == []
    assert (await tables.show(one, common, match))["moves"] == []
    # A stranger's line in a room's history, sent to us as if the room had said it.
    heard = await replies(one, common, lambda: message(one, common.jid, "!a1", kind="groupchat"))
    assert not [m for m in heard if m["type"] != "error"] and (await tables.show(one, common, match))["moves"] == []


async def test_a_move_needs_no_word_and_an_unclear_one_is_asked_about(common, login):
    one, two, three = await login(), await login(), await login()
    first = await tables.begin(one, two, common)
    assert "You played a1" in await one.ask(common.jid, "a1", "You played")
    second = await tables.begin(two, three, common)
    which = await two.ask(common.jid, "b2", "move in")
    assert first in which and second in which
    assert "neither a command nor a move" in await two.ask(common.jid, "Zz9", first)
    assert (await tables.show(two, common, first))["moves"] == ["a1"] and (await tables.show(two, common, second))["moves"] == []
    assert "You played a1" in await two.ask(common.jid, f"move {second} a1", "You played")
    assert "You played b2" in await two.ask(common.jid, f"{first} b2", "You played")
    chess = await tables.begin(one, three, common, "chess")
    for number, move in enumerate("e4 e5 d4 Nc6 Bd2 Nb4 h3 Nd5 h4 Nc3".split()):
        await tables.play((one, three)[number % 2], common, chess, move)
    assert "bxc3 or Bxc3" in await one.ask(common.jid, f"move {chess} bxc3", "can be read")
    assert "You played Bxc3" in await one.ask(common.jid, f"{chess} Bxc3", "played|read as")


async def test_the_lost_are_always_answered(common, login):
    one = await login()
    first = await replies(one, common, lambda: message(one, common.jid, "blah"))
    assert len(first) == 1 and "help" in first[0]["body"]
    again = await replies(one, common, lambda: message(one, common.jid, "blah blah"))
    assert len(again) == 1 and "help" in again[0]["body"], "silence looks like a move that was taken"


async def test_handles_hide_addresses(common, login):
    one, two = await login(), await login()
    renamed = (await one.command(common.domain, "handle", {"handle": f"h{one.boundjid.user}"})).values
    assert renamed["handle"] == f"h{one.boundjid.user}", renamed
    made = await two.command(common.domain, "challenge", {"opponent": renamed["handle"], "game": "chess"})
    assert made.values["state"] == "challenged"
    await one.command(common.domain, "decline", {"match": made.values["match"]})
    profile = (await one.command(common.domain, "profile", {"zone": "Europe/Berlin", "lang": "en", "quiet": "22:00-07:30"})).values
    assert [profile[name] for name in ("zone", "lang", "quiet", "jid")] == ["Europe/Berlin", "en", "22:00-07:30", one.boundjid.bare]
    assert (await one.command(common.domain, "profile", {"zone": "Mars/Olympus"})).refused == "profile/zone"
