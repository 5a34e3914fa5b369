"""A pong confirms what a component sent before the ping: the fact on which the delivery of effects rests.

One component stream is routed in order on both servers, so the answer to an XEP-0199 ping says that everything before it
has been taken over by the server. Each round sends a window of stanzas and a ping, cuts the connection by a reset at the
moment of the pong, and then counts what arrived. The counter-test cuts without waiting, and must see losses.
"""

import people
from rig import until

WINDOW = 200
ROUNDS = 12
# Large enough that the socket's buffers are still full when the connection is cut.
FLOOD = 5_000
# Prosody 0.12 needs 6 to 50 ms for each publish, the more the fuller the node is.
ITEMS = 50


def texts(person, kind, start):
    return [m["body"] for m in person.inbox[start:] if m["type"] == kind and m["body"]]


async def numbered(component, to, count, kind="normal", sender=None):
    """Sends `count` messages with the bodies 0, 1, 2, … in one write; does not wait."""
    sender = sender or f"referee@{component.domain}"
    window = "".join(
        f"<message from='{sender}' to='{to}' type='{kind}' id='{kind}{n}'><body>{n}</body></message>" for n in range(count)
    )
    await component.send(window)


async def test_messages_to_somebody_online(server, login):
    domain = server.domain()
    alice = await login("alice")
    expected = [str(n) for n in range(WINDOW)]
    for _ in range(ROUNDS):
        start = len(alice.inbox)
        component = await people.RawComponent.attach(server, domain)
        await numbered(component, "alice@localhost", WINDOW, "headline")
        await component.ping("localhost", domain)
        component.cut()
        await until(lambda: len(texts(alice, "headline", start)) >= WINDOW, "the whole window")
        assert texts(alice, "headline", start) == expected


async def test_messages_to_somebody_offline(server, login):
    domain = server.domain()
    count = 50
    for _ in range(4):
        component = await people.RawComponent.attach(server, domain)
        await numbered(component, "carol@localhost", count, "chat")
        await component.ping("localhost", domain)
        component.cut()
        carol = await login("carol")
        await until(lambda: len(texts(carol, "chat", 0)) >= count, "what was stored while offline")
        assert texts(carol, "chat", 0) == [str(n) for n in range(count)]
        await carol.logout()


async def test_words_in_a_room(server, login):
    domain = server.domain()
    room = f"pong-{domain.partition('.')[0]}@conference.localhost"
    bob = await login("bob")
    await bob.join_room(room, "bob")
    await bob.plugin["xep_0045"].set_room_config(room, bob.plugin["xep_0004"].make_form(ftype="submit"))
    for turn in range(ROUNDS):
        component = await people.RawComponent.attach(server, domain)
        sender = f"referee@{domain}/room"
        await component.send(
            f"<presence from='{sender}' to='{room}/referee'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>"
        )
        await component.read_until("110")
        start = len(bob.inbox)
        await numbered(component, room, WINDOW, "groupchat", sender)
        await component.ping("localhost", domain)
        component.cut()
        whole = f"the whole window of round {turn}"
        await until(lambda: len(texts(bob, "groupchat", start)) >= WINDOW, whole)
        assert texts(bob, "groupchat", start) == [str(n) for n in range(WINDOW)]


async def test_items_in_a_node(server, login):
    domain = server.domain()
    service, node = "pubsub.localhost", f"{domain}/match/m1"
    alice = await login("alice")
    namespace = "xmlns='http://jabber.org/protocol/pubsub'"
    options = "".join(
        f"<field var='pubsub#{name}'><value>{value}</value></field>" for name, value in [("max_items", 1000), ("access_model", "open")]
    )
    kind = "<field var='FORM_TYPE'><value>http://jabber.org/protocol/pubsub#node_config</value></field>"
    for turn in range(5):
        component = await people.RawComponent.attach(server, domain)
        if turn == 0:
            await component.send(
                f"<iq type='set' id='create' from='{domain}' to='{service}'><pubsub {namespace}><create node='{node}'/>"
                f"<configure><x xmlns='jabber:x:data' type='submit'>{kind}{options}</x></configure></pubsub></iq>"
            )
            await component.read_until(r"<iq[^>]*\bid=['\"]create['\"]")
        names = [f"{turn}/{n}" for n in range(ITEMS)]
        await component.send(
            "".join(
                f"<iq type='set' id='{name}' from='{domain}' to='{service}'><pubsub {namespace}><publish node='{node}'>"
                f"<item id='{name}'><entry xmlns='http://www.w3.org/2005/Atom'><title>{name}</title></entry></item>"
                "</publish></pubsub></iq>"
                for name in names
            )
        )
        await component.ping("localhost", domain)
        component.cut()
        # The pubsub service handles requests in order, so ours is answered after all of the window.
        assert [name for name, _ in await alice.items(service, node)][-ITEMS:] == names


async def test_without_waiting_some_are_lost(server, login):
    domain = server.domain()
    alice = await login("alice")
    for _ in range(10):
        start = len(alice.inbox)
        component = await people.RawComponent.attach(server, domain)
        window = "".join(
            f"<message from='{domain}' to='alice@localhost' type='headline'><body>{n}</body></message>" for n in range(FLOOD)
        )
        component.writer.write(window.encode())
        component.cut()
        try:
            await until(lambda: len(texts(alice, "headline", start)) >= FLOOD, "the whole flood", seconds=3)
        except TimeoutError:
            return
    raise AssertionError("cutting at once never lost anything, so this file proves nothing")
