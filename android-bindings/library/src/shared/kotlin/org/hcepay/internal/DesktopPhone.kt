package org.hcepay.internal

import org.hcepay.Answer
import org.hcepay.MessageReader
import org.hcepay.Player
import org.hcepay.TapReport
import org.hcepay.TestIssuer
import org.hcepay.asInTranscripts
import org.hcepay.hex
import org.hcepay.rawSignature
import java.io.File
import java.security.KeyFactory
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.Signature
import java.security.spec.ECGenParameterSpec
import java.security.spec.X509EncodedKeySpec
import javax.crypto.KeyAgreement

/** A phone without Android: natives, a directory, and the device's keys in software. */
class DesktopPhone(private val natives: Natives, private val issuer: TestIssuer, private val directory: () -> String) : Player {
    private val agreement = pair()
    private val signature = pair()
    private val authenticated = payload(natives.newSpendKey())
    private lateinit var path: String
    private lateinit var name: String
    private var mark = 0L

    /** The wallet's number. */
    var wallet = 0L
        private set
    var now = Now(1, 60_000, TestIssuer.NEW_YEAR)

    /** An empty wallet in an empty directory. */
    fun create() {
        natives.close(wallet)
        path = directory()
        now = Now(1, 60_000, TestIssuer.NEW_YEAR)
        val unlocked = payload(natives.newSpendKey())
        val keys = issuer.key + point(agreement) + point(signature) + unlocked.copyOfRange(32, 97) + authenticated.copyOfRange(32, 97)
        wallet = MessageReader(payload(natives.create(path.toByteArray(), STORE_KEY, keys, now))).number()
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
        val request = request(1, issuer.ask("challenge").single().hex())
        issuer.ask("request ${request.hex()}")
        name = request.copyOfRange(2, 18).hex()
        install(card)
    }

    /** Another demo card with three keys for each application. */
    fun install(card: String) = apply(issuer.ask("install $name $card 3 0")[1].hex())

    override fun arm() {
        payload(natives.arm(wallet, authenticated.copyOf(32), now))
        keepMark()
    }

    override fun pass(ms: Long) {
        now = now.copy(bootMs = now.bootMs + ms, wallMs = now.wallMs + ms)
    }

    override fun process(command: ByteArray): ByteArray = natives.process(wallet, now, command)

    override fun leave(deselected: Boolean): String = leave().asInTranscripts()

    fun leave(): TapReport {
        val report = MessageReader(payload(natives.deactivated(wallet, now))).reports().single()
        payload(natives.makeReady(wallet, now))
        keepMark()
        return report
    }

    fun close() = natives.close(wallet)

    private fun request(kind: Int, argument: ByteArray): ByteArray {
        val (token, digest) = MessageReader(payload(natives.requestBegin(wallet, kind, argument, now))).begun(32)
        val signer = Signature.getInstance("NONEwithECDSA").apply { initSign(signature.private) }
        signer.update(digest)
        return payload(natives.requestFinish(wallet, token, rawSignature(signer.sign())))
    }

    private fun apply(envelope: ByteArray) {
        val (token, point) = MessageReader(payload(natives.applyBegin(wallet, envelope, now))).begun(65)
        val agreed = KeyAgreement.getInstance("ECDH").apply { init(agreement.private) }
        val header = "3059301306072A8648CE3D020106082A8648CE3D030107034200".hex()
        agreed.doPhase(KeyFactory.getInstance("EC").generatePublic(X509EncodedKeySpec(header + point)), true)
        MessageReader(payload(natives.applyFinish(wallet, token, agreed.generateSecret(), now))).applied()
        keepMark()
    }

    private fun keepMark() {
        mark = MessageReader(payload(natives.mark(wallet))).number()
        payload(natives.markStored(wallet, mark))
    }

    private fun payload(answer: ByteArray): ByteArray = Answer.payload(answer)

    companion object {
        val STORE_KEY = ByteArray(32) { 7 }

        /** A new directory of this machine. */
        fun newDirectory(): String = File.createTempFile("hcepay", "").apply {
            delete()
            mkdirs()
        }.path

        private fun pair(): KeyPair = KeyPairGenerator.getInstance("EC").run {
            initialize(ECGenParameterSpec("secp256r1"))
            generateKeyPair()
        }

        private fun point(pair: KeyPair): ByteArray = pair.public.encoded.let { it.copyOfRange(it.size - 65, it.size) }
    }
}
