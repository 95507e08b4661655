package org.hcepay

import android.app.Activity
import android.app.KeyguardManager
import android.content.Intent
import android.hardware.biometrics.BiometricConstants
import android.hardware.biometrics.BiometricManager.Authenticators
import android.hardware.biometrics.BiometricPrompt
import android.hardware.fingerprint.FingerprintManager
import android.os.CancellationSignal
import android.os.Looper
import android.os.SystemClock
import android.system.keystore2.ResponseCode
import org.hcepay.TestPhone.Companion.idle
import org.hcepay.TestPhone.Companion.onWorker
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.shadow.api.Shadow
import org.robolectric.shadows.ShadowFingerprintManager
import java.util.Collections

/** The holder in front of Android's own prompt. */
@RunWith(SandboxRunner::class)
@Config(shadows = [TestPrompt::class])
class VerificationTest {
    @get:Rule
    val phone = TestPhone()

    private val activity by lazy { Robolectric.buildActivity(Activity::class.java).setup().get() }
    private val keyguard get() = shadowOf(phone.context.getSystemService(KeyguardManager::class.java))
    private val cancel = CancellationSignal()
    private val told = Told()
    private lateinit var report: TapReport

    @Before
    fun noPromptIsShown() = TestPrompt.shown.clear()

    private fun request(wallet: Wallet) {
        Verification.request(activity, wallet, TEXT, cancel, told)
        idle()
    }

    private val prompt get() = TestPrompt.shown.last()

    /** The holder verifies; the wallet is armed on its worker, and the app told on the main thread. */
    private fun verify(type: Int = BIOMETRIC) {
        phone.keyStore.verify()
        phone.keyStore.isVerified = true
        prompt.succeeds(type)
        settle()
        phone.keyStore.isVerified = false
    }

    private fun settle() = repeat(3) { idle() }

    private fun purchase(wallet: Wallet): String = phone.issuer.purchase(wallet::process).also {
        report = wallet.deactivated()
        settle()
    }

    private fun assertArmedOnce() = assertEquals(listOf("armed until ${SystemClock.elapsedRealtime() + 30_000}"), told.words)

    private fun assertRefusedOnce(kind: RefusalKind, reason: Reason? = null) {
        assertEquals(listOf("Refusal($kind, $reason)"), told.words)
    }

    @Test
    fun aHolderWhoIsVerifiedPays() {
        val wallet = phone.walletWith("kernel3-cvn18")
        assertEquals(Protection.AUTHENTICATED, wallet.cards.single().protection)
        for (type in listOf(BIOMETRIC, CREDENTIAL)) {
            request(wallet)
            assertNotNull(prompt.cipher)
            assertEquals(emptyList<String>(), told.words)
            verify(type)
            assertArmedOnce()
            assertEquals("ok verified-on-device valid", purchase(wallet))
            told.words.clear()
        }
        assertEquals(2, TestPrompt.shown.size)
    }

    /** A contact of a service that leads to the pay screen. */
    private fun TestPaymentService.tap(minor: Long): TapReason? {
        phone.issuer.purchase(minor, 978) { processCommandApdu(it, null)!! }
        onDeactivated(0)
        settle()
        return reports.last().reason
    }

    @Test
    fun ofTwoTapsTheSecondPaysWhatTheFirstHasToldAndNothingElse() {
        val wallet = phone.walletWith("kernel3-cvn18")
        val service = Robolectric.buildService(TestPaymentService::class.java).create().get().also { settle() }
        service.screen = Intent(phone.context, Activity::class.java)
        assertEquals(TapReason.NOT_VERIFIED, service.tap(1250))
        request(wallet)
        verify()
        assertEquals(TapReason.ARMED_FOR_ANOTHER_PAYMENT, service.tap(125_000))
        assertEquals(TapReason.VERIFIED, service.tap(1250))
        assertEquals(TapReason.NOT_VERIFIED, service.tap(1250))
        assertEquals(TapReason.NOT_VERIFIED, service.tap(3000))
        request(wallet)
        verify()
        assertEquals("what the last tap told counts", TapReason.VERIFIED, service.tap(3000))
    }

