//! `link`: the other addresses of a person, and their accounts at other services.

use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::limits::LINKS;
use super::lines::missing;
use super::proofs::Claim;
use super::reply::Reply;
use crate::clans::{
    Account, KINDS, MAX_ACCOUNTS, MAX_OTHER_ADDRESSES, Person, Trust, bare_jid, check_account,
    check_kind, day_of, too_many_addresses,
};
use crate::engine::ServiceEvent;
use crate::engine::accounts::ADDRESS;
use crate::kit::{PersonId, Refusal, Words, clip, refuse};

/// The card.
pub const CARD: Card = Card {
    name: "link",
    aliases: &["links", "identity"],
    title: "My addresses and accounts",
    help: "Shows your addresses and accounts; adds another JID or an account such as irc by a code, chooses the main address, drops, shows or hides one.",
    example: "link jid anna@new.example",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[
        Field {
            name: "do",
            label: "What to do",
            kind: Kind::Pick(|_, _, _| choices()),
            default: "list",
            required: false,
            words: WordsFor::Next,
        },
        Field {
            name: "what",
            label: "The address, or the name of the account; to drop, show or hide an account: kind and name",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::Rest,
        },
    ],
    run,
};

fn choices() -> Vec<(String, String)> {
    let verbs = [
        ("list", "Show them"),
        ("jid", "Add another address"),
        ("main", "Choose the main address"),
        ("drop", "Drop one"),
        ("show", "Show an account to others"),
        ("hide", "Hide an account from others"),
    ];
    let kinds = KINDS.iter().map(|kind| (*kind, "Add an account"));
    let all = verbs.into_iter().chain(kinds);
    all.map(|(value, label)| (value.to_owned(), format!("{value}: {label}")))
        .collect()
}

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let verb = ask.field("do").unwrap_or("list").to_lowercase();
    let what = ask.field("what").unwrap_or_default().to_owned();
    if what.is_empty() && verb != "list" {
        return Err(missing(&CARD, &format!("something after `{verb}`")));
    }
    match verb.as_str() {
        "list" => Ok(listed(ask, me)),
        "jid" => ask.claim_address(me, &what),
        "main" => ask.choose_main(me, &what),
        "drop" => ask.drop_link(me, &what),
        "show" => ask.publish(me, &what, true),
        "hide" => ask.publish(me, &what, false),
        kind => {
            let kind = check_kind(kind)?;
            ask.claim_account(me, kind, &what)
        }
    }
}

/// What is linked to a person, line by line, for themselves.
pub fn link_lines(ask: &Ask<'_>, mine: &Person) -> Vec<String> {
    let today = day_of(ask.desk.now());
    let silent = |address: &str| match mine.is_stale(address, today) {
        true => "; silent for a year, to be confirmed again",
        false => "",
    };
    let mut lines = vec![format!(
        "· {}: main, seen {}{}",
        mine.jid,
        mine.seen_at_main(),
        silent(&mine.jid)
    )];
    let others = mine.links.addresses.iter();
    lines.extend(others.map(|(address, known)| {
        let (proven, seen) = (known.proven, known.seen);
        format!(
            "· {address}: proven {proven}, seen {seen}{}",
            silent(address)
        )
    }));
    lines.extend(mine.links.accounts.iter().map(|account| {
        let shown = match account.public {
            true => "shown to others",
            false => "only you see it",
        };
        format!("· {}; {shown}", account_words(mine, account, today))
    }));
    lines
}

/// An account in words: `irc anna, proven`.
pub fn account_words(whose: &Person, account: &Account, today: jiff::civil::Date) -> String {
    let trust = match whose.trust(account, today) {
        Trust::Proven => "proven",
        Trust::Stale => "proven long ago, not confirmed since",
        Trust::Said => "not proven",
    };
    format!("{} {}, {trust}", account.kind, account.name)
}

