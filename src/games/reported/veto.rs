//! Which maps are played: bans and picks in turn, and who starts on which side.

use serde::{Deserialize, Serialize};

use crate::kit::{Refusal, Seat, refuse};

/// The sides of a map, where they are chosen.
pub const SIDES: [&str; 2] = ["ct", "t"];
/// Bans before the first pick.
const EARLY_BANS: usize = 2;

/// What a seat is asked for in the veto.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// To take a map out.
    Ban(Seat),
    /// To take a map in.
    Pick(Seat),
    /// To choose the side to start on, on the map that the other side has just picked.
    Side(Seat),
}

impl Turn {
    /// Who is asked.
    pub fn seat(self) -> Seat {
        match self {
            Turn::Ban(seat) | Turn::Pick(seat) | Turn::Side(seat) => seat,
        }
    }
}

/// What was chosen at a turn: the place in the pool, or in [`SIDES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Chosen {
    /// A map.
    Map(u8),
    /// A side.
    Side(u8),
}

/// A map that is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Venue<'a> {
    /// Its name.
    pub map: &'a str,
    /// Who picked it; the last one left is picked by nobody.
    pub by: Option<Seat>,
    /// Where the other seat starts, if it chose.
    pub side: Option<&'static str>,
}

/// A veto: the pool, and what was chosen so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Veto {
    /// The maps there are, in the order in which silence takes them.
    pool: Vec<String>,
    /// How many maps are left at the end.
    best_of: u8,
    /// Whether sides are chosen.
    sides: bool,
    chosen: Vec<Chosen>,
}

impl Veto {
    /// A veto that leaves `best_of` maps of the pool.
    pub fn new(pool: Vec<String>, best_of: u8, sides: bool) -> Result<Veto, Refusal> {
        if pool.len() < usize::from(best_of) {
            return Err(refuse(
                "setup/contradiction",
                format!(
                    "A best of {best_of} needs {best_of} maps, and the pool has {}.",
                    pool.len()
                ),
            )
            .hint("Name more maps with + between them, or play fewer: bo=1."));
        }
        Ok(Veto {
            pool,
            best_of,
            sides,
            chosen: Vec::new(),
        })
    }

    /// All turns in order: two bans, the picks, then bans until the last map is left. The seats take turns; the side of a
    /// picked map is the other's.
    fn plan(&self) -> impl Iterator<Item = Turn> + use<> {
        let picks = usize::from(self.best_of.saturating_sub(1));
        let bans = self.pool.len().saturating_sub(usize::from(self.best_of));
        let early = if picks == 0 {
            bans
        } else {
            bans.min(EARLY_BANS)
        };
        let sides = self.sides;
        (0..bans + picks)
            .flat_map(move |n| {
                let seat = Seat(u8::from(!n.is_multiple_of(2)));
                let picked = (early..early + picks).contains(&n);
                let turn = if picked {
                    Turn::Pick(seat)
                } else {
                    Turn::Ban(seat)
                };
                [
                    Some(turn),
                    (picked && sides).then_some(Turn::Side(seat.other())),
                ]
            })
            .flatten()
    }

    /// Whose turn it is for what; nobody's when the maps are known.
    pub fn turn(&self) -> Option<Turn> {
        self.plan().nth(self.chosen.len())
    }

    /// The turns that are done, each with what was chosen.
    fn done(&self) -> impl Iterator<Item = (Turn, Chosen)> {
        self.plan().zip(self.chosen.iter().copied())
    }

    /// The name of a map of the pool.
    pub fn name(&self, map: u8) -> &str {
        self.pool.get(usize::from(map)).map_or("", String::as_str)
    }

    /// The map of this name that nobody has banned or picked.
    pub fn find(&self, name: &str) -> Option<u8> {
        self.left().into_iter().find(|map| self.name(*map) == name)
    }

    /// Whether the pool has a map of this name, taken or not.
    pub fn knows(&self, name: &str) -> bool {
        self.pool.iter().any(|map| map == name)
    }

    /// The maps that nobody has banned or picked.
    pub fn left(&self) -> Vec<u8> {
        (0..u8::try_from(self.pool.len()).unwrap_or(0))
            .filter(|map| !self.chosen.contains(&Chosen::Map(*map)))
            .collect()
    }