    @Test
    fun whatATapToldIsForgottenAtTheNextOneAndAfterTwoMinutesAndAnAppMaySayOtherwise() {
        val wallet = phone.walletWith("kernel3-cvn18", keys = 6)
        val service = Robolectric.buildService(TestPaymentService::class.java).create().get().also { settle() }
        service.screen = Intent(phone.context, Activity::class.java)
        service.tap(1250)
        phone.pass(120_000)
        request(wallet)
        verify()
        assertEquals(TapReason.VERIFIED, service.tap(3000))
        service.tap(1250)
        Verification.request(activity, wallet, TEXT, cancel, told, 30, Scope.ANY_CARD)
        settle()
        verify()
        assertEquals(TapReason.VERIFIED, service.tap(3000))
        request(wallet)
        verify()
        assertEquals("no tap has asked for it", TapReason.VERIFIED, service.tap(2000))
        service.screen = null
        service.tap(1250)
        request(wallet)
        verify()
        assertEquals("an app without such a screen has its own way", TapReason.VERIFIED, service.tap(3000))
    }

    @Test
    fun theIssuerIsToldTheMethodThatThePromptTells() {
        fun method(type: Int) = Verification.method(BiometricPrompt.AuthenticationResult(null, type))
        assertEquals(Method.BIOMETRIC, method(BIOMETRIC))
        assertEquals(Method.DEVICE_CREDENTIAL, method(CREDENTIAL))
        assertEquals(Method.UNKNOWN, method(-1))
        onAndroid(29) { assertEquals(Method.UNKNOWN, method(BIOMETRIC)) }
        onAndroid(28) { assertEquals(Method.BIOMETRIC, method(-1)) }
    }

    @Test
    fun thePromptSaysWhatTheAppSaysAndTakesTheScreenLockToo() {
        request(phone.walletWith("kernel3-cvn18"))
        assertEquals("Pay", prompt.firstLine)
        assertEquals("Verify", prompt.secondLine)
        assertNull(prompt.cancelButton)
        assertEquals(Authenticators.BIOMETRIC_STRONG or Authenticators.DEVICE_CREDENTIAL, prompt.authenticators)
    }

    @Test
    fun aCardThatNeedsNoVerifiedHolderNeedsNoCipher() {
        val wallet = phone.walletWith("kernel3-no-verification")
        request(wallet)
        assertNull(prompt.cipher)
        verify()
        assertArmedOnce()
    }

    @Test
    fun eachErrorOfThePromptIsToldAsWhatTheAppCanDoAboutIt() {
        val wallet = phone.walletWith("kernel3-cvn18")
        val kinds = mapOf(
            BiometricConstants.BIOMETRIC_ERROR_USER_CANCELED to RefusalKind.CANCELLED,
            BiometricConstants.BIOMETRIC_ERROR_CANCELED to RefusalKind.CANCELLED,
            BiometricConstants.BIOMETRIC_ERROR_TIMEOUT to RefusalKind.CANCELLED,
            BiometricConstants.BIOMETRIC_ERROR_LOCKOUT to RefusalKind.LOCKED_OUT,
            BiometricConstants.BIOMETRIC_ERROR_LOCKOUT_PERMANENT to RefusalKind.LOCKED_OUT,
            BiometricConstants.BIOMETRIC_ERROR_HW_UNAVAILABLE to RefusalKind.UNAVAILABLE,
            BiometricConstants.BIOMETRIC_ERROR_HW_NOT_PRESENT to RefusalKind.UNAVAILABLE,
            BiometricConstants.BIOMETRIC_ERROR_NO_BIOMETRICS to RefusalKind.UNAVAILABLE,
            BiometricConstants.BIOMETRIC_ERROR_NO_DEVICE_CREDENTIAL to RefusalKind.UNAVAILABLE,
            BiometricConstants.BIOMETRIC_ERROR_SECURITY_UPDATE_REQUIRED to RefusalKind.UNAVAILABLE,
            BiometricConstants.BIOMETRIC_ERROR_UNABLE_TO_PROCESS to RefusalKind.UNAVAILABLE,
            BiometricConstants.BIOMETRIC_ERROR_VENDOR to RefusalKind.UNAVAILABLE,
        )
        for ((code, kind) in kinds) {
            request(wallet)
            prompt.fails(code)
            settle()
            assertRefusedOnce(kind)
            told.words.clear()
        }
        assertNotVerified(wallet)
    }

