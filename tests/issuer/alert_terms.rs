//! What counts as unusual for one card, as the issuer puts it behind a policy.

/// What a wallet does when a rule speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// What it usually does.
    Usual = 0,
    /// It keeps it for who looks.
    Note = 1,
    /// It tells the holder.
    Alert = 2,
    /// It wants the holder verified for the next payment.
    VerifyAgain = 3,
    /// It freezes the card.
    Freeze = 4,
}

/// For each rule, by its number in the wallet's alerts: what follows, and from which number on (0: the usual one).
pub fn alert_terms(terms: &[(u8, Action, u32)]) -> Vec<u8> {
    let mut content = vec![u8::try_from(terms.len()).unwrap_or(u8::MAX)];
    for (rule, action, threshold) in terms {
        content.extend([*rule, *action as u8]);
        content.extend(threshold.to_be_bytes());
    }
    content
}
