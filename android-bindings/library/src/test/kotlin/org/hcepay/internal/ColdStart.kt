package org.hcepay.internal

import org.hcepay.TestIssuer

/** A process that opens a wallet and answers one command; without arguments, one that does nothing. For the benchmark. */
object ColdStart {
    @JvmStatic
    fun main(arguments: Array<String>) {
        val directory = arguments.firstOrNull() ?: return
        val now = DesktopPhone.BEGINNING
        val wallet = DesktopPhone.openInThisJvm(directory, now)
        val select = byteArrayOf(0, 0xA4.toByte(), 4, 0, 14) + "2PAY.SYS.DDF01".toByteArray() + 0
        check(JvmNatives.process(wallet, now, select).size > 2)
    }

    /** A directory with a wallet of so many cards, and no one's. */
    fun prepare(issuer: TestIssuer, cards: Int): String {
        lateinit var directory: String
        val phone = DesktopPhone(JvmNatives, issuer) { DesktopPhone.newDirectory().also { directory = it } }
        val names = listOf(
            "kernel3-cvn18",
            "kernel3-no-verification",
            "kernel2-cvn14",
            "kernel7-cvn01",
            "kernel3-cvn43",
            "kernel2-cvn15",
            "cobadged",
            "kernel3-two-applications",
        )
        phone.begin(names.first())
        names.take(cards).drop(1).forEach(phone::install)
        phone.close()
        return directory
    }
}
