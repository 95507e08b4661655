//! The life of a card: its states, and what moves it from one to the next.
//!
//! # States
//!
//! | byte | state | |
//! |---|---|---|
//! | `01` | waiting | installed, but the holder has yet to pass the issuer's identity check. It pays nothing |
//! | `02` | active | it pays |
//! | `03` | suspended | it pays nothing for now |
//! | `04` | deleted | its keys are destroyed. What is left is the mark that there was such a card, and that is never undone |
//! | `05` | retired | its temporary use, which the holder had limited, is over: its keys are destroyed, and it takes nothing but its deletion |
//!
//! # The table: state and envelope
//!
//! The one in the wallet that says which envelope a card takes, and what becomes of it. A name of an error, and the
//! envelope changes nothing.
//!
//! | | no such card | waiting | active | suspended | deleted | retired |
//! |---|---|---|---|---|---|---|
//! | install card | waiting (1) | CardExists | CardExists | CardExists | CardDeleted (2) | CardExists |
//! | replenish keys | NoSuchCard | waiting (3) | active | suspended (3) | CardDeleted | CardRetired |
//! | policy | NoSuchCard | waiting | active | suspended | CardDeleted | CardRetired |
//! | suspend | NoSuchCard | CardWaits (4) | suspended | suspended (5) | CardDeleted | CardRetired |
//! | resume | NoSuchCard | active (6) | CardActive (7) | active | CardDeleted | CardRetired |
//! | renew | NoSuchCard | waiting | active | suspended | CardDeleted | CardRetired |
//! | delete | NoSuchCard | deleted | deleted | deleted | CardDeleted (8) | deleted |
//! | statement | NoSuchCard | CardWaits (9) | active | suspended | CardDeleted | CardRetired |
//!
//! 1. Where the install names no codes there is no check: the card is resumed in the same step (`installed`).
//! 2. An id is never used again, so that no replay and no mistake brings a deleted card's counters back. A new card of the
//!    same token has a new id.
//! 3. Keys may come ahead, so that the card pays from the moment when it becomes active.
//! 4. Suspended, it would come back as active and the check would be forgotten. It pays nothing as it is; an issuer who
//!    wants to end it deletes it.
//! 5. Taking a card out of use is granted twice: two desks of an issuer may do so without knowing of each other.
//! 6. The resume is the issuer's word that the check was passed.
//! 7. Putting a card into use must fit what it is: an issuer who resumes an active card has its state wrong.
//! 8. The one and only deletion was acknowledged. The same envelope once more is known by its digest and never gets here.
//! 9. Who has not passed the check is told nothing of the account.
//!
//! Issuer time, rotate issuer key, resynchronise, notices, transfer notices and all of coupons are about no card: WrongAddress in every column.

use super::envelope_purpose::Purpose;
use crate::error::{Error, IllegalMove};

/// Where a card is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CardState {
    /// Installed; the holder has yet to pass the issuer's identity check.
    Waiting = 0x01,
    /// It pays.
    Active = 0x02,
    /// It must not pay for now.
    Suspended = 0x03,
    /// It ended, and never comes back.
    Deleted = 0x04,
    /// Its temporary use is over, and its keys are destroyed.
    Retired = 0x05,
}

impl CardState {
    const ALL: [CardState; 5] =
        [CardState::Waiting, CardState::Active, CardState::Suspended, CardState::Deleted, CardState::Retired];

    /// Its number in records and requests.
    pub fn byte(self) -> u8 {
        self as u8
    }

    pub(crate) fn of_byte(byte: u8) -> Option<CardState> {
        CardState::ALL.into_iter().find(|state| state.byte() == byte)
    }
}

/// What becomes of a card by an envelope for this purpose. `None` is a card that the wallet never had. A card just
/// installed waits; see [`installed`].
///
/// # Errors
/// [`Error::Move`]: why the card does not take such an envelope; [`Error::WrongAddress`] for one that is about no card.
pub(crate) fn after(state: Option<CardState>, purpose: Purpose) -> Result<CardState, Error> {
    use CardState::{Active, Deleted, Retired, Suspended, Waiting};
    match (purpose, state) {
        (
            Purpose::IssuerTime
            | Purpose::RotateIssuerKey
            | Purpose::Resynchronise
            | Purpose::Notices
            | Purpose::TransferNotices
            | Purpose::Coupon
            | Purpose::CouponSigner
            | Purpose::CouponNotices,
            _,
        ) => Err(Error::WrongAddress),
        (_, Some(Deleted)) => Err(IllegalMove::CardDeleted.into()),
        (Purpose::InstallCard, None) => Ok(Waiting),
        (Purpose::InstallCard, Some(_)) => Err(IllegalMove::CardExists.into()),
        (_, None) => Err(IllegalMove::NoSuchCard.into()),
        (Purpose::Delete, Some(_)) => Ok(Deleted),
        (_, Some(Retired)) => Err(IllegalMove::CardRetired.into()),
        (Purpose::Suspend | Purpose::Statement, Some(Waiting)) => Err(IllegalMove::CardWaits.into()),
        (Purpose::Suspend, Some(Active | Suspended)) => Ok(Suspended),
        (Purpose::Resume, Some(Active)) => Err(IllegalMove::CardActive.into()),
        (Purpose::Resume, Some(Waiting | Suspended)) => Ok(Active),
        (Purpose::ReplenishKeys | Purpose::Policy | Purpose::Renew | Purpose::Statement, Some(state)) => Ok(state),
    }
}

