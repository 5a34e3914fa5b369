"""What most tests do at a table: bring two people together, look at the board, make a move.

Everything goes through the face that people have; nothing here reads the referee's files.
"""


async def begin(one, two, referee, game="tic-tac-toe", **fields):
    """Starts a match in which `one` sits first, without a room unless asked; returns its id."""
    asked = {"opponent": two.boundjid.bare, "game": game, "side": "first", "room": "0", **fields}
    made = (await one.command(referee.domain, "challenge", asked)).values
    assert made["state"] == "challenged", made
    accepted = (await two.command(referee.domain, "accept", {"match": made["match"]})).values
    assert accepted["state"] == "started", accepted
    return made["match"]


async def show(person, referee, match):
    """The fields of `show`, with lists for the fields that are lists."""
    values = (await person.command(referee.domain, "show", {"match": match})).values
    return {**values, **{name: listed(values.get(name)) for name in ("legal", "moves", "clocks")}}


def listed(value):
    """A field of several values; the library hands out an empty one as an empty text."""
    return value if isinstance(value, list) else [value] if value else []


async def play(person, referee, match, move, **more):
    """Makes a move that must be taken; returns the result's fields."""
    values = (await person.command(referee.domain, "move", {"match": match, "move": move, **more})).values
    assert "move" in values, values
    return values
