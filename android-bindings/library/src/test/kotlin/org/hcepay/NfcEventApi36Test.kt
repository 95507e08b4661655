package org.hcepay

import android.content.ComponentName
import android.content.Context
import android.content.pm.PackageManager
import android.nfc.ComponentNameAndUser
import android.nfc.INfcEventCallback
import android.nfc.NfcAdapter
import android.os.Looper
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config

/** On Android 16, whose classes need Java 21 here: what its NFC service tells, and what is found of it. */
@RunWith(SandboxRunner::class)
@Config(sdk = [36], shadows = [TestNfc.CardEmulationItself::class])
class NfcEventApi36Test {
    private val context: Context get() = RuntimeEnvironment.getApplication()
    private val nfc = TestNfc()
    private val told = mutableListOf<Pair<NfcEventKind, String?>>()
    private val listener = NfcListener { told += it.kind to it.detail }

    @Before
    fun aPhoneWithNfc() {
        shadowOf(context.packageManager).setSystemFeature(PackageManager.FEATURE_NFC_HOST_CARD_EMULATION, true)
        nfc.start()
        // Android remembers for the whole process what it found at first.
        shadowOf(NfcAdapter.getDefaultAdapter(context)).setEnabled(true)
    }

    /** The NFC service tells it, and the main thread has its turn. */
    private fun tell(event: INfcEventCallback.() -> Unit) {
        (nfc.events as INfcEventCallback).event()
        shadowOf(Looper.getMainLooper()).idle()
    }

    private fun tells(kind: NfcEventKind, detail: String? = null, event: INfcEventCallback.() -> Unit) {
        told.clear()
        tell(event)
        assertEquals(listOf(kind to detail), told)
    }

    @Test
    fun whatTheNfcServiceTellsIsTold() {
        val end = Routing.observe(context, listener)
        tells(NfcEventKind.AID_CONFLICT, "A0000000031010") { onAidConflictOccurred("A0000000031010") }
        tells(NfcEventKind.AID_NOT_ROUTED, "A0000000041010") { onAidNotRouted("A0000000041010") }
        tells(NfcEventKind.OBSERVE_MODE_ON) { onObserveModeStateChanged(true) }
        tells(NfcEventKind.OBSERVE_MODE_OFF) { onObserveModeStateChanged(false) }
        tells(NfcEventKind.NOT_PREFERRED) { onPreferredServiceChanged(null) }
        tells(NfcEventKind.NFC_OFF) { onNfcStateChanged(1) }
        tells(NfcEventKind.NFC_ON) { onNfcStateChanged(3) }
        tells(NfcEventKind.FIELD_FOUND) { onRemoteFieldChanged(true) }
        tells(NfcEventKind.FIELD_LOST) { onRemoteFieldChanged(false) }
        for ((number, failure) in listOf("unknown", "crash-restart", "hardware", "command-timeout").withIndex()) {
            tells(NfcEventKind.INTERNAL_ERROR, failure) { onInternalErrorReported(number) }
        }
        told.clear()
        tell { onNfcStateChanged(2) }
        assertEquals("on its way is not there", emptyList<Any>(), told)
        end.close()
        assertNull(nfc.events)
        end.close()
    }

    @Test
    fun thisAppIsPreferred() {
        Routing.observe(context, listener)
        val name = ComponentNameAndUser(0, ComponentName(context, TestPaymentService::class.java))
        tells(NfcEventKind.PREFERRED) { onPreferredServiceChanged(name) }
    }

    @Test
    fun anNfcServiceThatIsNotThereTellsNothingAndKeepsNobodyOut() {
        for (breakDown in listOf(nfc::die, nfc::isGone, { nfc.fail(IllegalStateException()) })) {
            breakDown()
            Routing.observe(context, listener).close()
        }
        nfc.start()
        Routing.observe(context, listener)
        tells(NfcEventKind.FIELD_FOUND) { onRemoteFieldChanged(true) }
    }
}
