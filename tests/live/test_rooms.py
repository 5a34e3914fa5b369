"""Rooms, feeds and contacts against both servers: a match housed from start to last word, and every way to squat or forge."""

import asyncio
import re

import slixmpp

import people
import rig
import tap

INVITATION = "{jabber:x:conference}x"
STANZAS = "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'"

PUBSUB = "pubsub.localhost"
MUC = "conference.localhost"


async def challenge(alice, bob, referee, game="tic-tac-toe", **fields):
    """Starts a match between two people; returns its id."""
    start = len(bob.inbox)
    answer = await alice.command(referee.domain, "challenge", {"opponent": "bob@localhost", "game": game, **fields})
    match = answer.values["match"]
    await bob.hear(lambda message: f"[{match}]" in message["body"], "the challenge", start)
    await bob.command(referee.domain, "accept", {"match": match})
    return match


async def details(person, referee, match):
    """The room and the feed of a match, once disco#items of its own address shows both."""
    found = {}

    async def look():
        listed = await person.plugin["xep_0030"].get_items(f"{match}@{referee.domain}")
        for jid, node, _ in listed["disco_items"]["items"]:
            found["feed" if node else "room"] = node or str(jid)
        return "room" in found and "feed" in found

    for _ in range(200):
        if await look():
            return found["room"], found["feed"]
        await asyncio.sleep(0.05)
    raise TimeoutError(f"{match} has only {found}; log:\n{referee.log()[-2000:]}")


async def to_move(person, referee, match):
    """Whether it is this person's turn."""
    return bool((await person.command(referee.domain, "show", {"match": match})).values.get("legal"))


async def play(person, referee, match, moves):
    for move in moves:
        await person.command(referee.domain, "move", {"match": match, "move": move})


def groupchat(person, room, start=0):
    return [m["body"] for m in person.inbox[start:] if m["type"] == "groupchat" and m["from"].bare == room]


async def test_a_match_is_housed_and_fed(referee, login):
    alice, bob, carol = await login("alice"), await login("bob"), await login("carol")
    await bob.command(referee.domain, "profile", {"invitations": "yes"})
    match = await challenge(alice, bob, referee)
    room, feed = await details(carol, referee, match)
    assert re.fullmatch(rf"{match}-[a-z2-7]{{4}}@{MUC}", room)
    assert feed == f"{referee.domain}/match/{match}"
    told = await alice.hear(lambda m: room in m["body"], "where the room is")
    assert f"xmpp:{room}?join" in told["body"] and told.xml.find(INVITATION) is None
    await bob.hear(lambda m: m.xml.find(INVITATION) is not None and room in m["body"], "the invitation that bob asked for")
    await carol.plugin["xep_0060"].subscribe(PUBSUB, feed)
    for person, nick in ((alice, "ally"), (carol, "cc")):
        await person.join_room(room, nick)
    # Players have voice, spectators have none, and nobody but moderators sees addresses.
    roster = carol.plugin["xep_0045"].rooms[None][slixmpp.JID(room)]
    await rig.until(lambda: {"ally", "cc", "referee"} <= set(roster), f"everybody in {roster}")
    assert roster["ally"]["role"] == "participant" and roster["referee"]["role"] == "moderator"
    assert roster["cc"]["role"] == "visitor"
    assert not str(roster["ally"]["jid"]).startswith("alice@localhost")
    start = len(carol.inbox)
    first, second = (alice, bob) if await to_move(alice, referee, match) else (bob, alice)
    await play(first, referee, match, ["a1"])
    await carol.hear(lambda m: m["type"] == "groupchat" and "plays a1" in m["body"], "the announcement", start)
    await rig.until(lambda: carol.published(feed, start), "the feed's notification")
    said = next(m for m in carol.inbox[start:] if m["type"] == "groupchat" and "plays a1" in m["body"])
    event = said.xml.find(f"{{{people.EVENT}}}event")
    assert event.get("match") == match and event.get("kind") == "moved"
    ids = [name for name, _ in await carol.items(PUBSUB, feed)]
    entry = (await carol.items(PUBSUB, feed))[-1][1]
    assert len(set(ids)) == len(ids) and entry.tag == "{http://www.w3.org/2005/Atom}entry"
    assert entry.find(f"{{{people.EVENT}}}event").get("match") == match
    news = [name for name, _ in await carol.items(PUBSUB, f"{referee.domain}/events")]
    assert any(name.startswith(f"{match}/") for name in news)
    assert referee.stop() == 0
    await carol.hear(lambda m: m["type"] == "groupchat" and "restarts" in m["body"], "the word before a restart")
    await referee.restart()
    start = len(carol.inbox)
    await play(second, referee, match, ["b2"])
    await carol.hear(lambda m: m["type"] == "groupchat" and "plays b2" in m["body"], "the same room after a restart", start)
    await rig.until(lambda: carol.published(feed, start), "the same feed after a restart")


