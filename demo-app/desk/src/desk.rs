//! The issuer on the desk and the one wallet that it serves: the last that enrolled. What other wallets of this app had is deleted
//! then, as a bank does when its customer has a new phone.
//!
//! A desk holds nothing but the text of its file: every act reads it, and what the act made of it is written before anything is given
//! away. So a process that ends, an act that fails and a disk that is full all leave the desk as it was before or as it is
//! after, and never between.

use std::path::Path;

use hcepay_desk::demo_wallet::life_cycle::{is_test_only, protection};
use hcepay_desk::demo_wallet::random;
use hcepay_tests::issuer::demo_cards::{DEMO_CARDS, demo_card, usual_policy};
use hcepay_tests::issuer::key_entry::{Channel, Protection};
use hcepay_tests::issuer::notices::{Event, Notice};
use hcepay_tests::issuer::provisioning::{CardOrder, Installed, Refused};
use hcepay_tests::issuer::wallets::{CardState, Holder, WalletId};

use crate::error::DeskError;
use crate::kept::{Place, State};

/// The second byte of an enrolment.
const ENROLMENT: u8 = 0x01;
/// The terminal's shop as the issuer knows it.
pub(crate) const SHOP: &str = "hcepay test shop";
/// A wallet asks for keys where so many are left.
const ASK_AT: u16 = 3;

/// An open desk.
#[derive(Debug)]
pub struct Desk {
    place: Place,
    kept: String,
}

/// A card of the wallet, as its issuer knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardAtIssuer {
    /// Its number, which is the wallet's too.
    pub card: u32,
    /// Which demo card it is.
    pub name: &'static str,
    /// The last four digits of its token.
    pub last_four: String,
    /// Expiry YYMM in BCD.
    pub expiry: [u8; 2],
    /// What may be done with it.
    pub state: CardState,
    /// The code of an identity check that it waits for, and how many may still be tried.
    pub identity_check: Option<(String, u8)>,
}

/// How a card is to be installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order<'a> {
    /// Which demo card.
    pub name: &'a str,
    /// How many keys each application gets at first.
    pub keys: u16,
    /// How many codes of an identity check may be tried; 0 for no check.
    pub codes: u8,
    /// What its keys are sealed to; `None` for what the card wants.
    pub protection: Option<Protection>,
}

/// What the issuer does with a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// It must not pay for now.
    Suspend,
    /// It may pay again.
    Resume,
    /// It gets an expiry three years later.
    Renew,
    /// It ends.
    Delete,
}

/// What became of a payment at the desk's own terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// The card that paid.
    pub card: u32,
    /// With which application.
    pub aid: Vec<u8>,
    /// In which channel.
    pub channel: Channel,
    /// The payment's counter.
    pub atc: u16,
    /// What the issuer says of it.
    pub event: Event,
    /// How much.
    pub amount_minor: u64,
    /// ISO 4217 numeric.
    pub currency: u16,
}

impl Desk {
    /// Opens the desk that is in a directory, or makes one.
    ///
    /// # Errors
    /// See [`DeskError`].
    pub fn open(directory: &Path) -> Result<Desk, DeskError> {
        let place = Place::lock(directory)?;
        let kept = match place.read()? {
            Some(text) => {
                State::read(&text)?;
                text
            }
            None => {
                let mut seed = [0; 8];
                random(&mut seed);
                let text = State::new(u64::from_be_bytes(seed)).text()?;
                place.write(&text)?;
                text
            }
        };
        Ok(Desk { place, kept })
    }

    /// Takes away what is kept in a directory, damaged or not. The next desk there is another issuer, with other keys.
    ///
    /// # Errors
    /// [`DeskError::InUse`] where it is open, and those of the disk.
    pub fn discard(directory: &Path) -> Result<(), DeskError> {
        Place::lock(directory)?.clear()
    }

