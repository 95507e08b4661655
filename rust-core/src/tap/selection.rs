//! Application selection: the directory, or an application by its full or partial name (EMV Book 1, section 12.3.5).

use std::sync::Arc;

use crate::card::profile::{Application, CardProfile};
use crate::emv::aid::Aid;
use crate::emv::command::{Name, Occurrence};
use crate::emv::fci::DIRECTORY_NAME;
use crate::emv::status_word::StatusWord;

/// What SELECT found.
#[derive(Debug)]
pub(crate) enum Selected {
    /// The directory of the card.
    Directory,
    /// One of its applications.
    Application(Arc<Application>),
}

/// Where the last SELECT stopped, so that "next occurrence" can go on from there.
#[derive(Debug)]
pub(crate) struct Cursor {
    /// The name that was asked for.
    name: Aid,
    /// The application found by it, by its place in the card.
    place: usize,
}

/// Finds what the terminal names among the applications of this one card, and where to go on from. `last` is what the
/// SELECT just before found by name, if it did.
///
/// # Errors
/// 6A82 where there is none, or no next one.
pub(crate) fn select(
    card: &CardProfile,
    last: Option<Cursor>,
    occurrence: Occurrence,
    name: Name<'_>,
) -> Result<(Selected, Option<Cursor>), StatusWord> {
    if name.0 == DIRECTORY_NAME && occurrence == Occurrence::First && !card.applications.is_empty() {
        return Ok((Selected::Directory, None));
    }
    let asked = Aid::new(name.0).ok_or(StatusWord::WrongLength)?;
    let from = match (occurrence, last) {
        (Occurrence::First, _) => 0,
        (Occurrence::Next, Some(last)) if last.name == asked => last.place.saturating_add(1),
        (Occurrence::Next, _) => return Err(StatusWord::ApplicationNotFound),
    };
    let mut candidates = card.applications.iter().enumerate().skip(from);
    let (place, application) = candidates
        .find(|(_, application)| application.aid.bytes().starts_with(name.0))
        .ok_or(StatusWord::ApplicationNotFound)?;
    Ok((Selected::Application(Arc::clone(application)), Some(Cursor { name: asked, place })))
}
