//! Whole games played by chance, from a seed: the material on which the laws are tried.

use std::collections::BTreeMap;
use std::sync::Mutex;

use xmpp_referee::games::{Ask, Choice, Draw, Fact, Game, Phase, Setup, Step, Table, Viewer};
use xmpp_referee::kit::Seat;

/// How many playouts each game gets.
pub const PLAYOUTS: u64 = 200;

/// A small generator (splitmix64), so that a seed means the same game for ever.
pub struct Luck(pub u64);

impl Luck {
    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n.max(1) as u64) as usize
    }

    /// An answer to a question.
    pub fn draw(&mut self, ask: Ask) -> Draw {
        match ask {
            Ask::Dice { count, sides } => Draw::Dice(
                (0..count)
                    .map(|_| self.below(usize::from(sides)) as u8 + 1)
                    .collect(),
            ),
            Ask::Shuffle { cards } => {
                let mut order: Vec<u8> = (0..cards).collect();
                for i in (1..order.len()).rev() {
                    order.swap(i, self.below(i + 1));
                }
                Draw::Order(order)
            }
        }
    }
}

/// One game from its setup to its end.
#[derive(Clone)]
pub struct Playout {
    pub seed: u64,
    pub setup: Setup,
    pub seats: u8,
    pub steps: Vec<Step<String>>,
}

impl Playout {
    /// The table before the first step.
    pub fn open(&self, game: &'static dyn Game) -> Box<dyn Table> {
        game.open(&self.setup, self.seats).unwrap()
    }
}

/// The playouts of a game, made once and shared by all laws.
pub fn playouts(game: &'static dyn Game) -> &'static [Playout] {
    static MADE: Mutex<BTreeMap<(&str, u32), &'static [Playout]>> = Mutex::new(BTreeMap::new());
    let spec = game.spec();
    let mut made = MADE.lock().unwrap_or_else(|broken| broken.into_inner());
    made.entry((spec.id, spec.version)).or_insert_with(|| {
        let all: Vec<Playout> = (0..PLAYOUTS).map(|seed| play(game, seed)).collect();
        Box::leak(all.into_boxed_slice())
    })
}

/// Plays one game by chance. One in four runs to its natural end; in the others somebody gives up or is late at some time.
fn play(game: &'static dyn Game, seed: u64) -> Playout {
    let spec = game.spec();
    let mut luck = Luck(seed);
    let seats = spec.seats.0 + luck.below(usize::from(spec.seats.1 - spec.seats.0) + 1) as u8;
    let plain = Setup::read(spec.options, "").unwrap();
    let odd = Setup::read(spec.options, &some_options(game, &mut luck)).unwrap();
    let setup = if seed % 2 == 1 && game.open(&odd, seats).is_ok() {
        odd
    } else {
        plain
    };
    let patience = if seed.is_multiple_of(4) {
        spec.max_steps as usize
    } else {
        luck.below(80)
    };
    let mut table = game.open(&setup, seats).unwrap();
    let mut steps = Vec::new();
    loop {
        let step = match table.phase() {
            Phase::Over(_) => {
                return Playout {
                    seed,
                    setup,
                    seats,
                    steps,
                };
            }
            Phase::Chance(ask) => Step::Chance(luck.draw(ask)),
            _ if steps.len() > patience + 3 => {
                Step::Left(Seat(luck.below(usize::from(seats)) as u8))
            }
            phase if steps.len() > patience => {
                let mut late = asked(&phase);
                if luck.below(2) == 0 {
                    late.truncate(1);
                }
                Step::TimedOut(late)
            }
            phase => chosen(table.as_ref(), &phase, &mut luck),
        };
        table.step(&step).unwrap_or_else(|why| {
            panic!(
                "{} seed {seed}: {step:?} was listed, and refused: {why}",
                spec.id
            )
        });
        steps.push(step);
        assert!(
            steps.len() <= spec.max_steps as usize,
            "{} seed {seed} is longer than max_steps",
            spec.id
        );
    }
}

/// A step that this phase waits for, by chance.
pub fn chosen(table: &dyn Table, phase: &Phase, luck: &mut Luck) -> Step<String> {
    let mut pick = |seat: Seat| {
        let list = listed(table, seat);
        assert!(!list.is_empty(), "seat {seat} is asked and may do nothing");
        (seat, list[luck.below(list.len())].clone())
    };
    match phase {
        Phase::Act(seat) => {
            let (seat, text) = pick(*seat);
            Step::Act(seat, text)
        }
        Phase::Any(seats) => {
            let all: Vec<(Seat, String)> = seats.iter().map(|seat| pick(*seat)).collect();
            let (seat, text) = all[luck.below(all.len())].clone();
            Step::Act(seat, text)
        }
        Phase::Together(seats) => Step::Together(seats.iter().map(|seat| pick(*seat)).collect()),
        Phase::Chance(ask) => Step::Chance(luck.draw(*ask)),
        Phase::Over(_) => panic!("the game is over"),
    }
}

/// What a seat may do: all of it, or the examples of a game that cannot list it all.
pub fn listed(table: &dyn Table, seat: Seat) -> Vec<String> {
    table.legal(seat).shown()
}

/// The seats a phase waits for.
pub fn asked(phase: &Phase) -> Vec<Seat> {
    match phase {
        Phase::Act(seat) => vec![*seat],
        Phase::Any(seats) | Phase::Together(seats) => seats.clone(),
        Phase::Chance(_) | Phase::Over(_) => Vec::new(),
    }
}

/// What this viewer is told of a step, line by line; an opened card only as its place, for the proof is the referee's.
pub fn told(facts: &[Fact], viewer: Viewer) -> Vec<String> {
    let tell = |fact: &Fact| match fact {
        Fact::Public(text) => Some(text.clone()),
        Fact::Split {
            seat,
            secret,
            public,
        } => Some(if viewer == Viewer::Seat(*seat) {
            secret.clone()
        } else {
            public.clone()
        }),
        Fact::Opened { deck, at, to } => {
            let open = to.is_none_or(|seat| viewer == Viewer::Seat(seat));
            open.then(|| format!("opened: deck {deck}, position {at}"))
        }
    };
    facts.iter().filter_map(tell).collect()
}

fn some_options(game: &'static dyn Game, luck: &mut Luck) -> String {
    let mut texts = Vec::new();
    for option in game.spec().options {
        let value = match option.choice {
            Choice::Number(least, most) => {
                (least + luck.below((most - least) as usize + 1) as i64).to_string()
            }
            Choice::Word(words) => words[luck.below(words.len())].to_owned(),
            Choice::Name(_) => "own".to_owned(),
            Choice::Names(least, most) => {
                let count = least + luck.below(most - least + 1);
                let names: Vec<String> = (0..count).map(|n| format!("own{n}")).collect();
                names.join("+")
            }
        };
        texts.push(format!("{}={value}", option.name));
    }
    texts.join(" ")
}
