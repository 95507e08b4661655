package org.hcepay

import android.nfc.cardemulation.HostApduService
import org.hcepay.TestPhone.Companion.idle
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

    override fun arm() {
        phone.arm(wallet)
    }

    override fun pass(ms: Long) = phone.pass(ms)

    override fun process(command: ByteArray): ByteArray = checkNotNull(service.processCommandApdu(command, null))

    override fun leave(deselected: Boolean): String {
        service.onDeactivated(if (deselected) HostApduService.DEACTIVATION_DESELECTED else HostApduService.DEACTIVATION_LINK_LOSS)
        idle()
        return service.reports.last().asInTranscripts()
    }
}
