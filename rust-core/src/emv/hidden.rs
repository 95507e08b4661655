//! Characters that a person does not see.

/// Whether a person sees nothing of this character, or it turns, hides or breaks the text around it: all control characters; the
/// bidirectional marks, embeddings, overrides and isolates; line and paragraph separators; whatever else Unicode lets a screen pass
/// over (`Default_Ignorable_Code_Point`) or uses for annotations. Some scripts write with U+200B to U+200D, and emoji with U+FE0F; no
/// shop's name needs them to be told.
pub(crate) fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
                | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
                | '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
                | '\u{E0000}'..='\u{E0FFF}'
        )
}
