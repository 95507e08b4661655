package org.hcepay.internal

import org.hcepay.hex

/** A process with a wallet that answers commands line by line, until it is killed. */
object LineCard {
    @JvmStatic
    fun main(arguments: Array<String>) {
        val now = DesktopPhone.BEGINNING
        val wallet = DesktopPhone.openInThisJvm(arguments[0], now)
        println("ready")
        while (true) println(JvmNatives.process(wallet, now, (readLine() ?: return).hex()).hex())
    }
}
