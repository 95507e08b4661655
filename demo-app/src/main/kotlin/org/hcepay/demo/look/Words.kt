package org.hcepay.demo.look

import org.hcepay.Ask
import org.hcepay.Card
import org.hcepay.CardState
import org.hcepay.Channel
import org.hcepay.DeclineReason
import org.hcepay.FindingKind
import org.hcepay.Method
import org.hcepay.Outcome
import org.hcepay.Protection
import org.hcepay.Reason
import org.hcepay.Settled
import org.hcepay.TapReason
import org.hcepay.TapReport
import org.hcepay.Why
import org.hcepay.demo.R
import org.hcepay.demo.Trouble
import org.hcepay.demo.Work
import org.hcepay.demo.desk.Reason as DeskReason

/** What the library says in its words, in those of a person. */
internal object Words {
    /** As far as bank and holder say. */
    fun mayPay(card: Card): Boolean = card.state == CardState.ACTIVE && !card.rules.isFrozen

    fun state(card: Card): Int = when (card.state) {
        CardState.WAITING -> R.string.card_waiting
        CardState.ACTIVE -> if (card.rules.isFrozen) R.string.card_frozen else R.string.card_active
        CardState.SUSPENDED -> R.string.card_suspended
        CardState.RETIRED -> R.string.card_retired
    }

    /** A code that was shown is not at the bank yet. */
    fun outcome(report: TapReport): Int {
        val isShown = report.channel == Channel.QR && report.outcome == Outcome.AUTHORISATION_REQUESTED
        return if (isShown) R.string.outcome_shown else outcome(report.outcome)
    }

    fun outcome(outcome: Outcome): Int = when (outcome) {
        Outcome.AUTHORISATION_REQUESTED -> R.string.outcome_requested
        Outcome.DECLINED -> R.string.outcome_declined
        Outcome.VERIFICATION_NEEDED -> R.string.outcome_verify
        Outcome.TORN -> R.string.outcome_torn
        Outcome.UNKNOWN -> R.string.outcome_unknown
        Outcome.NOTHING -> R.string.outcome_nothing
    }

    /** What the bank says became of a payment. */
    fun settled(settled: Settled): Int = when (settled) {
        Settled.APPROVED -> R.string.settled_approved
        Settled.DECLINED -> R.string.settled_declined
        Settled.CLEARED -> R.string.settled_cleared
        Settled.REFUNDED -> R.string.settled_refunded
        Settled.REVERSED -> R.string.settled_reversed
        Settled.AMOUNT_CHANGED -> R.string.settled_changed
    }

    fun declined(reason: DeclineReason): Int = when (reason) {
        DeclineReason.NOT_TOLD -> R.string.declined_not_told
        DeclineReason.INSUFFICIENT_FUNDS -> R.string.declined_funds
        DeclineReason.OVER_LIMIT -> R.string.declined_limit
        DeclineReason.BLOCKED -> R.string.declined_blocked
        DeclineReason.SUSPECTED_FRAUD -> R.string.declined_fraud
        DeclineReason.NOT_VERIFIED -> R.string.declined_not_verified
    }

    fun method(method: Method): Int = when (method) {
        Method.BIOMETRIC -> R.string.method_biometric
        Method.DEVICE_CREDENTIAL -> R.string.method_screen_lock
        Method.UNKNOWN -> R.string.method_system
        Method.APP_REPORTED -> R.string.method_app
    }

    /** Why it came to that; null where nothing is known. Without a reader, none shows what the bank said. */
    fun reason(report: TapReport): Int? = when {
        report.reason == TapReason.VERIFIED && report.channel == Channel.ONLINE -> R.string.reason_verified_online
        report.reason == TapReason.VERIFIED && report.channel == Channel.QR -> R.string.reason_verified_code
        else -> report.reason?.let(::reason)
    }

    /** How a payment without a reader was made; null for the others. */
    fun channel(report: TapReport): Int? = when (report.channel) {
        Channel.TAP -> null
        Channel.ONLINE -> R.string.by_order
        Channel.QR -> R.string.by_code
    }

