//! What is read of requests, and what is refused.

use super::*;
use crate::issuer::Issuer;
use crate::issuer::minimal_wallet::MinimalWallet;

/// A wallet with two cards.
fn wallet() -> MinimalWallet {
    let mut wallet = MinimalWallet::new(7, &Issuer::new(0));
    let aid = |last| vec![0xA0, 0, 0, 0, 3, last];
    wallet.cards.insert(1, (2, vec![(aid(1), 1, 3, 9), (aid(1), 2, 0, 0), (aid(2), 1, 0, 4)]));
    wallet.cards.insert(4, (1, Vec::new()));
    wallet
}

fn read(wallet: &MinimalWallet, request: &[u8]) -> Result<Request, RequestRefused> {
    Request::read(request, &|id| (*id == wallet.id).then(|| wallet.signature_point()))
}

/// The request with other bytes from this place on, signed again.
fn re_signed(wallet: &MinimalWallet, request: &[u8], at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut unsigned = request.split_last_chunk::<64>().unwrap().0.to_vec();
    unsigned[at..].iter_mut().zip(bytes).for_each(|(old, new)| *old = *new);
    wallet.signed(unsigned)
}

/// As a request has them.
fn written(points: &SpendPoints) -> Vec<u8> {
    let if_any = |point: Option<[u8; 65]>| point.map_or(vec![0], |point| [&[65], point.as_slice()].concat());
    [points.device.to_vec(), if_any(points.unlocked), if_any(points.authenticated)].concat()
}

#[test]
fn every_kind_is_read_as_it_was_written() {
    let mut wallet = wallet();
    (wallet.mark, wallet.sequence) = (12, 34);
    for kind in 1..=6 {
        let bytes = wallet.any_request(kind);
        let request = read(&wallet, &bytes).unwrap();
        assert_eq!((request.wallet, request.challenge), (wallet.id, wallet.challenge));
        assert_eq!((request.mark, request.sequence), (12, 34));
        match (kind, request.body) {
            (1, Body::Enrolment { challenge, device, spend_points, chains }) => {
                assert!(chains.agreement.is_empty() && chains.signature.is_empty());
                assert_eq!((challenge, device.signature), (vec![7; 16], wallet.signature_point()));
                assert_eq!(written(&spend_points), wallet.spend_points());
            }
            (2, Body::Replenishment { wanted, listing, .. }) => {
                assert_eq!((wanted.len(), wanted[0].sequence.card, wanted[0].uses), (1, 1, 4));
                assert_eq!(listing.digest(34, 12), request.digest);
                assert_eq!((listing.cards[0].card, listing.cards[0].state, listing.cards[1].state), (1, 2, 1));
                let counters: Vec<(u16, u16)> =
                    listing.counters().map(|counter| (counter.last_gone, counter.highest_held)).collect();
                assert_eq!(counters, [(3, 9), (0, 0), (0, 4)]);
            }
            (3, Body::IdentityCheck { card, code }) => assert_eq!((card, code.as_slice()), (1, b"123456".as_slice())),
            (4, Body::IssuerTime) => (),
            (5, Body::Resynchronisation { listing, .. }) => assert_eq!(listing.digest(34, 12), request.digest),
            (6, Body::CheckIn { listing, spend_points }) => {
                assert_eq!(listing.digest(34, 12), request.digest);
                assert_eq!(written(&spend_points), wallet.spend_points());
            }
            (kind, body) => panic!("{kind} was read as {body:?}"),
        }
    }
}

#[test]
fn a_request_cut_anywhere_is_truncated_and_one_with_more_is_malformed() {
    let mut wallet = wallet();
    for kind in 1..=6 {
        let request = wallet.any_request(kind);
        for length in 0..request.len() {
            assert_eq!(read(&wallet, &request[..length]), Err(RequestRefused::Truncated), "{kind} cut at {length}");
        }
        let more = [request.as_slice(), &[0]].concat();
        assert_eq!(read(&wallet, &more), Err(RequestRefused::Malformed));
    }
}

#[test]
fn no_changed_byte_of_a_request_is_accepted() {
    let mut wallet = wallet();
    for kind in 1..=6 {
        let request = wallet.any_request(kind);
        for place in 0..request.len() {
            let mut changed = request.clone();
            changed[place] ^= 0x01;
            assert!(read(&wallet, &changed).is_err(), "{kind} changed at {place}");
        }
    }
}

#[test]
fn a_request_that_another_wallet_signed_has_a_wrong_signature() {
    let mut wallet = wallet();
    let mut other = MinimalWallet::new(8, &Issuer::new(0));
    other.cards = wallet.cards.clone();
    for kind in 2..=6 {
        let request = wallet.any_request(kind);
        let forged = other.signed(request[..request.len() - 64].to_vec());
        assert_eq!(read(&wallet, &forged), Err(RequestRefused::WrongSignature), "{kind}");
        let unknown = other.any_request(kind);
        assert_eq!(read(&wallet, &unknown), Err(RequestRefused::UnknownWallet), "{kind}");
    }
    let enrolment = wallet.any_request(1);
    let forged = other.signed(enrolment[..enrolment.len() - 64].to_vec());
    assert_eq!(read(&wallet, &forged), Err(RequestRefused::WrongSignature), "the point in it did not sign it");
}

