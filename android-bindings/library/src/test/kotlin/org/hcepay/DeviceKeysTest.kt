package org.hcepay

import android.content.ContextWrapper
import android.hardware.security.keymint.Digest
import android.hardware.security.keymint.ErrorCode
import android.hardware.security.keymint.KeyPurpose
import android.hardware.security.keymint.Tag
import android.os.Build
import android.os.UserManager
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyProperties
import android.system.keystore2.ResponseCode
import org.hcepay.TestPhone.Companion.onWorker
import org.hcepay.TestPhone.Companion.reason
import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.annotation.Implementation
import org.robolectric.annotation.Implements
import org.robolectric.annotation.RealObject
import org.robolectric.shadow.api.Shadow
import java.io.File

/** What the keys in the phone's key store demand, and what each of its failures is told as: on Android's own key store classes. */
@RunWith(SandboxRunner::class)
@Config(sdk = [31, 33, 35])
class DeviceKeysTest {
    @get:Rule
    val phone = TestPhone()

    private val mint get() = phone.keyStore.mint

    private fun open() = onWorker(phone::open)

    private fun verifiedCard() = phone.walletWith("kernel3-cvn18")

    private fun unlockedCard(): Wallet = open().also { wallet ->
        onWorker { phone.issuer.install(wallet, "kernel3-no-verification", 3, toUnlocked = true) }
    }

    private fun pays(wallet: Wallet) = phone.issuer.purchase(wallet::process).endsWith(" valid").also { wallet.deactivated() }

    private fun paysVerified(wallet: Wallet): Boolean {
        phone.arm(wallet)
        return pays(wallet)
    }

    /** Why a holder who is verified cannot arm the wallet. */
    private fun refusesToArm(wallet: Wallet) = reason {
        val cipher = Authentication.cipher(wallet)
        mint.verify()
        wallet.arm(Authentication.reported(Method.BIOMETRIC, cipher))
    }

    /** The key of this purpose: the newest. */
    private fun key(purpose: String): MintedKey = mint.keys.values.last { it.alias.startsWith("hcepay.$purpose") }

    /** The keys' purposes and conditions, in words. */
    private fun keys(): Map<String, String> = mint.keys.values.associate { key ->
        val does = mapOf(
            KeyPurpose.ENCRYPT to "encrypt",
            KeyPurpose.DECRYPT to "decrypt",
            KeyPurpose.SIGN to "sign",
            KeyPurpose.AGREE_KEY to "agree",
        ).filterKeys { it in key.all(Tag.PURPOSE) }.values.joinToString("+")
        key.alias.removePrefix("hcepay.").substringBeforeLast('.') to listOfNotNull(
            does,
            "unlocked".takeIf { key.has(Tag.UNLOCKED_DEVICE_REQUIRED) },
            "verified".takeIf { key.has(Tag.USER_SECURE_ID) },
            "within ${key.number(Tag.AUTH_TIMEOUT)} s".takeIf { (key.number(Tag.AUTH_TIMEOUT) ?: 0) > 0 },
            "chosen nonces".takeIf { key.has(Tag.CALLER_NONCE) },
        ).joinToString()
    }

    @Test
    fun eachKeyIsMadeWhenItIsNeededAndDemandsWhatItsProtectionNames() {
        val wallet = open()
        val made = mutableMapOf("store-key" to "encrypt+decrypt")
        assertEquals(made, keys())
        val name = onWorker { wallet.enrolmentRequest(phone.issuer.ask("challenge").single().hex()) }
        made += mapOf("agreement" to "agree", "signature" to "sign", "authenticated-key" to "decrypt, verified")
        assertEquals(made, keys())
        onWorker {
            phone.issuer.carry(wallet, name)
            phone.issuer.installAnother(wallet, name.copyOfRange(2, 18).hex(), "kernel3-no-verification", 3, toUnlocked = true)
        }
        val level = Build.VERSION.SDK_INT
        made += mapOf("unlocked-key" to if (level >= 35) "encrypt+decrypt, unlocked" else "encrypt+decrypt")
        assertEquals(made, keys())
        assertEquals(if (level >= 35) listOf<Any>(Digest.SHA1) else emptyList(), key("authenticated").all(Tag.RSA_OAEP_MGF_DIGEST))
    }

    /** What is asked of the key store. AOSP's own classes take SHA-1 for a mask that nobody names: their keys do not show who did. */
    @Implements(KeyGenParameterSpec.Builder::class)
    class AskedKeys {
        @RealObject
        private lateinit var real: KeyGenParameterSpec.Builder

