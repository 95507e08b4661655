package org.hcepay

import android.content.ContextWrapper
import android.os.UserManager
import android.security.keystore.KeyProperties.AUTH_BIOMETRIC_STRONG
import android.security.keystore.KeyProperties.AUTH_DEVICE_CREDENTIAL
import android.security.keystore.KeyProperties.PURPOSE_AGREE_KEY
import android.security.keystore.KeyProperties.PURPOSE_DECRYPT
import android.security.keystore.KeyProperties.PURPOSE_ENCRYPT
import android.security.keystore.KeyProperties.PURPOSE_SIGN
import android.security.keystore.StrongBoxUnavailableException
import org.hcepay.TestPhone.Companion.onWorker
import org.hcepay.TestPhone.Companion.reason
import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import java.io.File
import java.security.InvalidKeyException
import java.security.ProviderException

/** What the keys in the phone's key store demand, and what each of its failures is told as. */
@RunWith(SandboxRunner::class)
class DeviceKeysTest {
    @get:Rule
    val phone = TestPhone()

    private fun open() = onWorker(phone::open)

    /** The keys' purposes and conditions, in words. */
    private fun keys(): Map<String, String> = phone.keyStore.keys.mapValues { (_, key) ->
        val spec = key.spec
        listOfNotNull(
            mapOf(PURPOSE_ENCRYPT to "encrypt", PURPOSE_DECRYPT to "decrypt", PURPOSE_SIGN to "sign", PURPOSE_AGREE_KEY to "agree")
                .filterKeys { spec.purposes and it != 0 }.values.joinToString("+"),
            "unlocked".takeIf { spec.isUnlockedDeviceRequired },
            "verified".takeIf { spec.isUserAuthenticationRequired },
            "within ${spec.userAuthenticationValidityDurationSeconds} s"
                .takeIf { spec.isUserAuthenticationRequired && spec.userAuthenticationValidityDurationSeconds > 0 },
            "StrongBox".takeIf { spec.isStrongBoxBacked },
            "chosen nonces".takeIf { !spec.isRandomizedEncryptionRequired },
        ).joinToString()
    }

    @Test
    fun eachKeyDoesOneThingAndDemandsWhatItsProtectionNames() {
        open()
        assertEquals(
            mapOf(
                "hcepay.wrap" to "encrypt+decrypt",
                "hcepay.agreement" to "agree",
                "hcepay.signature" to "sign",
                "hcepay.unlocked" to "encrypt+decrypt, unlocked",
                "hcepay.authenticated" to "decrypt, verified",
            ),
            keys(),
        )
        val verified = phone.keyStore.keys.getValue("hcepay.authenticated").spec
        assertEquals(AUTH_BIOMETRIC_STRONG or AUTH_DEVICE_CREDENTIAL, verified.userAuthenticationType)
    }

    @Test
    @Config(sdk = [28])
    fun theOldestAndroidHasNoKeyThatAgreesAndGoesByAWindow() {
        open()
        assertEquals(
            mapOf(
                "hcepay.wrap" to "encrypt+decrypt",
                "hcepay.signature" to "sign",
                "hcepay.unlocked" to "encrypt+decrypt, unlocked",
                "hcepay.authenticated" to "decrypt, verified, within 30 s",
            ),
            keys(),
        )
    }

    @Test
    fun whatFailsOnALockedPhoneIsToldAsLockedWhateverTheKeyStoreSays() {
        phone.walletWith("kernel3-cvn18")
        val failures = listOf(
            { ProviderException("the key store's daemon is gone") },
            { StrongBoxUnavailableException() },
            { InvalidKeyException("keystore error -72") },
        )
        for (failure in failures) {
            for ((isLocked, told) in mapOf(false to Reason.KEYSTORE_FAILED, true to Reason.DEVICE_LOCKED)) {
                phone.restartProcess()
                phone.isLocked = isLocked
                phone.keyStore.failure = failure
                assertEquals("${failure()}, locked: $isLocked", told, reason { phone.open() })
                phone.keyStore.failure = null
                phone.isLocked = false
                assertEquals(1, open().cards.size)
            }
        }
    }

