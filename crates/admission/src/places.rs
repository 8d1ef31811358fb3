//! Places that are taken at once or not at all.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::Party;

/// So many places, and of each party no more than its share. Clones count together.
#[derive(Clone, Debug)]
pub struct Places {
    max: usize,
    held: Arc<Mutex<Held>>,
}

#[derive(Debug, Default)]
struct Held {
    all: usize,
    by_party: HashMap<Party, usize>,
}

/// Why there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// All places are taken.
    InAll,
    /// The party holds as many as it may.
    OfParty,
}

/// A place that is held. Dropping it frees it.
#[derive(Debug)]
pub struct Place {
    places: Places,
    party: Party,
}

impl Places {
    /// So many places in all.
    pub fn new(max: usize) -> Self {
        Self {
            max,
            held: Arc::default(),
        }
    }

    /// Takes a place for a party, within its share.
    ///
    /// # Errors
    /// [`Full`].
    pub fn try_take(&self, party: &Party) -> Result<Place, Full> {
        self.try_take_of(party, usize::MAX)
    }

    /// The same, where a party may hold `most` places at most, whatever its share.
    ///
    /// # Errors
    /// [`Full`].
    pub fn try_take_of(&self, party: &Party, most: usize) -> Result<Place, Full> {
        let mut held = self.lock();
        if held.all >= self.max {
            return Err(Full::InAll);
        }
        let own = held.by_party.get(party).copied().unwrap_or(0);
        if own >= party.max_of(self.max).min(most) {
            return Err(Full::OfParty);
        }
        held.all += 1;
        held.by_party.insert(party.clone(), own + 1);
        Ok(Place {
            places: self.clone(),
            party: party.clone(),
        })
    }

    /// How many are held now.
    pub fn held(&self) -> usize {
        self.lock().all
    }

    /// How many there are.
    pub const fn max(&self) -> usize {
        self.max
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Whose it is.
    pub const fn party(&self) -> &Party {
        &self.party
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.places.lock();
        held.all -= 1;
        if let Some(own) = held.by_party.get_mut(&self.party) {
            *own -= 1;
            if *own == 0 {
                // A party that holds nothing takes no memory.
                held.by_party.remove(&self.party);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn half(name: &str) -> Party {
        Party::new(name).with_max_percent(50)
    }

    #[test]
    fn a_party_holds_its_share_and_leaves_the_rest() {
        let places = Places::new(4);
        let first = places.try_take(&half("a")).unwrap();
        let _second = places.try_take(&half("a")).unwrap();
        assert_eq!(places.try_take(&half("a")).unwrap_err(), Full::OfParty);
        let _third = places.try_take(&half("b")).unwrap();
        let _fourth = places.try_take(&half("b")).unwrap();
        assert_eq!(places.try_take(&half("c")).unwrap_err(), Full::InAll);
        drop(first);
        let _fifth = places.try_take(&half("c")).unwrap();
        assert_eq!(places.held(), 4);
    }

    #[test]
    fn a_party_with_the_whole_share_holds_all_places() {
        let places = Places::new(3);
        let relay = Party::new("relay");
        let held: Vec<_> = (0..3).map(|_| places.try_take(&relay).unwrap()).collect();
        assert_eq!(places.try_take(&relay).unwrap_err(), Full::InAll);
        drop(held);
        assert_eq!((places.held(), places.lock().by_party.len()), (0, 0));
    }

    #[test]
    fn a_number_for_each_party_holds_beside_its_share() {
        let places = Places::new(10);
        let _first = places.try_take_of(&half("a"), 1).unwrap();
        assert_eq!(
            places.try_take_of(&half("a"), 1).unwrap_err(),
            Full::OfParty
        );
        assert!(places.try_take_of(&half("b"), 1).is_ok());
    }
}
