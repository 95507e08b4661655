//! The profiles of the wallet's cards, read. They are few: a list is searched as fast as a tree, and is less code.

use std::sync::Arc;

use crate::card::profile::CardProfile;
use crate::card::snapshot::CardId;

/// One for each card.
pub(crate) struct Profiles(Vec<(CardId, Arc<CardProfile>)>);

impl Profiles {
    pub(crate) fn of(profiles: Vec<(CardId, Arc<CardProfile>)>) -> Profiles {
        Profiles(profiles)
    }

    pub(crate) fn get(&self, card: &CardId) -> Option<&Arc<CardProfile>> {
        self.0.iter().find(|(of, _)| of == card).map(|(_, profile)| profile)
    }

    /// In the place of the one before it, if there was one.
    pub(crate) fn insert(&mut self, card: CardId, profile: Arc<CardProfile>) {
        self.remove(&card);
        self.0.push((card, profile));
    }

    pub(crate) fn remove(&mut self, card: &CardId) {
        self.0.retain(|(of, _)| of != card);
    }
}
