"""A clan's nodes against both servers: who may subscribe, what arrives, and that nothing does once somebody is out."""

import asyncio
import re

from slixmpp.exceptions import IqError

import people
import rig

PUBSUB = "pubsub.localhost"


async def clan_of(alice, referee, **members):
    """Founds the wolves; everybody else joins and gets the role that is said."""
    made = await alice.command(referee.domain, "clan-create", {"tag": "wolves", "name": "Wolves", "joining": "open"})
    assert not made.refused, made.values
    for name, (person, role) in members.items():
        joined = await person.command(referee.domain, "clan-join", {"clan": "wolves"})
        assert not joined.refused, joined.values
        ranked = await alice.command(referee.domain, "clan-role", {"clan": "wolves", "who": name, "role": role})
        assert not ranked.refused or role == "member", ranked.values


async def write(person, referee, kind, readers, text):
    """Writes a page; returns its item's id."""
    answer = await person.command(referee.domain, f"clan-{kind}", {"clan": "wolves", "for": readers, "text": text})
    assert not answer.refused, answer.values
    return f"clan-wolves/page/{answer.values['page']}"


async def nodes(person, referee, *wanted):
    """The nodes of the clan, once `clan pages` names all that are wanted."""
    for _ in range(300):
        values = (await person.command(referee.domain, "clan-pages", {"clan": "wolves"})).values
        if all(values.get(name) for name in wanted):
            return [values[name] for name in wanted]
        await asyncio.sleep(0.05)
    raise TimeoutError(f"{wanted} are not all in {values}; log:\n{referee.log()[-2000:]}")


async def may(person, node):
    """Whether the service lets this person subscribe."""
    try:
        await person.plugin["xep_0060"].subscribe(PUBSUB, node, timeout=rig.SECONDS)
    except IqError:
        return False
    return True


async def let_in(person, node):
    """Subscribes as soon as the roster has reached the node."""
    for _ in range(300):
        if await may(person, node):
            return
        await asyncio.sleep(0.05)
    raise TimeoutError(f"{person.boundjid} is never let in to {node}")


async def reads(person, node):
    """The ids of the items that this person may fetch, or None where that is refused."""
    try:
        return [name for name, _ in await person.items(PUBSUB, node)]
    except IqError:
        return None


async def quiet(person):
    """Returns when everything that the server sent this person before has arrived."""
    await person.plugin["xep_0199"].ping("localhost", timeout=rig.SECONDS)


async def lists(server, referee, node):
    """The lists of a node as its owner reads them, while the referee does not run: affiliations and subscriptions by JID."""
    owner = await people.RawComponent.attach(server, referee.domain)
    found = []
    for kind in ("affiliation", "subscription"):
        start = len(owner.heard)
        await owner.send(
            f"<iq type='get' id='{kind}' from='{referee.domain}' to='{PUBSUB}'>"
            f"<pubsub xmlns='http://jabber.org/protocol/pubsub#owner'><{kind}s node='{node}'/></pubsub></iq>"
        )
        answer = (await owner.read_until(rf"<iq(?=[^>]*\bid=['\"]{kind}['\"]).*?</iq>", start))[0]
        entries = re.findall(rf"<{kind} ([^>]*)/?>", answer)
        pairs = [(re.search(r"\bjid=['\"]([^'\"]+)", entry), re.search(rf"\b{kind}=['\"]([^'\"]+)", entry)) for entry in entries]
        found.append({jid[1]: word[1] for jid, word in pairs if jid and word})
    owner.close()
    return found


