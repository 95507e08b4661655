package org.hcepay

import android.content.Context
import android.nfc.NfcAdapter
import android.nfc.cardemulation.CardEmulation

/** Android's events as ours. It is loaded on Android 16 and newer only. */
internal class NfcEvents private constructor(private val listener: NfcListener) : CardEmulation.NfcEventCallback {
    override fun onAidConflictOccurred(aid: String) = tell(NfcEventKind.AID_CONFLICT, aid)

    override fun onAidNotRouted(aid: String) = tell(NfcEventKind.AID_NOT_ROUTED, aid)

    override fun onPreferredServiceChanged(isPreferred: Boolean) =
        tell(if (isPreferred) NfcEventKind.PREFERRED else NfcEventKind.NOT_PREFERRED)

    override fun onObserveModeStateChanged(isEnabled: Boolean) =
        tell(if (isEnabled) NfcEventKind.OBSERVE_MODE_ON else NfcEventKind.OBSERVE_MODE_OFF)

    override fun onNfcStateChanged(state: Int) {
        when (state) {
            NfcAdapter.STATE_ON -> tell(NfcEventKind.NFC_ON)
            NfcAdapter.STATE_OFF -> tell(NfcEventKind.NFC_OFF)
        }
    }

    override fun onRemoteFieldChanged(isDetected: Boolean) = tell(if (isDetected) NfcEventKind.FIELD_FOUND else NfcEventKind.FIELD_LOST)

    override fun onInternalErrorReported(errorType: Int) = tell(
        NfcEventKind.INTERNAL_ERROR,
        when (errorType) {
            CardEmulation.NFC_INTERNAL_ERROR_NFC_CRASH_RESTART -> "crash-restart"
            CardEmulation.NFC_INTERNAL_ERROR_NFC_HARDWARE_ERROR -> "hardware"
            CardEmulation.NFC_INTERNAL_ERROR_COMMAND_TIMEOUT -> "command-timeout"
            else -> "unknown"
        },
    )

    private fun tell(kind: NfcEventKind, detail: String? = null) = listener.onNfcEvent(NfcEvent(kind, detail))

    companion object {
        @SinceApi(36)
        fun observe(context: Context, emulation: CardEmulation, listener: NfcListener): AutoCloseable {
            val events = NfcEvents(listener)
            val end = AutoCloseable {
                try {
                    emulation.unregisterNfcEventCallback(events)
                } catch (_: RuntimeException) {
                    // The NFC service is not there, and tells nothing any more.
                }
            }
            try {
                emulation.registerNfcEventCallback(context.mainExecutor, events)
            } catch (_: RuntimeException) {
                // Android keeps it all the same, and would take the next one for registered.
                end.close()
            }
            return end
        }
    }
}
