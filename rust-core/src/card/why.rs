//! Why a contact ended as it did, in one sentence for its holder: what happened, and what they can do. What only the terminal
//! says is told as its word. The one source of these words: the programs on the desk show them, and a test holds the demo
//! app's to them.

use super::report::Reason;

impl Reason {
    /// The sentence, in English.
    pub fn why(self) -> &'static str {
        match self {
            Reason::Verified => "You verified. The reader shows whether the bank said yes.",
            Reason::VerificationNotNeeded => "No verification was needed. The reader shows whether the bank said yes.",
            Reason::NoKeyLeft => "The card has no payments left. Get new ones from the bank.",
            Reason::KeyNotYetValid => {
                "The card's payments are not valid yet. Try again later, or ask the bank for others."
            }
            Reason::KeyExpired => "The card's payments are too old. Get new ones from the bank.",
            Reason::CounterAtItsEnd => "The card is used up. Ask the bank for a new one.",
            Reason::OverKeyLimit => {
                "The amount, or the currency, is more than the bank allows this card at once. Pay with another card."
            }
            Reason::CardNotActive => {
                "The card waits for your code, or the bank has suspended it. Open the card to see which."
            }
            Reason::PhoneLocked => "The phone is locked. Unlock it and tap again.",
            Reason::ClockSetBack => "The phone's clock was set back. Set it right, or ask the bank for the right time.",
            Reason::RolledBack => {
                "An older copy of the wallet was put back. The bank must be asked before it pays again."
            }
            Reason::StorageFailed => {
                "The payment could not be written down, so nothing was paid. Is the phone's storage full?"
            }
            Reason::TerminalOfflineOnly => {
                "The reader says that it is not connected, and this card pays only with the bank. Try another reader."
            }
            Reason::TerminalMagStripeOnly => {
                "The reader says that it reads magnetic stripe data only, which this card does not give. Try another reader."
            }
            Reason::TerminalDeclined => "The reader said no. Ask at the till for the reason.",
            Reason::NotVerified => "This card asks who you are before it pays. Verify and tap again.",
            Reason::WindowOver => "You verified, but too long ago. Verify and tap again.",
            Reason::TooManyRequests => "Readers asked too often. Verify to go on.",
            Reason::BeforeCryptogram => "The phone left the reader too early. Nothing was paid; hold it there longer.",
            Reason::AfterCryptogram => {
                "The phone left the reader too early. Look at the reader: the payment may have gone through."
            }
            Reason::Fault => "The app made a mistake. Look at the reader: the payment may have gone through.",
            Reason::ProcessEnded => "The app was ended in the middle. Ask the bank: the payment may have gone through.",
            Reason::OverTerminalLimit => {
                "The amount is above what the reader says it takes from this card. Pay with another card."
            }
            Reason::NoDataAuthentication => {
                "The reader wanted proof that this card is real, and the card's key for that did not work. Tell the bank."
            }
            Reason::CertificateOver => {
                "The card's proof that it is real has ended. Open the card and get a new one from the bank."
            }
            Reason::ArmedForAnotherCard => "You verified for another card. Verify for this one and tap again.",
            Reason::ArmedForAnotherPayment => {
                "The reader asks for another amount or currency than you verified for. Look at it, verify and tap again."
            }
            Reason::Frozen => "This card is frozen. Unfreeze it, or pay with another card.",
            Reason::OverHolderLimit => {
                "The payment is over a limit that you have set for this card. Change it, or pay with another card."
            }
            Reason::TemporaryUseOver => {
                "The temporary use of this card that you had set is over. Pay with another card."
            }
            Reason::UnpredictableNumberRepeated => {
                "The reader used a number that another payment had. Verify first, or pay at another reader."
            }
            Reason::Transit => {
                "No verification was asked for, as you allow at gates. The gate shows whether it lets you pass."
            }
            Reason::LowValue => "A small payment, without verification. The reader shows whether the bank said yes.",
            Reason::OnlinePin => "The reader asks for your PIN. It shows whether the bank said yes.",
            Reason::AllowanceUsedUp => "What may be paid without verification is used up. Verify and tap again.",
        }
    }
}