async def test_each_reads_what_is_for_them(referee, login):
    alice, bob, carol, mallory = [await login(name) for name in ("alice", "bob", "carol", "mallory")]
    await clan_of(alice, referee, bob=(bob, "officer"), carol=(carol, "member"))
    strategy = await write(alice, referee, "strategy", "officers", "Rush B\nSmoke first")
    note = await write(alice, referee, "note", "members", "Server: cs.example.org")
    public, members, officers = await nodes(bob, referee, "feed", "feed-members", "feed-officers")
    own = f"{referee.domain}/clan/wolves"
    assert (public, members, officers) == (own, f"{own}/members", f"{own}/officers")
    assert "feed-officers" not in (await carol.command(referee.domain, "clan-pages", {"clan": "wolves"})).values
    for person, allowed in ((bob, [public, members, officers]), (carol, [public, members]), (mallory, [public])):
        for node in allowed:
            await let_in(person, node)
    for person, node in ((carol, officers), (mallory, members), (mallory, officers)):
        assert not await may(person, node)
        assert await reads(person, node) is None
    assert await reads(bob, officers) == [strategy] and await reads(carol, members) == [note]
    starts = {person: len(person.inbox) for person in (bob, carol, mallory)}
    news = await write(alice, referee, "news", "members", "Training at 20:00")
    plan = await write(alice, referee, "strategy", "officers", "Split A")
    told = await write(alice, referee, "news", "public", "We won the cup")
    for person, node, item in ((bob, members, news), (carol, members, news), (bob, officers, plan), (mallory, public, told)):
        await rig.until(lambda: item in person.published(node, starts[person]), f"{item} at {person.boundjid}")
    for person in (carol, mallory):
        await quiet(person)
        everything = "".join(str(message) for message in person.inbox[starts[person] :])
        assert "Split A" not in everything
    assert "Training" not in "".join(str(message) for message in mallory.inbox)
    # An edit keeps its item; one that is for officers from now on is gone from where it was.
    edited = await alice.command(referee.domain, "clan-edit", {"clan": "wolves", "page": told.rpartition("/")[2], "for": "officers"})
    assert not edited.refused
    for _ in range(300):
        if told in await reads(bob, officers) and told not in await reads(mallory, public):
            break
        await asyncio.sleep(0.05)
    assert told in await reads(bob, officers) and told not in await reads(mallory, public)
    # Nothing that is not public is in the log.
    assert not {"Rush B", "Split A", "Training"} & {text for text in ("Rush B", "Split A", "Training") if text in referee.log()}


async def test_nothing_arrives_once_somebody_is_out(server, referee, login):
    alice, bob, carol, dave = [await login(name) for name in ("alice", "bob", "carol", "dave")]
    await clan_of(alice, referee, bob=(bob, "officer"), carol=(carol, "member"), dave=(dave, "officer"))
    await write(alice, referee, "strategy", "officers", "Rush B")
    await write(alice, referee, "note", "members", "Server")
    members, officers = await nodes(bob, referee, "feed-members", "feed-officers")
    for person, mine in ((bob, (members, officers)), (carol, (members,)), (dave, (members, officers))):
        for node in mine:
            await let_in(person, node)
    # Kicked, with the next page right behind; and an officer who becomes a member.
    starts = {person: len(person.inbox) for person in (bob, carol, dave)}
    kick = alice.command(referee.domain, "clan-kick", {"clan": "wolves", "who": "carol", "reason": "never comes"})
    rank = alice.command(referee.domain, "clan-role", {"clan": "wolves", "who": "dave", "role": "member"})
    page = write(alice, referee, "note", "members", "carol is out")
    plan = write(alice, referee, "strategy", "officers", "dave is no officer")
    _, _, page, plan = await asyncio.gather(kick, rank, page, plan)
    await rig.until(lambda: page in bob.published(members, starts[bob]), "the page at those who stay")
    await rig.until(lambda: plan in bob.published(officers, starts[bob]), "the plan at those who stay")
    await rig.until(lambda: page in dave.published(members, starts[dave]), "the page at who is a member still")
    for person in (carol, dave):
        await quiet(person)
    assert carol.published(members, starts[carol]) == [] and dave.published(officers, starts[dave]) == []
    assert not await may(carol, members) and await reads(carol, members) is None
    assert not await may(dave, officers) and await reads(dave, officers) is None
    # The same after a kill, and after somebody had left while the referee was not there to see to it.
    referee.kill()
    await referee.restart()
    starts = {person: len(person.inbox) for person in (bob, carol, dave)}
    left = await dave.command(referee.domain, "clan-leave", {"clan": "wolves"})
    assert not left.refused
    page = await write(alice, referee, "news", "members", "only three are left")
    await rig.until(lambda: page in bob.published(members, starts[bob]), "the page after a restart")
    for person in (carol, dave):
        await quiet(person)
        # A kill may repeat what somebody had already; nothing new arrives.
        had = person.published(members)[: len(person.published(members)) - len(person.published(members, starts[person]))]
        assert set(person.published(members, starts[person])) <= set(had)
    assert referee.stop() == 0
    rights, readers = await lists(server, referee, members)
    allowed = {jid for jid, word in rights.items() if word in ("member", "publisher", "owner")}
    assert allowed == {referee.domain, "alice@localhost", "bob@localhost"}, rights
    assert {jid.partition("/")[0] for jid, word in readers.items() if word != "none"} == {"bob@localhost"}, readers
    rights, readers = await lists(server, referee, officers)
    assert not any(jid.startswith("dave@") for jid, word in rights.items() if word != "none"), rights
    assert not any(jid.startswith("dave@") for jid, word in readers.items() if word != "none"), readers


