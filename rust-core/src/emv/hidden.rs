//! Characters that a person does not see.

/// Whether a person sees nothing of this character, or it turns, hides or breaks the text around it: all control characters, and of
/// Unicode's format characters and separators those that do so (the bidirectional marks, embeddings, overrides and isolates, joiners
/// and others without width, line and paragraph separators). Some scripts write with U+200B to U+200D; no shop's name needs them to be
/// told.
pub(crate) fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}'
        )
}
