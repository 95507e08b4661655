package org.hcepay

import com.sun.management.ThreadMXBean
import org.hcepay.internal.Native
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import java.lang.management.ManagementFactory

/** What Java costs beside the core. Not a test: `scripts/bench` runs it. Compare within one run. */
@RunWith(SandboxRunner::class)
class BorderBench {
    @get:Rule
    val phone = TestPhone()

    private val select = "00A4040007A000000003101000".hex()

    /** Nanoseconds for each call of each kind, the median of many rounds that take turns. */
    private fun each(vararg works: () -> Unit): List<Long> {
        val rounds = List(works.size) { mutableListOf<Long>() }
        repeat(301) { round ->
            for ((work, times) in works.zip(rounds)) {
                val began = System.nanoTime()
                repeat(500) { work() }
                if (round >= 100) times += (System.nanoTime() - began) / 500
            }
        }
        return rounds.map { it.sorted()[it.size / 2] }
    }

    @Test
    fun commands() {
        val wallet = phone.walletWith("kernel3-no-verification")
        val service = Robolectric.buildService(TestPaymentService::class.java).create().get()
        TestPhone.idle()
        val (border, native, whole) = each(
            { Native.process(0, 1, 60_000, TestIssuer.NEW_YEAR, select) },
            { wallet.process(select) },
            { service.processCommandApdu(select, null) },
        )
        println("border               $border ns for each command (at most 1000)")
        println("processCommandApdu   ${whole - native} ns over the wallet's answer of $native ns to a SELECT (at most 5000)")
        val threads = ManagementFactory.getThreadMXBean() as ThreadMXBean
        val thread = Thread.currentThread().id
        val before = threads.getThreadAllocatedBytes(thread)
        repeat(10_000) { service.processCommandApdu(select, null) }
        val allocated = (threads.getThreadAllocatedBytes(thread) - before) / 10_000
        println("allocated in Java    $allocated bytes for each command; its answer has ${service.processCommandApdu(select, null)!!.size}")
    }

    /**
     * What a contact's first command pays for the question whether the phone is locked, with a card that needs it unlocked. The
     * keyguard is Robolectric's here: the call to Android's own process comes on top, which only a phone shows.
     */
    @Test
    fun lockQuestion() {
        val wallet = TestPhone.onWorker {
            phone.open().also { phone.issuer.install(it, "kernel3-no-verification", 3, toUnlocked = true) }
        }
        println("lock question        ${each({ wallet.heedLock() }).single()} ns once in a contact, without Android's own process")
    }
}
