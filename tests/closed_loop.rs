//! The closed-loop scheme as card and issuer compute it: they agree, and its MAC is the one that Project Wycheproof knows.

mod agreement;
mod wycheproof_cases;