    @Test
    fun aKeyStoreThatFailsWhileTheWalletIsMadeLeavesItToTheNextTry() {
        phone.keyStore.failure = { ProviderException("the key store's daemon is gone") }
        assertEquals(Reason.KEYSTORE_FAILED, reason { phone.open() })
        phone.keyStore.failure = null
        assertEquals(0, open().cards.size)
    }

    @Test
    fun eachKeyThatIsInvalidatedIsToldAsWhatIsLostWithIt() {
        val wallet = phone.walletWith("kernel3-cvn18")
        fun whereInvalidated(key: String, work: () -> Unit): Reason {
            val found = phone.keyStore.keys.getValue(key)
            found.isInvalidated = true
            return reason(work).also { found.isInvalidated = false }
        }
        assertEquals(Reason.STORE_KEY_LOST, whereInvalidated("hcepay.signature") { wallet.replenishmentRequest() })
        assertEquals(Reason.SPEND_KEY_LOST, whereInvalidated("hcepay.authenticated") { Authentication.cipher(wallet) })
        phone.restartProcess()
        assertEquals(Reason.STORE_KEY_LOST, whereInvalidated("hcepay.wrap") { phone.open() })
        assertEquals(1, open().cards.size)
    }

    @Test
    fun anInvalidatedKeyOfTheUnlockedPhoneIsMadeAnewAndTheIssuerSendsKeysForIt() {
        var wallet = open()
        onWorker { phone.issuer.install(wallet, "kernel3-no-verification", 3, toUnlocked = true) }
        phone.restartProcess()
        phone.keyStore.keys.getValue("hcepay.unlocked").isInvalidated = true
        wallet = open()
        assertEquals(Why.KEYS_LOST, wallet.replenishment!!.why)
        onWorker { phone.issuer.carry(wallet, wallet.replenishmentRequest()) }
        assertEquals("ok no-verification valid", phone.issuer.purchase(wallet::process))
    }

    /** The process ended after the key was made anew, before the wallet was told. */
    private fun madeAnewUnheard(key: WrappedKey): Wallet {
        onWorker { DeviceKeys(phone.context, PlatformFiles(phone.context)).replace(key) }
        phone.restartProcess()
        return open()
    }

    @Test
    fun aSpendKeyThatWasMadeAnewUnheardIsToldByTheNextThatNeedsIt() {
        phone.walletWith("kernel3-cvn18")
        val wallet = madeAnewUnheard(WrappedKey.AUTHENTICATED)
        val refused = reason {
            val cipher = Authentication.cipher(wallet)
            phone.keyStore.verify()
            wallet.arm(Authentication.reported(Method.BIOMETRIC, cipher))
        }
        assertEquals(Reason.SPEND_KEY_LOST, refused)
        assertEquals(Why.KEYS_LOST, wallet.replenishment!!.why)
        onWorker { phone.issuer.carry(wallet, wallet.replenishmentRequest()) }
        phone.arm(wallet)
        assertEquals("ok verified-on-device valid", phone.issuer.purchase(wallet::process))
    }

    @Test
    fun oneOfTheUnlockedPhoneTooAtTheNextOpening() {
        onWorker { phone.issuer.install(phone.open(), "kernel3-no-verification", 3, toUnlocked = true) }
        val wallet = madeAnewUnheard(WrappedKey.UNLOCKED)
        assertEquals(Why.KEYS_LOST, wallet.replenishment!!.why)
        onWorker { phone.issuer.carry(wallet, wallet.replenishmentRequest()) }
        assertEquals("ok no-verification valid", phone.issuer.purchase(wallet::process))
    }

    @Test
    fun beforeThePhoneWasFirstUnlockedThereIsNoWallet() {
        phone.walletWith("kernel3-cvn18")
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