        @Implementation
        fun build(): KeyGenParameterSpec {
            val spec: KeyGenParameterSpec = Shadow.directlyOn(real, KeyGenParameterSpec.Builder::class.java, "build")
            return spec.also { asked += it }
        }

        companion object {
            val asked = mutableListOf<KeyGenParameterSpec>()
        }
    }

    @Test
    @Config(sdk = [35], shadows = [AskedKeys::class])
    fun theDigestOfTheMaskIsNamedWhereMakersNoLongerAllowItByThemselves() {
        AskedKeys.asked.clear()
        verifiedCard()
        val asked = AskedKeys.asked.single { it.purposes == KeyProperties.PURPOSE_DECRYPT }
        assertEquals(setOf(KeyProperties.DIGEST_SHA1), if (asked.isMgf1DigestsSpecified) asked.mgf1Digests else null)
    }

    @Test
    @Config(sdk = [28])
    fun theOldestAndroidHasNoKeyThatAgreesAndGoesByAWindow() {
        verifiedCard()
        val made = mapOf(
            "store-key" to "encrypt+decrypt",
            "agreement-key" to "encrypt+decrypt",
            "signature" to "sign",
            "authenticated-key" to "decrypt, verified, within 30 s",
        )
        assertEquals(made, keys())
    }

    @Test
    @Config(sdk = [28, 31, 33, 35])
    fun theIssuerLearnsFromTheHardwareWhereTheDeviceKeysLie() {
        val attester = mint.attester!!
        val signer = Attester.SIGNER.hex()
        val demand = "attestation trusted-environment verified-boot app ${Attester.PACKAGE} $signer root ${attester.rootKey.hex()}"
        phone.issuer.ask(demand)
        val wallet = verifiedCard()
        val attested = "attested, trusted environment, boot verified, locked, app ${Attester.PACKAGE} $signer"
        // Before API 31 the key store has no key that agrees.
        val agreement = if (Build.VERSION.SDK_INT >= 31) attested else "not attested"
        assertEquals("signature key: $attested; agreement key: $agreement", phone.issuer.found)
        assertTrue(paysVerified(wallet))
    }

    @Test
    @Config(sdk = [28, 31, 33, 35])
    fun aPhoneThatCannotAttestSaysSoAndTheIssuersPolicyDecides() {
        val attester = mint.attester!!
        fun enrol(wallet: Wallet) = onWorker {
            phone.issuer.say("request " + wallet.enrolmentRequest(phone.issuer.ask("challenge").single().hex()).hex())
        }
        phone.issuer.ask("attestation trusted-environment verified-boot root ${attester.rootKey.hex()}")
        mint.attester = null
        val wallet = open()
        assertEquals("refused a device key is not attested", enrol(wallet))
        mint.attester = attester.apply { isBootLocked = false }
        assertEquals("refused the phone does not say that its maker's software runs on it, locked", enrol(wallet))
        mint.attester = Attester()
        assertTrue(enrol(wallet).startsWith("refused a device key is not attested, for "))
        phone.issuer.ask("attestation not-needed")
        mint.attester = null
        assertTrue(enrol(wallet).startsWith("ok"))
        assertEquals("signature key: not attested; agreement key: not attested", phone.issuer.found)
    }

    @Test
    fun aHolderWhoUnlocksByAWeakFaceHasAWalletThatPays() {
        mint.isWeaklyUnlocked = true
        val wallet = unlockedCard()
        assertTrue(pays(wallet))
        phone.restartProcess()
        assertTrue(pays(open()))
    }

    @Test
    fun withoutAScreenLockAllIsThereButWhatNeedsAVerifiedHolder() {
        phone.hasScreenLock = false
        var wallet = unlockedCard()
        assertTrue(pays(wallet))
        val name = onWorker { wallet.checkInRequest() }.copyOfRange(2, 18).hex()
        onWorker { phone.issuer.installAnother(wallet, name, "kernel3-cvn18", 3) }
        assertEquals(Reason.NO_SCREEN_LOCK, reason { Authentication.cipher(wallet) })
        onWorker {
            repeat(2) { assertTrue(pays(wallet)) }
            phone.issuer.carry(wallet, wallet.replenishmentRequest())
        }
        assertTrue(pays(wallet))
        onWorker { phone.issuer.carry(wallet, wallet.replenishmentRequest()) }
        assertEquals(Reason.NO_SCREEN_LOCK, reason { wallet.replenishmentRequest() })
        phone.restartProcess()
        wallet = open()
        phone.hasScreenLock = true
        onWorker {
            phone.issuer.carry(wallet, wallet.replenishmentRequest())
            wallet.setDefault(wallet.cards.last())
        }
        assertTrue(paysVerified(wallet))
    }