async def test_what_was_put_wrong_by_hand_is_put_right(server, referee, login):
    alice, mallory = await login("alice"), await login("mallory")
    await clan_of(alice, referee)
    await write(alice, referee, "strategy", "officers", "Rush B")
    [officers] = await nodes(alice, referee, "feed-officers")
    await let_in(alice, officers)
    assert referee.stop() == 0
    owner = await people.RawComponent.attach(server, referee.domain)
    start = len(owner.heard)
    await owner.send(
        f"<iq type='set' id='wrong' from='{referee.domain}' to='{PUBSUB}'><pubsub xmlns='http://jabber.org/protocol/pubsub#owner'>"
        f"<affiliations node='{officers}'><affiliation jid='mallory@localhost' affiliation='member'/></affiliations></pubsub></iq>"
    )
    await owner.read_until(r"id=['\"]wrong['\"]", start)
    owner.close()
    await let_in(mallory, officers)
    await referee.restart()
    start = len(mallory.inbox), len(alice.inbox)
    page = await write(alice, referee, "strategy", "officers", "Split A")
    await rig.until(lambda: page in alice.published(officers, start[1]), "the page at the owner")
    await quiet(mallory)
    assert mallory.published(officers, start[0]) == [] and not await may(mallory, officers)


async def test_a_squatted_node_gets_another_name_and_all_go_with_the_clan(server, referee, login):
    alice, mallory = await login("alice"), await login("mallory")
    # The lines for Prosody let nobody else create nodes; ejabberd's let everybody.
    squatted = server.kind == "ejabberd"
    own = f"{referee.domain}/clan/wolves/officers"
    if squatted:
        await mallory.plugin["xep_0060"].create_node(PUBSUB, own, timeout=rig.SECONDS)
    await clan_of(alice, referee)
    page = await write(alice, referee, "strategy", "officers", "Rush B")
    public, officers = await nodes(alice, referee, "feed", "feed-officers")
    await let_in(alice, officers)
    for _ in range(300):
        if await reads(alice, officers) == [page]:
            break
        await asyncio.sleep(0.05)
    assert await reads(alice, officers) == [page]
    if squatted:
        assert re.fullmatch(rf"{own}-[a-z2-7]{{4}}", officers)
        assert await mallory.items(PUBSUB, own) == []
        assert "somebody else has a clan's node of this name" in referee.log()
    assert await reads(mallory, public) is not None
