//! What an issuer's verification policy lets a card pay without its holder verified, and what it never does.

use crate::checkout::grow_until_compacted;
use crate::enrolled_wallet::EnrolledWallet;
use crate::everyday::*;
use hcepay_core::{ContentError, Error, LimitFault, Outcome, Reason, Scope};
use hcepay_desk::plain_key::{made, terms};
use hcepay_tests::bytes::from_hex;
use hcepay_tests::issuer::alert_terms::{Action, alert_terms};
use hcepay_tests::issuer::contents::{Policy, install_card};
use hcepay_tests::issuer::demo_cards::demo_card;
use hcepay_tests::issuer::key_entry::Protection;
use hcepay_tests::issuer::seal::Purpose;
use hcepay_tests::issuer::verification_policy::{Allowance, Gates, always, but_for};
use hcepay_tests::terminal::{self, Merchant, Purchase, Terminal};

#[test]
fn low_value_is_paid_without_verification_until_the_total_or_the_count_is_used_up() {
    for name in ["kernel3-everyday", "kernel2-everyday"] {
        let mut holder = with_card(name, flexible());
        for minor in [2000, 2000, 1000] {
            let report = tap(&mut holder, minor);
            assert_eq!((report.outcome, report.reason), (Outcome::AuthorisationRequested, Some(Reason::LowValue)));
        }
        let report = tap(&mut holder, 1);
        assert_eq!((report.reason, report.atc), (Some(Reason::AllowanceUsedUp), None), "{name}: 50.00 are paid");
        assert_eq!(arm_and_tap(&mut holder, 3000).reason, Some(Reason::Verified));
        for _ in 0..4 {
            assert_eq!(tap(&mut holder, 0).reason, Some(Reason::LowValue));
        }
        assert_eq!(tap(&mut holder, 0).reason, Some(Reason::AllowanceUsedUp), "{name}: the fifth");
    }
}

#[test]
fn a_payment_above_the_single_amount_or_in_another_currency_needs_verification() {
    let mut holder = with_card("kernel3-everyday", flexible());
    assert_eq!(tap(&mut holder, 2001).reason, Some(Reason::NotVerified));
    let dollars = Purchase { currency: 840, ..purchase(1) };
    let (_, report) = tap_at(&mut holder, &Terminal::default(), &dollars);
    assert_eq!((report.outcome, report.reason), (Outcome::VerificationNeeded, Some(Reason::NotVerified)));
    assert_eq!(tap(&mut holder, 2000).reason, Some(Reason::LowValue));
}

#[test]
fn a_terminal_that_asks_for_verification_gets_none_without_it_however_small_the_amount() {
    let strict = Terminal { cvm_required_above: 0, ..Terminal::default() };
    for name in ["kernel3-everyday", "kernel2-everyday"] {
        let mut holder = with_card(name, flexible());
        let (_, report) = tap_at(&mut holder, &strict, &purchase(100));
        assert_eq!((report.reason, report.atc), (Some(Reason::NotVerified), None), "{name}");
    }
}

#[test]
fn what_was_paid_without_verification_counts_through_compaction_and_another_policy() {
    let mut holder = with_card("kernel3-everyday", flexible());
    // Of the first one nothing but the sum is left, the second one is still to be told: neither is lost, neither counts twice.
    let acknowledged = tap(&mut holder, 2000);
    assert_eq!(acknowledged.reason, Some(Reason::LowValue));
    holder.wallet.acknowledge(acknowledged.id.unwrap()).unwrap();
    assert_eq!(tap(&mut holder, 2000).reason, Some(Reason::LowValue));
    let more = policy(but_for(&[Allowance { count: 9, ..LOW_VALUE }], None, false));
    let number = holder.card().number();
    holder.apply_content(Purpose::Policy, number, &more.content()).unwrap();
    grow_until_compacted(&holder.wallet, holder.now);
    holder.keep_mark();
    holder.reopen();
    holder.wallet.make_ready(holder.now).unwrap();
    assert_eq!(tap(&mut holder, 1001).reason, Some(Reason::AllowanceUsedUp));
    assert_eq!(tap(&mut holder, 1000).reason, Some(Reason::LowValue));
}

#[test]
fn always_asks_for_verification_whatever_profile_and_terminal_say() {
    let strict = Policy { verification: always(), ..Policy::of_single_uses(Protection::Authenticated, 2) };
    let mut holder = with_card("kernel3-everyday", strict);
    assert_eq!(tap(&mut holder, 1).reason, Some(Reason::NotVerified));
    assert_eq!(arm_and_tap(&mut holder, 1).reason, Some(Reason::Verified));
}

