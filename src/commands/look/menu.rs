//! The commands that the service lists for somebody: what they can do now comes first, and nothing that cannot come to
//! anything is listed. Whatever is missing here still runs when it is asked for by name.

use super::{clan, fits};
use crate::commands::COMMANDS;
use crate::commands::call::{Caller, Place};
use crate::commands::card::{Card, Kind};
use crate::commands::clan::create as clan_create;
use crate::engine::Desk;

/// Matches, and clans, that are looked at for one list.
const MAX_LOOKED_AT: usize = 10;

/// Where a command stands in the list.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// Something of one's own waits for it.
    Now,
    /// For everybody, at any time.
    General,
    /// For a clan of one's own.
    Clan,
    /// For admins.
    Admin,
}

/// The commands for this person at this address, in the order in which they are listed.
pub(super) fn menu(desk: &Desk, caller: &Caller, place: Place) -> Vec<&'static Card> {
    let own = place.game().is_some() || place.clan().is_some();
    let mut listed: Vec<(Rank, &'static Card)> = COMMANDS
        .iter()
        .filter(|card| fits(desk, caller, card, place))
        .filter_map(|card| {
            Some((
                if own {
                    Rank::General
                } else {
                    rank(desk, caller, card)?
                },
                *card,
            ))
        })
        .collect();
    listed.sort_by_key(|(rank, _)| *rank);
    listed.into_iter().map(|(_, card)| card).collect()
}

fn rank(desk: &Desk, caller: &Caller, card: &Card) -> Option<Rank> {
    let takes = |kind: fn(&Kind) -> bool| card.fields.iter().any(|field| kind(&field.kind));
    let world = desk.world();
    if takes(|kind| matches!(kind, Kind::Match)) {
        let mut mine = caller
            .person
            .into_iter()
            .flat_map(|me| world.matches_of(me).take(MAX_LOOKED_AT));
        let fit = mine.any(|live| fits(desk, caller, card, Place::Match(live.game.id)));
        return fit.then_some(Rank::Now);
    }
    let of_a_clan = card.name.starts_with("clan-") && card.name != clan_create::CARD.name;
    if of_a_clan && !takes(|kind| matches!(kind, Kind::AnyClan)) {
        let me = caller.person?;
        let mut clans = world
            .clans
            .of(me)
            .chain(world.clans.waiting_for(me))
            .take(MAX_LOOKED_AT);
        let fit = clans.any(|live| clan::fits(&live.clan, Some(me), card));
        return fit.then_some(Rank::Clan);
    }
    match card.name.split_once('-') {
        Some(("admin", _)) => Some(Rank::Admin),
        Some(("clan", _)) => Some(Rank::Clan),
        _ => Some(Rank::General),
    }
}
