//! Alerts: what they say of ordinary life, and of attacks.

mod ordinary_life;
