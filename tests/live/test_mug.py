"""Multi-user gaming on both servers, with a client that knows the ProtoXEP and nothing of ours: whole matches, and whatever may befall one."""

import re

import pytest

import mug
import rig
import tables
from mug import TICTACTOE, Game, MugError

DISCO = "http://jabber.org/protocol/disco"
OURS = "urn:x-referee:mug:0"
KUHN = f"{OURS}#kuhn-poker"
CHESS = f"{OURS}#chess"
ROSHAMBO = f"{OURS}#rock-paper-scissors"


def room(referee, match):
    """The address of a match."""
    return f"{match}@{referee.domain}"


async def seat(person, referee, match, namespace=TICTACTOE):
    """A client of this person in a match, under the person's own name."""
    return await Game(person, room(referee, match), person.boundjid.user, namespace).join()


async def seated(one, two, referee, game="tic-tac-toe", namespace=TICTACTOE, **more):
    """A match that has begun, with both players' clients in it: `one` moves first."""
    match = await tables.begin(one, two, referee, game, **more)
    return match, await seat(one, referee, match, namespace), await seat(two, referee, match, namespace)


async def active(*games):
    """Waits until the match is played, for each of these."""
    for game in games:
        await game.until(lambda game=game: game.status == "active", "status active")


async def makes(person, referee, config=None, options=None, role="x"):
    """A tic-tac-toe match made by MUG alone; returns the maker's client and the match's address."""
    game = await Game(person, f"new-tic-tac-toe@{referee.domain}", person.boundjid.user, TICTACTOE).join()
    await game.until(lambda: game.status == "created", "status created")
    assert game.affiliations[game.nick] == "owner"
    game.take(role)
    await game.until(lambda: game.roles[game.nick] == role, f"the role {role}")
    await game.configure(config, options)
    await game.until(lambda: game.status == "inactive", "status inactive")
    return game, game.additions()[-1].get("jid")


async def test_tic_tac_toe_is_made_found_and_played_to_its_end(common, login):
    one, two = await login(), await login()
    host, address = await makes(one, common)
    # Two clients that know nothing but the ProtoXEP: the other finds the match in discovery.
    items = await two.plugin["xep_0030"].get_items(common.domain)
    assert address in {jid for jid, _, _ in items["disco_items"]["items"]}
    guest = await Game(two, address, two.boundjid.user, TICTACTOE).join()
    assert guest.roles == {host.nick: "x", guest.nick: "none"} and guest.status == "inactive"
    host.start()
    assert (await host.error()).condition == "not-allowed"
    guest.take("x")
    assert (await guest.error()).condition == "conflict"
    guest.take("knight")
    assert (await guest.error()).condition == "not-acceptable"
    guest.take("o")
    await host.until(lambda: host.roles.get(guest.nick) == "o", "the guest's role")
    guest.start()
    await host.until(lambda: host.starts == [guest.nick], "the guest's start")
    assert host.status == "inactive"
    host.start()
    await active(host, guest)
    state = guest.state
    assert [state.findtext(f"{{{TICTACTOE}}}{name}") for name in ("rows", "cols", "strike", "next")] == ["3", "3", "3", "x"]
    moves = [(host, 1, 1), (guest, 2, 1), (host, 2, 2), (guest, 1, 3), (host, 3, 3)]
    for number, (player, row, col) in enumerate(moves, 1):
        player.mark(row, col, number)
        for seen in (host, guest):
            await seen.until(lambda seen=seen: len(seen.turns) == number, f"turn {number}")
            nick, turn = seen.turns[-1]
            assert (nick, turn[0].get("row"), turn[0].get("col"), turn[0].get("id")) == (player.nick, str(row), str(col), str(number))
    for seen in (host, guest):
        await seen.until(lambda seen=seen: seen.status == "inactive", "the end")
        assert seen.state.findtext(f"{{{TICTACTOE}}}won") == "x"
        assert seen.board() == {(1, 1): "x", (2, 1): "o", (2, 2): "x", (1, 3): "o", (3, 3): "x"}
        result = seen.additions()[-1].find(f"{{{OURS}}}result")
        assert (result.get("code"), result.get("places")) == ("strike", "1 2") and host.nick in result.text
    # It is the same match as everybody else's.
    shown = (await one.command(common.domain, "result", {"match": address.split("@")[0]})).values
    assert shown["state"] == "over" and shown["places"] == "1 2", shown
    host.turn(f"<move xmlns='{TICTACTOE}' row='1' col='2' id='6'/>")
    assert (await host.error()).condition == "not-allowed"


