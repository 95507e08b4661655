//! The issuer's answer to a request of any kind: all that waits for the wallet, in order, and then what was asked for. An
//! envelope that is passed over would be too old later.

use super::Issuer;
use super::contents::issuer_time;
use super::life_cycle::IdentityAnswer;
use super::provisioning::Refused;
use super::requests::{Body, Request};
use super::seal::Purpose;
use super::wallets::{Holder, WalletId};

impl Issuer {
    /// Answers a request of any kind.
    pub fn answer(
        &mut self,
        request: &[u8],
        wall_ms: u64,
        randomness: &mut dyn FnMut(&mut [u8]),
    ) -> Result<Vec<Vec<u8>>, Refused> {
        let read = self.read(request)?;
        match read.body {
            Body::Enrolment { .. } => {
                self.enrol(request, wall_ms)?;
                self.install_what_does_not_wait(&read.wallet, wall_ms, randomness)?;
                self.at_least_the_time(&read, wall_ms, randomness)
            }
            Body::Replenishment { .. } => {
                self.replenish(request, wall_ms, randomness)?;
                self.renew_certificates(&read.wallet, wall_ms, randomness)?;
                Ok(self.waiting(&read.wallet))
            }
            Body::IdentityCheck { .. } => {
                let answer = self.check_identity(request, randomness)?;
                let waiting = self.waiting(&read.wallet);
                // That a code was wrong is said by the time, which names the request: silence could be anybody's.
                let is_wrong = matches!(answer, IdentityAnswer::Wrong { .. });
                let time = is_wrong.then(|| self.time(&read, wall_ms, randomness)).transpose()?;
                Ok(waiting.into_iter().chain(time).collect())
            }
            Body::IssuerTime => {
                let time = self.tell_time(request, wall_ms, randomness)?;
                Ok([self.waiting(&read.wallet), vec![time]].concat())
            }
            Body::Resynchronisation { .. } => self.resynchronise(request, wall_ms, randomness),
            Body::CheckIn { .. } => self.check_in(request, wall_ms, randomness),
        }
    }

    /// Answers a check in: with all that waits, or the time.
    pub fn check_in(
        &mut self,
        request: &[u8],
        wall_ms: u64,
        randomness: &mut dyn FnMut(&mut [u8]),
    ) -> Result<Vec<Vec<u8>>, Refused> {
        let request = self.read(request)?;
        if !matches!(request.body, Body::CheckIn { .. }) {
            return Err(Refused::OtherKind);
        }
        self.hear(&request)?;
        self.renew_certificates(&request.wallet, wall_ms, randomness)?;
        self.at_least_the_time(&request, wall_ms, randomness)
    }

    /// What was sent to this wallet and not said to be applied, in the order of its sequence.
    pub fn waiting(&self, wallet: &WalletId) -> Vec<Vec<u8>> {
        let waiting = self.wallets.wallet(wallet).map(|wallet| wallet.waiting.values());
        waiting.into_iter().flatten().map(|waiting| waiting.envelope.clone()).collect()
    }

    /// All that waits. The wallet must see that it was heard: where nothing waits, by the time.
    fn at_least_the_time(
        &mut self,
        request: &Request,
        wall_ms: u64,
        randomness: &mut dyn FnMut(&mut [u8]),
    ) -> Result<Vec<Vec<u8>>, Refused> {
        let waiting = self.waiting(&request.wallet);
        if !waiting.is_empty() {
            return Ok(waiting);
        }
        Ok(vec![self.time(request, wall_ms, randomness)?])
    }