    /// What may be chosen at this turn.
    pub fn choices(&self, turn: Turn) -> Vec<Chosen> {
        match turn {
            Turn::Ban(_) | Turn::Pick(_) => self.left().into_iter().map(Chosen::Map).collect(),
            Turn::Side(_) => vec![Chosen::Side(0), Chosen::Side(1)],
        }
    }

    /// Goes on with what was chosen.
    pub fn choose(&mut self, chosen: Chosen) {
        self.chosen.push(chosen);
    }

    /// The map that was picked last.
    pub fn last_pick(&self) -> &str {
        let picks = self.done().filter_map(|done| match done {
            (Turn::Pick(_), Chosen::Map(map)) => Some(map),
            _ => None,
        });
        picks.last().map_or("", |map| self.name(map))
    }

    /// The maps that are banned, each with who banned it.
    pub fn banned(&self) -> Vec<(&str, Seat)> {
        let bans = self.done().filter_map(|done| match done {
            (Turn::Ban(seat), Chosen::Map(map)) => Some((self.name(map), seat)),
            _ => None,
        });
        bans.collect()
    }

    /// The maps that are played, in order, as far as they are known.
    pub fn venues(&self) -> Vec<Venue<'_>> {
        let mut played: Vec<Venue<'_>> = Vec::new();
        for done in self.done() {
            match done {
                (Turn::Pick(seat), Chosen::Map(map)) => played.push(Venue {
                    map: self.name(map),
                    by: Some(seat),
                    side: None,
                }),
                (Turn::Side(_), Chosen::Side(side)) => {
                    if let Some(last) = played.last_mut() {
                        last.side = SIDES.get(usize::from(side)).copied();
                    }
                }
                _ => {}
            }
        }
        if self.turn().is_none() {
            played.extend(self.left().first().map(|map| Venue {
                map: self.name(*map),
                by: None,
                side: None,
            }));
        }
        played
    }

    /// The pool, in its order.
    pub fn pool(&self) -> impl Iterator<Item = &str> {
        self.pool.iter().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn veto(maps: usize, best_of: u8, sides: bool) -> Veto {
        let pool = (0..maps).map(|n| format!("m{n}")).collect();
        Veto::new(pool, best_of, sides).unwrap()
    }

    fn plan(maps: usize, best_of: u8, sides: bool) -> String {
        let word = |turn: Turn| match turn {
            Turn::Ban(seat) => format!("ban{seat}"),
            Turn::Pick(seat) => format!("pick{seat}"),
            Turn::Side(seat) => format!("side{seat}"),
        };
        let turns = veto(maps, best_of, sides).plan();
        turns.map(word).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_usual_sequences() {
        assert_eq!(plan(7, 1, false), "ban0 ban1 ban0 ban1 ban0 ban1");
        assert_eq!(plan(7, 3, false), "ban0 ban1 pick0 pick1 ban0 ban1");
        assert_eq!(plan(7, 5, false), "ban0 ban1 pick0 pick1 pick0 pick1");
        assert_eq!(
            plan(7, 3, true),
            "ban0 ban1 pick0 side1 pick1 side0 ban0 ban1"
        );
        assert_eq!(plan(3, 3, false), "pick0 pick1");
        assert_eq!(plan(4, 3, false), "ban0 pick1 pick0");
        assert_eq!(plan(1, 1, false), "");
        assert_eq!(
            Veto::new(vec!["one".to_owned()], 3, false)
                .unwrap_err()
                .code,
            "setup/contradiction"
        );
    }

    #[test]
    fn whatever_is_chosen_leaves_as_many_maps_as_are_played() {
        for (maps, best_of) in [(7, 1), (7, 3), (7, 5), (9, 3), (3, 3), (5, 5), (1, 1)] {
            let mut veto = veto(maps, best_of, true);
            while let Some(turn) = veto.turn() {
                let choices = veto.choices(turn);
                veto.choose(choices[choices.len() / 2]);
            }
            let played = veto.venues();
            assert_eq!(played.len(), usize::from(best_of), "{maps} maps");
            let (last, picked) = played.split_last().unwrap();
            assert!(last.by.is_none() && last.side.is_none());
            assert!(
                picked
                    .iter()
                    .all(|map| map.by.is_some() && map.side.is_some())
            );
            assert_eq!(veto.banned().len() + played.len(), maps, "nothing is lost");
        }
    }
}