    @Test
    fun whatFailsAfterAnEnvelopeWasAppliedIsNotToldAsItsFailure() {
        val wallet = open()
        val name = onWorker {
            val request = wallet.enrolmentRequest(phone.issuer.ask("challenge").single().hex())
            phone.issuer.carry(wallet, request)
            request.copyOfRange(2, 18).hex()
        }
        mint.refuses = { call, _ -> if (call == KeyStoreCall.GENERATE) ResponseCode.SYSTEM_ERROR else null }
        val install = phone.issuer.ask("install $name kernel3-no-verification 3 0 unlocked")[1].hex()
        assertEquals(Purpose.INSTALL_CARD, onWorker { wallet.apply(install) }.purpose)
        mint.refuses = { _, _ -> null }
        onWorker { phone.issuer.carry(wallet, wallet.replenishmentRequest()) }
        assertTrue(pays(wallet))
    }

    /** The process ends in a call of the key store. */
    private class Killed : Error()

    /** Kills the process in each call of the key store that this makes, one after the other, and lets it go on from there each time. */
    private fun killedInEachCall(work: () -> Unit, goesOn: () -> Unit) {
        var calls = 0
        do {
            var left = calls++
            // What is dead calls nothing more, whoever catches it.
            mint.refuses = { _, _ -> if (left-- <= 0) throw Killed() else null }
            runCatching { onWorker(work) }
            mint.refuses = { _, _ -> null }
            phone.restartProcess()
            goesOn()
        } while (left < 0)
        assertTrue("$calls calls", calls > 1)
    }

    @Test
    fun aProcessKilledWhileItsWalletIsMadeBeginsAnewTheNextTime() = killedInEachCall(
        work = { phone.open() },
        goesOn = {
            assertTrue(paysVerified(verifiedCard()))
            phone.startAnew()
        },
    )

    @Test
    fun aProcessKilledWhileItEnrolsEnrolsAgain() = killedInEachCall(
        work = { phone.open().enrolmentRequest(ByteArray(8)) },
        goesOn = {
            assertTrue(paysVerified(verifiedCard()))
            phone.startAnew()
        },
    )

    @Test
    fun aProcessKilledWhileASpendKeyIsMadeAnewMakesAnother() {
        verifiedCard()
        killedInEachCall(
            work = {
                mint.keys.remove(key("authenticated").alias)
                Authentication.cipher(phone.open())
            },
            goesOn = {
                val wallet = open()
                runCatching { onWorker { Authentication.cipher(wallet) } }
                onWorker { phone.issuer.carry(wallet, wallet.replenishmentRequest()) }
                assertTrue(paysVerified(wallet))
            },
        )
    }

    @Test
    fun aProcessKilledWhileTheKeyOfTheUnlockedPhoneIsMadeAnewMakesAnother() {
        unlockedCard()
        phone.restartProcess()
        killedInEachCall(
            work = {
                mint.keys.remove(key("unlocked").alias)
                phone.open()
            },
            goesOn = {
                val wallet = open()
                onWorker { phone.issuer.carry(wallet, wallet.replenishmentRequest()) }
                assertTrue(pays(wallet))
                wallet.deactivated()
                phone.restartProcess()
            },
        )
    }

    @Test
    fun anEnrolmentThatFailsBeforeItsKeysAreNamedLeavesThoseOfTheOneBefore() {
        val wallet = open()
        val request = onWorker { wallet.enrolmentRequest(phone.issuer.ask("challenge").single().hex()) }
        val answers = phone.issuer.ask("request ${request.hex()}")
        mint.refuses = { call, _ -> ResponseCode.SYSTEM_ERROR.takeIf { call != KeyStoreCall.GENERATE } }
        assertEquals(Reason.KEYSTORE_FAILED, reason { wallet.enrolmentRequest(ByteArray(8)) })
        mint.refuses = { _, _ -> null }
        onWorker { answers.forEach { wallet.apply(it.hex()) } }
        assertTrue(wallet.isEnrolled)
    }

    @Test
    fun keysThatNoFileNamesAreSweptAndOthersStay() {
        verifiedCard()
        val named = mint.keys.keys.toSet()
        mint.generate("hcepay.store-key.of-a-kill", key("store-key").parameters)
        mint.generate("another.app.part", key("store-key").parameters)
        phone.restartProcess()
        val wallet = open()
        TestPhone.idle()
        assertEquals(named + "another.app.part", mint.keys.keys)
        assertTrue(paysVerified(wallet))
        onWorker { Wallet.discard(phone.context) }
        assertEquals(setOf("another.app.part"), mint.keys.keys)
    }