async def test_a_kill_leaves_the_room_and_the_feed(referee, login):
    alice, bob, carol = await login("alice"), await login("bob"), await login("carol")
    match = await challenge(alice, bob, referee)
    room, feed = await details(carol, referee, match)
    await carol.join_room(room, "cc")
    await carol.plugin["xep_0060"].subscribe(PUBSUB, feed)
    referee.kill()
    await referee.restart()
    assert await details(carol, referee, match) == (room, feed)
    start = len(carol.inbox)
    await play(alice if await to_move(alice, referee, match) else bob, referee, match, ["a1"])
    await carol.hear(lambda m: m["type"] == "groupchat" and "plays a1" in m["body"], "the same room after a kill", start)
    await rig.until(lambda: carol.published(feed, start), "the same feed after a kill")
    assert len([m for m in groupchat(carol, room, start) if "plays a1" in m]) == 1


async def test_a_command_in_the_room_counts_for_its_real_author(referee, login):
    alice, bob, mallory = await login("alice"), await login("bob"), await login("mallory")
    match = await challenge(alice, bob, referee)
    room, _ = await details(alice, referee, match)
    for person, nick in ((alice, "ally"), (bob, "bobby")):
        await person.join_room(room, nick)
    mover = alice if await to_move(alice, referee, match) else bob
    # Everybody may take anybody's name as a nickname: it gives no right.
    await mallory.join_room(room, "alice")
    await mallory.say(f"{room}/referee", "a1")
    await mover.say(room, "!a1", kind="groupchat")
    await alice.hear(lambda m: m["type"] == "groupchat" and "plays a1" in m["body"], "the move made in the room")
    shown = (await alice.command(referee.domain, "show", {"match": match})).values
    # Neither the nickname nor the private message through the room counted.
    assert shown["moves"] == ["a1"]


async def test_a_hostile_service_asserts_nobodys_address(referee, server, login):
    alice, bob = await login("alice"), await login("bob")
    match = await challenge(alice, bob, referee)
    room, _ = await details(alice, referee, match)
    evil = await people.RawComponent.attach(server, server.domain())
    name = room.partition("@")[0]
    me = f"{match}@{referee.domain}/referee"
    for who in ("alice", "bob"):
        user = "<x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='owner' role='moderator' "
        await evil.send(
            f"<presence from='{name}@{evil.domain}/{who}' to='{me}'>{user}jid='{who}@localhost/rig'/></x></presence>"
            f"<presence from='{name}@{evil.domain}/referee' to='{me}'>{user}/><status code='110'/><status code='201'/></x></presence>"
            f"<message from='{name}@{evil.domain}/{who}' to='{me}' type='groupchat'><body>!a1</body></message>"
            f"<message from='{name}@{evil.domain}/{who}' to='referee@{referee.domain}' type='chat'><body>move {match} a1</body></message>"
        )
    await evil.ping(referee.domain, evil.domain)
    assert (await alice.command(referee.domain, "show", {"match": match})).values["moves"] == []
    evil.close()


async def test_nobody_of_another_room_service_or_a_gateway_is_a_person(referee, server, login):
    carol = await login("carol")
    # What tells a server of people from a service with rooms, on the servers themselves.
    for jid, category in ((server.host, "server"), (MUC, "conference")):
        info = (await carol.plugin["xep_0030"].get_info(jid))["disco_info"]
        categories = {identity[0] for identity in info["identities"]}
        assert category in categories and ("server" in categories) == (category == "server"), (jid, categories)
    for category in ("conference", "gateway"):
        service = await people.RawComponent.attach(server, server.domain())
        who = f"room@{service.domain}/ann"
        await service.send(
            f"<iq type='set' id='open' from='{who}' to='{referee.domain}'><command xmlns='http://jabber.org/protocol/commands' node='open'/></iq>"
        )
        asked = await service.read_until(r"<iq[^>]*>\s*<query[^>]*disco#info")
        number = re.search(r"\bid=['\"]([^'\"]+)", asked[0])[1]
        await service.send(
            f"<iq type='result' id='{number}' from='{service.domain}' to='{referee.domain}'><query xmlns='http://jabber.org/protocol/disco#info'>"
            f"<identity category='{category}' type='text'/></query></iq>"
        )
        refused = (await service.read_until(r"id=['\"]open['\"].*?</iq>"))[0]
        assert "<forbidden" in refused and f"referee@{referee.domain}" in refused, refused
        await service.send(f"<message type='chat' from='{who}' to='{referee.jid}'><body>open chess</body></message>")
        await service.read_until(r"<body>[^<]*your own address")
        service.close()
    items = (await carol.plugin["xep_0030"].get_items(referee.domain, "open"))["disco_items"]["items"]
    assert not items, items


