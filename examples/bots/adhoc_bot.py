#!/usr/bin/env python3
"""A bot that plays by ad-hoc commands and <event/> messages, in random legal moves.

    adhoc_bot.py JID PASSWORD --referee referee.example.org [--challenge JID --game chess] [--once]

What to learn from it: messages are only hints. After each login and each hint the bot asks `my` which matches wait for
it, and every move says with `expect` how many moves it has seen, so that a move sent twice is never played twice.
"""

import argparse
import asyncio
import random

import slixmpp
from slixmpp.exceptions import IqError, IqTimeout
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

EVENT = "{urn:x-referee:event:0}event"


def lines(value):
    """A field with several values: the library gives a list, or one text with line breaks."""
    return value if isinstance(value, list) else (value or "").splitlines()


class AdhocBot(slixmpp.ClientXMPP):
    def __init__(self, options):
        plain = {"feature_mechanisms": {"unencrypted_plain": True, "unencrypted_scram": True}}
        super().__init__(options.jid, options.password, plugin_config=plain if options.plaintext else {})
        self.enable_plaintext, self.enable_starttls = options.plaintext, not options.plaintext
        self.options, self.hints = options, asyncio.Queue()
        for plugin in ("xep_0004", "xep_0050", "xep_0199"):
            self.register_plugin(plugin)  # data forms, ad-hoc commands, answers to pings
        self.add_event_handler("session_start", self.start)
        # An event to a bot has no body, so the library's `message` handler would not see it.
        self.register_handler(Callback("events", MatchXPath("{jabber:client}message/" + EVENT), self.hinted))

    async def start(self, _):
        self.send_presence()
        await self.run("bot", mode="on")  # events come as headlines without a text for people
        if self.options.challenge:
            made = await self.run("challenge", opponent=self.options.challenge, game=self.options.game, room="1")
            print(f"{self.boundjid.user} challenges {self.options.challenge} to {self.options.game}: {made.get('match')}", flush=True)
        await self.look()
        while await self.hints.get() != "over" or not self.options.once:
            await self.look()
        await self.disconnect()

    def hinted(self, message):
        event = message.xml.find(EVENT)
        if message["from"].domain == self.options.referee:  # anybody can send such a thing; only the referee's count
            print(f"{self.boundjid.user}: {event.get('match')} {event.get('kind')}", flush=True)
            self.hints.put_nowait(event.get("kind"))

    async def look(self):
        """Acts wherever the referee waits for us."""
        for row in (await self.run("my")).get("items", []):
            if row["state"] == "challenged":
                await self.run("accept", match=row["match"])
            await self.play(row["match"])

    async def play(self, match):
        """Moves for as long as it is our turn: `legal` is empty when it is not."""
        while legal := lines((shown := await self.run("show", match=match)).get("legal")):
            played = len(lines(shown["moves"]))
            done = await self.run("move", match=match, move=random.choice(legal), expect=str(played))
            if "move" not in done:
                return  # refused, or no answer; the next hint will show where we stand
            print(f"{self.boundjid.user}: {match} {done['move']}", flush=True)

    async def run(self, node, **fields):
        """One command in one IQ with a submitted form; returns the fields of the result form."""
        form = self.plugin["xep_0004"].make_form(ftype="submit")
        for name, value in fields.items():
            form.add_field(var=name, value=value)
        try:
            reply = await self.plugin["xep_0050"].send_command(self.options.referee, node, payload=form, timeout=30)
        except (IqError, IqTimeout) as problem:
            print(f"{self.boundjid.user}: {node} failed: {problem}", flush=True)
            return {}
        result = reply["command"]["form"]
        return {**result.get_values(), "items": list(result.get_items())}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("jid")
    parser.add_argument("password")
    parser.add_argument("--referee", required=True, help="the referee's domain")
    parser.add_argument("--challenge", metavar="JID", help="whom to challenge after login")
    parser.add_argument("--game", default="tic-tac-toe")
    parser.add_argument("--once", action="store_true", help="leave after the first finished match")
    parser.add_argument("--server", metavar="HOST:PORT", help="where to connect, if not where DNS says")
    parser.add_argument("--plaintext", action="store_true", help="without TLS: for a server on this machine")
    bot = AdhocBot(options := parser.parse_args())
    host, _, port = (options.server or "").partition(":")
    bot.connect(*((host, int(port)) if port else ()))
    bot.loop.run_until_complete(bot.disconnected)