fn listed(ask: &Ask<'_>, me: PersonId) -> Reply {
    let Some(mine) = ask.desk.world().people.get(me) else {
        return Reply::default();
    };
    let today = day_of(ask.desk.now());
    let lines = link_lines(ask, mine);
    let words = lines
        .into_iter()
        .fold(Words::line("These are yours here:"), Words::and)
        .and("Type `link jid` and an address to add one, or for example `link irc anna`; `link main`, `link drop`, `link show` or `link hide` and one of them.");
    let mut rows = vec![vec![
        ADDRESS.to_owned(),
        mine.jid.clone(),
        "main".to_owned(),
        "0".to_owned(),
    ]];
    rows.extend(mine.links.addresses.keys().map(|address| {
        let trust = match mine.is_stale(address, today) {
            true => Trust::Stale,
            false => Trust::Proven,
        };
        let (address, trust) = (address.clone(), trust.word().to_owned());
        vec![ADDRESS.to_owned(), address, trust, "0".to_owned()]
    }));
    rows.extend(mine.links.accounts.iter().map(|account| {
        let trust = mine.trust(account, today).word().to_owned();
        let public = if account.public { "1" } else { "0" };
        let (kind, name) = (account.kind.clone(), account.name.clone());
        vec![kind, name, trust, public.to_owned()]
    }));
    Reply::words(words).with_rows(
        &[
            ("kind", "Kind"),
            ("name", "Address or name"),
            ("trust", "Trust"),
            ("public", "Shown to others"),
        ],
        rows,
    )
}