async def test_a_squatted_lobby_and_squatted_nodes_get_other_names(server, login, folder):
    domain = server.domain()
    mallory, carol = await login("mallory"), await login("carol")
    lobby = f"lobby-of-{domain.partition('.')[0]}"
    await mallory.join_room(f"{lobby}@{MUC}", "mallory")
    form = mallory.plugin["xep_0004"].make_form(ftype="submit")
    await mallory.plugin["xep_0045"].set_room_config(f"{lobby}@{MUC}", form)
    extra = f'[services]\nlobby = "{lobby}"\n'
    referee = rig.Referee(server, folder / server.kind / domain, domain, extra)
    # The lines for Prosody let nobody else create nodes; ejabberd's let everybody.
    squatted = server.kind == "ejabberd"
    if squatted:
        await mallory.plugin["xep_0060"].create_node(PUBSUB, f"{domain}/events", timeout=rig.SECONDS)
    try:
        await referee.start()
        alice, bob = await login("alice"), await login("bob")
        if squatted:
            await mallory.plugin["xep_0060"].create_node(PUBSUB, f"{domain}/match/m1", timeout=rig.SECONDS)
        match = await challenge(alice, bob, referee)
        _, feed = await details(carol, referee, match)
        if squatted:
            assert re.fullmatch(rf"{domain}/match/m1-[a-z2-7]{{4}}", feed)
            assert await mallory.items(PUBSUB, f"{domain}/match/m1") == []
            assert await mallory.items(PUBSUB, f"{domain}/events") == []
            assert "somebody else has the node of this name" in referee.log()
        assert "a room that somebody else made has this name" in referee.log()
        occupants = mallory.plugin["xep_0045"].rooms[None][slixmpp.JID(f"{lobby}@{MUC}")]
        await rig.until(lambda: set(occupants) == {"mallory"}, f"the referee's leaving the squatted room, not {occupants}")
    finally:
        referee.end()


async def test_a_forged_answer_does_nothing(server, folder, login):
    """Whoever even knows the id of a question answers it in vain: the forgery is there before the server has the question."""
    domain = server.domain()
    mallory = await people.RawClient.login(server, "mallory")
    forged, asked = [], []
    async with tap.Tap(server, domain) as line:
        referee = rig.Referee(line, folder / server.kind / domain, domain)

        async def forge(sent):
            for question in re.findall(r"<iq\s[^>]*>", sent):
                about = dict(re.findall(r"\s(id|to|from|type)=['\"]([^'\"]*)['\"]", question))
                if about.get("type") not in ("get", "set") or not about.get("id", "").startswith("call-") or about.get("to") == domain:
                    continue
                asked.append(about["to"])
                to, name = about.get("from", domain), about["id"]
                error = f"<error type='cancel'><forbidden {STANZAS}/></error>"
                for kind, body in (("error", error), ("result", "")):
                    seen = len(line.arrived)
                    await mallory.send(f"<iq type='{kind}' id='{name}' to='{to}'>{body}</iq>")
                    await rig.until(lambda: name in line.arrived[seen:], f"the forged answer to {question}")
                forged.append(name)

        try:
            await referee.start()
            line.before = forge
            alice, bob = await login("alice"), await login("bob")
            match = await challenge(alice, bob, referee)
            room, feed = await details(alice, referee, match)
            line.before = None
            # The room and the feed were asked for, and every question was answered by mallory first.
            assert len(forged) >= 4 and {MUC, PUBSUB} <= {to.partition("@")[2] or to for to in asked}, asked
            await alice.join_room(room, "ally")
            start = len(alice.inbox)
            mover = alice if await to_move(alice, referee, match) else bob
            await play(mover, referee, match, ["a1"])
            await alice.hear(lambda m: m["type"] == "groupchat" and "plays a1" in m["body"], "the announcement", start)
            assert len(await alice.items(PUBSUB, feed)) > 0
            told = [word for word in ("put out of a room", "forbidden", "could not") if word in referee.log()]
            assert not told, referee.log()[-2000:]
        finally:
            line.before = None
            referee.end()
            mallory.close()


