"""Checks records without the referee's code: form, chain, seals, luck and signatures (docs/RECORD.md). The rules of play and of
clans it leaves to `referee verify`. Usage: verify.py FILE [KEY in base64]...   Needs PyNaCl (Debian: python3-nacl).
Exit status: 0 sound, 1 not, 3 sound as far as it goes, but a key was given and not all of it is signed."""
import base64, datetime, hashlib, json, re, struct, sys
from nacl.signing import VerifyKey

PUB = ["n", "s", "v", "at", "by", "req", "prev", "seal", "ev"]
STREAM = r"(m(?:0|[1-9]\d{0,18})|clan-(?=[a-z0-9-]*[a-z])(?!.*--)[a-z0-9][a-z0-9-]{0,14}[a-z0-9])@(.*)"
FIELDS = {row.split(":")[0]: row.split(":")[1].split() for row in """
challenged:by to terms commitment salt expires|opened:by terms commitment salt expires|accepted:by salt
paired:seats terms commitment|named:side people subs|enlisted:by|unlisted:by|boarded:board game|board-over:board places code
proposed:seat who was expires opponent substitute|consented:by|allowed:by|kept:by|replaced:seat who was|started:seats
drawn:draw ask outcome cards|shown:deck at card nonce|moved:seat text lag|chose:seat lag|revealed:choices|flagged:seats
resigned:seat series|scored:game verdict|next:game first|offered:seat what expires at-move lasts|refused:seat what reason
credited:from to|paused:why until reason|resumed:why|absent:seat why|back:seat|grace-over:seat|claimable:seat
waited:seat by until|on-leave:seat from to|leave-ended:seat|taken-back:moves|disputed:seat reason|appealed:seat reason
ruled:by ruling reason|granted:seat time|stalled:since|halted:why|over:verdict reveal by key
signed:over key public signature|evidence:seat url|watched:by|unwatched:by|housed:room|fed:node|reminded:seat|released:upto
vacated:|unfed:""".replace("|", "\n").split("\n")[1:]}

def sha(*parts): return hashlib.sha256(b"".join(parts)).digest()
def u32(number): return number.to_bytes(4, "big")
def need(holds, why):
    if not holds: raise ValueError(why)
def is_hex(text, digits=64): return isinstance(text, str) and re.fullmatch(f"[0-9a-f]{{{digits}}}", text)
def plain(value): return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
def no_fraction(text): raise ValueError(f"{text} is no whole number")
def whole(text):
    need(-2**63 <= int(text) < 2**64, "a number is too large")
    return int(text)
def once(pairs):
    need(len(dict(pairs)) == len(pairs), "a key stands there twice")
    return dict(pairs)
def unbase64(text, size):
    raw = base64.b64decode(text, validate=True)
    need(len(raw) == size and base64.b64encode(raw).decode() == text, "it is not base64 as it should be")
    return raw

