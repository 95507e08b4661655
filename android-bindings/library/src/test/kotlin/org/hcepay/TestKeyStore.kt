package org.hcepay

import android.os.Build
import android.os.SystemClock
import android.service.gatekeeper.IGateKeeperService
import android.system.keystore2.IKeystoreService
import org.junit.rules.ExternalResource
import org.robolectric.RuntimeEnvironment
import org.robolectric.shadows.ShadowServiceManager
import java.lang.reflect.Proxy
import java.security.Security

/** Android's own `AndroidKeyStore` for one test, over a daemon and a KeyMint of ours. */
class TestKeyStore : ExternalResource() {
    /** What lies behind it. */
    val mint = KeyMint { Build.VERSION.SDK_INT }

    /** Whether the holder has verified, for keys that go by a window of time. */
    var isVerified: Boolean
        get() = mint.verifiedAt != null
        set(value) {
            mint.verifiedAt = if (value) SystemClock.elapsedRealtime() else null
        }

    /** The holder verifies in the prompt that was given the last cipher. */
    fun verify() = mint.verify()

    /** Every call fails with this code of the daemon's or KeyMint's; null where none does. */
    var failure: Int? = null
        set(value) {
            field = value
            mint.refuses = { _, _ -> value }
        }

    override fun before() {
        PROVIDERS.forEach { check(Security.getProvider(it) == null) }
        val gatekeeper = Proxy.newProxyInstance(javaClass.classLoader, arrayOf(IGateKeeperService::class.java)) { _, method, _ ->
            if (method.name == "getSecureUserId") mint.secureUser else error(method.name)
        } as IGateKeeperService
        ShadowServiceManager.addBinderService("android.service.gatekeeper.IGateKeeperService", IGateKeeperService::class.java, gatekeeper)
        if (RuntimeEnvironment.getApiLevel() >= 31) {
            val daemon = KeyStoreDaemon(mint)
            ShadowServiceManager.addBinderService("android.system.keystore2.IKeystoreService/default", IKeystoreService::class.java, daemon)
            Class.forName("android.security.keystore2.AndroidKeyStoreProvider").getMethod("install").invoke(null)
        } else {
            OldKeyStoreDaemon(mint).install()
        }
    }

    override fun after() = PROVIDERS.forEach(Security::removeProvider)

    private companion object {
        val PROVIDERS = listOf("AndroidKeyStore", "AndroidKeyStoreBCWorkaround")
    }
}
