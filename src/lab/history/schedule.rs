//! The schedule of concurrent clients: who does what on which key, and when, all drawn from a seed.

use std::time::Duration;

use rand::{Rng, RngExt as _};

/// How many clients do how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Clients that work side by side.
    pub clients: usize,
    /// Registers.
    pub keys: usize,
    /// Operations of all clients together.
    pub operations: usize,
    /// How long they go on.
    pub span: Duration,
    /// Whether half of the operations are reads.
    pub reads: bool,
}

/// One operation to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Due {
    /// Not before this moment.
    pub at: Duration,
    pub key: usize,
    pub read: bool,
    /// Chooses the part that is asked.
    pub part: usize,
}

/// What each client is to do, in order. Every second operation follows on the one before it at once, so that
/// operations meet; the others are spread over the whole time, so that whatever happens meanwhile meets some.
pub(super) fn draw(plan: &Plan, generator: &mut impl Rng) -> Vec<Vec<Due>> {
    let span = u64::try_from(plan.span.as_millis()).unwrap_or(u64::MAX);
    let mut clients = vec![Vec::new(); plan.clients];
    for client in (0..plan.clients).cycle().take(plan.operations) {
        clients[client].push(Due {
            at: Duration::from_millis(generator.random_range(0..=span)),
            key: generator.random_range(0..plan.keys),
            read: plan.reads && generator.random_range(0..2) == 0,
            part: generator.random_range(0..=usize::from(u16::MAX)),
        });
    }
    for own in &mut clients {
        let mut moments: Vec<Duration> = own.iter().map(|due| due.at).collect();
        for pair in moments.chunks_mut(2) {
            pair.fill(pair[0]);
        }
        moments.sort_unstable();
        for (due, at) in own.iter_mut().zip(moments) {
            due.at = at;
        }
    }
    clients
}

/// A schedule over and over, with the number of its round: for clients that have to go on.
pub(super) fn rounds(schedule: &[Due]) -> impl Iterator<Item = (u32, &Due)> {
    let rounds = if schedule.is_empty() { 0 } else { u32::MAX };
    (0..rounds).flat_map(move |round| schedule.iter().map(move |due| (round, due)))
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

    #[test]
    fn the_work_is_shared_out_and_spread_and_drawn_from_the_seed() {
        let plan = Plan {
            clients: 6,
            keys: 5,
            operations: 300,
            span: Duration::from_secs(10),
            reads: true,
        };
        let drawn = |seed| draw(&plan, &mut rand_chacha::ChaCha8Rng::seed_from_u64(seed));
        let one = drawn(1);
        assert_eq!(one, drawn(1));
        assert_ne!(one, drawn(2));
        assert!(
            one.iter()
                .all(|own| own.len() == 50 && own.is_sorted_by_key(|d| d.at))
        );
        let all: Vec<&Due> = one.iter().flatten().collect();
        let late = all.iter().filter(|d| d.at > Duration::from_secs(5)).count();
        let reads = all.iter().filter(|d| d.read).count();
        assert!(
            (90..210).contains(&late) && (90..210).contains(&reads),
            "{late} {reads}"
        );
        assert!((0..5).all(|key| all.iter().any(|d| d.key == key)));
    }

    #[test]
    fn a_schedule_begins_anew_when_it_is_through_and_an_empty_one_is_at_its_end() {
        let due = |key| Due {
            at: Duration::ZERO,
            key,
            read: true,
            part: 0,
        };
        let schedule = [due(7), due(8)];
        let told = rounds(&schedule).map(|(round, due)| (round, due.key));
        assert_eq!(told.take(3).collect::<Vec<_>>(), [(0, 7), (0, 8), (1, 7)]);
        assert_eq!(rounds(&[]).count(), 0);
    }
}