def read(line):  # one line, which is written in one way alone: its public half, and what was sealed with it
    held = json.loads(line, object_pairs_hook=once, parse_int=whole, parse_float=no_fraction, parse_constant=no_fraction)
    need(plain(held) == line and list(held) in (["pub"], ["pub", "sealed"]), "it is not written as records are")
    pub, sealed = held["pub"], held.get("sealed")
    need(list(pub) == [name for name in PUB if name in pub] and len({"by", "req", "seal"} | set(pub)) == 9, "it has other fields")
    need(type(pub["n"]) is int and type(pub["v"]) is int and 0 <= pub["n"] and is_hex(pub["prev"]), "a field is wrong")
    need(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", pub["at"]), "`at` is no moment")
    datetime.datetime.fromisoformat(pub["at"])
    need(re.fullmatch(r"p(0|[1-9]\d{0,18})", pub.get("by", "p0")) and isinstance(pub.get("req", ""), str), "a field is wrong")
    need(re.fullmatch(STREAM, pub["s"], re.S), "it is about neither a match nor a clan")
    need("seal" not in pub or is_hex(pub["seal"]), "a field is wrong")
    if sealed is not None:
        need(list(sealed) == ["salt", "ev"] and is_hex(sealed["salt"], 32), "the sealed half has another form")
        fits = sha(sealed["salt"].encode(), plain(sealed["ev"]).encode()).hex() == pub.get("seal")
        need(fits, "the sealed half does not fit its seal")
    return pub, sealed["ev"] if sealed else []

def known(event):  # a match knows these events, with these fields and no others
    name, fields = next(iter(event.items())) if isinstance(event, dict) and len(event) == 1 else (event, None)
    need(isinstance(name, str) and name in FIELDS and (fields is None) == (not FIELDS[name]), "it has an unknown event")
    need(fields is None or (set(fields) <= set(FIELDS[name]) and None not in fields.values()), "an event has unknown fields")
    return {name: fields or {}}

def draw(key, match, salts, number, ask):  # what luck answers, and the commitments to the cards of a deck
    salted = (part for salt in salts for part in (u32(len(salt.encode())), salt.encode()))
    mix = sha(b"referee:mix:1", key, match.encode(), b"\0", *salted)
    words = (word for i in range(1 << 32) for word in struct.unpack(">8I", sha(b"referee:draw:1", mix, u32(number), u32(i))))
    below = lambda n: next(word for word in words if word < (1 << 32) // n * n) % n
    if "dice" in ask: return [1 + below(ask["dice"]["sides"]) for _ in range(ask["dice"]["count"])], []
    deck = list(range(ask["shuffle"]["cards"]))
    for i in range(len(deck) - 1, 0, -1):
        j = below(i + 1)
        deck[i], deck[j] = deck[j], deck[i]
    nonces = (sha(b"referee:nonce:1", mix, u32(number), u32(at)) for at in range(len(deck)))
    return deck, [sha(b"referee:card:1", nonce, bytes([card])).hex() for nonce, card in zip(nonces, deck)]

def chain(lines):  # the lines of one stream: what happened, what was sealed, the last hash, and who signed the end
    head, last, number, events, secrets, promised, signer = "0" * 64, "", 0, [], [], None, None
    for v, (pub, sealed) in enumerate(lines, 1):
        match, domain = re.fullmatch(STREAM, pub["s"], re.S).groups()
        need((pub["v"], pub["prev"]) == (v, head), f"line {v} does not follow the one before")
        need(pub["n"] > number and pub["at"] >= last, f"line {v} is out of order")
        now = pub["ev"] if match.startswith("clan-") else [known(event) for event in pub["ev"]]
        need(isinstance(now, list) and (not match.startswith("clan-") or "seal" not in pub), f"line {v} has another form")
        signed = next((event["signed"] for event in now if "signed" in event), None) if match[0] == "m" else None
        need((signed or {}).get("key") == promised and (not signed or len(now) == 1),
             f"line {v}: a signature is missing, or nobody promised it")
        if signed:
            signer, signature = unbase64(signed["public"], 32), unbase64(signed["signature"], 64)
            need(signed["over"] == head and sha(signer).hex()[:16] == promised, f"line {v} signs something else")
            VerifyKey(signer).verify(f"urn:x-referee:result:1\n{domain}\n{match}\n{head}".encode(), signature)
        overs = [event["over"] for event in now if "over" in event] if match[0] == "m" else []
        promised, signer = (overs[-1].get("key"), None) if overs else (None, signer)
        head, last, number = sha(plain(pub).encode()).hex(), pub["at"], pub["n"]
        events, secrets = events + now, secrets + sealed
    need(not promised, "the signature at the end was cut off")
    return events, secrets, head, signer

def luck(match, events, secrets):
    every = lambda kind: [event[kind] for event in events if kind in event]
    first = next(iter(events[0].values()))
    need("commitment" in first and is_hex(first["commitment"]), "it does not begin as a match does")
    salts = [event["salt"] for event in [first, *every("accepted")] if "salt" in event]
    reveals = [over.get("reveal") for over in every("over")]
    need(not every("drawn") or None not in reveals, "the luck is not revealed")
    seeds = [bytes.fromhex(secret["seed"]) for secret in secrets if "seed" in secret]
    seeded = [{"open-key": sha(b"referee:open:1", seed), "card-key": sha(b"referee:cards:1", seed)} for seed in seeds]
    for keys in seeded: keys["card-key-hash"] = sha(keys["card-key"])
    for reveal in filter(None, reveals):
        need(set(reveal) <= {"open-key", "card-key-hash", "card-key"} and all(map(is_hex, reveal.values())), "a key is wrong")
    for keys in [{name: bytes.fromhex(value) for name, value in reveal.items()} for reveal in filter(None, reveals)] + seeded:
        fits = sha(b"referee:luck:1", sha(keys["open-key"]), keys["card-key-hash"]).hex() == first["commitment"]
        need(fits and ("card-key" not in keys or sha(keys["card-key"]) == keys["card-key-hash"]), "another luck is revealed")
        for drawn in every("drawn"):
            if key := keys.get("open-key" if "dice" in drawn["ask"] else "card-key"):
                dice, cards = draw(key, match, salts, drawn["draw"], drawn["ask"])
                told = {"dice": dice} if "dice" in drawn["ask"] else None
                need(drawn.get("outcome") == told and drawn.get("cards", []) == cards, "luck was changed")
    decks = [drawn["cards"] for drawn in every("drawn") if "cards" in drawn]
    made = lambda card: sha(b"referee:card:1", bytes.fromhex(card["nonce"]), bytes([card["card"]])).hex()
    for card in every("shown"):
        need(card["deck"] >= 0 <= card["at"] and is_hex(card["nonce"]), "an opened card is none")
        need(decks[card["deck"]][card["at"]] == made(card), "an opened card was not dealt so")

def verify(stream, lines, keys):  # what can be said of one record, and whether a key given was of use
    events, secrets, head, signer = chain(lines)
    if stream.startswith("clan-"): return f"{stream}: chain sound, not signed, last hash {head}", not keys
    luck(stream.split("@")[0], events, secrets)
    ends = [name for event in events for name in event if name in ("over", "taken-back", "halted", "reopened")]
    ended = ends[-1:] == ["over"] and any("started" in event for event in events)
    need(not keys or not ended or signer in keys, "its end is not signed with a key that was given")
    return f"{stream}: sound, {'signed with key ' + sha(signer).hex()[:16] if signer else 'not signed'}, last hash {head}", (
        not keys or ended)

def main(path, *keys):
    keys, records = [unbase64(key, 32) for key in keys], {}
    lines = open(path, "rb").read().decode().split("\n")
    for number, line in enumerate(line.removesuffix("\r") for line in (lines[:-1] if lines[-1] == "" else lines)):
        try: pub, sealed = read(line)
        except Exception as error: raise ValueError(f"line {number + 1}: {error}") from error
        records.setdefault(pub["s"], []).append((pub, sealed))
    need(records, "there is no record here")
    told = [verify(stream, lines, keys) for stream, lines in records.items()]
    print(*(said for said, _ in told), sep="\n")
    if all(checked for _, checked in told): return 0
    print("not signed, key not checked: only the end of a match that was played is signed", file=sys.stderr)
    return 3

if __name__ == "__main__":
    try: sys.exit(main(*sys.argv[1:]))
    except Exception as error: sys.exit(f"{' '.join(sys.argv[1:2])}: {error or 'the signature is wrong'}")
