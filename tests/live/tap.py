"""A tap on the referee's line: it passes every byte between the referee and its server, and remembers what was said.

It stands in for a Server towards rig.Referee, which only asks it where a component connects.
"""

import asyncio
import re


class Tap:
    """`async with Tap(server, domain) as tap`, then a referee that is given `tap` as its server."""

    def __init__(self, server, domain):
        self._target = server.component(domain)
        # What came from the server and what the referee sent, over all connections.
        self.arrived, self.sent = "", ""
        self.lines = 0
        self._listener = None
        self._pumps = set()
        self._last_words = None
        # Bytes a second that the referee's side may send, as a shaper of the server would have it; none for all.
        self.pace = None
        # Called with what the referee sends, before it goes on to the server.
        self.before = None

    async def __aenter__(self):
        self._listener = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_):
        self._listener.close()
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    def lead_to(self, server, domain):
        """From the next connection on, the line leads to another server."""
        self._target = server.component(domain)

    def cut_after(self, words):
        """Passes the referee's next bytes that contain these, and cuts the line: nothing the server says comes back."""
        self._last_words = words.encode()

    def component(self, _):
        """Where the referee connects."""
        return self._listener.sockets[0].getsockname()

    def stanzas(self, direction, name, **attributes):
        """The opening tags of what was `sent` or has `arrived`, by name and by how attributes begin."""
        wanted = [re.compile(rf"\s{key}=['\"]{re.escape(value)}") for key, value in attributes.items()]
        tags = re.findall(rf"<{name}\s[^>]*>", getattr(self, direction))
        return [tag for tag in tags if all(pattern.search(tag) for pattern in wanted)]

    async def _accept(self, reader, writer):
        try:
            there, away = await asyncio.open_connection(*self._target)
        except OSError:
            writer.close()
            return
        self.lines += 1
        for source, sink, direction in ((reader, away, "sent"), (there, writer, "arrived")):
            pump = asyncio.ensure_future(self._pump(source, sink, direction))
            self._pumps.add(pump)
            pump.add_done_callback(self._pumps.discard)

    async def _pump(self, source, sink, direction):
        try:
            while data := await source.read(65536):
                setattr(self, direction, getattr(self, direction) + data.decode(errors="replace"))
                if direction == "sent" and self.before:
                    await self.before(data.decode(errors="replace"))
                sink.write(data)
                await sink.drain()
                if direction == "sent" and self.pace:
                    await asyncio.sleep(len(data) / self.pace)
                if direction == "sent" and self._last_words is not None and self._last_words in data:
                    self._last_words = None
                    break
        except ConnectionError:
            pass
        finally:
            sink.close()