    /** The terminal asks for a verified holder, and the card has none. */
    private fun assertNotVerified(wallet: Wallet) {
        val verdict = purchase(wallet)
        assertFalse(verdict, verdict.startsWith("ok verified-on-device"))
        assertEquals(Outcome.VERIFICATION_NEEDED, report.outcome)
    }

    @Test
    fun whatAndroidSaysOfARefusalIsKeptAndNotPrinted() {
        val wallet = phone.walletWith("kernel3-cvn18")
        request(wallet)
        prompt.fails(BiometricConstants.BIOMETRIC_ERROR_LOCKOUT, "Too many attempts. Try again later.")
        settle()
        val cancelling = listOf(
            BiometricConstants.BIOMETRIC_ERROR_CANCELED,
            BiometricConstants.BIOMETRIC_ERROR_USER_CANCELED,
            BiometricConstants.BIOMETRIC_ERROR_TIMEOUT,
        )
        for (code in cancelling) {
            request(wallet)
            prompt.fails(code, "Fingerprint operation canceled by user.")
            settle()
        }
        request(wallet)
        prompt.fails(BiometricConstants.BIOMETRIC_ERROR_HW_UNAVAILABLE, "")
        settle()
        val locked = told.refusals.first()
        val (silent, cancelled) = told.refusals.drop(1).let { it.last() to it.dropLast(1) }
        assertEquals("Too many attempts. Try again later.", locked.systemText)
        assertEquals(BiometricPrompt.BIOMETRIC_ERROR_LOCKOUT, locked.systemCode)
        assertEquals("Refusal(LOCKED_OUT, null)", locked.toString())
        assertNull("no words are no text", silent.systemText)
        assertEquals(cancelling, cancelled.map { it.systemCode })
        assertEquals("an engineer's words", List(3) { null }, cancelled.map { it.systemText })
    }

    @Test
    fun theWindowIsAsLongAsTheAppSays() {
        val wallet = phone.walletWith("kernel3-cvn18")
        Verification.request(activity, wallet, TEXT, cancel, told, 60)
        idle()
        verify()
        assertEquals(listOf("armed until ${SystemClock.elapsedRealtime() + 60_000}"), told.words)
        for (seconds in listOf(4, 121)) {
            assertThrows(IllegalArgumentException::class.java) { Verification.request(activity, wallet, TEXT, cancel, told, seconds) }
        }
        phone.pass(59_000)
        assertEquals("ok verified-on-device valid", purchase(wallet))
    }

    /** Android's own prompt takes no empty title: it throws where it is built. */
    @Test
    fun aPromptThatAndroidRefusesToBuildIsToldAndEndsNoProcess() {
        val wallet = phone.walletWith("kernel3-cvn18")
        Verification.request(activity, wallet, PromptText("", null, "Back"), cancel, told)
        settle()
        assertRefusedOnce(RefusalKind.UNAVAILABLE)
        assertEquals(0, TestPrompt.shown.size)
    }

    /** What Android has an exception for, and what it has none for. */
    private val failures = listOf<(KeyStoreCall, String) -> Int?>(
        { _, _ -> ResponseCode.SYSTEM_ERROR },
        { _, _ -> throw IllegalStateException() },
    )

    @Test
    fun whateverTheKeyStoreThrowsBeforeThePromptIsToldAndEndsNoProcess() = withoutUncaughtExceptions {
        val wallet = phone.walletWith("kernel3-cvn18")
        for (failure in failures) {
            phone.keyStore.mint.refuses = failure
            request(wallet)
            assertRefusedOnce(RefusalKind.REFUSED_BY_WALLET, Reason.KEYSTORE_FAILED)
            told.words.clear()
        }
        assertEquals(0, TestPrompt.shown.size)
    }

    @Test
    fun whateverTheKeyStoreThrowsAfterThePromptIsToldAndEndsNoProcess() = withoutUncaughtExceptions {
        onAndroid(29) {
            val wallet = phone.walletWith("kernel3-cvn18")
            for (failure in failures) {
                request(wallet)
                phone.keyStore.mint.refuses = failure
                verify()
                assertRefusedOnce(RefusalKind.REFUSED_BY_WALLET, Reason.KEYSTORE_FAILED)
                told.words.clear()
                phone.keyStore.failure = null
            }
            assertNotVerified(wallet)
        }
    }

