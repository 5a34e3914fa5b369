"""The log at its most talkative has no passwords, codes, cards or talk; one named switch for developers opens it."""

import re

import rig

MESSAGE = "planted-words-of-a-message"


async def passed(server, folder, login, name, **environment):
    """What a referee logs while secrets pass through it, and these secrets."""
    domain = server.domain()
    place = folder / server.kind / f"log-{name}"
    referee = rig.Referee(server, place, domain, environment={"RUST_LOG": "trace", **environment})
    try:
        await referee.start()
        one, two = await login(), await login()
        secrets = {"talk": MESSAGE, "the secret of the component": rig.SECRET}
        made = await one.command(domain, "app-password", {"do": "add", "service": "forum"})
        secrets["an app-password"] = made.values["password"]
        linked = await one.command(domain, "link", {"do": "jid", "what": two.boundjid.bare})
        secrets["a code"] = linked.values["code"]
        await one.ask(referee.jid, MESSAGE)
        handle = (await two.command(domain, "handle", {})).values["handle"]
        made = await one.command(domain, "challenge", {"opponent": handle, "game": "rock-paper-scissors", "salt": "planted-salt"})
        game = made.values["match"]
        await two.command(domain, "accept", {"match": game})
        chosen = await one.command(domain, "move", {"match": game, "move": "scissors"})
        assert chosen.refused is None, chosen
        secrets["a hidden choice"] = "scissors"
        assert referee.stop() == 0
        return referee.log(), secrets
    finally:
        referee.end()


async def test_the_most_talkative_log_names_no_secret(server, folder, login):
    log, secrets = await passed(server, folder, login, "capped")
    assert re.search(r"DEBUG command\{name=\"move\".*xmpp_referee", log), "our own lines are missing"
    for what, secret in secrets.items():
        assert secret not in log.replace("rock-paper-scissors", "the game"), f"the log has {what}"


async def test_a_developer_who_says_so_sees_everything_and_is_warned(server, folder, login):
    log, secrets = await passed(server, folder, login, "open", REFEREE_LOG_STANZAS_AND_SECRETS="yes")
    assert "passwords, codes and hidden cards included" in log.splitlines()[0]
    assert secrets["an app-password"] in log, "the test above would see nothing either"