    /// What wallets are created with.
    ///
    /// # Errors
    /// See [`DeskError`].
    pub fn issuer_key(&self) -> Result<[u8; 65], DeskError> {
        Ok(self.state()?.issuer.envelope_key())
    }

    /// A challenge for one enrolment.
    ///
    /// # Errors
    /// See [`DeskError`].
    pub fn challenge(&mut self) -> Result<[u8; 16], DeskError> {
        self.act(|state| Ok(state.issuer.challenge(&mut random)))
    }

    /// Answers a request of the wallet with envelopes, in the order in which they are to be applied.
    ///
    /// # Errors
    /// [`DeskError::ToldToRefuse`], once; and the others.
    pub fn answer(&mut self, request: &[u8], wall_ms: u64) -> Result<Vec<Vec<u8>>, DeskError> {
        self.act(|state| {
            state.listen()?;
            let now = state.clock.now(wall_ms);
            let envelopes = state.issuer.answer(request, now, &mut random)?;
            if let [_, ENROLMENT, rest @ ..] = request
                && let Some(wallet) = rest.first_chunk::<16>()
            {
                if state.wallet.replace(*wallet).is_some_and(|before| before != *wallet) {
                    // It never had the coupon, and would refuse to hear of it.
                    state.shop.held = None;
                }
                state.delete_cards_of_others(wallet)?;
            }
            Ok(envelopes)
        })
    }

    /// The next request is refused.
    ///
    /// # Errors
    /// See [`DeskError`].
    pub fn refuse_next(&mut self, refuses: bool) -> Result<(), DeskError> {
        self.act(|state| {
            state.refuses_next = refuses;
            Ok(())
        })
    }

    /// Whether the next request is refused.
    ///
    /// # Errors
    /// See [`DeskError`].
    pub fn refuses_next(&self) -> Result<bool, DeskError> {
        Ok(self.state()?.refuses_next)
    }

    /// Sends the wallet a demo card.
    ///
    /// # Errors
    /// See [`DeskError`].
    pub fn install(&mut self, order: &Order<'_>, wall_ms: u64) -> Result<Installed, DeskError> {
        if is_test_only(order.name) {
            return Err(Refused::UnknownCard.into());
        }
        self.act(|state| {
            let (wallet, now) = (state.wallet.ok_or(DeskError::NoWallet)?, state.clock.now(wall_ms));
            let protection = order.protection.unwrap_or_else(|| protection(order.name));
            let policy = usual_policy(order.name, protection, ASK_AT);
            let card_order = CardOrder { policy, codes: order.codes, first_keys: order.keys };
            Ok(state.issuer.install(&wallet, order.name, &card_order, now, &mut random)?)
        })
    }

    /// Does something with a card of the wallet, and gives the envelope that tells it so.
    ///
    /// # Errors
    /// See [`DeskError`].
    pub fn move_card(&mut self, act: Act, card: u32) -> Result<Vec<u8>, DeskError> {
        self.act(|state| {
            let holder = Holder { wallet: state.wallet.ok_or(DeskError::NoWallet)?, card };
            Ok(match act {
                Act::Suspend => state.issuer.suspend(holder, &mut random),
                Act::Resume => state.issuer.resume(holder, &mut random),
                Act::Renew => state.issuer.renew(holder, &mut random),
                Act::Delete => state.issuer.delete(holder, &mut random),
            }?)
        })
    }

    /// Sends a card keys of a channel, for each of its applications, and gives the envelopes that bring them.
    ///
    /// # Errors
    /// See [`DeskError`].
    pub fn send_keys(
        &mut self,
        card: u32,
        channel: Channel,
        uses: u16,
        wall_ms: u64,
    ) -> Result<Vec<Vec<u8>>, DeskError> {
        self.act(|state| {
            let holder = Holder { wallet: state.wallet.ok_or(DeskError::NoWallet)?, card };
            let now = state.clock.now(wall_ms);
            Ok(state.issuer.send_keys_for(holder, channel, uses, now, &mut random)?)
        })
    }

