"""What admins do by forms on real servers: the rules of the community, and a mute that takes somebody's voice in a room."""

import slixmpp

import rig
import tables
from test_clan_rooms import found, join_clan, public_room, tag_of
from test_rooms import challenge, details


async def test_the_rules_of_the_community_by_forms(referee, login):
    admin, anna = await login("admin"), await login("alice")
    assert await anna.refusal(referee.domain, "admin-policy", {"rule": "clans", "value": "9", "reason": "mine"}) == "forbidden"
    before = (await anna.command(referee.domain, "community")).values
    assert (before["clans"], before["creators"]) == ("3", "anyone") and "words" not in before, before
    changed = await admin.command(referee.domain, "admin-policy", {"rule": "clans", "value": "1", "reason": "one clan for everybody"})
    assert changed.values["value"] == "1" and not changed.refused, changed
    wrong = await admin.command(referee.domain, "admin-policy", {"rule": "clans", "value": "none", "reason": "a slip"})
    assert wrong.refused == "policy/value" and "1 to 50" in wrong.values["text"], wrong
    shown = (await admin.command(referee.domain, "admin-policy", {})).values
    assert any("one clan for everybody" in rule for rule in shown["rules"]), shown
    assert (await anna.command(referee.domain, "community")).values["clans"] == "1"
    made = await anna.command(referee.domain, "clan-create", {"tag": "wolves", "name": "Wolves"})
    assert made.values["clan"] == "wolves", made
    again = await anna.command(referee.domain, "clan-create", {"tag": "bears", "name": "Bears"})
    assert again.refused in ("clan/founding", "clan/too-many-clans"), again


async def test_who_is_muted_has_no_voice_in_the_room_and_gets_it_back(referee, login):
    admin, alice, bob = await login("admin"), await login("alice"), await login("bob")
    match = await challenge(alice, bob, referee)
    room, _ = await details(alice, referee, match)
    for person, nick in ((alice, "ally"), (bob, "bobby")):
        await person.join_room(room, nick)
    roster = alice.plugin["xep_0045"].rooms[None][slixmpp.JID(room)]

    async def has_role(role):
        await rig.until(lambda: roster.get("bobby", {}).get("role") == role, f"bob as {role} in {roster}")

    await has_role("participant")
    muted = await admin.command(referee.domain, "admin-mute", {"who": bob.boundjid.bare, "time": "1d", "reason": "insults"})
    assert muted.status == "completed" and not muted.refused, muted
    await bob.hear(lambda m: "You are muted until" in m["body"] and "insults" in m["body"], "the mute")
    await has_role("visitor")
    start = len(bob.inbox)
    bob.send_message(mto=room, mbody="more insults", mtype="groupchat")
    await rig.until(lambda: any(m["type"] == "error" for m in bob.inbox[start:]), "the room's refusal")
    # Nor by leaving and coming back; but the match goes on.
    bob.plugin["xep_0045"].leave_muc(room, "bobby")
    await rig.until(lambda: "bobby" not in roster, "bob's leaving")
    await bob.join_room(room, "bobby")
    await has_role("visitor")
    for person, other, move in ((alice, bob, "a1"), (bob, alice, "b2")):
        legal = (await tables.show(person, referee, match))["legal"]
        first, second = (person, other) if legal else (other, person)
        await tables.play(first, referee, match, move)
    refused = await bob.command(referee.domain, "challenge", {"opponent": alice.boundjid.bare, "game": "chess"})
    assert refused.refused == "people/muted" and "insults" in refused.values["text"], refused
    await admin.command(referee.domain, "admin-unmute", {"who": bob.boundjid.bare, "reason": "apologised"})
    await has_role("participant")
    history = (await admin.command(referee.domain, "admin-history", {"who": bob.boundjid.bare})).values["history"]
    assert len(history) == 2 and "muted" in history[0] and "apologised" in history[1], history


async def test_who_is_muted_says_nothing_in_the_lobby_nor_in_the_rooms_of_a_clan(referee, server, login):
    admin, alice, bob = await login("admin"), await login("alice"), await login("bob")
    tag = tag_of(referee)
    await found(alice, referee, tag)
    members = await join_clan(bob, referee, tag, alice)
    public = await public_room(alice, tag)
    rooms = [public, members]
    for room in rooms:
        for person, nick in ((alice, "ally"), (bob, "bobby")):
            await person.join_room(room, nick)

    def heard(text):
        return [m for m in alice.inbox if m["type"] == "groupchat" and m["body"] == text]

    async def says(room, text):
        """Whether the others hear it: a refusal, being put out, or the line itself comes first."""
        start = len(bob.inbox)
        bob.send_message(mto=room, mbody=text, mtype="groupchat")
        refused = lambda: any(m["type"] == "error" for m in bob.inbox[start:])
        await rig.until(lambda: heard(text) or refused(), f"what becomes of {text}")
        return bool(heard(text))

    for n, room in enumerate(rooms):
        assert await says(room, f"before {n}")
    who = bob.boundjid.bare
    await admin.command(referee.domain, "admin-mute", {"who": who, "time": "1d", "reason": "insults"})
    role = lambda room: alice.plugin["xep_0045"].rooms[None][slixmpp.JID(room)].get("bobby", {}).get("role")
    # A room of ejabberd from which somebody may be banned keeps nobody silent: whoever speaks is put out, and so at every return.
    for room in rooms:
        if server.kind == "prosody":
            await rig.until(lambda: role(room) == "visitor", f"bob without voice in {room}")
            assert not await says(room, f"muted in {room}")
        else:
            await says(room, f"the last line in {room}")
            await rig.until(lambda: role(room) is None, f"bob put out of {room}")

    async def comes_back(when):
        if role(public) is not None:
            bob.plugin["xep_0045"].leave_muc(public, "bobby")
            await rig.until(lambda: role(public) is None, "bob's leaving")
        start = len(bob.inbox)
        await bob.join_room(public, "bobby")
        if server.kind == "prosody":
            await rig.until(lambda: role(public) == "visitor", f"bob without voice {when}")
        else:
            await rig.until(lambda: role(public) is None, f"bob put out {when}")
        return start

    # Nor by leaving and coming back.
    await comes_back("again")
    # Nor by the referee's restart.
    assert referee.stop() == 0
    await referee.restart()
    if server.kind == "prosody":
        await comes_back("after the restart")
    await admin.command(referee.domain, "admin-unmute", {"who": who, "reason": "apologised"})
    if server.kind != "prosody":
        await bob.join_room(public, "bobby")
    await rig.until(lambda: role(public) == "participant", "bob's voice")
    assert await says(public, "again")
