package org.hcepay.internal

import org.hcepay.TestIssuer
import org.hcepay.hex
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test

/** A JVM with a wallet is killed at each command of a tap, and another opens what it left. */
class ProcessDeathTest {
    private val issuer = TestIssuer()

    @Before
    fun start() = issuer.start()

    @After
    fun stop() = issuer.stop()

    private class Card(directory: String) {
        private val process =
            childJvm(LineCard::class, listOf(directory)).redirectError(ProcessBuilder.Redirect.INHERIT).start()
        private val answers = process.inputStream.bufferedReader()

        init {
            assertEquals("ready", answers.readLine())
        }

        fun ask(command: ByteArray) {
            process.outputStream.write((command.hex() + "\n").toByteArray())
            process.outputStream.flush()
        }

        /** Null where it was killed. */
        fun answer(): ByteArray? = answers.readLine()?.hex()

        /** By SIGKILL from outside: Java's own way would take its last words with it. */
        fun kill() {
            ProcessBuilder("sh", "-c", "kill -9 ${process.pid()}").start().waitFor()
            process.waitFor()
        }
    }

    private fun directoryWithACard(): String {
        lateinit var directory: String
        val phone = DesktopPhone(JvmNatives, issuer) { DesktopPhone.newDirectory().also { directory = it } }
        phone.begin("kernel2-no-verification")
        phone.close()
        return directory
    }

    /** A tap in which the process is killed at this command, before or after its answer. False where the tap was over before. */
    private fun dyingAt(directory: String, number: Int, afterTheAnswer: Boolean): Boolean {
        val card = Card(directory)
        var commands = 0
        issuer.purchase { command ->
            if (commands > number) return@purchase ByteArray(0)
            card.ask(command)
            val isTheOne = commands++ == number
            if (isTheOne && !afterTheAnswer) card.kill()
            val answer = card.answer()
            if (isTheOne && afterTheAnswer) card.kill()
            answer ?: ByteArray(0)
        }
        if (commands <= number) card.kill()
        return commands > number
    }

    @Test
    fun whoeverOpensWhatAKilledProcessLeftPaysWithTheNextCounter() {
        var deaths = 0
        for (afterTheAnswer in listOf(false, true)) {
            var number = 0
            while (true) {
                val directory = directoryWithACard()
                if (!dyingAt(directory, number, afterTheAnswer)) break
                val card = Card(directory)
                val told = issuer.purchase { command ->
                    card.ask(command)
                    checkNotNull(card.answer())
                }
                card.kill()
                assertTrue("killed at command $number: $told", told.endsWith(" valid"))
                deaths++
                number++
            }
        }
        assertTrue("$deaths deaths", deaths >= 8)
        println("process deaths: $deaths, each followed by a payment that the issuer accepts")
    }
}