/// The body begins at 84: behind version, kind, wallet, challenge, sequence, mark, digest and its length.
#[test]
fn what_is_wrong_inside_a_signed_request_is_named() {
    let mut wallet = wallet();
    let cases: [(u8, usize, &[u8], RequestRefused); 10] = [
        (4, 0, &[1], RequestRefused::UnsupportedVersion),
        (4, 1, &[7], RequestRefused::UnknownKind),
        (1, 84 + 17, &[5], RequestRefused::NoPoint),
        (3, 84 + 4, &[5], RequestRefused::Malformed),
        (5, 84 + 1, &[0, 0, 0, 0], RequestRefused::Malformed),
        (5, 84 + 5, &[4], RequestRefused::Malformed),
        (5, 84 + 7, &[4], RequestRefused::Malformed),
        // The first AID behind the second one, the second channel that of the first.
        (5, 84 + 13, &[3], RequestRefused::Malformed),
        (5, 84 + 26, &[1], RequestRefused::Malformed),
        (6, 84 + 5, &[4], RequestRefused::Malformed),
    ];
    for (kind, place, bytes, refused) in cases {
        let request = wallet.any_request(kind);
        let request = re_signed(&wallet, &request, place, bytes);
        assert_eq!(read(&wallet, &request), Err(refused), "{kind} at {place}");
    }
    let nothing_wanted = wallet.replenishment(&[]);
    assert_eq!(read(&wallet, &nothing_wanted), Err(RequestRefused::Malformed));
    let nothing_to_check = wallet.identity_check(1, "");
    assert_eq!(read(&wallet, &nothing_to_check), Err(RequestRefused::Malformed));
}

#[test]
fn a_spend_key_that_was_not_made_has_no_point() {
    let mut wallet = wallet();
    let device = wallet.spend_points()[..65].to_vec();
    let listing = [0];
    let asked = wallet.request(6, &[listing.as_slice(), &device, &[0, 0]].concat());
    let Body::CheckIn { spend_points, .. } = read(&wallet, &asked).unwrap().body else { panic!("a check in") };
    let expected = SpendPoints { device: device.clone().try_into().unwrap(), unlocked: None, authenticated: None };
    assert_eq!(spend_points, expected);
    for (points, refused) in [
        (vec![64], RequestRefused::Truncated),
        ([[64].as_slice(), &device[..64], &[0]].concat(), RequestRefused::Truncated),
        ([[66].as_slice(), &device, &[0], &[0]].concat(), RequestRefused::Malformed),
        ([[65, 5].as_slice(), &device[1..], &[0]].concat(), RequestRefused::NoPoint),
        (vec![0, 0, 0], RequestRefused::Malformed),
    ] {
        let asked = wallet.request(6, &[listing.as_slice(), &device, &points].concat());
        assert_eq!(read(&wallet, &asked), Err(refused), "{points:?}");
    }
}

#[test]
fn certificates_are_read_as_they_were_written_within_bounds() {
    let mut wallet = wallet();
    let points = {
        let enrolment = wallet.enrolment(&[7; 16]);
        enrolment[84..enrolment.len() - 64 - 2].to_vec()
    };
    let chain = |certificates: &[Vec<u8>]| {
        let certificate = |one: &Vec<u8>| [(one.len() as u16).to_be_bytes().as_slice(), one].concat();
        [vec![certificates.len() as u8], certificates.iter().flat_map(certificate).collect()].concat()
    };
    let six: Vec<Vec<u8>> = (1..=6).map(|number| vec![number; 4096]).collect();
    let asked = wallet.request(1, &[points.as_slice(), &chain(&six), &chain(&six[..1])].concat());
    let Body::Enrolment { chains, .. } = read(&wallet, &asked).unwrap().body else { panic!("an enrolment") };
    assert_eq!((chains.agreement, chains.signature), (six.clone(), six[..1].to_vec()));
    for (bytes, refused) in [
        (chain(&vec![vec![1]; 7]), RequestRefused::Malformed),
        (chain(&[vec![1; 4097]]), RequestRefused::Malformed),
        (chain(&[Vec::new()]), RequestRefused::Malformed),
        (vec![1, 0, 2, 9], RequestRefused::Truncated),
    ] {
        let (first, second) = ([points.as_slice(), &bytes].concat(), [points.as_slice(), &[0], &bytes].concat());
        for body in [[first.as_slice(), &[0]].concat(), second] {
            let asked = wallet.request(1, &body);
            assert_eq!(read(&wallet, &asked), Err(refused));
        }
    }
}