async def test_kuhn_poker_shows_each_seat_its_own_card_alone(common, login):
    one, two, three = await login(), await login(), await login()
    match, first, second = await seated(one, two, common, "kuhn-poker", KUHN, options="hands=4")
    spectator = await seat(three, common, match, KUHN)
    players = {first.nick: first, second.nick: second}
    number = 0
    while first.status != "inactive":
        side = first.state.findtext(f"{{{KUHN}}}next")
        mover = next(players[nick] for nick, role in first.roles.items() if role == side)
        number += 1
        facing_a_bet = first.state.findtext(f"{{{KUHN}}}position").endswith("bet")
        mover.turn(f"<move xmlns='{KUHN}' id='{number}'>{'call' if facing_a_bet else 'bet'}</move>")
        for seen in (first, second, spectator):
            await seen.until(lambda seen=seen: len(seen.turns) == number and (seen.status == "inactive" or seen.additions()[-1].get("moves") == str(number)), f"turn {number}")
    assert number == 8
    hands = {first: r"cards=[JQK]\?", second: r"cards=\?[JQK]", spectator: r"cards=\?\?"}
    for seen, own in hands.items():
        assert re.search(own, "".join(seen.everything)) and seen.state is not None
        for stanza in seen.everything:
            for cards in re.findall(r"cards=(\S\S)", stanza):
                assert re.fullmatch(own.removeprefix("cards="), cards) or cards == "--", stanza
    # Nothing of a hand comes in any other way either: a card's letter stands in no other place.
    for seen in (first, second, spectator):
        for stanza in seen.everything:
            board = re.sub(r"card +\S +\S", "", re.sub(r"cards=\S\S", "", stanza))
            assert not re.search(r"[^A-Za-z0-9][JQK][^A-Za-z0-9]", board), stanza


async def test_sealed_choices_come_back_to_their_maker_alone(common, login):
    one, two = await login(), await login()
    _, first, second = await seated(one, two, common, "rock-paper-scissors", ROSHAMBO)
    first.turn(f"<move xmlns='{ROSHAMBO}'>rock</move>")
    await first.until(lambda: first.turns, "its own turn")
    await second.until(lambda: second.state.find(f"{{{ROSHAMBO}}}chosen") is not None, "that somebody has chosen")
    assert not second.turns and ">rock<" not in "".join(second.everything)
    second.turn(f"<move xmlns='{ROSHAMBO}'>paper</move>")
    await first.until(lambda: "paper" in [turn[0].text for _, turn in first.turns], "what was revealed")
    await second.until(lambda: {turn[0].text for _, turn in second.turns} == {"rock", "paper"}, "what was revealed")


async def test_an_illegal_turn_gets_its_error_and_no_kick(common, login):
    one, two, three = await login(), await login(), await login()
    match, first, second = await seated(one, two, common)
    spectator = await seat(three, common, match)

    async def refused(game, send):
        send()
        error = await game.error()
        return error.condition, f"{{{mug.MUG}}}invalid-turn" in error.details

    invalid = ("undefined-condition", True)
    assert await refused(second, lambda: second.mark(1, 1, 1)) == invalid
    assert await refused(first, lambda: first.mark(4, 1, 1)) == invalid
    assert await refused(first, lambda: first.mark(1, 1, 2)) == invalid
    assert await refused(first, lambda: first.turn("<dance xmlns='urn:x'/>")) == invalid
    assert await refused(spectator, lambda: spectator.mark(1, 1, 1)) == ("forbidden", False)
    first.mark(1, 1, 1)
    await second.until(lambda: second.turns, "the first turn")
    assert await refused(second, lambda: second.mark(1, 1, 2)) == invalid
    assert second.echo.find(f"{{{mug.USER}}}turn") is not None
    second.mark(2, 2, 2)
    await first.until(lambda: len(first.turns) == 2, "the second turn")
    assert first.left is None and second.left is None
    assert first.board() == {(1, 1): "x", (2, 2): "o"}


