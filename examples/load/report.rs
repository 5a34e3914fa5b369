//! The table, and what it comes to.

use std::time::Duration;

/// One round.
pub struct Row {
    /// `echo` or `referee`.
    pub who: &'static str,
    /// How many pairs played.
    pub pairs: usize,
    /// Moves per second.
    pub rate: f64,
    /// Half of the moves took at most so long.
    pub p50: Duration,
    /// All but one in a hundred took at most so long.
    pub p99: Duration,
    /// Processor time per move: of the server, of the component, of the clients; in microseconds.
    pub cpu: [f64; 3],
}

impl Row {
    /// A round that took so long, with the latencies of its moves and the processor time that was used meanwhile.
    pub fn new(
        who: &'static str,
        pairs: usize,
        took: Duration,
        mut latencies: Vec<Duration>,
        cpu: [Duration; 3],
    ) -> Row {
        latencies.sort_unstable();
        let moves = latencies.len().max(1) as f64;
        let at = |part: f64| {
            let place = (latencies.len() as f64 * part) as usize;
            latencies.get(place).copied().unwrap_or_default()
        };
        Row {
            who,
            pairs,
            rate: latencies.len() as f64 / took.as_secs_f64(),
            p50: at(0.5),
            p99: at(0.99),
            cpu: cpu.map(|used| used.as_secs_f64() * 1e6 / moves),
        }
    }

    /// Prints it as a line of the table.
    pub fn print(&self) {
        let [server, component, clients] = self.cpu;
        println!(
            "| {:8} | {:5} | {:8.0} | {:7.2} | {:7.2} | {server:9.1} | {component:9.1} | {clients:9.1} |",
            self.who,
            self.pairs,
            self.rate,
            millis(self.p50),
            millis(self.p99),
        );
    }
}

/// Prints the head of the table.
pub fn print_head() {
    println!(
        "|          |       |          | ms      | ms      | µs CPU per move                   |||"
    );
    println!(
        "| round of | pairs | moves/s  | p50     | p99     | server    | component | clients   |"
    );
    println!(
        "|----------|-------|----------|---------|---------|-----------|-----------|-----------|"
    );
}

/// Prints what the rounds come to; the last line is the ratio.
pub fn print_sum(rows: &[Row], pairs: usize, disk: Duration) {
    let of = |who: &str, pairs: usize, value: fn(&Row) -> f64| {
        let fitting = rows
            .iter()
            .filter(|row| row.who == who && row.pairs == pairs);
        median(fitting.map(value).collect())
    };
    let above = |pairs, value| of("referee", pairs, value) - of("echo", pairs, value);
    println!();
    println!("medians; `above` is the referee's less the echo's");
    println!(
        "component, CPU per move above: {:.1} µs",
        above(pairs, |row| row.cpu[1])
    );
    println!(
        "p50 above with one pair: {:.2} ms",
        above(1, |row| millis(row.p50))
    );
    println!(
        "p50 of appending and fdatasync in the same folder: {:.2} ms",
        millis(disk)
    );
    let rate = |who| of(who, pairs, |row| row.rate);
    println!("ratio={:.2}", rate("referee") / rate("echo"));
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
