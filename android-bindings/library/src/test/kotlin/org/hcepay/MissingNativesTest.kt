package org.hcepay

import org.hcepay.TestPhone.Companion.idle
import org.hcepay.TestPhone.Companion.onWorker
import org.hcepay.internal.childJvm
import org.hcepay.internal.ended
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Rule
import org.junit.Test
import org.junit.runner.JUnitCore
import org.junit.runner.RunWith
import org.robolectric.Robolectric

/** An app that was installed without `libhcepay.so` for the phone's processor. This JVM has it, hence one that has not. */
class MissingNativesTest {
    @Test
    fun anAppWithoutTheLibraryForItsPhoneIsToldSoAndTerminalsGetAStatusWord() {
        val robolectric = listOf("offline", "dependency.dir").map { "-Drobolectric.$it=${System.getProperty("robolectric.$it")}" }
        val options = robolectric + "-Djava.library.path=/nowhere"
        val child = childJvm(JUnitCore::class, listOf(WithoutNatives::class.java.name), *options.toTypedArray())
        val (status, said) = child.redirectErrorStream(true).ended()
        assertEquals(said, 0, status)
    }

    @RunWith(SandboxRunner::class)
    class WithoutNatives {
        @get:Rule
        val phone = TestPhone()

        @Test
        fun anAppWithoutTheLibraryForItsPhone() {
            // Loading it fails in another way the second time.
            repeat(2) {
                val refused = assertThrows(WalletException::class.java) { onWorker(phone::open) }
                assertEquals("NATIVE_MISSING: no libhcepay.so for armeabi-v7a", refused.message)
                val unread = assertThrows(WalletException::class.java) { MerchantCode.read("") }
                assertEquals(Reason.NATIVE_MISSING, unread.reason)
            }
            val service = Robolectric.buildService(TestPaymentService::class.java).create().get()
            idle()
            assertArrayEquals(byteArrayOf(0x6F, 0x00), service.processCommandApdu(byteArrayOf(0, 0, 0, 0), null))
            service.onDeactivated(0)
            idle()
            assertEquals("unknown fault", service.reports.single().asInTranscripts())
        }
    }
}