async def test_a_kick_where_it_is_wanted_loses_nothing(server, folder, login):
    domain = server.domain()
    referee = rig.Referee(server, folder / server.kind / domain, domain, "[mug]\nkick_on_illegal_turn = true\n")
    try:
        await referee.start()
        one, two = await login("alice"), await login("bob")
        match, first, second = await seated(one, two, referee)
        first.mark(9, 9, 1)
        assert (await first.error()).condition == "undefined-condition"
        await first.until(lambda: first.left is not None, "the kick")
        assert first.left.find(f"{{{mug.USER}}}invalid-turn") is not None
        await second.until(lambda: first.nick not in second.roles, "that the other is out")
        await first.join()
        assert first.status == "active" and first.roles[first.nick] == "x"
        first.mark(1, 1, 1)
        await second.until(lambda: second.turns, "the first turn")
    finally:
        referee.end()


async def test_leaving_is_no_resignation_and_the_table_is_whole_again(common, login):
    one, two = await login(), await login()
    match, first, second = await seated(one, two, common)
    first.mark(1, 1, 1)
    await second.until(lambda: second.turns, "the first turn")
    first.leave()
    await second.until(lambda: first.nick not in second.roles, "that the other has left")
    await first.until(lambda: first.left is not None, "its own leaving")
    assert second.status == "active"
    second.mark(2, 2, 2)
    await second.until(lambda: len(second.turns) == 2, "the second turn")
    first.mark(1, 2, 3)
    assert (await first.error()).condition == "not-acceptable"
    back = await Game(one, room(common, match), one.boundjid.user, TICTACTOE).join()
    assert back.status == "active" and back.roles == {back.nick: "x", second.nick: "o"}
    assert back.board() == {(1, 1): "x", (2, 2): "o"} and not back.turns
    back.mark(1, 2, 3)
    await second.until(lambda: len(second.turns) == 3, "the third turn")
    # A move by chat reaches the clients all the same.
    await two.command(common.domain, "move", {"match": match, "move": "c1"})
    await back.until(lambda: back.board().get((1, 3)) == "o", "the move by chat")


async def test_a_client_that_drops_is_out_and_its_second_one_stays(server, common, login):
    one, two = await login(), await login()
    match, first, second = await seated(one, two, common)
    tablet = await login(two.boundjid.user, resource="tablet")
    other = await seat(tablet, common, match)
    assert other.roles[other.nick] == "o" and other.nick == second.nick
    await two.logout()
    first.mark(1, 1, 1)
    await other.until(lambda: other.turns, "the first turn")
    assert first.roles[other.nick] == "o"
    await tablet.logout()
    await first.until(lambda: other.nick not in first.roles, "that the other has gone")
    assert first.status == "active"


async def test_resignation_by_role(common, login):
    one, two = await login(), await login()
    match, first, second = await seated(one, two, common)
    first.take("none")
    await second.until(lambda: second.status == "inactive", "the end")
    assert second.state.findtext(f"{{{TICTACTOE}}}won") == "o"
    assert second.additions()[-1].find(f"{{{OURS}}}result").get("code") == "resigned"


async def test_private_messages_and_talk(common, login):
    one, two, three, four = [await login() for _ in range(4)]
    match, first, second = await seated(one, two, common)
    third, fourth = await seat(three, common, match), await seat(four, common, match)

    def says(game, to, text, kind="chat"):
        message = game.client.make_message(mto=to, mbody=text, mtype=kind)
        message.send()

    at = room(common, match)
    says(first, f"{at}/{second.nick}", "Sweet lord, you play me false.")
    await second.until(lambda: ("chat", first.nick, "Sweet lord, you play me false.") in second.talk, "the private message")
    says(third, f"{at}/{fourth.nick}", "Who is ahead?")
    await fourth.until(lambda: fourth.talk == [("chat", third.nick, "Who is ahead?")], "the spectator's message")
    says(third, f"{at}/{second.nick}", "Take the corner!")
    assert (await third.error()).condition == "not-allowed"
    says(third, f"{at}/nobody-there", "Hello?")
    assert (await third.error()).condition == "item-not-found"
    says(third, at, "Take the corner!", "groupchat")
    await fourth.until(lambda: ("groupchat", third.nick, "Take the corner!") in fourth.talk, "the talk of spectators")
    says(first, at, "Good game!", "groupchat")
    for game in (second, third, fourth):
        await game.until(lambda game=game: ("groupchat", first.nick, "Good game!") in game.talk, "the player's words")
    assert "Take the corner!" not in "".join(first.everything + second.everything)
    assert second.client.boundjid.bare not in "".join(first.everything), "an address was shown"
    says(third, at, "x" * 3000, "groupchat")
    assert (await third.error()).condition == "not-acceptable"
    for number in range(20):
        says(fourth, at, f"flood {number}", "groupchat")
    assert (await fourth.error()).condition == "resource-constraint"


