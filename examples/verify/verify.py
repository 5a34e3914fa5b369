"""Checks the record of a match without the referee's code: chain, seals, luck and signature (docs/RECORD.md). The rules of
play it leaves to `referee verify`. Usage: verify.py FILE [KEY in base64]...   Needs PyNaCl (Debian: python3-nacl)."""
import base64, hashlib, json, re, struct, sys
from nacl.signing import VerifyKey
LINE = re.compile(r'\{"pub":(\{.*?\})(?:,"sealed":\{"salt":"([0-9a-f]{32})","ev":(\[.*\])\})?\}')
def sha(*parts): return hashlib.sha256(b"".join(parts)).digest()
def u32(number): return number.to_bytes(4, "big")
def need(holds, why): return holds or sys.exit(f"{sys.argv[1]}: {why}")

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

def verify(lines, keys):
    head, last, number, events, promised, signer = "0" * 64, "", 0, [], None, None
    for v, (text, salt, sealed) in enumerate((LINE.fullmatch(line).groups() for line in lines), 1):
        pub = json.loads(text)
        stream = pub["s"] if v == 1 else stream
        match, domain = stream.split("@")
        need((pub["s"], pub["v"], pub["prev"]) == (stream, v, head), f"line {v} does not follow the one before")
        need(pub["n"] > number and pub["at"] >= last, f"line {v} is out of order")
        need(not salt or sha(salt.encode(), sealed.encode()).hex() == pub["seal"], f"line {v}: the sealed half does not fit")
        signed = next((event["signed"] for event in pub["ev"] if "signed" in event), {})
        need(signed.get("key") == promised, f"line {v}: a signature is missing, or nobody promised it")
        if signed:
            signer, signature = (base64.b64decode(signed[name], validate=True) for name in ("public", "signature"))
            need(signed["over"] == head and sha(signer).hex()[:16] == promised, f"line {v} signs something else")
            VerifyKey(signer).verify(f"urn:x-referee:result:1\n{domain}\n{match}\n{head}".encode(), signature)
        overs = [event["over"] for event in pub["ev"] if "over" in event]
        promised, signer = (overs[-1].get("key"), None) if overs else (None, signer)
        head, last, number, events = sha(text.encode()).hex(), pub["at"], pub["n"], events + pub["ev"]
    need(not promised, "the signature at the end was cut off")
    need(not keys or signer in [None, *keys], "it is signed with another key than those given")
    every = lambda kind: [event[kind] for event in events if kind in event]
    start, reveal = next(iter(events[0].values())), next((over["reveal"] for over in every("over") if "reveal" in over), {})
    salts = [event["salt"] for event in [start, *every("accepted")] if "salt" in event]
    keys = {name: bytes.fromhex(value) for name, value in reveal.items()}
    fits = not reveal or sha(b"referee:luck:1", sha(keys["open-key"]), keys["card-key-hash"]).hex() == start["commitment"]
    need(fits and ("card-key" not in keys or sha(keys["card-key"]) == keys["card-key-hash"]), "another luck is revealed")
    for drawn in every("drawn"):
        if key := keys.get("open-key" if "dice" in drawn["ask"] else "card-key"):
            dice, cards = draw(key, match, salts, drawn["draw"], drawn["ask"])
            need(drawn.get("outcome", {"dice": dice})["dice"] == dice and drawn.get("cards", []) == cards, "luck was changed")
    decks = [drawn["cards"] for drawn in every("drawn") if "cards" in drawn]
    made = lambda card: sha(b"referee:card:1", bytes.fromhex(card["nonce"]), bytes([card["card"]])).hex()
    need(all(decks[card["deck"]][card["at"]] == made(card) for card in every("shown")), "an opened card was not dealt so")
    return f"{stream}: sound, {'signed with key ' + sha(signer).hex()[:16] if signer else 'not signed'}, last hash {head}"

if __name__ == "__main__":
    try: print(verify(open(sys.argv[1], encoding="utf-8").read().splitlines(), [base64.b64decode(k) for k in sys.argv[2:]]))
    except Exception as error: sys.exit(f"{sys.argv[1]}: {error or 'the signature is wrong'}")
