//! Verdicts and counter-examples, held against the definitions and against brute force.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::*;

fn ms(at: u64) -> Duration {
    Duration::from_millis(at)
}

/// `client`, what it did, from and to in milliseconds; `to` 0 for an unknown end.
fn op(client: usize, deed: Deed, sent: u64, to: u64) -> Operation {
    Operation {
        client,
        key: 0,
        deed,
        sent: ms(sent),
        end: if to == 0 {
            End::Unknown
        } else {
            End::Answered(ms(to))
        },
    }
}

fn write(client: usize, value: u64, sent: u64, to: u64) -> Operation {
    op(client, Deed::Write(value), sent, to)
}

fn read(client: usize, value: u64, sent: u64, to: u64) -> Operation {
    let value = if value == 0 {
        Value::Initial
    } else {
        Value::Written(value)
    };
    op(client, Deed::Read(value), sent, to)
}

fn words(history: &[Operation], consistency: Consistency) -> String {
    judge(history, consistency).map_or("explained".to_owned(), |c| c.to_string())
}

#[test]
fn a_stale_read_is_named_with_the_write_that_it_missed() {
    let history = [
        write(0, 17, 1000, 1010),
        read(1, 17, 1012, 1020),
        write(0, 18, 1150, 1203),
        read(2, 17, 1301, 1302),
        read(1, 18, 1400, 1402),
    ];
    assert_eq!(
        words(&history, Consistency::Linearizable),
        "client 3 read 17 (asked at 1.301 s) after client 1's write of 18 was acknowledged at 1.203 s; but 18 is later \
         than 17: client 1 sent 18 at 1.150 s after its own write of 17 was acknowledged at 1.010 s"
    );
    for weaker in &Consistency::ALL[1..] {
        assert_eq!(words(&history, *weaker), "explained", "{weaker:?}");
    }
}

#[test]
fn each_consistency_has_a_history_that_breaks_it() {
    use Consistency::{MonotonicReads, ReadYourWrites, Sequential};
    let own = [write(0, 1, 10, 20), write(1, 2, 30, 40), read(1, 1, 50, 60)];
    assert_eq!(judge(&own, Sequential), None);
    assert_eq!(judge(&own, MonotonicReads), None);
    assert_eq!(judge(&own, ReadYourWrites).unwrap().operations.len(), 3);
    let back = [
        write(0, 1, 10, 20),
        write(0, 2, 30, 40),
        read(1, 2, 50, 60),
        read(1, 1, 70, 80),
    ];
    assert_eq!(judge(&back, ReadYourWrites), None);
    assert_eq!(judge(&back, MonotonicReads).unwrap().operations.len(), 4);
    assert_eq!(judge(&back, Sequential).unwrap().operations.len(), 4);
}

#[test]
fn what_nobody_wrote_or_what_was_refused_is_not_explained() {
    let foreign = op(1, Deed::Read(Value::Foreign("\"x\"".into())), 30, 40);
    assert_eq!(
        words(&[write(0, 1, 10, 20), foreign], Consistency::MonotonicReads),
        "client 2 read \"x\" at 0.040 s, which nobody wrote"
    );
    let mut refused = write(0, 1, 10, 20);
    refused.end = End::Refused(ms(20));
    assert_eq!(
        words(&[refused, read(1, 1, 30, 40)], Consistency::Sequential),
        "client 2 read 1 at 0.040 s, though client 1's write of it was refused"
    );
    assert_eq!(
        words(
            &[read(1, 1, 10, 20), write(0, 1, 30, 40)],
            Consistency::Linearizable
        ),
        "client 2 read 1 at 0.020 s before client 1 sent the write of it at 0.030 s"
    );
}

#[test]
fn an_unknown_write_may_take_effect_at_any_later_moment_but_not_twice() {
    let late = [
        write(0, 1, 10, 0),
        write(1, 2, 20, 30),
        read(2, 2, 40, 50),
        read(2, 1, 60, 70),
    ];
    for consistency in Consistency::ALL {
        assert_eq!(judge(&late, consistency), None, "{consistency:?}");
    }
    let mut twice = late.to_vec();
    twice.push(read(2, 2, 80, 90));
    for consistency in [
        Consistency::Linearizable,
        Consistency::Sequential,
        Consistency::MonotonicReads,
    ] {
        assert!(judge(&twice, consistency).is_some(), "{consistency:?}");
    }
}

#[test]
fn keys_are_judged_one_by_one() {
    let mut other = read(1, 0, 30, 40);
    other.key = 1;
    assert_eq!(
        judge(&[write(0, 1, 10, 20), other], Consistency::Linearizable),
        None
    );
    assert!(
        judge(
            &[write(0, 1, 10, 20), read(1, 0, 30, 40)],
            Consistency::Linearizable
        )
        .is_some()
    );
}

/// A small history of one key. Ends are drawn freely, so that about half of the histories are explained; a client's
/// operations do not overlap.
fn random(seed: u64) -> Vec<Operation> {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    let clients = generator.random_range(1..=4_usize);
    let count = generator.random_range(1..=8_usize);
    let mut free = vec![1_u64; clients];
    let mut history = Vec::new();
    let mut written = 0;
    for _ in 0..count {
        let client = generator.random_range(0..clients);
        let sent = free[client] + generator.random_range(0..4_u64);
        let to = sent + generator.random_range(1..8_u64);
        free[client] = to + 1;
        if generator.random_range(0..10) < 5 {
            written += 1;
            let unknown = generator.random_range(0..5) == 0;
            history.push(write(client, written, sent, if unknown { 0 } else { to }));
        } else {
            history.push(read(client, u64::MAX, sent, to));
        }
    }
    for operation in &mut history {
        if let Deed::Read(value) = &mut operation.deed {
            let number = generator.random_range(0..=written);
            *value = if number == 0 {
                Value::Initial
            } else {
                Value::Written(number)
            };
        }
    }
    history
}

