//! `prove`: a code comes back from the address or the service that it is about.

use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::limits::PROOFS;
use super::lines::missing;
use super::proofs::Claim;
use super::reply::Reply;
use crate::clans::{Account, Person, check_account, check_kind, day_of};
use crate::engine::ServiceEvent;
use crate::engine::accounts::ADDRESS;
use crate::kit::{PersonId, Refusal, Words, refuse};

/// The card.
pub const CARD: Card = Card {
    name: "prove",
    aliases: &[],
    title: "Send a code",
    help: "Sends back a code that `link` gave, from the address that is to be linked. Services that confirm accounts add kind and name.",
    example: "prove k7m2-xq4r",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[
        Field {
            name: "code",
            label: "The code",
            kind: Kind::Text,
            default: "",
            required: true,
            words: WordsFor::Next,
        },
        Field {
            name: "kind",
            label: "For services: the kind of account",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::Named,
        },
        Field {
            name: "name",
            label: "For services: the name of the account that showed the code",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::Named,
        },
    ],
    run,
};

/// Whether a line of chat sends a code: the one thing an address may do that has to be proven again.
pub fn is_proof(text: &str) -> bool {
    let text = text.trim().trim_start_matches(['!', '/']).trim_start();
    let word = text.split_whitespace().next().unwrap_or_default();
    word.eq_ignore_ascii_case(CARD.name)
}

/// The refusal for an address that was silent too long to speak for its owner.
pub fn stale(bare: &str) -> Refusal {
    let text = format!("{bare} was not seen here for a year, so it has to be confirmed again.");
    refuse("link/stale", text).hint(format!(
        "Type `link jid {bare}` at another address of yours, and send the code from here; or ask the admins of this referee."
    ))
}

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let code = ask.field("code").ok_or_else(|| missing(&CARD, "a code"))?;
    let code = code.to_owned();
    let now = ask.desk.now();
    let who = ask.caller.bare.clone();
    let service = ask.caller.person.filter(|me| {
        let mut provers = ask.desk.world().service.provers.iter();
        provers.any(|(_, prover)| prover == me)
    });
    // A busy service speaks for many; what it may guess is bounded by the tries of each code.
    if service.is_none() && !ask.limits.take(&format!("proofs of {who}"), PROOFS, now) {
        return Err(
            refuse("link/too-fast", "You have tried enough codes for now.")
                .hint("Wait some minutes; type `link` at your known address for a new code."),
        );
    }
    match (ask.field("kind"), ask.field("name")) {
        (None, None) => ask.prove_address(&code),
        (Some(kind), Some(name)) => {
            let (kind, name) = (check_kind(kind)?, check_account(name)?);
            ask.prove_account(&code, kind, name)
        }
        _ => Err(missing(&CARD, "both kind and name of the account")),
    }
}

impl Ask<'_> {
    fn prove_address(&mut self, code: &str) -> Result<Reply, Refusal> {
        let (now, address) = (self.desk.now(), self.caller.bare.clone());
        let own = Claim::Address(address.clone());
        let (owner, _) = self.proofs.redeem(code, now, |claim| *claim == own)?;
        self.desk.link_address(owner, &address)?;
        let person = self.desk.world().people.get(owner);
        let (handle, main) = person.map_or_else(Default::default, |person| {
            (person.handle.clone(), person.jid.clone())
        });
        let words = Words::line(format!(
            "{address} is yours now as well: with each of your addresses you are {handle} here."
        ))
        .and(format!(
            "Messages go to {main}; type `link main {address}` to get them here. Not what you wanted? Type `link drop {address}`."
        ));
        Ok(Reply::words(words)
            .with("kind", ADDRESS)
            .with("name", address)
            .with("person", handle))
    }

    fn prove_account(&mut self, code: &str, kind: String, name: String) -> Result<Reply, Refusal> {
        let provers = &self.desk.world().service.provers;
        let service = (self.caller.person)
            .filter(|me| provers.contains(&(kind.clone(), *me)))
            .ok_or_else(|| {
                refuse(
                    "link/not-service",
                    format!("You are no service that confirms {kind} accounts here."),
                )
                .hint("Your own address is proven with `prove` and the code alone.")
            })?;
        let now = self.desk.now();
        let shown = |claim: &Claim| match claim {
            Claim::Address(_) => false,
            Claim::Account {
                kind: of,
                name: its,
            } => *of == kind && its.to_lowercase() == name.to_lowercase(),
        };
        let (owner, _) = self.proofs.redeem(code, now, shown)?;
        self.settle_account(owner, service, &kind, &name)?;
        let what = kind.clone();
        self.desk
            .serve(Some(service), ServiceEvent::Linked { who: owner, what })?;
        let handle = self.desk.world().people.name(owner);
        Ok(Reply::line(format!(
            "{kind} {name} is {handle} here, and {handle} is told."
        ))
        .with("kind", kind)
        .with("name", name)
        .with("person", handle))
    }

    /// Writes down that an account is somebody's, and of nobody else any more: its owner is who can show the code now.
    fn settle_account(
        &mut self,
        owner: PersonId,
        service: PersonId,
        kind: &str,
        name: &str,
    ) -> Result<(), Refusal> {
        let others = |person: &&Person| {
            let mut accounts = person.links.accounts.iter();
            person.id != owner && accounts.any(|one| one.is(kind, name) && one.proven.is_some())
        };
        let others = self.desk.world().people.iter().filter(others);
        for id in others.map(|person| person.id).collect::<Vec<_>>() {
            self.desk.change_person(id, |person| {
                if let Some(account) = person.links.account(kind, name) {
                    (account.proven, account.by) = (None, None);
                }
            })?;
        }
        let today = day_of(self.desk.now());
        self.desk.change_person(owner, |person| {
            let proven = Account {
                kind: kind.to_owned(),
                name: name.to_owned(),
                proven: Some(today),
                by: Some(service),
                public: false,
            };
            // It may have been dropped while the code was on its way.
            if let Some(known) = person.links.account(kind, name) {
                let public = known.public;
                *known = Account { public, ..proven };
            }
        })
    }
}