/// The state of a card just installed for which so many codes may be tried: none, and there is no check to wait for.
pub(crate) fn installed(codes: u8) -> CardState {
    if codes == 0 { CardState::Active } else { CardState::Waiting }
}

#[cfg(test)]
mod tests {
    use super::*;
    use CardState::{Active, Deleted, Retired, Suspended, Waiting};
    use IllegalMove::{CardActive, CardDeleted, CardExists, CardRetired, CardWaits, NoSuchCard};

    type Column = Result<CardState, Error>;

    const fn no(illegal: IllegalMove) -> Column {
        Err(Error::Move(illegal))
    }

    const NOT_ABOUT_A_CARD: [Column; 6] = [Err(Error::WrongAddress); 6];

    #[rustfmt::skip]
    const TABLE: [(Purpose, [Column; 6]); 16] = [
        //                          no such card        waiting             active              suspended           deleted             retired
        (Purpose::InstallCard,     [Ok(Waiting),        no(CardExists),     no(CardExists),     no(CardExists),     no(CardDeleted),    no(CardExists)]),
        (Purpose::ReplenishKeys,   [no(NoSuchCard),     Ok(Waiting),        Ok(Active),         Ok(Suspended),      no(CardDeleted),    no(CardRetired)]),
        (Purpose::Policy,          [no(NoSuchCard),     Ok(Waiting),        Ok(Active),         Ok(Suspended),      no(CardDeleted),    no(CardRetired)]),
        (Purpose::Suspend,         [no(NoSuchCard),     no(CardWaits),      Ok(Suspended),      Ok(Suspended),      no(CardDeleted),    no(CardRetired)]),
        (Purpose::Resume,          [no(NoSuchCard),     Ok(Active),         no(CardActive),     Ok(Active),         no(CardDeleted),    no(CardRetired)]),
        (Purpose::Renew,           [no(NoSuchCard),     Ok(Waiting),        Ok(Active),         Ok(Suspended),      no(CardDeleted),    no(CardRetired)]),
        (Purpose::Delete,          [no(NoSuchCard),     Ok(Deleted),        Ok(Deleted),        Ok(Deleted),        no(CardDeleted),    Ok(Deleted)]),
        (Purpose::IssuerTime,      NOT_ABOUT_A_CARD),
        (Purpose::RotateIssuerKey, NOT_ABOUT_A_CARD),
        (Purpose::Resynchronise,   NOT_ABOUT_A_CARD),
        (Purpose::Notices,         NOT_ABOUT_A_CARD),
        (Purpose::Statement,       [no(NoSuchCard),     no(CardWaits),      Ok(Active),         Ok(Suspended),      no(CardDeleted),    no(CardRetired)]),
        (Purpose::TransferNotices, NOT_ABOUT_A_CARD),
        (Purpose::Coupon,          NOT_ABOUT_A_CARD),
        (Purpose::CouponSigner,    NOT_ABOUT_A_CARD),
        (Purpose::CouponNotices,   NOT_ABOUT_A_CARD),
    ];

    const STATES: [Option<CardState>; 6] =
        [None, Some(Waiting), Some(Active), Some(Suspended), Some(Deleted), Some(Retired)];

    #[test]
    fn every_state_takes_every_envelope_as_the_table_says() {
        for (purpose, row) in TABLE {
            for (state, column) in STATES.into_iter().zip(row) {
                assert_eq!(after(state, purpose), column, "{purpose:?} for {state:?}");
            }
        }
    }

    #[test]
    fn the_table_has_every_purpose_and_every_state() {
        let purposes: Vec<Purpose> = (0..=255).filter_map(Purpose::of_byte).collect();
        assert_eq!(TABLE.map(|(purpose, _)| purpose).as_slice(), purposes);
        let states: Vec<CardState> = (0..=255).filter_map(CardState::of_byte).collect();
        assert_eq!(STATES.iter().flatten().copied().collect::<Vec<_>>(), states);
        assert_eq!(states.iter().map(|state| state.byte()).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    }

    #[test]
    fn nothing_leads_out_of_deleted_nothing_but_that_out_of_retired_and_nothing_but_a_resume_from_waiting_to_active() {
        for (purpose, [_, waiting, .., deleted, retired]) in TABLE {
            assert!(deleted.is_err());
            assert_eq!(retired.is_ok(), purpose == Purpose::Delete);
            assert_eq!(waiting == Ok(Active), purpose == Purpose::Resume);
        }
    }

    #[test]
    fn without_codes_a_new_card_is_active_as_if_resumed_at_once() {
        assert_eq!(Ok(installed(0)), after(Some(Waiting), Purpose::Resume));
        for codes in 1..=10 {
            assert_eq!(Ok(installed(codes)), after(None, Purpose::InstallCard));
        }
    }
}
