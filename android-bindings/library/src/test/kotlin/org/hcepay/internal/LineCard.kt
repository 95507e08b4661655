package org.hcepay.internal

import org.hcepay.Answer
import org.hcepay.MessageReader
import org.hcepay.TestIssuer
import org.hcepay.hex

/** A process with a wallet that answers commands line by line, until it is killed. */
object LineCard {
    @JvmStatic
    fun main(arguments: Array<String>) {
        val now = Now(1, 60_000, TestIssuer.NEW_YEAR)
        val opened = JvmNatives.open(arguments[0].toByteArray(), DesktopPhone.STORE_KEY, 0, now)
        val wallet = MessageReader(Answer.payload(opened)).number()
        println("ready")
        while (true) println(JvmNatives.process(wallet, now, (readLine() ?: return).hex()).hex())
    }
}