    fun reason(reason: TapReason): Int = when (reason) {
        TapReason.VERIFIED -> R.string.reason_verified
        TapReason.VERIFICATION_NOT_NEEDED -> R.string.reason_not_needed
        TapReason.NO_KEY_LEFT -> R.string.reason_no_key
        TapReason.KEY_NOT_YET_VALID -> R.string.reason_not_yet
        TapReason.KEY_EXPIRED -> R.string.reason_expired
        TapReason.COUNTER_AT_ITS_END -> R.string.reason_counter
        TapReason.OVER_KEY_LIMIT -> R.string.reason_over_limit
        TapReason.CARD_NOT_ACTIVE -> R.string.reason_not_active
        TapReason.PHONE_LOCKED -> R.string.reason_locked
        TapReason.CLOCK_SET_BACK -> R.string.reason_clock
        TapReason.ROLLED_BACK -> R.string.reason_rolled_back
        TapReason.STORAGE_FAILED -> R.string.reason_storage
        TapReason.TERMINAL_OFFLINE_ONLY -> R.string.reason_offline
        TapReason.TERMINAL_MAG_STRIPE_ONLY -> R.string.reason_stripe
        TapReason.TERMINAL_DECLINED -> R.string.reason_terminal
        TapReason.NOT_VERIFIED -> R.string.reason_not_verified
        TapReason.WINDOW_OVER -> R.string.reason_window
        TapReason.TOO_MANY_REQUESTS -> R.string.reason_too_many
        TapReason.BEFORE_CRYPTOGRAM -> R.string.reason_before
        TapReason.AFTER_CRYPTOGRAM -> R.string.reason_after
        TapReason.FAULT -> R.string.reason_fault
        TapReason.PROCESS_ENDED -> R.string.reason_process_ended
        TapReason.OVER_TERMINAL_LIMIT -> R.string.reason_terminal_limit
        TapReason.NO_DATA_AUTHENTICATION -> R.string.reason_no_authentication
        TapReason.CERTIFICATE_OVER -> R.string.reason_certificate_over
        TapReason.ARMED_FOR_ANOTHER_CARD -> R.string.reason_other_card
        TapReason.ARMED_FOR_ANOTHER_PAYMENT -> R.string.reason_other_payment
        TapReason.FROZEN -> R.string.reason_frozen
        TapReason.OVER_HOLDER_LIMIT -> R.string.reason_holder_limit
        TapReason.TEMPORARY_USE_OVER -> R.string.reason_temporary_over
        TapReason.UNPREDICTABLE_NUMBER_REPEATED -> R.string.reason_number_repeated
        TapReason.TRANSIT -> R.string.reason_transit
        TapReason.LOW_VALUE -> R.string.reason_low_value
        TapReason.ONLINE_PIN -> R.string.reason_online_pin
        TapReason.ALLOWANCE_USED_UP -> R.string.reason_used_up
    }

    /** Why the card does not pay, where there is no reader to speak of. */
    fun notPaid(why: TapReason): Int = when (why) {
        TapReason.NOT_VERIFIED -> R.string.not_paid_unverified
        TapReason.WINDOW_OVER -> R.string.not_paid_window
        TapReason.ARMED_FOR_ANOTHER_CARD, TapReason.ARMED_FOR_ANOTHER_PAYMENT -> R.string.not_paid_something_else
        TapReason.PHONE_LOCKED -> R.string.not_paid_locked
        else -> reason(why)
    }

    /** What new payments from the bank help against. */
    val HELPED_BY_NEW_PAYMENTS = setOf(TapReason.NO_KEY_LEFT, TapReason.KEY_EXPIRED)