async def test_players_of_hidden_games_have_no_private_messages(common, login):
    one, two = await login(), await login()
    match, first, second = await seated(one, two, common, "kuhn-poker", KUHN)
    first.client.make_message(mto=f"{room(common, match)}/{second.nick}", mbody="I hold the king", mtype="chat").send()
    assert (await first.error()).condition == "not-allowed"
    assert "king" not in "".join(second.everything)


async def test_nicks_and_addresses_that_are_not_free(common, login):
    one, two, three = await login(), await login(), await login()
    match, first, second = await seated(one, two, common)

    async def turned_away(person, nick, where=None, namespace=TICTACTOE):
        with pytest.raises(MugError) as error:
            await Game(person, where or room(common, match), nick, namespace).join()
        return error.value.condition

    assert await turned_away(three, first.nick) == "conflict"
    assert await turned_away(three, first.nick.upper()) == "conflict"
    assert await turned_away(three, "referee") == "conflict"
    assert await turned_away(three, "x" * 40) == "not-acceptable"
    assert await turned_away(three, "anna", namespace=CHESS) == "not-acceptable"
    assert await turned_away(three, "anna", room(common, "m999999")) == "item-not-found"
    assert await turned_away(three, "anna", f"new-tic-tac-toe@{common.domain}", CHESS) == "not-acceptable"
    third = await Game(three, room(common, match), "anna", TICTACTOE).join()
    third.send_presence(f"{third.room}/berta", f"<game xmlns='{mug.MUG}'/>")
    await first.until(lambda: "berta" in first.roles and "anna" not in first.roles, "the new nick")
    await third.until(lambda: third.nick == "berta", "its own new nick")


async def test_a_private_match_is_not_there_for_others(common, login):
    one, two, three = await login(), await login(), await login()
    match = await tables.begin(one, two, common, "tic-tac-toe", visibility="private")
    with pytest.raises(MugError) as error:
        await seat(three, common, match)
    assert error.value.condition == "item-not-found"
    first = await seat(one, common, match)
    info = await one.plugin["xep_0030"].get_info(room(common, match))
    assert {"mug_membersonly", "mug_hidden"} <= info["disco_info"]["features"]
    assert first.status == "active"


async def test_discovery_and_search(common, login):
    one, two = await login(), await login(plugins=("0054",))
    match, first, _ = await seated(one, two, common)
    disco = two.plugin["xep_0030"]
    service = (await disco.get_info(common.domain))["disco_info"]
    assert {("game", "multi-user")} <= {(identity[0], identity[1]) for identity in service["identities"]}
    assert {mug.MUG, TICTACTOE, KUHN, CHESS, "jabber:iq:search"} <= service["features"]
    iq = await disco.get_info(room(common, match))
    info = iq["disco_info"]
    assert {mug.MUG, TICTACTOE, "mug_open", "mug_public", "mug_unmoderated", "mug_unsecured", "mug_fullyanonymous"} <= info["features"]
    assert CHESS not in info["features"]
    forms = iq.xml.iterfind(f".//{{{mug.FORM}}}x")
    values = {field.get("var"): field.findtext(f"{{{mug.FORM}}}value") for form in forms for field in form}
    assert values["mug#game"] == TICTACTOE and (values["mug#match_occupants"], values["mug#match_players"]) == ("2", "2")
    assert values[f"{OURS}#play"] == f"xmpp:{room(common, match)}?play;game={TICTACTOE}"
    items = await disco.get_items(common.domain, node="games/tic-tac-toe")
    assert f"new-tic-tac-toe@{common.domain}" in {jid for jid, _, _ in items["disco_items"]["items"]}
    new = (await disco.get_info(f"new-tic-tac-toe@{common.domain}"))["disco_info"]
    assert {mug.MUG, TICTACTOE} <= new["features"]
    card = await two.plugin["xep_0054"].get_vcard(room(common, match))
    assert f"xmpp:{room(common, match)}?play;game={TICTACTOE}" in card["vcard_temp"]["DESC"]
    service = Game(two, common.domain, "", TICTACTOE)
    offered = await service.iq("get", "<query xmlns='jabber:iq:search'/>")
    assert {"mug#roomsearch_game", "mug#roomsearch_saved", "mug#roomsearch_roles"} <= set(mug.fields(offered))
    found = await service.iq(
        "set",
        f"<query xmlns='jabber:iq:search'><x xmlns='{mug.FORM}' type='submit'><field var='FORM_TYPE'><value>jabber:iq:search</value></field>"
        f"<field var='status'><value>active</value></field><field var='game'><value>{TICTACTOE}</value></field></x></query>",
    )
    rows = [{field.get("var"): field.findtext(f"{{{mug.FORM}}}value") for field in item} for item in found.iter(f"{{{mug.FORM}}}item")]
    assert {"status": "active", "category": "board", "game": TICTACTOE, "jid": room(common, match)} in rows
    assert {row["game"] for row in rows} == {TICTACTOE}


