//! The card's side of kernel 7 (qPBOC of JR/T 0025): kernel 3's flow with an answer of its own. Rests on public worked
//! examples; no kernel 7 terminal of other people has been run against it.

use super::kernel3::decide;
use super::kernels::{AtHand, Ended};
use crate::card::profile::Application;
use crate::emv::status_word::StatusWord;

/// Answers GET PROCESSING OPTIONS: as kernel 3, without a CID. The terminal reads the cryptogram's type in the CVR.
///
/// # Errors
/// As kernel 3.
pub(crate) fn get_processing_options(
    application: &Application,
    values: &[u8],
    at_hand: &mut AtHand<'_>,
) -> Result<Ended, StatusWord> {
    decide(application, values, at_hand, None)
}