    /// The time, as an answer to this request.
    fn time(
        &mut self,
        request: &Request,
        wall_ms: u64,
        randomness: &mut dyn FnMut(&mut [u8]),
    ) -> Result<Vec<u8>, Refused> {
        let holder = Holder { wallet: request.wallet, card: 0 };
        self.send(holder, Purpose::IssuerTime, &issuer_time(&request.challenge, wall_ms), randomness)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::issuer::certificate_terms::CertificateTerms;
    use crate::issuer::minimal_wallet::{MinimalWallet, randomness};
    use crate::issuer::provisioning::tests::{NEW_YEAR, ORDER, installed};
    use crate::issuer::wallets::{CardState, Unheard};

    fn check_in(issuer: &mut Issuer, wallet: &mut MinimalWallet) -> Result<Vec<Vec<u8>>, Refused> {
        let request = wallet.check_in();
        issuer.answer(&request, NEW_YEAR, &mut randomness(1))
    }

    #[test]
    fn a_check_in_fetches_what_waits_until_it_is_acknowledged_and_then_the_time() {
        let mut issuer = Issuer::new(0);
        let mut wallet = MinimalWallet::enrolled(1, &mut issuer);
        let (card, _) = installed(&mut issuer, &mut wallet, "kernel3-cvn18", &ORDER);
        let sent =
            [issuer.suspend(card, &mut randomness(1)).unwrap(), issuer.resume(card, &mut randomness(1)).unwrap()];
        assert_eq!(check_in(&mut issuer, &mut wallet), Ok(sent.to_vec()), "what was installed is acknowledged");
        assert_eq!(check_in(&mut issuer, &mut wallet), Ok(sent.to_vec()), "again, where they were lost");
        wallet.open(&sent[0]);
        assert_eq!(check_in(&mut issuer, &mut wallet), Ok(sent[1..].to_vec()));
        wallet.open(&sent[1]);
        let [time] = check_in(&mut issuer, &mut wallet).unwrap().try_into().unwrap();
        let opened = wallet.open(&time);
        assert_eq!((opened.purpose, &opened.content[..16]), (8, wallet.challenge.as_slice()));
    }

    #[test]
    fn every_answer_brings_what_waits_before_what_was_asked_for() {
        let mut issuer = Issuer::new(0);
        let mut wallet = MinimalWallet::enrolled(1, &mut issuer);
        let (card, keys) = installed(&mut issuer, &mut wallet, "kernel3-cvn18", &ORDER);
        let renewed = issuer.renew(card, &mut randomness(1)).unwrap();
        let request = wallet.request(4, &[]);
        let answer = issuer.answer(&request, NEW_YEAR, &mut randomness(1)).unwrap();
        assert_eq!((answer.len(), &answer[0]), (2, &renewed));
        let request = wallet.replenishment(&[(card.card, &keys[0].aid, 2)]);
        let answer = issuer.answer(&request, NEW_YEAR, &mut randomness(1)).unwrap();
        let purposes: Vec<u8> = answer.iter().map(|envelope| wallet.open(envelope).purpose).collect();
        assert_eq!(purposes, [6, 2], "a renewal, and keys");
    }

    #[test]
    fn certificates_that_end_are_renewed_once_with_the_answer_to_a_check_in_or_a_replenishment() {
        const FEBRUARY: u64 = NEW_YEAR + 31 * 24 * 3_600_000;
        for renews in [true, false] {
            for asks_for_keys in [false, true] {
                let mut issuer = Issuer::new(0);
                let mut wallet = MinimalWallet::enrolled(1, &mut issuer);
                let terms = CertificateTerms { months: Some(1), renews, ..CertificateTerms::default() };
                issuer.set_certificate_terms(terms);
                let (plain, keys) = installed(&mut issuer, &mut wallet, "kernel3-cvn18", &ORDER);
                let (certified, _) = installed(&mut issuer, &mut wallet, "kernel2-cvn14", &ORDER);
                let mut answered = |wall_ms| {
                    let request = match asks_for_keys {
                        true => wallet.replenishment(&[(plain.card, &keys[0].aid, 1)]),
                        false => wallet.check_in(),
                    };
                    let answer = issuer.answer(&request, wall_ms, &mut randomness(1)).unwrap();
                    answer.iter().map(|envelope| wallet.open(envelope)).any(|opened| {
                        assert!(opened.purpose != 6 || opened.card == certified.card, "the other has no certificates");
                        opened.purpose == 6
                    })
                };
                // 31 days before, 28 days before, and when the new ones end only after the next month.
                let seen = [NEW_YEAR + 28 * 24 * 3_600_000, FEBRUARY, FEBRUARY].map(&mut answered);
                assert_eq!(seen, [false, renews, false], "{asks_for_keys}");
            }
        }
    }

    #[test]
    fn an_enrolment_is_answered_and_so_is_one_that_comes_again() {
        let mut issuer = Issuer::new(0);
        let mut wallet = MinimalWallet::new(1, &issuer);
        for _ in 0..2 {
            let challenge = issuer.challenge(&mut randomness(1));
            let request = wallet.enrolment(&challenge);
            let [time] = issuer.answer(&request, NEW_YEAR, &mut randomness(1)).unwrap().try_into().unwrap();
            let opened = wallet.open(&time);
            assert_eq!((opened.purpose, &opened.content[..16]), (8, wallet.challenge.as_slice()));
        }
    }

    #[test]
    fn a_card_that_is_not_listed_any_more_was_deleted_by_its_holder_and_one_that_waits_was_not() {
        let mut issuer = Issuer::new(0);
        let mut wallet = MinimalWallet::enrolled(1, &mut issuer);
        let (card, _) = installed(&mut issuer, &mut wallet, "kernel3-cvn18", &ORDER);
        let waits = issuer.install(&wallet.id, "kernel3-cvn43", &ORDER, NEW_YEAR, &mut randomness(1)).unwrap();
        issuer.suspend(card, &mut randomness(1)).unwrap();
        wallet.cards.remove(&card.card);
        assert_eq!(check_in(&mut issuer, &mut wallet), Ok(vec![waits.envelope]), "the suspend has no use any more");
        assert_eq!(issuer.wallets().card(card).unwrap().state, CardState::Deleted);
        let waiting = Holder { wallet: wallet.id, card: waits.card };
        assert_eq!(issuer.wallets().card(waiting).unwrap().state, CardState::Active);
    }

    #[test]
    fn a_resynchronisation_takes_the_place_of_what_waited() {
        let mut issuer = Issuer::new(0);
        let mut wallet = MinimalWallet::enrolled(1, &mut issuer);
        let (card, _) = installed(&mut issuer, &mut wallet, "kernel3-cvn18", &ORDER);
        let before = wallet.clone();
        let renewed = issuer.renew(card, &mut randomness(1)).unwrap();
        wallet.open(&renewed);
        check_in(&mut issuer, &mut wallet).unwrap();
        issuer.suspend(card, &mut randomness(1)).unwrap();
        let challenge = wallet.challenge;
        wallet = MinimalWallet { challenge, ..before };
        assert!(matches!(check_in(&mut issuer, &mut wallet), Err(Refused::Unheard(Unheard::RolledBack(_)))));
        let request = wallet.resynchronisation();
        let answer = issuer.answer(&request, NEW_YEAR, &mut randomness(1)).unwrap();
        let purposes: Vec<u8> = answer.iter().map(|envelope| wallet.open(envelope).purpose).collect();
        assert_eq!(purposes, [0x0A, 6, 4], "resynchronise, renew, suspend");
    }
}
