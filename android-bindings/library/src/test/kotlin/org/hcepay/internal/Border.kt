package org.hcepay.internal

import org.hcepay.TestIssuer
import org.hcepay.Transcript
import java.lang.reflect.Method
import java.lang.reflect.Modifier
import java.util.concurrent.CountDownLatch
import java.util.concurrent.atomic.AtomicInteger

/**
 * Run in a JVM of its own with `-Xcheck:jni`: every native with every kind of wrong wallet and wrong array, each case a thousand
 * times, panics, and threads; then the transcripts. Says at its end how much it did.
 */
object Border {
    private const val TIMES = 1_000
    private const val THREADS = 32
    private val natives: List<Method> = Native::class.java.declaredMethods.filter { Modifier.isNative(it.modifiers) }.sortedBy { it.name }

    /** These take no wallet, or need none to be open. */
    private val withoutWallet = setOf("start", "newSpendKey", "create", "open", "close", "orderOf", "readOrder", "readCode", "transferOf")

    @JvmStatic
    fun main(arguments: Array<String>) {
        val issuer = TestIssuer().apply { start() }
        val phone = DesktopPhone(JvmNatives, issuer, DesktopPhone::newDirectory)
        phone.begin("kernel3-cvn18")
        val other = DesktopPhone(JvmNatives, issuer, DesktopPhone::newDirectory).apply { begin("kernel2-cvn14") }
        other.close()

        var cases = 0
        val wallets = mapOf(
            "none" to 0L,
            "negative" to -1L,
            "never given" to Long.MAX_VALUE,
            "closed" to other.wallet,
            "open" to phone.wallet,
        )
        val arrays = mapOf("null" to null, "empty" to ByteArray(0), "one byte" to ByteArray(1), "16 MiB" to ByteArray(16 shl 20))
        for (native in natives) {
            for ((wallet, number) in wallets) {
                // What closes or deletes is tried on wallets that are not open.
                if (wallet == "open" && native.name in setOf("close", "delete", "spendKeyMade")) continue
                for ((array, bytes) in arrays) {
                    if (ByteArray::class.java !in native.parameterTypes && array != "null") continue
                    cases++
                    repeat(if (array == "16 MiB" && native.name !in setOf("process", "applyBegin")) TIMES / 10 else TIMES) {
                        judge(native, call(native, number, bytes), wallet == "open", "${native.name}, $wallet, $array")
                    }
                }
            }
        }
        var panics = 0
        for (native in natives) {
            repeat(TIMES / 10) {
                Panic.next()
                val answer = checkNotNull(call(native, phone.wallet, ByteArray(1)))
                val fault = if (native.name == "process") byteArrayOf(0x6F, 0) else byteArrayOf(3)
                check(answer.contentEquals(fault)) { "${native.name} after a panic" }
                panics++
            }
        }
        threads(phone)
        phone.close()
        val transcripts = Transcript.all()
        val exchanges = transcripts.sumOf { it.replay(DesktopPhone(JvmNatives, issuer, DesktopPhone::newDirectory)) }
        println("border: ${natives.size} natives, $cases cases, $panics panics, ${transcripts.size} transcripts, $exchanges exchanges")
        issuer.stop()
    }

    private fun call(native: Method, wallet: Long, array: ByteArray?): ByteArray? {
        var isFirst = true
        val values = native.parameterTypes.map { type ->
            when (type) {
                java.lang.Long.TYPE -> if (isFirst &&
                    native.name !in setOf("create", "open")
                ) {
                    wallet.also { isFirst = false }
                } else {
                    1_767_225_600_000L
                }
                Integer.TYPE -> 1
                else -> array
            }
        }
        return native.invoke(null, *values.toTypedArray()) as ByteArray?
    }

    private fun judge(native: Method, answer: ByteArray?, isOpen: Boolean, what: String) {
        checkNotNull(answer) { what }
        if (native.name == "process") {
            check(answer.size in 2..258) { what }
            if (!isOpen) check(answer.contentEquals(byteArrayOf(0x6F, 0))) { what }
        } else if (native.name !in withoutWallet && !isOpen) {
            check(answer[0].toInt() in 1..2) { "$what: ${answer[0]}" }
        } else {
            check(answer[0].toInt() != 3) { "$what: a fault" }
        }
    }

    /** The state that a terminal talks to is one, whoever talks. */
    private fun threads(phone: DesktopPhone) {
        val (begin, failed) = CountDownLatch(1) to AtomicInteger()
        val select = byteArrayOf(0, 0xA4.toByte(), 4, 0, 7, 0xA0.toByte(), 0, 0, 0, 3, 0x10, 0x10, 0)
        val threads = List(THREADS) { number ->
            Thread {
                begin.await()
                repeat(TIMES / 10) {
                    val now = phone.now
                    val answer = when (number % 4) {
                        0 -> Native.process(phone.wallet, now.bootCount, now.bootMs, now.wallMs, select)
                        1 -> Native.deactivated(phone.wallet, now.bootCount, now.bootMs, now.wallMs)
                        2 -> Native.snapshot(phone.wallet, now.wallMs)
                        else -> Native.makeReady(phone.wallet, now.bootCount, now.bootMs, now.wallMs)
                    }
                    if (answer == null || answer.contentEquals(byteArrayOf(3))) failed.incrementAndGet()
                }
            }.apply { start() }
        }
        begin.countDown()
        threads.forEach(Thread::join)
        check(failed.get() == 0) { "${failed.get()} calls of threads failed" }
    }
}
