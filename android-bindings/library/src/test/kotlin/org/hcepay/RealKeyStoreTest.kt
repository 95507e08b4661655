package org.hcepay

import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyProperties
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.annotation.Config

@RunWith(SandboxRunner::class)
@Config(sdk = [31, 33, 35])
class RealKeyStoreTest {
    @get:Rule
    val phone = TestPhone()

    @Test
    fun aWalletIsMadeAndPays() {
        val wallet = phone.walletWith("kernel3-cvn18")
        phone.arm(wallet)
        org.junit.Assert.assertEquals("ok verified-on-device valid", phone.issuer.purchase(wallet::process))
    }
}
