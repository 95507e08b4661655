package org.hcepay

import java.io.Closeable
import java.io.InputStream
import java.io.OutputStream
import java.net.InetSocketAddress
import java.net.Socket
import java.util.concurrent.TimeUnit

/** The issuer of the tests: the program `issuer`, line by line. */
class TestIssuer(private val reach: () -> Line = ::program) {
    private lateinit var line: Line

    /** Its public key. */
    lateinit var key: ByteArray
        private set

    /** What the last wallet's phone said of its device keys when it enrolled. */
    var found: String = ""
        private set

    fun start() {
        line = reach()
        startAnew()
    }

    fun stop() = line.close()

    /** Forgets all wallets. */
    fun startAnew() {
        key = ask("fresh 0 $NEW_YEAR").single().hex()
    }

    /** The words after `ok`. */
    fun ask(line: String): List<String> {
        val answer = say(line)
        check(answer.startsWith("ok")) { "$line: $answer" }
        return answer.split(' ').drop(1)
    }

    fun say(line: String): String {
        this.line.output.write(line + "\n")
        this.line.output.flush()
        val answer = read()
        if (!answer.startsWith("found ")) return answer
        found = answer.removePrefix("found ")
        return read()
    }

    private fun read(): String = checkNotNull(line.input.readLine()) { "the issuer has ended" }

    /** Enrols the wallet; the issuer installs a card with so many keys for each application, and the wallet takes it in. */
    fun install(wallet: Wallet, card: String, keys: Int, codes: Int = 0, toUnlocked: Boolean = false): Installed {
        val challenge = ask("challenge").single().hex()
        val request = wallet.enrolmentRequest(challenge)
        carry(wallet, request)
        return installAnother(wallet, request.copyOfRange(2, 18).hex(), card, keys, codes, toUnlocked)
    }

    fun installAnother(wallet: Wallet, name: String, card: String, keys: Int, codes: Int = 0, toUnlocked: Boolean = false): Installed {
        val words = ask("install $name $card $keys $codes" + if (toUnlocked) " unlocked" else "")
        wallet.apply(words[1].hex())
        // The phone makes this key for the first card that needs it; before that the issuer had none to send for.
        if (toUnlocked && wallet.replenishment?.ask == Ask.NOW) carry(wallet, wallet.replenishmentRequest())
        return Installed(name, words[0].toInt(), words.getOrNull(2))
    }

    /** Takes a request to the issuer and its answers to the wallet. */
    fun carry(wallet: Wallet, request: ByteArray?): List<Applied> {
        checkNotNull(request) { "the wallet has nothing to ask for" }
        return ask("request ${request.hex()}").map { wallet.apply(it.hex()) }
    }

    /** The terminal meets a card: its reason, and the issuer's verdict. */
    fun purchase(card: (ByteArray) -> ByteArray): String = purchase(1250, 978, card)

    /** The same, at a terminal of the shop's that asks for a coupon before: what came of that is said last. */
    fun purchaseWithCoupon(card: (ByteArray) -> ByteArray): String = meets("purchase 1250 978 coupon", card)

    fun purchase(minor: Long, currency: Int, card: (ByteArray) -> ByteArray): String = meets("purchase $minor $currency", card)

    private fun meets(purchase: String, card: (ByteArray) -> ByteArray): String {
        var line = say(purchase)
        while (line.startsWith("> ")) line = say("< " + card(line.drop(2).hex()).hex())
        return line
    }

    /** A card of the issuer's. */
    class Installed(val wallet: String, val card: Int, val code: String?)

    /** Where its lines come from and go to. */
    class Line(input: InputStream, output: OutputStream, end: Closeable) : Closeable by end {
        val input = input.bufferedReader()
        val output = output.bufferedWriter()
    }

    companion object {
        /** 2026-01-01T00:00Z, where transcripts begin. */
        const val NEW_YEAR = 1_767_225_600_000L

        /** A process of its own. */
        fun program(): Line {
            val process = ProcessBuilder(System.getProperty("hcepay.issuer")).redirectError(ProcessBuilder.Redirect.INHERIT).start()
            return Line(process.inputStream, process.outputStream) {
                process.destroy()
                process.waitFor(5, TimeUnit.SECONDS)
            }
        }

        /** One that listens on a port, and answers within so many milliseconds. */
        fun listening(port: Int, patienceMs: Int): Line {
            val socket = Socket().apply {
                connect(InetSocketAddress("127.0.0.1", port), patienceMs)
                soTimeout = patienceMs
            }
            return Line(socket.getInputStream(), socket.getOutputStream(), socket)
        }
    }
}

internal fun String.hex(): ByteArray = ByteArray(length / 2) { substring(2 * it, 2 * it + 2).toInt(16).toByte() }

internal fun ByteArray.hex(): String = joinToString("") { "%02X".format(it) }