impl Ask<'_> {
    fn mine(&self, me: PersonId) -> Result<&Person, Refusal> {
        let person = self.desk.world().people.get(me);
        person.ok_or_else(|| refuse("people/unknown", "The referee does not know you."))
    }

    fn new_code(&mut self, me: PersonId, claim: Claim) -> Result<String, Refusal> {
        let now = self.desk.now();
        if !self.limits.take(&format!("codes of {me}"), LINKS, now) {
            return Err(
                refuse("link/too-fast", "You have asked for enough codes for now.")
                    .hint("Wait some minutes, and use the last one while it lasts."),
            );
        }
        let luck = self.desk.luck();
        let code = self.proofs.open(me, claim, &luck, now)?;
        Ok(code.reveal().clone())
    }

    fn claim_address(&mut self, me: PersonId, what: &str) -> Result<Reply, Refusal> {
        let (address, code) = self.address_code(me, what)?;
        let contact = format!("referee@{}", self.desk.world().domain);
        Ok(Reply::words(
            Words::line(format!(
                "Log in as {address} and send {contact} this line within 10 minutes:"
            ))
            .board(format!("prove {code}"))
            .and("Whoever sends it from there is you from then on, so show it to nobody else."),
        )
        .with("kind", ADDRESS)
        .with("name", address)
        .with("code", code))
    }

    /// An address as it is kept, and the code by which it becomes one of somebody's.
    ///
    /// # Errors
    /// It is no address of a person, it is linked already, or there are too many.
    pub fn address_code(
        &mut self,
        owner: PersonId,
        what: &str,
    ) -> Result<(String, String), Refusal> {
        let address = self.someones_address(what)?;
        let today = day_of(self.desk.now());
        let person = self.mine(owner)?;
        let known = person.has_address(&address);
        if known && !person.is_stale(&address, today) {
            return Err(refuse("link/own", format!("{address} is linked already."))
                .hint("Type `link` to see all addresses that are yours."));
        }
        if !known && person.links.addresses.len() >= MAX_OTHER_ADDRESSES {
            return Err(too_many_addresses());
        }
        let code = self.new_code(owner, Claim::Address(address.clone()))?;
        Ok((address, code))
    }

    /// An address that can be somebody's: no room, and none of ours.
    fn someones_address(&self, text: &str) -> Result<String, Refusal> {
        let text = text.trim().trim_start_matches("xmpp:");
        let address = bare_jid(text).ok_or_else(|| {
            refuse(
                "link/address",
                format!("`{}` is no address of a person.", clip(text, 40)),
            )
            .hint("Type for example `link jid anna@new.example`.")
        })?;
        if address.ends_with(&format!("@{}", self.desk.world().domain)) {
            return Err(
                refuse("people/ourselves", "That address is the referee's own.")
                    .hint("Type `link jid` and the address you log in with."),
            );
        }
        Ok(address)
    }

    fn claim_account(&mut self, me: PersonId, kind: String, what: &str) -> Result<Reply, Refusal> {
        let name = check_account(what)?;
        let mine = self.mine(me)?;
        let known = mine.links.accounts.iter().any(|one| one.is(&kind, &name));
        if !known && mine.links.accounts.len() >= MAX_ACCOUNTS {
            return Err(refuse(
                "link/limit",
                format!("{MAX_ACCOUNTS} accounts are the limit."),
            )
            .hint("Type `link drop` and kind and name of one of them first."));
        }
        let world = self.desk.world();
        let provers = world.service.provers.iter();
        let provers = provers.filter(|(of, _)| *of == kind);
        let names: Vec<String> = provers.map(|(_, who)| world.people.name(*who)).collect();
        let code = match names.is_empty() {
            true => None,
            false => {
                let (kind, name) = (kind.clone(), name.clone());
                Some(self.new_code(me, Claim::Account { kind, name })?)
            }
        };
        if !known {
            let account = Account {
                kind: kind.clone(),
                name: name.clone(),
                proven: None,
                by: None,
                public: false,
            };
            self.desk
                .change_person(me, |person| person.links.accounts.push(account))?;
        }
        let said = match known {
            true => format!("The {kind} account {name} is noted as yours."),
            false => format!("I have noted the {kind} account {name} as yours; only you see it."),
        };
        let words = Words::line(said);
        let words = match &code {
            None => words.and(format!(
                "Nothing confirms {kind} accounts here, so it counts as not proven. Type `link show {kind} {name}` to let others see it."
            )),
            Some(code) => words
                .and(format!(
                    "To have it confirmed, show this code at {kind} within 10 minutes, where {} can see it:",
                    names.join(" or ")
                ))
                .board(code.clone()),
        };
        Ok(Reply::words(words)
            .with("kind", kind)
            .with("name", name)
            .with("code", code.unwrap_or_default()))
    }

    fn choose_main(&mut self, me: PersonId, what: &str) -> Result<Reply, Refusal> {
        let address = self.someones_address(what)?;
        let today = day_of(self.desk.now());
        let mine = self.mine(me)?;
        if !mine.has_address(&address) {
            return Err(not_yours(&address));
        }
        if mine.is_stale(&address, today) {
            return Err(
                refuse("link/stale", format!("{address} was silent for a year.")).hint(format!(
                    "Type `link jid {address}` to confirm it again first."
                )),
            );
        }
        self.desk.change_person(me, |person| {
            person.choose_main(&address);
        })?;
        Ok(Reply::line(format!(
            "Messages go to {address} from now on. Your other addresses stay yours; type `link` to see them."
        ))
        .with("kind", ADDRESS)
        .with("name", address))
    }

    fn drop_link(&mut self, me: PersonId, what: &str) -> Result<Reply, Refusal> {
        let kind_and_name = kind_and_name(what);
        let (kind, name) = match kind_and_name {
            Some((kind, name)) => (kind, name),
            None => (ADDRESS.to_owned(), self.someones_address(what)?),
        };
        let mine = self.mine(me)?;
        if kind == ADDRESS && mine.jid == name {
            return Err(
                refuse("link/main", format!("{name} is your main address.")).hint(
                    "Type `link main` and another one first, or `profile forget` to go for good.",
                ),
            );
        }
        let yours = match kind == ADDRESS {
            true => mine.has_address(&name),
            false => mine.links.accounts.iter().any(|one| one.is(&kind, &name)),
        };
        if !yours {
            return Err(not_yours(&format!("{kind} {name}")));
        }
        self.desk.change_person(me, |person| {
            person.links.addresses.remove(&name);
            person.links.accounts.retain(|one| !one.is(&kind, &name));
        })?;
        let what = kind.clone();
        self.desk
            .serve(Some(me), ServiceEvent::Unlinked { who: me, what })?;
        Ok(Reply::line(format!(
            "{name} is not yours here any more. Type `link` to see what is."
        ))
        .with("kind", kind)
        .with("name", name))
    }

    fn publish(&mut self, me: PersonId, what: &str, public: bool) -> Result<Reply, Refusal> {
        let (kind, name) = kind_and_name(what).ok_or_else(|| {
            refuse("link/kind", "Only accounts at other services can be shown.")
                .hint("Type for example `link show irc anna`. Addresses are never shown to others.")
        })?;
        if !(self.mine(me)?.links.accounts.iter()).any(|one| one.is(&kind, &name)) {
            return Err(not_yours(&format!("{kind} {name}")));
        }
        self.desk.change_person(me, |person| {
            if let Some(account) = person.links.account(&kind, &name) {
                account.public = public;
            }
        })?;
        let handle = self.desk.world().people.name(me);
        let said = match public {
            true => format!(
                "Others see {kind} {name} with `person {handle}` now. Type `link hide {kind} {name}` to end that."
            ),
            false => format!("Only you see {kind} {name} now."),
        };
        Ok(Reply::line(said).with("kind", kind).with("name", name))
    }
}

/// `irc anna` as kind and name; none for an address.
fn kind_and_name(what: &str) -> Option<(String, String)> {
    let (kind, name) = what.trim().split_once(char::is_whitespace)?;
    let kind = check_kind(kind).ok()?;
    Some((kind, name.trim().to_owned()))
}

fn not_yours(what: &str) -> Refusal {
    refuse(
        "link/not-yours",
        format!("{} is not yours here.", clip(what, 80)),
    )
    .hint("Type `link` to see what is.")
}