async def test_contacts_see_what_waits_and_how_a_match_stands(referee, login):
    alice, bob, carol = await login("alice"), await login("bob"), await login("carol")
    seen = []
    for person in (alice, carol):
        person.add_event_handler("presence_available", lambda p: seen.append((str(p["to"].bare), str(p["from"].bare), p["status"])))
    alice.send_presence_subscription(referee.jid)
    await rig.until(lambda: [s for s in seen if s[:2] == ("alice@localhost", referee.jid)], "the referee in the list")
    match = await challenge(alice, bob, referee)
    contact = f"{match}@{referee.domain}"
    carol.send_presence_subscription(contact)
    await rig.until(lambda: [s for s in seen if s[:2] == ("carol@localhost", contact) and s[2]], "the match in the list")
    if not await to_move(alice, referee, match):
        await play(bob, referee, match, ["a1"])
    await rig.until(
        lambda: [s for s in seen if s[:2] == ("alice@localhost", referee.jid) and "1 match" in s[2]], "the waiting match", 20
    )
    assert carol.client_roster[contact]["subscription"] == "to"
    # A later login is answered by a probe of the server's.
    await carol.logout()
    seen.clear()
    again = await login("carol", "later")
    again.add_event_handler("presence_available", lambda p: seen.append((str(p["to"].bare), str(p["from"].bare), p["status"])))
    again.send_presence()
    gone = []
    again.add_event_handler("presence_unavailable", lambda p: gone.append(str(p["from"].bare)))
    await alice.command(referee.domain, "resign", {"match": match, "confirm": "1"})
    await rig.until(lambda: contact in gone, "the contact's farewell after the end", 25)
    again.del_roster_item(contact)
    alice.del_roster_item(referee.jid)


async def test_a_room_that_may_go_goes_with_its_last_occupant(server, login):
    """The very stanzas with which a room is closed: servers must read a form of one field as a change of one field."""
    component = await people.RawComponent.attach(server, server.domain())
    me, room = f"referee@{component.domain}/referee", f"bye-{component.domain.partition('.')[0]}@{MUC}"

    def form(*fields):
        rows = "".join(f"<field var='{name}'><value>{value}</value></field>" for name, value in fields)
        kind = "<field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field>"
        return f"<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'>{kind}{rows}</x></query>"

    async def configure(name, *fields):
        start = len(component.heard)
        await component.send(f"<iq type='set' id='{name}' from='{me}' to='{room}'>{form(*fields)}</iq>")
        answer = await component.read_until(rf"<iq(?=[^>]*\bid=['\"]{name}['\"])[^>]*", start)
        assert re.search(r"type=['\"]result", answer[0]), answer[0]

    await component.send(f"<presence from='{me}' to='{room}/referee'><x xmlns='http://jabber.org/protocol/muc'/></presence>")
    await component.read_until(r"code=['\"]201['\"]")
    await configure("make", ("muc#roomconfig_roomname", "A title"), ("muc#roomconfig_persistentroom", 1), ("muc#roomconfig_publicroom", 1))
    alice = await login("alice")
    disco = alice.plugin["xep_0030"]

    async def listed():
        return {str(jid): name for jid, _, name in (await disco.get_items(MUC))["disco_items"]["items"]}

    assert "A title" in (await listed())[room]
    await configure("let-go", ("muc#roomconfig_persistentroom", 0))
    assert "A title" in (await listed())[room]
    await component.send(f"<presence type='unavailable' from='{me}' to='{room}/referee'/>")
    for _ in range(200):
        if room not in await listed():
            break
        await asyncio.sleep(0.05)
    else:
        raise AssertionError(f"{room} is still there")
    component.close()


