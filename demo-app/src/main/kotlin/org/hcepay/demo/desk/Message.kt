package org.hcepay.demo.desk

import java.nio.ByteBuffer

/** Reads what natives give as bytes. `demo-app/desk/src/message.rs` says what stands in each message. */
internal class Message(bytes: ByteArray) {
    private val rest: ByteBuffer = ByteBuffer.wrap(bytes)

    init {
        check(u8() == 1) { "a message of another version" }
    }

    private fun u8(): Int = rest.get().toInt() and 0xFF

    private fun u16(): Int = rest.getShort().toInt() and 0xFFFF

    private fun i32(): Int = rest.getInt()

    private fun i64(): Long = rest.getLong()

    private fun flag(): Boolean = u8() != 0

    private fun bytes(length: Int): ByteArray = ByteArray(length).also { rest.get(it) }

    private fun text(): String = String(bytes(u16()), Charsets.UTF_8)

    private fun <T> list(one: () -> T): List<T> = List(u16()) { one() }

    private fun <T> end(message: T): T = message.also { check(!rest.hasRemaining()) { "a message that is too long" } }

    fun envelopes(): List<ByteArray> = end(list { bytes(i32()) })

    fun offers(): List<DemoCard> = end(list { DemoCard(text(), text(), text(), text(), text(), flag(), list { u8() }) })

    fun installed(): Installed = end(Installed(i32(), text().ifEmpty { null }, bytes(i32())))

    fun cards(): List<CardAtIssuer> = end(
        list {
            CardAtIssuer(i32(), text(), text(), text(), StateAtIssuer.entries[u8() - 1], text().ifEmpty { null }, u8())
        },
    )

    fun purchase(thrown: Throwable?): Purchase {
        val code = text()
        val outcome = Outcome.entries.first { it.code == code }
        return end(
            Purchase(
                outcome = outcome,
                reason = text(),
                tornBy = TornBy.entries.getOrNull(u8() - 1),
                exchanges = list { exchange() },
                verdict = verdict(),
                coupon = text(),
                askedMinor = i64(),
                envelopes = list { bytes(i32()) },
                thrown = thrown,
            ),
        )
    }

    fun verification(): Verdict = end(checkNotNull(verdict()))

    fun transferred(): Transferred = end(Transferred(checkNotNull(verdict()), list { bytes(i32()) }.singleOrNull()))

    fun exchanges(): List<Exchange> = end(list { exchange() })

    private fun exchange(): Exchange = Exchange(
        text(),
        text(),
        text(),
        text(),
        text(),
        i32(),
        u16().takeIf { it != 0 },
        list { row() },
        list { row() },
        flag(),
    )

    private fun row(): Row = Row(u8(), text(), text(), text(), text())

    private fun verdict(): Verdict? = if (flag()) Verdict(text(), flag(), list { Check(text(), text(), flag()) }) else null
}