    @Test
    fun aKeyThatTheDaemonWithholdsIsToldAsALockedPhoneAndIsNotLost() {
        unlockedCard()
        for (code in listOf(ResponseCode.LOCKED, ErrorCode.DEVICE_LOCKED)) {
            // Only what keys with Android's own condition say, which there are from API 35 on.
            if (code == ErrorCode.DEVICE_LOCKED && Build.VERSION.SDK_INT < 35) continue
            phone.restartProcess()
            mint.refuses = { call, alias -> code.takeIf { call == KeyStoreCall.BEGIN && "unlocked" in alias } }
            val keys = DeviceKeys(phone.context, PlatformFiles(phone.context))
            open()
            assertEquals("$code", Reason.DEVICE_LOCKED, reason { keys.unlockedKey() })
            mint.refuses = { _, _ -> null }
        }
        phone.restartProcess()
        assertTrue(pays(open()))
    }

    @Test
    fun aKeyThatIsInvalidatedOrGoneIsLostHoweverAndroidSaysIt() {
        val wallet = verifiedCard()
        fun lost(what: String, call: KeyStoreCall, code: Int): Reason {
            mint.refuses = { at, alias -> code.takeIf { at == call && what in alias } }
            return reason { Authentication.cipher(wallet) }.also {
                mint.refuses = { _, _ -> null }
                onWorker { phone.issuer.carry(wallet, wallet.replenishmentRequest()) }
                assertTrue(paysVerified(wallet))
            }
        }
        for (call in listOf(KeyStoreCall.GET, KeyStoreCall.BEGIN)) {
            for (code in listOf(ResponseCode.KEY_PERMANENTLY_INVALIDATED, ResponseCode.KEY_NOT_FOUND)) {
                // Below API 33 nothing tells a key that is gone from a busy key store once an operation begins.
                if (call == KeyStoreCall.BEGIN && code == ResponseCode.KEY_NOT_FOUND && Build.VERSION.SDK_INT < 33) continue
                assertEquals("$call $code", Reason.SPEND_KEY_LOST, lost("authenticated", call, code))
            }
        }
        mint.keys.remove(key("authenticated").alias)
        assertEquals(Reason.SPEND_KEY_LOST, reason { Authentication.cipher(wallet) })
    }

    @Test
    fun anInvalidatedKeyOfTheUnlockedPhoneIsMadeAnewAndTheIssuerSendsKeysForIt() {
        unlockedCard()
        phone.restartProcess()
        mint.keys.remove(key("unlocked").alias)
        val wallet = open()
        assertEquals(Why.KEYS_LOST, wallet.replenishment!!.why)
        onWorker { phone.issuer.carry(wallet, wallet.replenishmentRequest()) }
        assertTrue(pays(wallet))
    }

    @Test
    fun aKeyStoreThatIsBusyIsAskedAgain() {
        for (code in listOf(ResponseCode.BACKEND_BUSY, ResponseCode.OPERATION_BUSY, KeyStoreDaemon.GONE)) {
            var until = 0L
            mint.refuses = { _, _ -> code.takeIf { System.nanoTime() < until } }
            fun <T> busyAtFirst(work: () -> T): T {
                until = System.nanoTime() + 100_000_000
                return onWorker(work)
            }
            val wallet = busyAtFirst { phone.open() }
            val request = busyAtFirst { wallet.enrolmentRequest(phone.issuer.ask("challenge").single().hex()) }
            val envelopes = phone.issuer.ask("request ${request.hex()}").map { it.hex() }
            busyAtFirst { envelopes.forEach(wallet::apply) }
            onWorker { phone.issuer.installAnother(wallet, request.copyOfRange(2, 18).hex(), "kernel3-cvn18", 3) }
            val cipher = busyAtFirst { Authentication.cipher(wallet) }
            mint.verify()
            onWorker { wallet.arm(Authentication.reported(Method.BIOMETRIC, cipher)) }
            assertTrue("$code", pays(wallet))
            mint.refuses = { _, _ -> null }
            phone.startAnew()
        }
    }

    @Test
    fun aKeyStoreThatStaysBusyOrIsGoneIsToldAndNothingIsLost() {
        verifiedCard()
        for (code in listOf(ResponseCode.BACKEND_BUSY, ResponseCode.SYSTEM_ERROR, KeyStoreDaemon.GONE)) {
            phone.restartProcess()
            phone.keyStore.failure = code
            assertEquals("$code", Reason.KEYSTORE_FAILED, reason { phone.open() })
            phone.keyStore.failure = null
            assertTrue(paysVerified(open()))
        }
    }