    fun finding(kind: FindingKind): Int = when (kind) {
        FindingKind.NO_NFC -> R.string.no_nfc
        FindingKind.NO_HOST_CARD_EMULATION -> R.string.no_hce
        FindingKind.NFC_OFF -> R.string.nfc_off
        FindingKind.NFC_NOT_ANSWERING -> R.string.nfc_silent
        FindingKind.NOT_DEFAULT_WALLET -> R.string.not_default
        FindingKind.AID_NOT_ROUTED -> R.string.not_routed
        FindingKind.AID_NOT_REGISTERED -> R.string.not_registered
        FindingKind.NO_SCREEN_LOCK -> R.string.no_screen_lock
        FindingKind.SECURE_NFC -> R.string.secure_nfc
        FindingKind.UNKNOWN_MANUFACTURER_SWITCH -> R.string.own_switch
        else -> R.string.badly_declared
    }

    fun protection(protection: Protection): Int = when (protection) {
        Protection.DEVICE -> R.string.protection_device
        Protection.UNLOCKED -> R.string.protection_unlocked
        Protection.AUTHENTICATED -> R.string.protection_verified
    }

    fun why(card: Card): Int = if (card.state == CardState.RETIRED) R.string.card_retired else why(card.replenishment.why)

    private fun why(why: Why): Int = when (why) {
        Why.NO_KEYS_LEFT -> R.string.why_none
        Why.FEW_KEYS_LEFT -> R.string.why_few
        Why.KEYS_EXPIRE_SOON -> R.string.why_expire
        Why.NO_SPEND_KEY -> R.string.why_no_key
        Why.KEYS_LOST -> R.string.why_lost
        Why.ENOUGH -> R.string.why_enough
        Why.CARD_WAITING -> R.string.card_waiting
        Why.CARD_SUSPENDED -> R.string.card_suspended
        Why.ROLLED_BACK -> R.string.why_rolled_back
        Why.CERTIFICATE_ENDS -> R.string.why_certificate_ends
        Why.CERTIFICATE_OVER -> R.string.why_certificate_over
    }

    /** Null where the bank need not be asked. */
    fun ask(ask: Ask): Int? = when (ask) {
        Ask.NO -> null
        Ask.SOON -> R.string.ask_soon
        Ask.NOW -> R.string.ask_now
    }

    /** What a demo card is called; null where this app has no word for it. */
    fun offer(name: String): Int? = OFFERS[name]?.first

    /** What is particular about it. */
    fun aboutOffer(name: String): Int? = OFFERS[name]?.second

    private val OFFERS = mapOf(
        "kernel3-cvn18" to (R.string.offer_usual to R.string.offer_usual_about),
        "kernel3-cvn43" to (R.string.offer_limited to R.string.offer_limited_about),
        "kernel3-no-verification" to (R.string.offer_quick to R.string.offer_quick_about),
        "kernel3-two-applications" to (R.string.offer_two to R.string.offer_two_about),
        "kernel3-everyday" to (R.string.offer_everyday to R.string.offer_everyday_about),
        "kernel3-fdda" to (R.string.offer_gate to R.string.offer_gate_about),
        "kernel3-fdda-record" to (R.string.offer_gate_long to R.string.offer_gate_long_about),
        "kernel2-cvn14" to (R.string.offer_kernel_2 to R.string.offer_kernel_2_about),
        "kernel2-cvn15" to (R.string.offer_long to R.string.offer_long_about),
        "kernel2-no-verification" to (R.string.offer_quick_2 to R.string.offer_quick_2_about),
        "kernel2-without-oda" to (R.string.offer_unsigned to R.string.offer_unsigned_about),
        "kernel2-everyday" to (R.string.offer_everyday_2 to R.string.offer_everyday_2_about),
        "kernel7-cvn01" to (R.string.offer_kernel_7 to R.string.offer_kernel_7_about),
        "kernel7-everyday" to (R.string.offer_everyday_7 to R.string.offer_everyday_about),
        "kernel7-fdda" to (R.string.offer_gate_7 to R.string.offer_gate_7_about),
        "cobadged" to (R.string.offer_cobadged to R.string.offer_cobadged_about),
        "closed-loop" to (R.string.offer_canteen to R.string.offer_canteen_about),
    )

