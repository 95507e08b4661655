package org.hcepay

import android.content.ComponentName
import android.content.Intent
import android.content.pm.PackageManager
import android.content.pm.ResolveInfo
import android.nfc.cardemulation.ApduServiceInfo
import android.nfc.cardemulation.CardEmulation
import android.nfc.cardemulation.HostApduService
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder
import org.junit.runner.RunWith
import org.robolectric.RuntimeEnvironment
import org.w3c.dom.Element
import java.io.File
import javax.xml.parsers.DocumentBuilderFactory

/** The manifests and the two templates of a service's XML, as Android itself reads them. */
@RunWith(SandboxRunner::class)
class ManifestTest {
    @get:Rule
    val folder = TemporaryFolder()

    private val packages get() = RuntimeEnvironment.getApplication().packageManager

    /** What Android's NFC service makes of a service in the manifest. */
    private fun read(service: Class<out PaymentService>): ApduServiceInfo {
        val flags = PackageManager.GET_META_DATA or PackageManager.MATCH_DISABLED_COMPONENTS
        val found = ResolveInfo()
        found.serviceInfo = packages.getServiceInfo(ComponentName(RuntimeEnvironment.getApplication(), service), flags)
        return ApduServiceInfo(packages, found, true)
    }

    @Test
    fun androidFindsTheServicesAndLetsOnlyItselfCallThem() {
        val found = packages.queryIntentServices(Intent(HostApduService.SERVICE_INTERFACE), PackageManager.GET_META_DATA)
        assertEquals(setOf(TestPaymentService::class.java.name, TwoTapService::class.java.name), found.map { it.serviceInfo.name }.toSet())
        for (service in found) {
            assertEquals("android.permission.BIND_NFC_SERVICE", service.serviceInfo.permission)
            assertTrue(service.serviceInfo.exported)
        }
    }

    @Test
    fun androidReadsEveryAidOfTheTemplates() {
        for (service in listOf(TestPaymentService::class.java, TwoTapService::class.java)) {
            val read = read(service)
            val (payment, other) = read.aids.partition { read.getCategoryForAid(it) == CardEmulation.CATEGORY_PAYMENT }
            assertEquals(setOf("325041592E5359532E4444463031", "A0000000031010", "A0000000041010"), payment.toSet())
            assertEquals(listOf("F048434550415901"), other)
            assertEquals(CardEmulation.CATEGORY_OTHER, read.getCategoryForAid(other.single()))
            assertEquals("hcepay test card", read.description)
            assertTrue(read.isOnHost)
        }
    }

    @Test
    fun onlyTheTapOfAnUnlockedPhoneRequiresUnlock() {
        val (unlocked, twoTap) = read(TestPaymentService::class.java) to read(TwoTapService::class.java)
        assertTrue(unlocked.requiresUnlock())
        assertFalse(twoTap.requiresUnlock())
        assertTrue(unlocked.requiresScreenOn())
        assertTrue(twoTap.requiresScreenOn())
    }

    @Test
    fun androidPassesOverAMisspeltAidWithoutAWord() {
        val misspelt = read(MisspeltService::class.java)
        assertEquals(listOf("F048434550415901"), misspelt.aids)
        assertNull(misspelt.getCategoryForAid("F04843455041590"))
    }

    @Test
    fun theLibraryReadsTheAidsOfAServiceAsAndroidDoes() {
        val services = listOf(
            TestPaymentService::class.java,
            TwoTapService::class.java,
            MisspeltService::class.java,
            ClosedLoopService::class.java,
            DirectoryService::class.java,
            PassedOverService::class.java,
        )
        for (service in services) {
            val (android, ours) = read(service) to declared(service)
            for (category in listOf(CardEmulation.CATEGORY_PAYMENT, CardEmulation.CATEGORY_OTHER)) {
                val aids = android.aids.filter { android.getCategoryForAid(it) == category }
                assertEquals("${service.simpleName}, $category", aids.toSet(), ours.aids(category).toSet())
                assertEquals("${service.simpleName}, $category", aids.isNotEmpty(), android.hasCategory(category))
            }
        }
        assertEquals(
            setOf("325041592E5359532E4444463031", "A0000000031010#", "F048434550415901", "F048434550415902"),
            declared(PassedOverService::class.java).aids.toSet(),
        )
        assertTrue("F04843455041AA*" in declared(ClosedLoopService::class.java).aids)
    }

    private fun declared(service: Class<out PaymentService>): DeclaredService =
        RuntimeEnvironment.getApplication().let { DeclaredService.read(it, ComponentName(it, service)) }

    @Test
    fun theLibraryDeclaresWhatItNeedsAndNothingElse() {
        val manifest = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(File("src/main/AndroidManifest.xml")).documentElement
        val elements = (0 until manifest.childNodes.length).mapNotNull { manifest.childNodes.item(it) as? Element }
        fun Element.android(name: String): String = getAttribute("android:$name")
        assertEquals(
            listOf(
                "uses-sdk 28",
                "uses-permission android.permission.NFC",
                "uses-permission android.permission.USE_BIOMETRIC",
                "uses-feature android.hardware.nfc required=false",
                "uses-feature android.hardware.nfc.hce required=false",
            ),
            elements.map {
                when (it.tagName) {
                    "uses-sdk" -> "uses-sdk ${it.android("minSdkVersion")}"
                    "uses-feature" -> "uses-feature ${it.android("name")} required=${it.android("required")}"
                    else -> "${it.tagName} ${it.android("name")}"
                }
            },
        )
    }

    @Test
    fun theBuildRefusesAMisspeltAttribute() {
        assertEquals("", link("android:requireDeviceUnlock=\"true\""))
        val refusal = link("android:requireDeviceUnlok=\"true\"")
        assertTrue(refusal, "attribute android:requireDeviceUnlok not found" in refusal)
    }

    /** Compiles and links the XML of a service with such an attribute, as the build does. Gives what is refused. */
    private fun link(attribute: String): String {
        val root = folder.newFolder()
        File(root, "res/xml").mkdirs()
        File(root, "res/xml/card.xml").writeText(
            """<host-apdu-service xmlns:android="http://schemas.android.com/apk/res/android" $attribute/>""",
        )
        File(root, "AndroidManifest.xml").writeText("""<manifest package="org.hcepay.misspelt"/>""")
        val tools = System.getProperty("hcepay.aapt2")
        return aapt2(root, "compile", "--dir", "res", "-o", "compiled.zip") + aapt2(
            root,
            "link", "-o", "card.apk", "-I", "$tools/android-framework.jar", "--manifest", "AndroidManifest.xml", "compiled.zip",
        )
    }

    private fun aapt2(folder: File, vararg arguments: String): String {
        val program = System.getProperty("hcepay.aapt2") + "/linux/aapt2"
        val process = ProcessBuilder(program, *arguments).directory(folder).redirectErrorStream(true).start()
        val said = process.inputStream.bufferedReader().readText()
        return if (process.waitFor() == 0) "" else said.ifEmpty { "refused" }
    }
}
