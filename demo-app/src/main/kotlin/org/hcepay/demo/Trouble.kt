package org.hcepay.demo

import org.hcepay.NotPaidException
import org.hcepay.Reason
import org.hcepay.TapReason
import org.hcepay.WalletException
import org.hcepay.demo.desk.DeskException
import org.hcepay.demo.desk.Reason as DeskReason

/**
 * What went wrong: the wallet's word, or the demo issuer's; [why] the card has not paid, what the core [said] of bad input, and
 * whether that was a coupon.
 */
internal class Trouble private constructor(
    val wallet: Reason?,
    val issuer: DeskReason?,
    val why: TapReason? = null,
    val said: String? = null,
    val isOfCoupon: Boolean = false,
) {
    companion object {
        fun of(reason: Reason) = Trouble(reason, null)

        /** Null where it is none that a user can be told: then it is a fault of the app. */
        fun of(failed: Exception): Trouble? = when (failed) {
            is NotPaidException -> Trouble(failed.reason, null, failed.why)
            is CouponNotTaken -> Trouble(failed.why.reason, null, null, sentence(failed.why), isOfCoupon = true)
            is WalletException -> Trouble(failed.reason, null, null, sentence(failed).takeIf { failed.reason in BAD_INPUT })
            is DeskException -> Trouble(null, failed.reason)
            else -> null
        }

        /** The core's words have neither a capital letter nor a full stop; of what an envelope brought they begin with that. */
        private fun sentence(failed: WalletException): String? =
            failed.message?.removePrefix("${failed.reason.name}: ")?.removePrefix("envelope: ")
                ?.let { it.replaceFirstChar(Char::uppercase) + "." }
    }

    /** Nothing mends it but another wallet. */
    val wantsNewWallet: Boolean get() = wallet in BEYOND_MENDING || issuer in FORGOTTEN

    /** The bank mends it, as soon as it is asked. */
    val isMendedByBank: Boolean get() = wallet == Reason.ROLLED_BACK || wallet == Reason.SPEND_KEY_LOST || issuer == DeskReason.ROLLED_BACK
}

/** A coupon came that the wallet does not take. */
internal class CouponNotTaken(val why: WalletException) : Exception(why)

private val BAD_INPUT = setOf(Reason.ORDER_INVALID, Reason.QR_INVALID, Reason.TRANSFER_INVALID, Reason.COUPON_REFUSED)
private val BEYOND_MENDING = setOf(Reason.STORE_KEY_LOST, Reason.LEDGER_FOREIGN, Reason.LEDGER_DAMAGED)
private val FORGOTTEN = setOf(DeskReason.DAMAGED, DeskReason.UNKNOWN_WALLET, DeskReason.NEVER_SENT)
