package org.hcepay.demo.desk

/**
 * The way from the desk's terminal to the card: what NFC is elsewhere. Called on the thread of [Desk.purchase], for one command
 * after the other. What it throws, and null, end the purchase as torn.
 */
fun interface Channel {
    /** The card's answer, status word included. */
    fun send(command: ByteArray): ByteArray?
}
