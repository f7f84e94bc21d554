//! What the instances of a world print, from a mark on and across restarts.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::lab::output::{Line, Output};

use super::World;

/// A place in what the instances have printed.
#[derive(Debug, Default)]
pub struct PrintMark(BTreeMap<String, (u32, Output, usize)>);

impl World {
    /// A place in what all instances have printed.
    pub async fn print_mark(&self) -> PrintMark {
        let slots = self.slots.lock().await;
        let running = slots
            .iter()
            .filter_map(|(name, slot)| Some((name, slot.instance.as_ref()?)));
        PrintMark(
            running
                .map(|(name, i)| {
                    let output = i.output().clone();
                    let mark = output.mark();
                    (name.clone(), (i.process().id(), output, mark))
                })
                .collect(),
        )
    }

    /// What each instance has printed since `mark`, across restarts. Waits a moment for lines that are on their way.
    pub async fn printed_since(&self, mark: &PrintMark) -> Vec<(String, Vec<String>)> {
        if mark.0.is_empty() && self.external.is_some() {
            return Vec::new();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        let slots = self.slots.lock().await;
        let mut all = Vec::new();
        for (name, slot) in slots.iter() {
            let mut lines = Vec::new();
            let before = mark.0.get(name);
            if let Some((_, output, at)) = before {
                lines.extend(output.since(*at));
            }
            if let Some(instance) = &slot.instance
                && before.is_none_or(|(id, ..)| *id != instance.process().id())
            {
                lines.extend(instance.output().since(0));
            }
            if !lines.is_empty() {
                all.push((name.clone(), lines.into_iter().map(|l| l.text).collect()));
            }
        }
        all
    }

    /// What each instance has printed, and what it prints from now on, to be shown live.
    pub async fn outputs(&self) -> Vec<(String, Vec<Line>, mpsc::Receiver<Line>)> {
        let slots = self.slots.lock().await;
        let running = slots
            .iter()
            .filter_map(|(name, slot)| Some((name, slot.instance.as_ref()?)));
        running
            .map(|(name, instance)| {
                let (before, lines) = instance.output().follow();
                (name.clone(), before, lines)
            })
            .collect()
    }
}
