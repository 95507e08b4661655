package org.hcepay

import org.hcepay.TestPhone.Companion.idle
import org.hcepay.TestPhone.Companion.onWorker
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
        assertTrue(transcripts.size >= 58)
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

    @Test
    fun theTraceTellsContactsThatAreOverWithoutWhatPaysAndInMidTapNothing() {
        val wallet = phone.walletWith("kernel3-cvn18")
        val service = service()
        phone.arm(wallet)
        val answers = ArrayList<String>()
        val said = phone.issuer.purchase { command ->
            phone.pass(25)
            service.processCommandApdu(command, null)!!.also { answer ->
                answers.add(answer.joinToString("") { "%02X".format(it) })
                assertTrue(wallet.trace(), "contact\n" !in wallet.trace())
            }
        }
        assertEquals("ok verified-on-device valid", said)
        service.onDeactivated(0)
        idle()
        val lines = wallet.trace().lines()
        assertEquals("hcepay trace 1", lines.first())
        assertEquals(listOf("= authorisation-requested verified", ""), lines.takeLast(2))
        for (told in listOf("> 25 ms 80A80000 lc 35 le 256 GET PROCESSING OPTIONS", "    9F02 6 000000001250", "    9F26 8")) {
            assertTrue("$told: $lines", told in lines)
        }
        // What stands in the answer behind these tags and lengths: cryptogram, and the track with the token.
        for ((tag, digits) in listOf("9F2608" to 16, "570F" to 16)) {
            val value = answers.last { tag in it }.substringAfter(tag).take(digits)
            assertEquals(digits, value.length)
            assertTrue("$value: $lines", lines.none { value in it })
        }
        wallet.process(byteArrayOf(0))
        wallet.deactivated()
        assertEquals(2, wallet.trace().lines().count { it == "contact" })
    }

    private fun paidAtTheEndOfCertificates(terms: String): List<TapReport> {
        phone.startAnew()
        phone.issuer.ask("certificates 0 let-end $terms")
        val wallet = phone.walletWith("kernel2-cvn14")
        val service = service()
        for (day in listOf(0, 1, 31)) {
            phone.setClocks()
            phone.pass(day * DAY_MS)
            phone.issuer.ask("clock ${TestIssuer.NEW_YEAR + day * DAY_MS}")
            // Later the first keys will be too old.
            if (day == 31) onWorker { phone.issuer.carry(wallet, wallet.replenishmentRequest()) }
            phone.arm(wallet)
            phone.issuer.purchase { service.processCommandApdu(it, null)!! }
            service.onDeactivated(0)
            idle()
        }
        return service.reports
    }

    @Test
    fun aReportTellsThatCertificatesEndAndADeclineThatTheyAreOver() {
        val told = { report: TapReport -> report.certificate?.run { "until ${month.year}-${month.month}, over: $isOver" } }
        val without = paidAtTheEndOfCertificates("")
        assertEquals(listOf(null, "until 2026-1, over: false", "until 2026-1, over: true"), without.map(told))
        assertEquals(listOf(TapReason.VERIFIED, TapReason.VERIFIED, TapReason.CERTIFICATE_OVER), without.map { it.reason })
        val withAnotherFace = paidAtTheEndOfCertificates("face-after")
        assertEquals(without.map(told), withAnotherFace.map(told))
        assertEquals(List(3) { TapReason.VERIFIED }, withAnotherFace.map { it.reason })
    }
}

private const val DAY_MS = 24L * 3_600_000