    @Test
    fun aKeyStoreThatAnswersLateIsWaitedFor() {
        verifiedCard()
        phone.restartProcess()
        mint.meanwhile = { Thread.sleep(5_000) }
        val wallet = open()
        mint.meanwhile = null
        assertTrue(paysVerified(wallet))
    }

    @Test
    fun aStoreKeyThatAnotherKeyWrappedIsLostAndToldSo() {
        verifiedCard()
        phone.restartProcess()
        val old = key("store-key")
        mint.generate(old.alias, old.parameters)
        assertEquals(Reason.STORE_KEY_LOST, reason { phone.open() })
        mint.keys[old.alias] = old
        assertEquals(1, open().cards.size)
    }

    @Test
    fun aKeyStoreThatMakesAKeyAndCannotAgreeIsNotTrustedWithIt() {
        mint.agreesNever = true
        val wallet = verifiedCard()
        assertTrue(paysVerified(wallet))
        phone.restartProcess()
        assertTrue(paysVerified(open()))
    }

    @Test
    fun whatOpensToNothingIsLost() {
        val wallet = verifiedCard()
        mint.opensToNothing = true
        assertEquals(Reason.SPEND_KEY_LOST, refusesToArm(wallet))
        mint.opensToNothing = false
        onWorker { phone.issuer.carry(wallet, wallet.replenishmentRequest()) }
        assertTrue(paysVerified(wallet))
    }

    @Test
    fun aKeyFileThatIsCutOrEmptyOrOfAnotherPhoneIsALostKey() {
        verifiedCard()
        phone.restartProcess()
        val platform = File(phone.context.noBackupFilesDir, "hcepay/platform")
        val file = File(platform, "store-key")
        val whole = file.readBytes()
        val foreign = whole.clone().also { it[20] = (it[20].toInt() xor 1).toByte() }
        val newer = whole.clone().also { it[0] = 2 }
        for (bad in listOf(ByteArray(0), whole.copyOf(1), whole.copyOf(10), whole.copyOf(whole.size - 1), whole + 0, foreign, newer)) {
            file.writeBytes(bad)
            assertEquals(bad.hex(), Reason.STORE_KEY_LOST, reason { phone.open() })
        }
        file.writeBytes(whole)
        assertTrue(paysVerified(open()))
        val spend = File(platform, "authenticated-key")
        for (length in listOf(0, 1, 12, 90, spend.length().toInt() - 1)) {
            spend.writeBytes(spend.readBytes().copyOf(length))
            val wallet = open()
            assertEquals("$length", Reason.SPEND_KEY_LOST, refusesToArm(wallet))
            onWorker { phone.issuer.carry(wallet, wallet.replenishmentRequest()) }
            assertTrue("$length", paysVerified(wallet))
        }
    }

    @Test
    fun aSpendKeyThatWasMadeAnewUnheardIsToldByTheNextThatNeedsIt() {
        verifiedCard()
        onWorker { DeviceKeys(phone.context, PlatformFiles(phone.context)).makeSpendKey(KeyFile.AUTHENTICATED) }
        phone.restartProcess()
        val wallet = open()
        assertEquals(Reason.SPEND_KEY_LOST, refusesToArm(wallet))
        assertEquals(Why.KEYS_LOST, wallet.replenishment!!.why)
        onWorker { phone.issuer.carry(wallet, wallet.replenishmentRequest()) }
        assertTrue(paysVerified(wallet))
    }

    @Test
    fun beforeThePhoneWasFirstUnlockedThereIsNoWallet() {
        verifiedCard()
        phone.restartProcess()
        val user = shadowOf(phone.context.getSystemService(UserManager::class.java))
        user.setUserUnlocked(false)
        assertEquals(Reason.DEVICE_LOCKED, reason { phone.open() })
        user.setUserUnlocked(true)
        assertEquals(1, open().cards.size)
    }

    @Test
    fun storageThatIsThereBeforeTheFirstUnlockIsRefused() {
        // As of an app whose manifest says defaultToDeviceProtectedStorage.
        val early = object : ContextWrapper(phone.context.createDeviceProtectedStorageContext()) {
            override fun getApplicationContext() = this
        }
        assertThrows(IllegalArgumentException::class.java) { onWorker { Wallet.open(early, phone.issuer.key) } }
        assertEquals(false, File(early.noBackupFilesDir, "hcepay").exists())
    }
}
