package org.hcepay.demo.desk

import java.io.ByteArrayOutputStream
import java.io.DataOutputStream

/** A command that a terminal sent, and the card's answer, byte for byte: with all that a card tells a terminal. */
class Watched(val command: ByteArray, val answer: ByteArray, val microseconds: Int) {
    internal companion object {
        /** As `demo-app/desk/src/watched.rs` reads it. */
        fun written(contact: List<Watched>): ByteArray {
            val bytes = ByteArrayOutputStream()
            val data = DataOutputStream(bytes)
            for (exchange in contact) {
                data.writeShort(exchange.command.size)
                data.write(exchange.command)
                data.writeShort(exchange.answer.size)
                data.write(exchange.answer)
                data.writeInt(exchange.microseconds)
            }
            return bytes.toByteArray()
        }
    }
}