    /** On Android they would end the app's process. */
    private fun withoutUncaughtExceptions(work: () -> Unit) {
        val before = Thread.getDefaultUncaughtExceptionHandler()
        val uncaught = Collections.synchronizedList(mutableListOf<Throwable>())
        Thread.setDefaultUncaughtExceptionHandler { _, thrown -> uncaught += thrown }
        try {
            work()
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before)
        }
        assertEquals(emptyList<Throwable>(), uncaught)
    }

    @Test
    fun aWrongFingerIsNoRefusal() {
        val wallet = phone.walletWith("kernel3-cvn18")
        request(wallet)
        prompt.rejects()
        settle()
        assertEquals(emptyList<String>(), told.words)
        verify()
        assertArmedOnce()
    }

    @Test
    fun theAppTakesThePromptBack() {
        val wallet = phone.walletWith("kernel3-cvn18")
        request(wallet)
        cancel.cancel()
        settle()
        assertRefusedOnce(RefusalKind.CANCELLED)
        assertNotVerified(wallet)
    }

    @Test
    fun whatTheAppTookBackBeforeThePromptWasThereIsToldToo() {
        val wallet = phone.walletWith("kernel3-cvn18")
        Verification.request(activity, wallet, TEXT, cancel, told)
        cancel.cancel()
        settle()
        assertRefusedOnce(RefusalKind.CANCELLED)
        assertEquals(0, TestPrompt.shown.size)
        assertNotVerified(wallet)
    }

    @Test
    fun onlyTheFirstEndOfThePromptCounts() {
        val wallet = phone.walletWith("kernel3-cvn18")
        request(wallet)
        verify()
        prompt.fails(BiometricConstants.BIOMETRIC_ERROR_CANCELED)
        settle()
        assertArmedOnce()
        assertEquals("ok verified-on-device valid", purchase(wallet))
    }

    @Test
    fun aWalletThatWasToldToRefuseIsNotArmedAfterwards() {
        val wallet = phone.walletWith("kernel3-cvn18")
        request(wallet)
        cancel.cancel()
        phone.keyStore.verify()
        prompt.succeeds()
        settle()
        assertRefusedOnce(RefusalKind.CANCELLED)
        assertNotVerified(wallet)
    }

    @Test
    fun overALockedScreenThePhoneIsUnlockedFirst() {
        val wallet = phone.walletWith("kernel3-cvn18")
        keyguard.setKeyguardLocked(true)
        request(wallet)
        assertEquals(0, TestPrompt.shown.size)
        keyguard.setKeyguardLocked(false)
        idle()
        verify()
        assertArmedOnce()
        assertEquals("ok verified-on-device valid", purchase(wallet))
    }

    @Test
    fun aHolderWhoDoesNotUnlockThePhoneHasCancelled() {
        val wallet = phone.walletWith("kernel3-cvn18")
        keyguard.setKeyguardLocked(true)
        request(wallet)
        // The shadow's way to say it: locked again while it asks.
        keyguard.setKeyguardLocked(true)
        settle()
        assertRefusedOnce(RefusalKind.CANCELLED)
        assertEquals(0, TestPrompt.shown.size)
    }

    @Test
    fun aLockedScreenThatCannotAskIsUnavailable() {
        val wallet = phone.walletWith("kernel3-cvn18")
        keyguard.setKeyguardLocked(true)
        request(wallet)
        val second = Told()
        // It asks for another app already: so the shadow answers a second question.
        Verification.request(activity, wallet, TEXT, cancel, second)
        settle()
        assertEquals(listOf("Refusal(UNAVAILABLE, null)"), second.words)
        assertEquals(0, TestPrompt.shown.size)
    }

    @Test
    fun aLostKeyIsToldAndAfterReplenishmentTheCardPaysAgain() {
        val wallet = phone.walletWith("kernel3-cvn18")
        phone.hasScreenLock = false
        request(wallet)
        assertRefusedOnce(RefusalKind.REFUSED_BY_WALLET, Reason.NO_SCREEN_LOCK)

        phone.hasScreenLock = true
        told.words.clear()
        request(wallet)
        assertRefusedOnce(RefusalKind.REFUSED_BY_WALLET, Reason.SPEND_KEY_LOST)
        assertEquals(0, TestPrompt.shown.size)
        assertEquals(Why.KEYS_LOST, wallet.replenishment?.why)

        onWorker { phone.issuer.carry(wallet, wallet.replenishmentRequest()) }
        told.words.clear()
        request(wallet)
        verify()
        assertArmedOnce()
        assertEquals("ok verified-on-device valid", purchase(wallet))
    }

    @Test
    fun aKeyStoreThatFailsIsTold() {
        val wallet = phone.walletWith("kernel3-cvn18")
        phone.keyStore.failure = KeyStoreDaemon.GONE
        request(wallet)
        assertRefusedOnce(RefusalKind.REFUSED_BY_WALLET, Reason.KEYSTORE_FAILED)
    }

    @Test
    fun aPromptThatReleasedNoKeyArmsNothing() {
        val wallet = phone.walletWith("kernel3-cvn18")
        request(wallet)
        prompt.succeeds()
        settle()
        assertRefusedOnce(RefusalKind.REFUSED_BY_WALLET, Reason.NOT_AUTHENTICATED)
        assertNotVerified(wallet)
    }

    @Test
    @Config(sdk = [28])
    fun api28TakesABiometricOnlyAndTheKeyStoreGoesByAWindow() {
        val wallet = phone.walletWith("kernel3-cvn18")
        request(wallet)
        assertEquals("Pay", prompt.firstLine)
        assertEquals("Verify", prompt.secondLine)
        assertEquals("Back", prompt.cancelButton)
        assertNull(prompt.cipher)
        verify()
        assertArmedOnce()
        assertEquals("ok verified-on-device valid", purchase(wallet))
    }

    @Test
    @Config(sdk = [28])
    fun api28HasAButtonByWhichTheHolderGoesBack() {
        val wallet = phone.walletWith("kernel3-cvn18")
        request(wallet)
        prompt.pressCancelButton()
        settle()
        assertRefusedOnce(RefusalKind.CANCELLED)
        assertNotVerified(wallet)
    }

    @Test
    @Config(sdk = [28])
    fun api28TellsWhatTheAppTookBackBeforeThePromptWasThere() {
        val wallet = phone.walletWith("kernel3-cvn18")
        cancel.cancel()
        request(wallet)
        settle()
        assertRefusedOnce(RefusalKind.CANCELLED)
    }

    @Test
    @Config(sdk = [28])
    fun api28OverALockedScreenThePhoneIsUnlockedFirst() {
        val wallet = phone.walletWith("kernel3-cvn18")
        keyguard.setKeyguardLocked(true)
        request(wallet)
        assertEquals(0, TestPrompt.shown.size)
        keyguard.setKeyguardLocked(false)
        idle()
        verify()
        assertArmedOnce()
    }

    @Test
    @Config(sdk = [28])
    fun api28LosesAKeyAndPaysAgainToo() {
        val wallet = phone.walletWith("kernel3-cvn18")
        phone.hasScreenLock = false
        phone.hasScreenLock = true
        request(wallet)
        verify()
        assertRefusedOnce(RefusalKind.REFUSED_BY_WALLET, Reason.SPEND_KEY_LOST)
        onWorker { phone.issuer.carry(wallet, wallet.replenishmentRequest()) }
        told.words.clear()
        request(wallet)
        verify()
        assertArmedOnce()
        assertEquals("ok verified-on-device valid", purchase(wallet))
    }

    @Test
    @Config(sdk = [28])
    fun api28WithoutABiometricVerifiesByTheScreenLock() {
        val wallet = phone.walletWith("kernel3-cvn18")
        assertEquals(Availability.CREDENTIAL_ONLY, Verification.availability(phone.context))
        val screen = checkNotNull(Verification.credentialIntent(phone.context, TEXT))
        assertEquals("Pay", screen.getCharSequenceExtra(KeyguardManager.EXTRA_TITLE))
        phone.keyStore.isVerified = true
        onWorker { wallet.arm(Authentication.reported(Method.DEVICE_CREDENTIAL, null)) }
        assertEquals("ok verified-on-device valid", purchase(wallet))
    }

    @Test
    @Config(sdk = [28])
    fun api28IsAvailableWithAFingerprint() {
        @Suppress("DEPRECATION")
        val fingerprint = Shadow.extract<ShadowFingerprintManager>(phone.context.getSystemService(FingerprintManager::class.java))
        fingerprint.setDefaultFingerprints(1)
        assertEquals("without a sensor", Availability.CREDENTIAL_ONLY, Verification.availability(phone.context))
        fingerprint.setIsHardwareDetected(true)
        assertEquals(Availability.AVAILABLE, Verification.availability(phone.context))
        phone.hasScreenLock = false
        assertEquals(Availability.NO_SCREEN_LOCK, Verification.availability(phone.context))
        assertNull(Verification.credentialIntent(phone.context, TEXT))
    }

    @Test
    fun api29TakesTheScreenLockTooAndTheKeyStoreGoesByAWindow() = onAndroid(29) {
        val wallet = phone.walletWith("kernel3-cvn18")
        request(wallet)
        assertTrue(prompt.isCredentialAllowed)
        assertNull(prompt.cipher)
        assertNull(prompt.cancelButton)
        verify()
        assertArmedOnce()
        assertEquals("ok verified-on-device valid", purchase(wallet))
    }

    /** As a weak face: the prompt is content with it, the key store has not seen the holder. */
    private fun aPromptTheKeyStoreDoesNotCountLeadsToTheScreenLock() {
        val wallet = phone.walletWith("kernel3-cvn18")
        request(wallet)
        prompt.succeeds()
        settle()
        assertRefusedOnce(RefusalKind.USE_SCREEN_LOCK, Reason.NOT_AUTHENTICATED)
        assertNotVerified(wallet)
        assertNotNull(Verification.credentialIntent(phone.context, TEXT))
        phone.keyStore.isVerified = true
        onWorker { wallet.arm(Authentication.reported(Method.DEVICE_CREDENTIAL, null)) }
        phone.keyStore.isVerified = false
        assertEquals("ok verified-on-device valid", purchase(wallet))
    }

    @Test
    fun api29LeadsToTheScreenLockWhereTheKeyStoreDoesNotCountThePrompt() =
        onAndroid(29) { aPromptTheKeyStoreDoesNotCountLeadsToTheScreenLock() }

    @Test
    @Config(sdk = [28])
    fun api28LeadsToTheScreenLockWhereTheKeyStoreDoesNotCountThePrompt() = aPromptTheKeyStoreDoesNotCountLeadsToTheScreenLock()

    @Test
    @Config(sdk = [28])
    fun api28TellsAScreenThatWentDarkFromAPromptThatDoesNotCount() {
        val wallet = phone.walletWith("kernel3-cvn18")
        request(wallet)
        phone.keyStore.mint.meanwhile = { TestPhone.darken(wallet) }
        verify()
        phone.keyStore.mint.meanwhile = null
        assertRefusedOnce(RefusalKind.REFUSED_BY_WALLET, Reason.NOT_AUTHENTICATED)
    }

    @Test
    fun aScreenLockIsEnoughFromApi29() {
        for (level in listOf(29, 30, 35)) {
            onAndroid(level) { assertEquals(Availability.AVAILABLE, Verification.availability(phone.context)) }
        }
        phone.hasScreenLock = false
        assertEquals(Availability.NO_SCREEN_LOCK, Verification.availability(phone.context))
    }

    /** What the app was told, and that it was on the main thread. */
    private class Told : Verification.Callback {
        val words = mutableListOf<String>()
        val refusals = mutableListOf<Refusal>()

        override fun onArmed(armed: Armed) = tell("armed until ${armed.untilElapsedMs}")

        override fun onRefused(why: Refusal) {
            refusals += why
            tell(why.toString())
        }

        private fun tell(word: String) {
            check(Looper.myLooper() == Looper.getMainLooper()) { "$word is told on ${Thread.currentThread()}" }
            words += word
        }
    }

    private companion object {
        val TEXT = PromptText("Pay", "Verify", "Back")
        const val BIOMETRIC = BiometricPrompt.AUTHENTICATION_RESULT_TYPE_BIOMETRIC
        const val CREDENTIAL = BiometricPrompt.AUTHENTICATION_RESULT_TYPE_DEVICE_CREDENTIAL
    }
}
