"""The shipped server configs grant exactly what the referee needs: creating its rooms and nodes, not owning others'."""

import people

CONFIG_MUC = "http://jabber.org/protocol/muc#roomconfig"
NODE_CONFIG = "http://jabber.org/protocol/pubsub#node_config"


async def iq(component, name, kind, to, payload, sender=None):
    """Sends an IQ as the component and returns the whole answer."""
    start = len(component.heard)
    sender = sender or component.domain
    await component.send(f"<iq type='{kind}' id='{name}' from='{sender}' to='{to}'>{payload}</iq>")
    pattern = rf"<iq(?=[^>]*\bid=['\"]{name}['\"])[^>]*?(?:/>|>.*?</iq>)"
    return (await component.read_until(pattern, start))[0]


def refused(answer):
    return "type='error'" in answer or 'type="error"' in answer


def form(form_type, **fields):
    """A submitted data form; `__` in a name stands for `#`."""
    rows = f"<field var='FORM_TYPE' type='hidden'><value>{form_type}</value></field>"
    rows += "".join(f"<field var='{k.replace('__', '#')}'><value>{v}</value></field>" for k, v in fields.items())
    return f"<x xmlns='jabber:x:data' type='submit'>{rows}</x>"


async def test_component_creates_rooms_and_nodes(server, login):
    component = await people.RawComponent.attach(server, server.domain())
    room = f"made-{component.domain.partition('.')[0]}@conference.localhost"
    await component.send(
        f"<presence from='referee@{component.domain}/x' to='{room}/referee'><x xmlns='http://jabber.org/protocol/muc'/></presence>"
    )
    await component.read_until(r"<presence(?:(?!</presence>).)*code=['\"]201['\"]")
    config = form(CONFIG_MUC, muc__roomconfig_moderatedroom=1, muc__roomconfig_persistentroom=1, muc__roomconfig_whois="moderators")
    owner = f"<query xmlns='http://jabber.org/protocol/muc#owner'>{config}</query>"
    assert not refused(await iq(component, "room", "set", room, owner, f"referee@{component.domain}/x"))

    node = f"{component.domain}/events"
    config = form(NODE_CONFIG, pubsub__max_items=100, pubsub__access_model="open", pubsub__publish_model="publishers")
    create = f"<pubsub xmlns='http://jabber.org/protocol/pubsub'><create node='{node}'/><configure>{config}</configure></pubsub>"
    assert not refused(await iq(component, "node", "set", "pubsub.localhost", create))
    alice = await login("alice")
    await alice.plugin["xep_0060"].subscribe("pubsub.localhost", node)
    publish = (
        f"<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='{node}'><item id='s/1/0'>"
        "<entry xmlns='http://www.w3.org/2005/Atom'><title>hello</title></entry></item></publish></pubsub>"
    )
    assert not refused(await iq(component, "item", "set", "pubsub.localhost", publish))
    assert [name for name, _ in await alice.items("pubsub.localhost", node)] == ["s/1/0"]
    await alice.hear(lambda _: alice.published(node) == ["s/1/0"], "the notification")
    component.close()


async def test_component_does_not_own_what_others_made(server, login):
    component = await people.RawComponent.attach(server, server.domain())
    alice = await login("alice")
    room = f"hers-{component.domain.partition('.')[0]}@conference.localhost"
    await alice.join_room(room, "alice")
    await alice.plugin["xep_0045"].set_room_config(room, alice.plugin["xep_0004"].make_form(ftype="submit"))
    query = "<query xmlns='http://jabber.org/protocol/muc#owner'><destroy/></query>"
    answer = await iq(component, "destroy", "set", room, query)
    assert refused(answer) and "forbidden" in answer
    alice.plugin["xep_0045"].leave_muc(room, "alice")


async def test_people_cannot_publish_in_the_referees_node(server, login):
    component = await people.RawComponent.attach(server, server.domain())
    node = f"{component.domain}/events"
    create = f"<pubsub xmlns='http://jabber.org/protocol/pubsub'><create node='{node}'/></pubsub>"
    assert not refused(await iq(component, "node", "set", "pubsub.localhost", create))
    mallory = await people.RawClient.login(server, "mallory")
    start = len(mallory.heard)
    await mallory.send(
        "<iq type='set' id='forged' to='pubsub.localhost'><pubsub xmlns='http://jabber.org/protocol/pubsub'>"
        f"<publish node='{node}'><item id='x'><forged xmlns='x'/></item></publish></pubsub></iq>"
    )
    await mallory.read_until(r"id=['\"]forged['\"].*?<forbidden", start)
    mallory.close()
    component.close()
