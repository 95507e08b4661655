package org.hcepay.demo

import android.app.Activity
import android.content.pm.PackageManager
import org.hcepay.TestPrompt
import org.hcepay.demo.pay.CardService
import org.hcepay.demo.wallet.WalletActivity
import org.hcepay.demo.wallet.WelcomeActivity
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import java.lang.reflect.Modifier
import java.util.Properties
import java.util.zip.ZipFile

/** The finished app, as scripts/build-demo-apk packed it: its own manifest and resources, and not those that lie beside its classes. */
@RunWith(DemoRunner::class)
@Config(shadows = [TestPrompt::class], qualifiers = "w411dp-h891dp-port-xhdpi")
class ApkTest {
    @get:Rule
    val phone = DemoPhone()

    private val packages get() = phone.app.packageManager

    private fun numbers(kind: Class<*>) = kind.fields.filter { Modifier.isStatic(it.modifiers) && it.type == Int::class.javaPrimitiveType }

    @Test
    fun itIsTheFinishedAppThatIsTested() {
        val config = checkNotNull(javaClass.getResourceAsStream("/com/android/tools/test_config.properties"))
        val apk = ZipFile(config.use { Properties().apply { load(it) } }.getProperty("android_resource_apk"))
        val entries = apk.use { opened -> opened.entries().asSequence().map { it.name }.toList() }
        assertTrue("$entries", "classes.dex" in entries && entries.any { it.endsWith("/libhcepay_desk.so") })
    }

    @Test
    fun androidReadsItsManifest() {
        val all = PackageManager.GET_ACTIVITIES or PackageManager.GET_SERVICES or PackageManager.GET_PERMISSIONS
        val read = packages.getPackageInfo(phone.app.packageName, all)
        val permissions = listOf("NFC", "USE_BIOMETRIC", "VIBRATE", "POST_NOTIFICATIONS").map { "android.permission.$it" }
        assertEquals(permissions.toSet(), read.requestedPermissions?.toSet())
        assertEquals(listOf(WalletActivity::class.java.name), read.activities?.filter { it.exported }?.map { it.name })
        assertEquals(listOf(CardService::class.java.name), read.services?.filter { it.exported }?.map { it.name })
    }

    @Test
    fun theLauncherOpensItsFirstScreenWithItsOwnWords() {
        val launched = checkNotNull(packages.getLaunchIntentForPackage(phone.app.packageName))
        assertEquals(WalletActivity::class.java.name, launched.component?.className)
        val wallet = Robolectric.buildActivity(WalletActivity::class.java, launched).setup().get()
        phone.settle()
        assertEquals(WelcomeActivity::class.java.name, shadowOf(wallet as Activity).nextStartedActivity?.component?.className)
        val read = Robolectric.setupActivity(WelcomeActivity::class.java).read()
        assertTrue("$read", listOf(R.string.welcome, R.string.add_first_card).map(phone.app::getString).all(read::contains))
    }

    @Test
    fun whatItsClassesNameIsInItsResources() {
        val resources = phone.app.resources
        var seen = 0
        for (kind in R::class.java.declaredClasses.filter { it.simpleName != "styleable" }) {
            for (number in numbers(kind)) {
                assertEquals(
                    "${kind.simpleName}/${number.name}",
                    resources.getResourceName(number.getInt(null)).substringAfter(':').replace('.', '_'),
                )
                seen++
            }
        }
        assertTrue("$seen", seen > 50)
        numbers(R.string::class.java).forEach { assertTrue(it.name, resources.getString(it.getInt(null)).isNotEmpty()) }
        numbers(R.drawable::class.java).forEach { checkNotNull(phone.app.getDrawable(it.getInt(null))) { it.name } }
    }
}
