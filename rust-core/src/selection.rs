//! Application selection: the directory, or an application by its full or partial name (EMV Book 1, section 12.3.5).

use std::sync::Arc;

use crate::command::{Name, Occurrence};
use crate::fci::DIRECTORY_NAME;
use crate::profile::{Application, CardProfile};
use crate::status_word::StatusWord;

/// What SELECT found.
#[derive(Debug)]
pub(crate) enum Selected {
    /// The directory of the card.
    Directory,
    /// One of its applications.
    Application(Arc<Application>),
}

/// Where the last SELECT stopped, so that "next occurrence" can go on from there.
#[derive(Debug, Default)]
pub(crate) struct Cursor {
    /// The application found last, by its place in the card; none after the directory or a miss.
    last: Option<usize>,
}

impl Cursor {
    /// Finds what the terminal names among the applications of this one card.
    ///
    /// # Errors
    /// 6A82 where there is none, or no next one.
    pub(crate) fn select(
        &mut self,
        card: &CardProfile,
        occurrence: Occurrence,
        name: Name<'_>,
    ) -> Result<Selected, StatusWord> {
        let last = self.last.take();
        if name.0 == DIRECTORY_NAME && occurrence == Occurrence::First {
            return Ok(Selected::Directory);
        }
        let from = match (occurrence, last) {
            (Occurrence::First, _) => 0,
            (Occurrence::Next, Some(last)) => last.saturating_add(1),
            (Occurrence::Next, None) => return Err(StatusWord::ApplicationNotFound),
        };
        let mut candidates = card.applications.iter().enumerate().skip(from);
        let (place, application) = candidates
            .find(|(_, application)| application.aid.bytes().starts_with(name.0))
            .ok_or(StatusWord::ApplicationNotFound)?;
        self.last = Some(place);
        Ok(Selected::Application(Arc::clone(application)))
    }
}
