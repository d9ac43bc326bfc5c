//! The ids of the latest messages, so that each is heard once.
//! Nothing here knows what a message says.

use std::collections::{BTreeSet, VecDeque};

/// The ids of the latest messages: each is heard once, however often it is delivered.
#[derive(Debug, Default)]
pub struct Recent {
    order: VecDeque<String>,
    ids: BTreeSet<String>,
}

/// How many ids are remembered.
const RECENT_MOST: usize = 2000;
/// The longest id remembered, in bytes; a longer one is taken as new.
const ID_MOST_BYTES: usize = 128;

impl Recent {
    /// Remembers an id; whether it is new.
    pub fn insert(&mut self, id: &str) -> bool {
        if id.is_empty() || id.len() > ID_MOST_BYTES {
            return true;
        }
        if !self.ids.insert(id.to_string()) {
            return false;
        }
        self.order.push_back(id.to_string());
        if self.order.len() > RECENT_MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_new_once_and_old_ones_are_forgotten() {
        let mut recent = Recent::default();
        for n in 0..3 * RECENT_MOST {
            assert!(recent.insert(&n.to_string()) && !recent.insert(&n.to_string()));
        }
        assert_eq!((recent.ids.len(), recent.order.len()), (RECENT_MOST, RECENT_MOST));
        let long = "x".repeat(ID_MOST_BYTES + 1);
        assert!(recent.insert(&long) && recent.insert(&long) && recent.insert(""));
    }
}
