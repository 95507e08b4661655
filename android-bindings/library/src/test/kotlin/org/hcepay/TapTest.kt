package org.hcepay

import org.hcepay.TestPhone.Companion.idle
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric

/** Terminals and the payment service. */
@RunWith(SandboxRunner::class)
class TapTest {
    @get:Rule
    val phone = TestPhone()

    private fun service(): TestPaymentService = Robolectric.buildService(TestPaymentService::class.java).create().get().also { idle() }

    @Test
    fun theServiceAnswersEveryTranscriptByteForByte() {
        val transcripts = Transcript.all()
        var exchanges = 0
        for (transcript in transcripts) exchanges += transcript.replay(ServicePlayer(phone))
        assertTrue(transcripts.size >= 36)
        println("taps through the service: ${transcripts.size} transcripts, $exchanges exchanges")
    }

    @Test
    fun theIssuerAcceptsAPayment() {
        val wallet = phone.walletWith("kernel3-cvn18")
        val service = service()
        phone.arm(wallet)
        assertEquals("ok verified-on-device valid", phone.issuer.purchase { service.processCommandApdu(it, null)!! })
        service.onDeactivated(0)
        idle()
        val report = service.reports.single()
        assertEquals("authorisation-requested verified", report.asInTranscripts())
        assertEquals(Amount(1250, 978), report.amount)
        assertEquals(2, report.usesLeft)
    }
}
