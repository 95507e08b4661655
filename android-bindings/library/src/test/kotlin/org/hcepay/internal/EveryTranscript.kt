package org.hcepay.internal

import org.hcepay.TestIssuer
import org.hcepay.Transcript

/** Run in a JVM of its own: every transcript, on its natives. Says at its end how many there were. */
object EveryTranscript {
    @JvmStatic
    fun main(arguments: Array<String>) {
        val issuer = TestIssuer().apply { start() }
        val phone = DesktopPhone(JvmNatives, issuer, DesktopPhone::newDirectory)
        val transcripts = Transcript.all()
        val exchanges = transcripts.sumOf { it.replay(phone) }
        println("${transcripts.size} transcripts, $exchanges exchanges")
        issuer.stop()
    }
}
