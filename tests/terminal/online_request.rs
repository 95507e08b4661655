//! Puts the authorisation request together from what both sides have said.

use crate::authorisation::AuthorisationRequest;
use crate::terminal::card_data::CardData;
use crate::terminal::terminal_data::TerminalData;

/// What every kernel sends, as far as it is there.
#[rustfmt::skip]
const OBJECTS: [u32; 17] = [
    // The terminal's: TVR, date, type, amounts, country, currency, unpredictable number.
    0x95, 0x9A, 0x9C, 0x9F02, 0x9F03, 0x9F1A, 0x5F2A, 0x9F37,
    // The card's: AID, number, sequence number, AIP, IAD, cryptogram, CID, ATC.
    0x4F, 0x57, 0x5A, 0x5F34, 0x82, 0x9F10, 0x9F26, 0x9F27, 0x9F36,
];

/// The request with those objects and the kernel's own. As in a data object list the terminal speaks for itself first.
pub(super) fn of(terminal: &TerminalData, card: &CardData, kernel_objects: &[u32]) -> AuthorisationRequest {
    let mut request = AuthorisationRequest::new();
    for tag in OBJECTS.iter().chain(kernel_objects) {
        if let Some(value) = terminal.object(*tag).or_else(|| card.object(*tag)) {
            request.put(*tag, value);
        }
    }
    request
}
