//! `profile forget`: the referee lets go of everything that says who somebody is.

use super::call::Door;
use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::limits::{FORGETS, FORGETS_OF_ALL};
use super::reply::Reply;
use super::terms::is_yes;
use crate::kit::{PersonId, Refusal, Words, refuse};

/// The card.
pub const CARD: Card = Card {
    name: "profile-forget",
    aliases: &[],
    title: "Forget me",
    help: "Deletes your name, addresses, settings, links and app-passwords for good; results stay under a number.",
    example: "profile forget yes",
    who: Who::Anyone,
    effect: Effect::Ends,
    fields: &[CONFIRM],
    run,
};

/// The field by which somebody who types confirms; whoever completes a form has confirmed by that.
pub const CONFIRM: Field = Field {
    name: "confirm",
    label: "yes: delete it for good",
    kind: Kind::Text,
    default: "yes",
    required: false,
    words: WordsFor::Next,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    if ask.place.is_room() {
        return Err(refuse("room/private", "That is nothing for a room.")
            .hint("Write `profile forget` to me in private."));
    }
    let Some(me) = ask.caller.person else {
        return Err(
            refuse("people/unknown", "The referee holds nothing about you.")
                .hint("Type `help` to see what you can do."),
        );
    };
    ask.may_be_forgotten(me, "You are")?;
    if let Some(tag) = ask.desk.owned_clans(me).first() {
        return Err(
            refuse("profile/owner", format!("The clan {tag} is yours.")).hint(format!(
                "Type `clan transfer {tag}` and a member first, or `clan disband {tag}`."
            )),
        );
    }
    if !ask.is_confirmed()? {
        return Err(refuse(
            "profile/confirm",
            format!("Your name, addresses, settings, links and app-passwords go for good. Results stay, and call you {me}."),
        )
        .hint("Type `profile export` to keep a copy, and `profile forget yes` to go."));
    }
    let now = ask.desk.now();
    // By the address: whoever comes back has another number.
    let mine = format!("forgetting {}", ask.caller.bare);
    if !ask.limits.take(&mine, FORGETS, now) || !ask.limits.take("forgetting", FORGETS_OF_ALL, now)
    {
        return Err(refuse(
            "profile/forget-often",
            "Too many people were forgotten here just now, or you were too often. You are still known.",
        )
        .hint("Type `profile forget yes` again in an hour."));
    }
    ask.forget(me, me)?;
    Ok(Reply::words(
        Words::line(format!(
            "You are forgotten. Records call you {me} from now on, and nothing here says who that is."
        ))
        .and("What your server, other people and their copies keep is out of my reach. Whatever you write next begins anew, but bans stay, and so does who ignores you."),
    )
    .with("person", me.to_string()))
}

impl Ask<'_> {
    /// Whether what cannot be undone was confirmed: by a word in chat, by completing a form.
    pub fn is_confirmed(&self) -> Result<bool, Refusal> {
        match self.field("confirm") {
            Some(word) => is_yes("confirm", word),
            None => Ok(self.door == Door::Form),
        }
    }

    /// Refuses while others wait for that person: `whose` begins the sentence, as in "You are".
    pub fn may_be_forgotten(&self, id: PersonId, whose: &str) -> Result<(), Refusal> {
        let open = self.desk.unfinished(id);
        let Some(first) = open.first() else {
            return Ok(());
        };
        let names: Vec<String> = open.iter().map(ToString::to_string).collect();
        Err(refuse(
            "profile/busy",
            format!("{whose} still in {}.", names.join(", ")),
        )
        .hint(format!(
            "Finish first: for example `resign {first}`, `withdraw {first}` or `decline {first}`."
        )))
    }

    /// Forgets somebody, here and in what waits for them.
    pub fn forget(&mut self, by: PersonId, id: PersonId) -> Result<(), Refusal> {
        self.desk.forget_person(by, id)?;
        self.proofs.drop_of(id);
        Ok(())
    }
}