async def test_the_configuration_of_a_match_in_the_making(common, login):
    one, two = await login(), await login()
    game = await Game(one, f"new-tic-tac-toe@{common.domain}", one.boundjid.user, TICTACTOE).join()
    shown, options = await game.form()
    assert shown["mug#roomconfig_anonymity"] == "fully-anonymous" and options["mug/tictactoe#config_rows"] == "3"

    async def refused(config, own=None):
        with pytest.raises(MugError) as error:
            await game.configure(config, own)
        return error.value.condition

    assert await refused({"mug#roomconfig_roomsecret": "cauldronburn"}) == "not-acceptable"
    assert await refused({f"{OURS}#clock": "soon"}) == "not-acceptable"
    assert await refused({}, {"mug/tictactoe#config_strike": "9"}) == "not-acceptable"
    assert await refused({f"{OURS}#opponent": "nobody at all"}) == "item-not-found"
    game.start()
    assert (await game.error()).condition == "not-allowed"
    config = {f"{OURS}#opponent": two.boundjid.bare, f"{OURS}#clock": "5+3", "mug#roomconfig_publicroom": "0"}
    await game.configure(config, {"mug/tictactoe#config_rows": "4", "mug/tictactoe#config_cols": "5"})
    await game.until(lambda: game.status == "inactive", "the match")
    added = game.additions()[-1]
    assert (added.get("clock"), added.get("stage")) == ("5+3", "challenged")
    with pytest.raises(MugError) as error:
        await game.configure({})
    assert error.value.condition == "not-allowed"
    guest = await Game(two, added.get("jid"), two.boundjid.user, TICTACTOE).join()
    # Luck decides who sits where, so there is nothing to take.
    guest.take("o")
    assert (await guest.error()).condition == "not-allowed"
    guest.start()
    game.start()
    await active(game, guest)
    assert set(game.roles.values()) == {"x", "o"} and game.state.findtext(f"{{{TICTACTOE}}}cols") == "5"
    assert [clock.get("role") for clock in game.additions()[-1].iterfind(f"{{{OURS}}}clock")] == ["x", "o"]


async def test_a_maker_who_gives_up_leaves_nothing(common, login):
    one = await login()
    game = await Game(one, f"new-chess@{common.domain}", one.boundjid.user, CHESS).join()
    await game.iq("set", f"<query xmlns='{mug.OWNER}'><x xmlns='{mug.FORM}' type='cancel'/></query>")
    await game.until(lambda: game.left is not None, "the end of it")
    assert (await one.command(common.domain, "my")).rows == []