/// Tries every order of the operations, one after the other, as the definitions say.
fn by_force(history: &[Operation], consistency: Consistency) -> bool {
    fn end(operation: &Operation) -> Duration {
        match operation.end {
            End::Answered(at) => at,
            _ => Duration::MAX,
        }
    }
    fn before(a: &Operation, b: &Operation, consistency: Consistency) -> bool {
        let own = a.client == b.client && a.sent < b.sent;
        match consistency {
            Consistency::Linearizable => end(a) < b.sent,
            _ => own && end(a) < b.sent,
        }
    }
    fn search(left: &[&Operation], holds: u64, consistency: Consistency) -> bool {
        // An unknown write need not have taken effect at all.
        if left.iter().all(|o| o.end == End::Unknown) {
            return true;
        }
        (0..left.len()).any(|i| {
            let next = left[i];
            if left.iter().any(|other| before(other, next, consistency)) {
                return false;
            }
            let after = match &next.deed {
                Deed::Write(value) => *value,
                Deed::Read(Value::Initial) if holds == 0 => holds,
                Deed::Read(Value::Written(value)) if holds == *value => holds,
                Deed::Read(_) => return false,
            };
            let mut rest = left.to_vec();
            rest.remove(i);
            search(&rest, after, consistency)
        })
    }
    search(&history.iter().collect::<Vec<_>>(), 0, consistency)
}

/// The definition: pairs of operations that must come one before the other put their values into an order.
fn by_definition(history: &[Operation], consistency: Consistency) -> bool {
    let all: Vec<&Operation> = history.iter().collect();
    let (unwritten, ops) = numbered(&all);
    let values = values(&ops);
    let mut before = vec![vec![false; values]; values];
    for (a, b) in ops.iter().flat_map(|a| ops.iter().map(move |b| (a, b))) {
        if a.value == b.value {
            if !a.write && b.write && too_early(a, b, consistency) {
                return false;
            }
        } else if precedes(a, b, consistency) {
            before[a.value][b.value] = true;
        }
    }
    before[0][1..].fill(true);
    for via in 0..values {
        for a in 0..values {
            for b in 0..values {
                before[a][b] |= before[a][via] && before[via][b];
            }
        }
    }
    unwritten.is_empty() && (0..values).all(|v| !before[v][v])
}

#[test]
fn verdicts_agree_with_brute_force_on_random_histories() {
    let mut explained = [0; 2];
    for seed in 0..10_000 {
        let history = random(seed);
        for (i, consistency) in [Consistency::Linearizable, Consistency::Sequential]
            .into_iter()
            .enumerate()
        {
            let wanted = by_force(&history, consistency);
            explained[i] += usize::from(wanted);
            assert_eq!(
                judge(&history, consistency).is_none(),
                wanted,
                "{consistency:?} {history:#?}"
            );
            assert_eq!(
                by_definition(&history, consistency),
                wanted,
                "{consistency:?} {history:#?}"
            );
        }
    }
    // Both verdicts must be common, or the comparison says little.
    assert!(
        explained.iter().all(|n| (1_000..9_000).contains(n)),
        "{explained:?}"
    );
}

#[test]
fn session_verdicts_agree_with_their_definition() {
    for seed in 0..10_000 {
        let history = random(seed);
        for consistency in [Consistency::ReadYourWrites, Consistency::MonotonicReads] {
            let wanted = by_definition(&history, consistency);
            assert_eq!(
                judge(&history, consistency).is_none(),
                wanted,
                "{consistency:?} {history:#?}"
            );
            if by_force(&history, Consistency::Linearizable) {
                assert!(wanted, "linearizable is the strongest: {history:#?}");
            }
        }
    }
}

#[test]
fn a_counter_example_is_broken_by_itself_and_by_no_part_of_it() {
    let mut all = 0;
    for seed in 0..400 {
        let history = random(seed);
        for consistency in Consistency::ALL {
            let Some(example) = judge(&history, consistency) else {
                continue;
            };
            let text = example.to_string();
            assert!(!text.is_empty());
            let few = &example.operations;
            assert!(judge(few, consistency).is_some(), "{few:#?}");
            let smaller = smallest(&history, consistency);
            all += 1;
            // A set of three is small enough, even where there is one of two.
            assert!(few.len() <= smaller.max(3), "{few:#?}");
        }
    }
    assert!(all > 500, "{all}");
}

/// The size of the smallest broken part of a history.
fn smallest(history: &[Operation], consistency: Consistency) -> usize {
    (1..1_u32 << history.len())
        .filter(|mask| {
            let part: Vec<Operation> = history
                .iter()
                .enumerate()
                .filter(|(i, _)| mask & (1 << i) != 0)
                .map(|(_, o)| o.clone())
                .collect();
            let unfounded = judge(&part, consistency)
                .is_some_and(|c| !matches!(c.reason, Reason::Unwritten { .. }));
            unfounded || judge(history, consistency).is_some_and(|c| c.operations.len() == 1)
        })
        .map(u32::count_ones)
        .min()
        .unwrap_or(0) as usize
}