async def test_players_do_not_hear_spectators(referee, server, login):
    alice, bob, carol = await login("alice"), await login("bob"), await login("carol")
    match = await challenge(alice, bob, referee)
    room, _ = await details(carol, referee, match)
    for person, nick in ((alice, "ally"), (bob, "bobby"), (carol, "cc")):
        await person.join_room(room, nick)
    start = len(carol.inbox)
    carol.send_message(mto=room, mbody="the corner is free!", mtype="groupchat")
    # The room refuses it, and asking for a voice gives none.
    await rig.until(lambda: any(m["type"] == "error" for m in carol.inbox[start:]), "the room's refusal")
    voice = carol.make_message(mto=room)
    form = carol.plugin["xep_0004"].make_form("submit")
    form.add_field(var="FORM_TYPE", ftype="hidden", value="http://jabber.org/protocol/muc#request")
    form.add_field(var="muc#role", value="participant")
    voice.append(form)
    voice.send()
    # Nor by a private message through the room, where the server can keep them from it: Prosody 0.12 cannot.
    if server.kind == "ejabberd":
        carol.send_message(mto=f"{room}/ally", mbody="the corner is free, psst", mtype="chat")
        await rig.until(lambda: any(m["type"] == "error" and m["from"].resource == "ally" for m in carol.inbox[start:]), "no whispering")
    # What a player says afterwards arrives: so what was said before would have, too.
    mark = len(bob.inbox)
    alice.send_message(mto=room, mbody="good luck", mtype="groupchat")
    await bob.hear(lambda m: m["body"] == "good luck", "a player's word", mark)
    heard = [m["body"] for person in (alice, bob) for m in person.inbox if "corner" in m["body"]]
    assert not heard, f"players heard {heard}"


async def test_spectators_are_counted_and_no_more_come_than_agreed(referee, login):
    alice, bob = await login("alice"), await login("bob")
    carol, dave = await login("carol"), await login("dave")
    match = await challenge(alice, bob, referee, spectators="1")
    room, _ = await details(carol, referee, match)

    async def counted(wanted):
        async def shown():
            return (await carol.command(referee.domain, "show", {"match": match})).values["spectators"] == wanted

        for _ in range(200):
            if await shown():
                return
            await asyncio.sleep(0.05)
        raise TimeoutError(f"not {wanted} spectators; log:\n{referee.log()[-2000:]}")

    await counted("0")
    await alice.join_room(room, "ally")
    await carol.join_room(room, "cc")
    await counted("1")
    refused = await dave.command(referee.domain, "watch", {"match": match})
    assert refused.values["code"] == "match/full"
    # One too many is put out again with a word why; the players have their places.
    gone = []
    dave.add_event_handler(f"muc::{room}::got_offline", lambda presence: gone.append(presence["muc"]["nick"]))
    await dave.join_room(room, "dd")
    await rig.until(lambda: "dd" in gone, "dave is put out")
    await bob.join_room(room, "bobby")
    await counted("1")
    info = await carol.plugin["xep_0030"].get_info(f"{match}@{referee.domain}")
    form = next(form for form in info["disco_info"].xml.iter("{jabber:x:data}x"))
    values = {field.get("var"): field.findtext("{jabber:x:data}value") for field in form}
    assert values["spectators"] == "1" and values["spectators-max"] == "1"
    carol.plugin["xep_0045"].leave_muc(room, "cc")
    await counted("0")


async def test_a_delayed_match_reaches_spectators_late(referee, login):
    alice, bob, carol = await login("alice"), await login("bob"), await login("carol")
    match = await challenge(alice, bob, referee, delay="1move")
    room, feed = await details(carol, referee, match)
    await carol.join_room(room, "cc")
    first, second = (alice, bob) if await to_move(alice, referee, match) else (bob, alice)
    start = len(carol.inbox)
    await play(first, referee, match, ["a1"])
    assert (await carol.command(referee.domain, "show", {"match": match})).values["position"] == ".../.../..."
    await play(second, referee, match, ["b2"])
    await carol.hear(lambda m: m["type"] == "groupchat" and "plays a1" in m["body"], "the first move", start)
    assert not any("plays b2" in body for body in groupchat(carol, room, start))
    assert not any(name for name, item in await carol.items(PUBSUB, feed) if "plays b2" in "".join(item.itertext()))
    await second.command(referee.domain, "resign", {"match": match})
    await carol.hear(lambda m: m["type"] == "groupchat" and "Match over" in m["body"], "the end", start)
    said = groupchat(carol, room, start)
    assert [n for n, body in enumerate(said) if "plays a1" in body or "plays b2" in body or "Match over" in body] == [0, 1, 2]