    fun work(work: Work): Int = when (work) {
        Work.OPENING -> R.string.opening_wallet
        Work.ADDING -> R.string.adding_card
        Work.ASKING_ISSUER -> R.string.asking_bank
        Work.SELF_TEST -> R.string.self_test_running
        Work.PAYING -> R.string.paying
        Work.SENDING -> R.string.sending
        Work.SAVING -> R.string.saving
        Work.ENDING -> R.string.ending
    }

    fun trouble(trouble: Trouble): Int =
        R.string.trouble_coupon_not_taken.takeIf { trouble.isOfCoupon }
            ?: trouble.why?.let(::notPaid) ?: trouble.wallet?.let(::trouble) ?: trouble.issuer?.let(::trouble) ?: R.string.trouble_fault

    fun trouble(reason: Reason): Int = when (reason) {
        Reason.DEVICE_LOCKED -> R.string.trouble_locked
        Reason.NOT_AUTHENTICATED, Reason.NOT_VERIFIED -> R.string.trouble_not_verified
        Reason.NO_SCREEN_LOCK -> R.string.trouble_no_lock
        Reason.STORE_KEY_LOST -> R.string.trouble_store_key
        Reason.SPEND_KEY_LOST -> R.string.trouble_spend_key
        Reason.KEYSTORE_FAILED -> R.string.trouble_key_store
        Reason.IN_USE -> R.string.trouble_in_use
        Reason.LEDGER_FOREIGN -> R.string.trouble_foreign
        Reason.LEDGER_DAMAGED -> R.string.trouble_damaged
        Reason.LEDGER_TOO_NEW -> R.string.trouble_too_new
        Reason.ROLLED_BACK -> R.string.trouble_rolled_back
        Reason.STORAGE_FULL -> R.string.trouble_full
        Reason.STORAGE_FAILED -> R.string.trouble_storage
        Reason.ENVELOPE_INVALID, Reason.ENVELOPE_FOREIGN, Reason.ENVELOPE_OLD, Reason.ENVELOPE_REFUSED -> R.string.trouble_envelope
        Reason.NOT_ENROLLED -> R.string.trouble_not_enrolled
        Reason.UNKNOWN_CARD -> R.string.trouble_no_card
        Reason.CARD_RETIRED -> R.string.trouble_retired
        Reason.LIMIT_INVALID, Reason.MERCHANT_NOT_ASKED -> R.string.trouble_limit
        Reason.NOTHING_TO_CHECK -> R.string.trouble_nothing_to_check
        Reason.NO_CODES_LEFT -> R.string.trouble_no_codes
        Reason.NATIVE_MISSING -> R.string.trouble_natives
        Reason.ORDER_INVALID -> R.string.trouble_order
        Reason.QR_INVALID -> R.string.trouble_code
        // Where the card says why, that is told instead.
        Reason.NOT_PAID -> R.string.not_paid
        Reason.TRANSFER_INVALID -> R.string.trouble_transfer
        Reason.COUPON_REFUSED -> R.string.trouble_coupon
        Reason.CLOSED, Reason.FAULT -> R.string.trouble_fault
    }

    private fun trouble(reason: DeskReason): Int = when (reason) {
        DeskReason.IN_USE -> R.string.trouble_in_use
        DeskReason.DAMAGED, DeskReason.UNKNOWN_WALLET, DeskReason.NEVER_SENT -> R.string.trouble_issuer_lost
        DeskReason.TOO_NEW -> R.string.trouble_too_new
        DeskReason.STORAGE_FULL -> R.string.trouble_full
        DeskReason.STORAGE_FAILED -> R.string.trouble_storage
        DeskReason.ROLLED_BACK -> R.string.trouble_rolled_back
        DeskReason.TOLD_TO_REFUSE -> R.string.trouble_told_to_refuse
        DeskReason.NOT_READABLE -> R.string.trouble_not_readable
        DeskReason.CARD_THERE -> R.string.trouble_card_there
        DeskReason.NATIVE_MISSING -> R.string.trouble_natives
        DeskReason.CLOSED, DeskReason.ARGUMENT, DeskReason.FAULT -> R.string.trouble_fault
        else -> R.string.trouble_issuer_refuses
    }
}
