//! A card as the app sees it: a snapshot, without its keys and with no more of its token than its end.

use crate::emv::aid::Aid;

use super::holder_rules::HolderRules;
use super::life_cycle::CardState;
use super::policy::Policy;
use super::recognition::{ExpiryMonth, LastFour};
use super::temporary_use::TemporarilyUsed;
use crate::emv::atc::Atc;

/// Names one card of the wallet. The issuer chooses the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CardId(pub(crate) u32);

impl CardId {
    /// The number in envelopes and requests.
    pub fn number(self) -> u32 {
        self.0
    }
}

/// How a card stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// Names the card within the wallet.
    pub id: CardId,
    /// Waiting, active, suspended or retired.
    pub state: CardState,
    /// How many one-time codes the holder may still try, while the card waits for the identity check.
    pub codes_left: u8,
    /// What the issuer lets it do.
    pub policy: Policy,
    /// What the holder has decided for it.
    pub rules: HolderRules,
    /// How much of its temporary use is gone, where the holder has limited it.
    pub temporarily_used: TemporarilyUsed,
    /// The spend key of its keys was lost: it has none until the issuer sends others.
    pub keys_lost: bool,
    /// Whether it is the one that pays, where no other is chosen for one payment.
    pub chosen: bool,
    /// How its token ends.
    pub last_four: LastFour,
    /// When its token expires; `None` where the issuer's data do not say.
    pub expires: Option<ExpiryMonth>,
    /// Its applications, in the order in which terminals see them.
    pub applications: Vec<CardApplication>,
}

/// One application of a card, at terminals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardApplication {
    /// Its name.
    pub aid: Aid,
    /// What terminals and holders call it: 1 to 16 characters.
    pub label: String,
    /// The counter of its last cryptogram, or of the last one that was given up; 0000 before the first.
    pub last_atc: Atc,
    /// How many cryptograms its keys can still make.
    pub uses_left: u32,
}
