"""A name server on loopback for servers that federate in a test: addresses, and SRV records with the ports chosen at run time.

It speaks just enough of RFC 1035 over UDP. Begin reading with Names.
"""

import socket
import struct
import threading

# Record types and the class of RFC 1035 and RFC 2782.
A, SRV, IN = 1, 33, 1
# In seconds: longer than any test, because nothing changes its address.
TTL = 600
SERVICE = "_xmpp-server._tcp."


class Names:
    """Answers for domains and every name under them, in a thread of its own, until it is closed."""

    def __init__(self):
        self.plug = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.plug.bind(("127.0.0.1", 0))
        self.port = self.plug.getsockname()[1]
        self._zones = {}
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def add(self, zone, address, port):
        """Puts a domain and all names under it at an address, where this port takes other servers' connections."""
        self._zones[zone] = (address, port)

    def close(self):
        """Answers nobody any more."""
        # An empty datagram ends the loop; closing the socket would not wake it.
        self.plug.sendto(b"", ("127.0.0.1", self.port))
        self._thread.join()
        self.plug.close()

    def _serve(self):
        while True:
            query, source = self.plug.recvfrom(4096)
            if not query:
                return
            self.plug.sendto(self._answer(query), source)

    def _answer(self, query):
        name, end = _question(query)
        kind, of = struct.unpack("!HH", query[end : end + 4])
        found = self._records(name.lower(), kind) if of == IN else []
        # An authoritative answer with recursion, if it was asked for; what is not there is an answer without records.
        flags = 0x8480 | (struct.unpack("!H", query[2:4])[0] & 0x0100)
        head = query[:2] + struct.pack("!HHHHH", flags, 1, len(found), 0, 0)
        # 0xC00C points to the name in the question.
        rows = [struct.pack("!HHHIH", 0xC00C, kind, IN, TTL, len(data)) + data for data in found]
        return head + query[12 : end + 4] + b"".join(rows)

    def _records(self, name, kind):
        host = name.removeprefix(SERVICE)
        for zone, (address, port) in self._zones.items():
            if host != zone and not host.endswith(f".{zone}"):
                continue
            if kind == A and host == name:
                return [socket.inet_aton(address)]
            if kind == SRV and host != name:
                # The target is written as an address: ejabberd asks the C library, and not us, where a target is.
                labels = b"".join(bytes([len(part)]) + part.encode() for part in address.split("."))
                return [struct.pack("!HHH", 0, 0, port) + labels + b"\0"]
        return []


def _question(query):
    """The name that is asked for, and where it ends."""
    labels, at = [], 12
    while size := query[at]:
        labels.append(query[at + 1 : at + 1 + size].decode("ascii", "replace"))
        at += 1 + size
    return ".".join(labels), at + 1