async def test_invitations_and_what_becomes_of_them(common, login):
    one, two = await login(), await login()
    await two.command(common.domain, "my")
    host, address = await makes(one, common)
    start = len(two.inbox)
    host.invite(two.boundjid.bare, "Hey Alonso, this is the game of your son!")
    heard = await two.hear(lambda m: m.xml.find(f".//{{{mug.USER}}}invited") is not None, "the invitation", start)
    invited = heard.xml.find(f".//{{{mug.USER}}}invited")
    # Somebody who never spoke to the referee in words is not told what a stranger wrote.
    assert heard["from"] == address and invited.get("var") == TICTACTOE
    assert f"xmpp:{address}?play;game={TICTACTOE}" in heard["body"]
    decline = f"<game xmlns='{mug.USER}'><decline to='{invited.get('from')}'><reason>Sorry, I am too busy right now.</reason></decline></game>"
    message = two.make_message(mto=address, mtype="normal")
    message.xml.append(mug.ET.fromstring(decline))
    message.send()
    await host.until(lambda: "too busy right now" in "".join(host.everything), "the refusal")
    host.invite("@@", "?")
    assert (await host.error()).condition == "item-not-found"
    # Nobody is troubled twice by the same refusal.
    message.send()
    await two.command(common.domain, "my")
    assert "".join(host.everything).count("too busy right now") == 1


async def test_saving_and_loading_by_agreement(common, login):
    one, two, three = await login(), await login(), await login()
    match, first, second = await seated(one, two, common)
    first.mark(1, 1, 1)
    await second.until(lambda: second.turns, "the first turn")
    save = f"<save xmlns='{mug.OWNER}'/>"
    await first.iq("set", save)
    assert first.left is None, "one player alone has put the match away"
    await second.iq("set", save)
    for game in (first, second):
        await game.until(lambda game=game: game.left is not None, "that the match is saved")
        assert game.left.find(f"{{{mug.MUG}}}saved") is not None
    with pytest.raises(MugError) as error:
        await seat(three, common, match)
    assert error.value.condition == "not-allowed"
    start = len(two.inbox)
    await first.iq("get", f"<load xmlns='{mug.OWNER}'/>")
    await two.hear(lambda m: m.xml.find(f".//{{{mug.USER}}}invited") is not None, "the invitation", start)
    first, second = await seat(one, common, match), await seat(two, common, match)
    assert first.status == "paused" and first.roles[first.nick] == "x" and first.board() == {(1, 1): "x"}
    second.mark(2, 2, 2)
    assert (await second.error()).condition == "not-allowed"
    first.start()
    await second.until(lambda: second.starts, "the other's start")
    second.start()
    await active(first, second)
    second.mark(2, 2, 2)
    await first.until(lambda: first.turns, "the second turn")


async def test_a_match_survives_the_referee_and_its_clients_come_back(referee, login):
    one, two = await login("alice"), await login("bob")
    match, first, second = await seated(one, two, referee)
    first.mark(1, 1, 1)
    await second.until(lambda: second.turns, "the first turn")
    assert referee.stop() == 0
    for game in (first, second):
        await game.until(lambda game=game: game.left is not None, "that it is out")
    await referee.restart()
    second.mark(2, 2, 2)
    assert (await second.error()).condition == "not-acceptable"
    first, second = await seat(one, referee, match), await seat(two, referee, match)
    assert second.board() == {(1, 1): "x"} and second.roles == {first.nick: "x", second.nick: "o"}
    second.mark(2, 2, 2)
    await first.until(lambda: first.turns, "the second turn")


async def test_spectators_see_late_and_not_too_many_come(common, login):
    one, two, three, four = [await login() for _ in range(4)]
    match, first, second = await seated(one, two, common, delay="2moves", spectators="1")
    spectator = await seat(three, common, match)
    with pytest.raises(MugError) as error:
        await seat(four, common, match)
    assert error.value.condition == "service-unavailable"
    moves = [(first, 1, 1), (second, 2, 2), (first, 1, 2), (second, 3, 3)]
    for number, (player, row, col) in enumerate(moves, 1):
        player.mark(row, col, number)
        for seen in (first, second):
            await seen.until(lambda seen=seen: len(seen.turns) == number, f"turn {number}")
    await spectator.until(lambda: len(spectator.turns) == 2, "the turns that are old enough")
    assert spectator.board() == {(1, 1): "x", (2, 2): "o"}
    first.mark(1, 3, 5)
    await spectator.until(lambda: spectator.status == "inactive" and len(spectator.turns) == 5, "the end, with everything")
    spectator.leave()
    await spectator.until(lambda: spectator.left is not None, "its own leaving")
    await seat(four, common, match)
