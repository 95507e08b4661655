package org.hcepay.internal

import org.hcepay.Amount
import org.hcepay.Answer
import org.hcepay.LimitWriter
import org.hcepay.MessageReader
import org.hcepay.P256
import org.hcepay.Player
import org.hcepay.TapReport
import org.hcepay.TemporaryUse
import org.hcepay.TestIssuer
import org.hcepay.asInTranscripts
import org.hcepay.hex
import java.io.File
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.Signature
import java.security.spec.ECGenParameterSpec
import javax.crypto.KeyAgreement

/** A phone without Android: natives, a directory, and the device's keys in software. */
class DesktopPhone(private val natives: Natives, private val issuer: TestIssuer, private val directory: () -> String) : Player {
    private val agreement = pair()
    private val signature = pair()
    private val authenticated = payload(natives.newSpendKey())
    private lateinit var path: String
    private lateinit var name: String
    private var mark = 0L

    /** The card installed last. */
    private var card = 0

    /** The wallet's number. */
    var wallet = 0L
        private set
    var now = BEGINNING

    /** An empty wallet in an empty directory. */
    fun create() {
        natives.close(wallet)
        path = directory()
        now = BEGINNING
        wallet = MessageReader(payload(natives.create(path.toByteArray(), STORE_KEY, issuer.key, now))).number()
        payload(natives.deviceKeysMade(wallet, P256.point(agreement.public) + P256.point(signature.public)))
        payload(natives.spendKeyMade(wallet, 3, authenticated.copyOfRange(32, 97)))
        keepMark()
    }

    /** The process ends, and another opens what it left. */
    fun reopen(bootCount: Int = now.bootCount) {
        natives.close(wallet)
        now = now.copy(bootCount = bootCount)
        wallet = MessageReader(payload(natives.open(path.toByteArray(), STORE_KEY, mark, now))).number()
        keepMark()
    }

    override fun begin(card: String) {
        issuer.startAnew()
        create()
        val challenge = issuer.ask("challenge").single().hex()
        val request = request(1, byteArrayOf(challenge.size.toByte()) + challenge + NO_CERTIFICATES)
        issuer.ask("request ${request.hex()}")
        name = request.copyOfRange(2, 18).hex()
        install(card)
    }

    /** Another demo card with three keys for each application. */
    fun install(card: String) {
        val (number, envelope) = issuer.ask("install $name $card 3 0")
        this.card = number.toInt()
        apply(envelope.hex())
    }

    override fun arm(amount: Amount?) =
        done(natives.arm(wallet, if (amount == null) 0 else card, amount, authenticated.copyOf(32), now))

    override fun passGates() = done(natives.passGates(wallet, card, now))

    override fun freeze() = done(natives.freeze(wallet, card, now))

    override fun unfreeze() = done(natives.unfreeze(wallet, card, now))

    override fun limitTaps(taps: Int) = done(natives.limitUse(wallet, card, LimitWriter.temporaryUse(TemporaryUse(null, taps)), now))

    private fun done(answer: ByteArray) {
        payload(answer)
        keepMark()
    }

    override fun pass(ms: Long) {
        now = now.copy(bootMs = now.bootMs + ms, wallMs = now.wallMs + ms)
    }

    override fun process(command: ByteArray): ByteArray = natives.process(wallet, now, command)

    override fun leave(deselected: Boolean): String = leave().asInTranscripts()

    fun leave(): TapReport {
        val report = MessageReader(payload(natives.deactivated(wallet, now))).reports().single()
        done(natives.makeReady(wallet, now))
        return report
    }

    fun close() = natives.close(wallet)

    private fun request(kind: Int, argument: ByteArray): ByteArray {
        val (token, digest) = MessageReader(payload(natives.requestBegin(wallet, kind, argument, now))).begun(32)
        val signer = Signature.getInstance("NONEwithECDSA").apply { initSign(signature.private) }
        signer.update(digest)
        return payload(natives.requestFinish(wallet, token, P256.rawSignature(signer.sign())))
    }

    private fun apply(envelope: ByteArray) {
        val (token, point) = MessageReader(payload(natives.applyBegin(wallet, envelope, now))).begun(P256.POINT_LENGTH)
        val agreed = KeyAgreement.getInstance("ECDH").apply { init(agreement.private) }
        agreed.doPhase(P256.publicKey(point), true)
        MessageReader(payload(natives.applyFinish(wallet, token, agreed.generateSecret(), now))).applied()
        keepMark()
    }

    private fun keepMark() {
        mark = MessageReader(payload(natives.mark(wallet))).number()
        payload(natives.markStored(wallet, mark))
    }

    private fun payload(answer: ByteArray): ByteArray = Answer.payload(answer)

    companion object {
        private val STORE_KEY = ByteArray(32) { 7 }

        /** Of either device key: nothing attests what a JVM made. */
        private val NO_CERTIFICATES = ByteArray(2)

        /** Opens what a phone of this JVM left in a directory, and gives the wallet's number. */
        fun openInThisJvm(directory: String, now: Now): Long =
            MessageReader(Answer.payload(JvmNatives.open(directory.toByteArray(), STORE_KEY, 0, now))).number()

        /** What all of them begin at. */
        val BEGINNING = Now(1, 60_000, TestIssuer.NEW_YEAR)

        /** A new directory of this machine. */
        fun newDirectory(): String = File.createTempFile("hcepay", "").apply {
            delete()
            mkdirs()
        }.path

        private fun pair(): KeyPair = KeyPairGenerator.getInstance("EC").run {
            initialize(ECGenParameterSpec("secp256r1"))
            generateKeyPair()
        }
    }
}
