package org.hcepay

import android.nfc.cardemulation.HostApduService
import org.hcepay.TestPhone.Companion.idle
import org.hcepay.TestPhone.Companion.onWorker
import org.robolectric.Robolectric

/** Plays transcripts through `processCommandApdu` and `onDeactivated`. */
class ServicePlayer(private val phone: TestPhone) : Player {
    private lateinit var wallet: Wallet
    private lateinit var service: TestPaymentService

    override fun begin(card: String) {
        phone.startAnew()
        wallet = phone.walletWith(card)
        service = Robolectric.buildService(TestPaymentService::class.java).create().get()
        idle()
    }

    override fun arm(amount: Amount?) {
        phone.arm(wallet, scope = amount?.let { Scope.payment(card, it) } ?: Scope.ANY_CARD)
    }

    override fun passGates() = decide { wallet.passGates(it, true) }

    override fun freeze() = decide { wallet.freeze(it) }

    override fun unfreeze() = decide { wallet.unfreeze(it) }

    override fun limitTaps(taps: Int) = decide { wallet.limitUse(it, TemporaryUse(null, taps)) }

    private fun decide(decision: (Card) -> Unit) = onWorker { decision(card) }

    private val card get() = wallet.cards.single()

    override fun pass(ms: Long) = phone.pass(ms)

    override fun process(command: ByteArray): ByteArray = checkNotNull(service.processCommandApdu(command, null))

    override fun leave(deselected: Boolean): String {
        service.onDeactivated(if (deselected) HostApduService.DEACTIVATION_DESELECTED else HostApduService.DEACTIVATION_LINK_LOSS)
        idle()
        return service.reports.last().asInTranscripts()
    }
}