    /// Tells the wallet what became of a payment, and gives the envelope that does so.
    ///
    /// # Errors
    /// See [`DeskError`].
    pub fn notify(&mut self, payment: Settled, wall_ms: u64) -> Result<Vec<u8>, DeskError> {
        let Settled { card, aid, channel, atc, event, amount_minor, currency } = payment;
        self.act(|state| {
            let (wallet, wall_ms) = (state.wallet.ok_or(DeskError::NoWallet)?, state.clock.now(wall_ms));
            let merchant = SHOP.to_owned();
            let notice = Notice { card, aid, channel, atc, event, wall_ms, amount_minor, currency, merchant };
            Ok(state.issuer.notify(&wallet, &[notice], &mut random)?)
        })
    }

    /// The cards of the wallet, deleted ones too.
    ///
    /// # Errors
    /// See [`DeskError`].
    pub fn cards(&self) -> Result<Vec<CardAtIssuer>, DeskError> {
        let state = self.state()?;
        let wallet = state.wallet.and_then(|wallet| state.issuer.wallets().wallet(&wallet));
        let cards = wallet.into_iter().flat_map(|wallet| &wallet.cards).filter_map(|(number, card)| {
            let is_it = |name: &&str| demo_card(name).is_some_and(|known| known.token == card.token);
            let name = DEMO_CARDS.into_iter().find(is_it)?;
            Some(CardAtIssuer {
                card: *number,
                name,
                last_four: crate::cards::last_four(card.token.digits()).to_owned(),
                expiry: state.issuer.describe(name)?.expiry,
                state: card.state,
                identity_check: card.identity_check.as_ref().map(|check| (check.code.clone(), check.left)),
            })
        });
        Ok(cards.collect())
    }

    /// What the issuer's clock shows, where the phone's shows this.
    ///
    /// # Errors
    /// See [`DeskError`].
    pub fn now(&self, wall_ms: u64) -> Result<u64, DeskError> {
        Ok(self.state()?.clock.now(wall_ms))
    }

    /// Sets the issuer's clock.
    ///
    /// # Errors
    /// See [`DeskError`].
    pub fn set_clock(&mut self, wall_ms: u64, to_ms: u64) -> Result<(), DeskError> {
        self.act(|state| {
            state.clock.set(wall_ms, to_ms);
            Ok(())
        })
    }

    fn state(&self) -> Result<State, DeskError> {
        State::read(&self.kept)
    }

    /// Acts on what is kept, and keeps what came of it, where it is refused too: what a wallet told counts, and a wrong code
    /// is one less to try.
    pub(crate) fn act<T>(&mut self, work: impl FnOnce(&mut State) -> Result<T, DeskError>) -> Result<T, DeskError> {
        let mut state = self.state()?;
        let outcome = work(&mut state);
        let text = state.text()?;
        if text != self.kept {
            self.place.write(&text)?;
            self.kept = text;
        }
        outcome
    }
}

impl State {
    /// Where it was told to refuse the next request, this is it.
    pub(crate) fn listen(&mut self) -> Result<(), DeskError> {
        if std::mem::take(&mut self.refuses_next) { Err(DeskError::ToldToRefuse) } else { Ok(()) }
    }

    fn delete_cards_of_others(&mut self, wallet: &WalletId) -> Result<(), DeskError> {
        let wallets = self.issuer.wallets();
        let others = wallets.ids().filter(|id| *id != wallet).filter_map(|id| Some((*id, wallets.wallet(id)?)));
        let cards = others.flat_map(|(wallet, known)| {
            let there = known.cards.iter().filter(|(_, card)| card.state != CardState::Deleted);
            there.map(move |(card, _)| Holder { wallet, card: *card })
        });
        for holder in cards.collect::<Vec<Holder>>() {
            self.issuer.delete(holder, &mut random)?;
        }
        Ok(())
    }
}