#[test]
fn always_needs_no_locked_key_to_be_kept() {
    // Keys that nothing locks, of a card that by its profile pays small amounts as they come: the policy alone is in the way.
    for (verification, reason) in [(always(), Reason::NotVerified), (Vec::new(), Reason::VerificationNotNeeded)] {
        let policy = Policy { verification, ..Policy::of_single_uses(Protection::Authenticated, 2) };
        let mut holder = EnrolledWallet::new();
        holder.install_with("kernel3-everyday", policy, 0, 0);
        holder.wallet.add_keys_unsealed(holder.card(), vec![made(&terms(&AID, 1))], holder.now).unwrap();
        holder.keep_mark();
        let (wallet, now) = (&holder.wallet, holder.now);
        Terminal::default().pay(&purchase(1), &mut |command| wallet.process(now, command));
        let report = wallet.deactivated(now);
        let spent = (reason == Reason::VerificationNotNeeded).then_some(1);
        assert_eq!((report.reason, report.atc.map(hcepay_core::Atc::number)), (Some(reason), spent));
    }
}

#[test]
fn a_gate_is_passed_only_as_the_holder_chose_with_named_applications_and_merchants() {
    let mut holder = with_card("kernel3-everyday", policy(but_for(&[], Some(&gates()), false)));
    let ride = |holder: &mut EnrolledWallet, terminal: &Terminal, minor| tap_at(holder, terminal, &purchase(minor)).1;
    assert_eq!(ride(&mut holder, &gate(), 0).reason, Some(Reason::NotVerified), "nobody has chosen it");
    arm(&holder, Scope::AnyCard);
    holder.wallet.pass_gates(holder.card(), true, holder.now).unwrap();
    let shop = Merchant { category: 5411, name: "SHOP".to_owned() };
    let shop = Terminal { merchant: Some(shop), ..Terminal::default() };
    assert_eq!(ride(&mut holder, &shop, 0).reason, Some(Reason::NotVerified), "another merchant");
    assert_eq!(ride(&mut holder, &Terminal::default(), 0).reason, Some(Reason::NotVerified), "none named");
    assert_eq!(ride(&mut holder, &gate(), 301).reason, Some(Reason::NotVerified), "too much");
    let dollars = Purchase { currency: 840, ..purchase(0) };
    let (passed, report) = tap_at(&mut holder, &gate(), &dollars);
    assert_eq!(report.reason, Some(Reason::Transit), "nothing, in whatever currency");
    assert_eq!(passed.reason, terminal::Reason::NoVerification, "the terminal is told of no verification");
    assert_eq!(ride(&mut holder, &gate(), 300).reason, Some(Reason::Transit));
    assert_eq!(ride(&mut holder, &gate(), 300).reason, Some(Reason::Transit));
    assert_eq!(ride(&mut holder, &gate(), 0).reason, Some(Reason::AllowanceUsedUp), "the fourth");
    let (_, report) = {
        arm(&holder, Scope::AnyCard);
        tap_at(&mut holder, &gate(), &purchase(0))
    };
    assert_eq!(report.reason, Some(Reason::Verified));
    let strict = Terminal { cvm_required_above: 0, ..gate() };
    let (_, report) = tap_at(&mut holder, &strict, &purchase(1));
    assert_eq!(report.reason, Some(Reason::NotVerified), "a gate that asks for verification is none");
    holder.wallet.pass_gates(holder.card(), false, holder.now).unwrap();
    assert_eq!(ride(&mut holder, &gate(), 0).reason, Some(Reason::NotVerified), "taken back, without verification");
}

#[test]
fn a_card_like_policy_lets_the_online_pin_of_the_terminal_stand_for_the_phone() {
    let with_pin = Terminal { online_pin_supported: true, kernel_configuration: 0, ..Terminal::default() };
    let without = Terminal { kernel_configuration: 0, ..Terminal::default() };
    for name in ["kernel3-everyday", "kernel2-everyday"] {
        let mut holder = with_card(name, policy(but_for(&[], None, true)));
        let (shown, report) = tap_at(&mut holder, &with_pin, &purchase(60_00));
        assert_eq!(report.reason, Some(Reason::OnlinePin), "{name}");
        assert_eq!(shown.reason, terminal::Reason::OnlinePin, "{name}");
        assert_eq!(tap(&mut holder, 49_99).reason, Some(Reason::VerificationNotNeeded), "{name}: as plastic");
        let (_, report) = tap_at(&mut holder, &without, &purchase(60_00));
        assert_eq!(report.atc, None, "{name}: no pin, no phone");
        let mut with_low_value = with_card(name, policy(but_for(&[LOW_VALUE], None, true)));
        assert_eq!(tap(&mut with_low_value, 20_00).reason, Some(Reason::LowValue), "{name}");
        assert_eq!(tap(&mut with_low_value, 20_01).reason, Some(Reason::NotVerified), "{name}");
    }
    // Without the policy nothing has changed.
    let mut holder = with_card("kernel3-everyday", policy(Vec::new()));
    assert_eq!(tap_at(&mut holder, &with_pin, &purchase(60_00)).1.reason, Some(Reason::NotVerified));
}