async def test_a_room_that_somebody_made_in_our_name_is_left_without_a_word(referee, server, login):
    """Whoever makes a lost room again, with us as its owner and themselves as an admin, hears nothing and sees no address."""
    alice, bob, mallory = await login("alice"), await login("bob"), await login("mallory")
    match = await challenge(alice, bob, referee)
    room, _ = await details(alice, referee, match)
    us = f"{match}@{referee.domain}"
    assert referee.stop() == 0
    squat = room
    if server.kind == "prosody":
        # Prosody keeps the names of destroyed rooms; here the room is his by its lists alone.
        owner = await owner_of(server, referee, us, room)
        await owner.affiliate("mallory@localhost", "admin")
        owner.raw.close()
        await mallory.join_room(room, "mm")
    else:
        owner = await owner_of(server, referee, us, room)
        await owner.set("owner", "<destroy/>")
        owner.raw.close()
        await mallory.join_room(room, "mm")
        muc = mallory.plugin["xep_0045"]
        form = mallory.plugin["xep_0004"].make_form(ftype="submit")
        form.add_field("FORM_TYPE", ftype="hidden", value="http://jabber.org/protocol/muc#roomconfig")
        form.add_field("muc#roomconfig_whois", value="anyone")
        await muc.set_room_config(room, form)
        await muc.set_affiliation(room, jid=us, affiliation="owner")
        await muc.set_affiliation(room, jid="mallory@localhost", affiliation="admin")
    start, told = len(mallory.inbox), len(alice.inbox)
    await referee.restart()
    message = await alice.hear(lambda m: "in the match's room" in m["body"], "where the new room is", told)
    other = re.search(r"xmpp:(\S+@conference\.localhost)", message["body"])[1]
    assert other != squat and re.fullmatch(rf"{match}-[a-z2-7]{{16}}@{MUC}", other)
    mover, still = (alice, bob) if await to_move(alice, referee, match) else (bob, alice)
    await play(mover, referee, match, ["b2"])
    await mover.join_room(other, "mover")
    await play(still, referee, match, ["a1"])
    await rig.until(lambda: any("a1" in line for line in groupchat(mover, other)), "the move in the new room")
    assert groupchat(mallory, squat, start) == [], "the referee spoke in a room that is not its own"


async def test_whoever_sits_there_under_our_name_is_put_out(referee, login):
    alice, bob = await login("alice"), await login("bob")
    match = await challenge(alice, bob, referee)
    room, _ = await details(alice, referee, match)
    await bob.join_room(room, "bobby")
    assert referee.stop() == 0
    await alice.join_room(room, "referee")
    roster = bob.plugin["xep_0045"].rooms[None][slixmpp.JID(room)]
    await rig.until(lambda: roster.get("referee", {}).get("affiliation") == "member", f"alice under our name in {roster}")
    await referee.restart()
    await rig.until(lambda: roster.get("referee", {}).get("affiliation") == "owner", f"the referee under its name in {roster}")
    assert "referee-2" not in roster


async def test_an_unlisted_match_is_in_no_list_of_the_servers(referee, login):
    alice, bob, carol = await login("alice"), await login("bob"), await login("carol")
    match = await challenge(alice, bob, referee, visibility="unlisted")

    async def room_of():
        items = (await alice.plugin["xep_0030"].get_items(f"{match}@{referee.domain}"))["disco_items"]["items"]
        return [str(jid) for jid, _, _ in items if str(jid).endswith(MUC)]

    for _ in range(200):
        if found := await room_of():
            break
        await asyncio.sleep(0.05)
    assert re.fullmatch(rf"{match}-[a-z2-7]{{16}}@{MUC}", found[0])
    await play(*((alice, referee, match, ["b2"]) if await to_move(alice, referee, match) else (bob, referee, match, ["b2"])))
    disco = carol.plugin["xep_0030"]
    nodes = (await disco.get_items(PUBSUB))["disco_items"]["items"]
    assert not [node for _, node, _ in nodes if node and node.startswith(f"{referee.domain}/match/")], nodes
    rooms = (await disco.get_items(MUC))["disco_items"]["items"]
    assert found[0] not in [str(jid) for jid, _, _ in rooms]


async def owner_of(server, referee, us, room):
    """Somebody who owns a room in our name, while the referee is away."""
    from test_clan_rooms import Owner

    owner = Owner(await people.RawComponent.attach(server, referee.domain), "", room)
    owner.me = f"{us}/referee"
    return owner
