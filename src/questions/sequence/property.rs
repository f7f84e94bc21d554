//! The property of a partial order: whatever respects it is right, and nothing else is.

use proptest::prelude::*;

use super::super::{Kind, Question};
use super::tests::typed;
use super::*;

/// A partial order of some events: for each, those above that it comes after.
fn partial_order() -> impl Strategy<Value = Vec<Vec<usize>>> {
    (3_usize..=12).prop_flat_map(|n| {
        let after = |i: usize| prop::collection::vec(any::<bool>(), i);
        let rows: Vec<_> = (0..n).map(after).collect();
        rows.prop_map(|rows| {
            let named = |row: Vec<bool>| (0..row.len()).filter(|i| row[*i]).collect();
            rows.into_iter().map(named).collect()
        })
    })
}

fn made(order: &[Vec<usize>]) -> Question {
    let event = |(i, after): (usize, &Vec<usize>)| Event {
        id: Slug::new(&format!("e{i}")).unwrap(),
        text: format!("event {i}"),
        after: after.clone(),
        why: format!("because {i}"),
    };
    Question {
        id: Slug::new("q").unwrap(),
        ask: "?".to_owned(),
        kind: Kind::Sequence(Sequence {
            events: order.iter().enumerate().map(event).collect(),
            decoys: vec![Decoy {
                text: "never".to_owned(),
                why: "It does not.".to_owned(),
            }],
            why: "so".to_owned(),
        }),
    }
}

/// An order that can happen: of what is free, the one that `luck` picks.
fn extension(order: &[Vec<usize>], luck: &[usize]) -> Vec<usize> {
    let mut done: Vec<usize> = Vec::new();
    for step in 0..order.len() {
        let free = |i: &usize| !done.contains(i) && order[*i].iter().all(|a| done.contains(a));
        let free: Vec<usize> = (0..order.len()).filter(free).collect();
        done.push(free[luck[step % luck.len()] % free.len()]);
    }
    done
}

fn answer(question: &Question, order: &[usize]) -> String {
    let texts: Vec<String> = order.iter().map(|i| format!("event {i}")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    typed(question, &texts)
}

proptest! {
    #[test]
    fn any_linear_extension_is_right_and_a_swapped_pair_is_not(
        order in partial_order(),
        luck in prop::collection::vec(0_usize..100, 1..20),
        which in any::<prop::sample::Index>(),
    ) {
        let question = made(&order);
        let mut given = extension(&order, &luck);
        prop_assert_eq!(
            question.judge(&answer(&question, &given)),
            Verdict::Right("so".to_owned())
        );
        let pairs: Vec<(usize, usize)> = order
            .iter()
            .enumerate()
            .flat_map(|(later, after)| after.iter().map(move |first| (*first, later)))
            .collect();
        prop_assume!(!pairs.is_empty());
        let (first, later) = pairs[which.index(pairs.len())];
        let place = |event: usize| given.iter().position(|e| *e == event).unwrap();
        let (a, b) = (place(first), place(later));
        given.swap(a, b);
        let verdict = question.judge(&answer(&question, &given));
        let Verdict::Wrong(why) = verdict else {
            return Err(TestCaseError::fail(format!("{verdict:?}")));
        };
        let named = format!("“event {first}” comes before “event {later}”. because {later}");
        prop_assert!(why.contains(&named) || why.contains("beside these"), "{}", why);
    }
}
