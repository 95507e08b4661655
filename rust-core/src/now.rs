//! The time, as the app hands it in with each call.

/// The phone's clocks at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Now {
    /// How often the phone has booted (Android: `Settings.Global.BOOT_COUNT`).
    pub boot_count: u32,
    /// Milliseconds since boot, sleep included (Android: `SystemClock.elapsedRealtime`). No one can set this clock:
    /// verification windows run on it.
    pub boot_ms: u64,
    /// Wall-clock time in milliseconds since 1970. Anyone can set this clock: it only limits the age of keys.
    pub wall_ms: u64,
}