#[test]
fn above_its_low_value_a_card_like_card_asks_the_terminal_for_the_pin() {
    let with_pin = Terminal { online_pin_supported: true, ..Terminal::default() };
    let mut holder = with_card("kernel3-everyday", policy(but_for(&[LOW_VALUE], None, true)));
    let (shown, report) = tap_at(&mut holder, &with_pin, &purchase(20_01));
    assert_eq!((shown.reason, report.reason), (terminal::Reason::OnlinePin, Some(Reason::OnlinePin)));
    assert_eq!(tap_at(&mut holder, &with_pin, &purchase(20_00)).1.reason, Some(Reason::LowValue));
}

#[test]
fn a_policy_that_contradicts_profile_or_protection_is_refused_and_changes_nothing() {
    let mut holder = with_card("kernel3-everyday", flexible());
    let (number, log) = (holder.card().number(), holder.log());
    let bytes = |content: &str| from_hex(content).unwrap();
    let set = |protection, verification| Policy { protection, ..policy(verification) }.content();
    let install = |name: &str, protection, verification| {
        let policy = Policy { protection, ..policy(verification) };
        install_card(&policy, 0, &demo_card(name).unwrap().profile(), &[]).unwrap()
    };
    use Protection::{Authenticated, Device, Unlocked};
    let low_value = || but_for(&[LOW_VALUE], None, false);
    let unknown_gate = Gates { aids: vec![vec![0xA0, 0, 0, 0, 4, 0x10, 0x10]], ..gates() };
    let allowance = |allowance: Allowance| but_for(&[allowance], None, false);
    for (purpose, card, content, error) in [
        (Purpose::Policy, number, set(Device, always()), Error::ProtectionTooWeak),
        (Purpose::Policy, number, set(Unlocked, always()), Error::ProtectionTooWeak),
        (Purpose::Policy, number, set(Authenticated, low_value()), Error::ProtectionTooStrong),
        (Purpose::Policy, number, set(Unlocked, but_for(&[], Some(&gates()), false)), Error::ProtectionTooStrong),
        (Purpose::Policy, number, set(Device, but_for(&[], Some(&unknown_gate), false)), Error::PolicyAgainstProfile),
        (Purpose::InstallCard, 9, install("kernel3-cvn18", Device, low_value()), Error::PolicyAgainstProfile),
        // It does not ask for the merchant's category.
        (
            Purpose::InstallCard,
            9,
            install("kernel3-no-verification", Device, but_for(&[], Some(&gates()), false)),
            Error::PolicyAgainstProfile,
        ),
        // Its list has no PIN that the issuer checks.
        (
            Purpose::InstallCard,
            9,
            install("kernel2-no-verification", Device, but_for(&[], None, true)),
            Error::PolicyAgainstProfile,
        ),
        (Purpose::Policy, number, bytes("81000100020000 03"), Error::Content(ContentError::UnknownVerification)),
        (Purpose::Policy, number, bytes("81000100020000 020400"), Error::Content(ContentError::UnknownVerification)),
        (Purpose::Policy, number, bytes("81000100020000 0200"), Error::Content(ContentError::Truncated)),
        (
            Purpose::Policy,
            number,
            set(Device, allowance(Allowance { currency: 999, ..LOW_VALUE })),
            Error::Content(ContentError::Limit(LimitFault::Currency)),
        ),
        (
            Purpose::Policy,
            number,
            set(Device, allowance(Allowance { single: 5001, ..LOW_VALUE })),
            Error::Content(ContentError::Limit(LimitFault::Bounds)),
        ),
        (
            Purpose::Policy,
            number,
            set(
                Device,
                but_for(&[978, 840, 756, 826, 392].map(|currency| Allowance { currency, ..LOW_VALUE }), None, false),
            ),
            Error::Content(ContentError::Limit(LimitFault::TooMany)),
        ),
        (
            Purpose::Policy,
            number,
            set(Device, but_for(&[], Some(&Gates { merchant_categories: vec![], ..gates() }), false)),
            Error::Content(ContentError::TransitTerms),
        ),
        (
            Purpose::Policy,
            number,
            set(Device, but_for(&[], Some(&Gates { aids: vec![], ..gates() }), false)),
            Error::Content(ContentError::TransitTerms),
        ),
        (
            Purpose::Policy,
            number,
            // No threshold makes a number that is repeated less so.
            Policy { alerts: alert_terms(&[(7, Action::Usual, 2)]), ..flexible() }.content(),
            Error::Content(ContentError::AlertTerms),
        ),
    ] {
        assert_eq!(holder.apply_content(purpose, card, &content), Err(error));
        assert_eq!(holder.log(), log, "{error}");
    }
    assert_eq!(tap(&mut holder, 2000).reason, Some(Reason::LowValue), "it is as it was");
}
