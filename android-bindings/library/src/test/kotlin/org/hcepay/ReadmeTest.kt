package org.hcepay

import android.app.Activity
import android.app.Service
import android.content.Context
import android.content.pm.ApplicationInfo
import android.content.pm.PackageManager
import android.content.pm.ResolveInfo
import android.nfc.cardemulation.ApduServiceInfo
import android.nfc.cardemulation.CardEmulation
import org.hcepay.TestPhone.Companion.idle
import org.hcepay.TestPhone.Companion.onWorker
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.w3c.dom.Document
import org.w3c.dom.Element
import java.io.File
import java.lang.reflect.Proxy
import java.net.URLClassLoader
import javax.xml.parsers.DocumentBuilderFactory
import javax.xml.transform.TransformerFactory
import javax.xml.transform.dom.DOMSource
import javax.xml.transform.stream.StreamResult

/** The app in README, put together in an empty project: it compiles against the library alone, Android reads it, and it pays. */
@RunWith(SandboxRunner::class)
@Config(shadows = [TestPrompt::class])
class ReadmeTest {
    @get:Rule
    val phone = TestPhone()

    private var enrolments = 0

    /** By which the issuer calls the wallet. */
    private var name = ""

    @Before
    fun noPromptIsShown() = TestPrompt.shown.clear()

    @Test
    fun theAppInKotlinPays() {
        val (app, said) = compileKotlin(Project("kotlin"))
        assertEquals("", said)
        val open = opening(app.loadClass("org.example.pay.CardsKt"), "openWallet", app.loadClass("org.example.pay.Backend"))
        val wallet = open()
        val service = service(app)

        val unverified = tap(service)
        assertTrue(unverified, unverified.startsWith("ok ") && !unverified.startsWith("ok verified-on-device"))
        assertEquals("org.example.pay.PayActivity", shadowOf(phone.context).nextStartedActivity.component?.className)

        val screen = Robolectric.buildActivity(app.loadClass("org.example.pay.PayActivity").asSubclass(Activity::class.java)).setup()
        screen.get().javaClass.getMethod("pay").invoke(screen.get())
        idle()
        phone.keyStore.verify()
        TestPrompt.shown.single().succeeds()
        repeat(3) { idle() }
        assertEquals("Hold the phone to the terminal", screen.get().title)

        assertEquals("ok verified-on-device valid", tap(service))
        assertEquals(
            setOf("VERIFICATION_NEEDED NOT_VERIFIED $AMOUNT", "AUTHORISATION_REQUESTED VERIFIED $AMOUNT"),
            phone.context.getSharedPreferences("taps", Context.MODE_PRIVATE).all.values.toSet(),
        )
        screen.pause()
        itsReportsAreAcknowledgedAndItHearsItsIssuer(wallet, open)
        println("taps through the app in README: 2, with ${lines(".kt")} lines of Kotlin")
    }

    @Test
    fun theAppInJavaPays() {
        val (app, said) = compileJava(Project("java"))
        assertEquals("", said)
        val open = opening(app.loadClass("org.example.pay.Cards"), "open", app.loadClass("org.example.pay.Cards\$Backend"))
        val wallet = open()
        val service = service(app)
        phone.arm(wallet)
        assertEquals("ok verified-on-device valid", tap(service))
        assertEquals(
            listOf("AUTHORISATION_REQUESTED VERIFIED $AMOUNT"),
            phone.context.getSharedPreferences("taps", Context.MODE_PRIVATE).all.values.toList(),
        )
        itsReportsAreAcknowledgedAndItHearsItsIssuer(wallet, open)
    }

    private fun itsReportsAreAcknowledgedAndItHearsItsIssuer(wallet: Wallet, open: () -> Wallet) {
        assertEquals(emptyList<TapReport>(), wallet.reports)
        val card = wallet.cards.single()
        assertEquals("one key came with the card, nine were asked for at once, one is spent", 9, card.replenishment.usesLeft)
        // A suspend waits at the issuer. The process that starts anew hears of it, although there are keys enough.
        phone.issuer.ask("suspend $name ${card.id}")
        assertEquals(NextRequest.NOTHING, open().nextRequest())
        phone.restartProcess()
        assertEquals(CardState.SUSPENDED, open().cards.single().state)
        phone.issuer.ask("delete $name ${card.id}")
        phone.restartProcess()
        assertEquals(emptyList<Card>(), open().cards)
        assertTrue(open().isEnrolled)
        assertEquals("it enrols once", 1, enrolments)
    }

    @Test
    fun withoutAWalletThePayButtonSaysSo() {
        val (app, _) = compileKotlin(Project("unopened"))
        val screen = Robolectric.buildActivity(app.loadClass("org.example.pay.PayActivity").asSubclass(Activity::class.java)).setup()
        screen.get().javaClass.getMethod("pay").invoke(screen.get())
        idle()
        assertEquals("The wallet is not open yet", screen.get().title)
        assertEquals(emptyList<TestPrompt>(), TestPrompt.shown)
        screen.pause()
    }

    @Test
    fun aMisspeltCallDoesNotCompile() {
        val project = Project("misspelt") { it.replace("acknowledge(", "acknowlege(") }
        val kotlin = compileKotlin(project).said
        assertTrue(kotlin, "error: unresolved reference 'acknowlege'" in kotlin && Regex("error:").findAll(kotlin).count() == 1)
        val java = compileJava(project).said
        assertTrue(java, "error: cannot find symbol" in java && "1 error" in java)
    }

    @Test
    fun theKotlinAppIsUnderSixtyLines() = assertTrue("${lines(".kt")} lines", lines(".kt") in 1..59)

    /** With imports and comments; only empty lines are not counted. */
    private fun lines(ending: String): Int =
        snippets.filterKeys { it.endsWith(ending) }.values.sumOf { text -> text.lines().count(String::isNotBlank) }

    @Test
    fun androidReadsTheServiceAndItsAids() {
        val project = Project("linked")
        merge(project.file("src/main/AndroidManifest.xml"), File("src/main/AndroidManifest.xml"), project.file("AndroidManifest.xml"))
        val tools = System.getProperty("hcepay.aapt2")
        val apk = project.file("app.apk")
        assertEquals("", project.run("$tools/linux/aapt2", "compile", "--dir", "src/main/res", "-o", "compiled.zip"))
        assertEquals(
            "",
            project.run(
                "$tools/linux/aapt2",
                "link", "-o", apk.path, "-I", "$tools/android-framework.jar", "--manifest", "AndroidManifest.xml",
                "--target-sdk-version", "35", "compiled.zip",
            ),
        )
        val packages = phone.context.packageManager
        val parts = PackageManager.GET_SERVICES or PackageManager.GET_ACTIVITIES or PackageManager.GET_PERMISSIONS
        val read = checkNotNull(packages.getPackageArchiveInfo(apk.path, parts or PackageManager.GET_META_DATA))
        val application = checkNotNull(read.applicationInfo)
        assertEquals(28, application.minSdkVersion)
        assertEquals(0, application.flags and ApplicationInfo.FLAG_ALLOW_BACKUP)
        assertEquals(setOf("android.permission.NFC", "android.permission.USE_BIOMETRIC"), read.requestedPermissions?.toSet())
        assertEquals(listOf("org.example.pay.PayActivity"), read.activities?.map { it.name })
        val service = checkNotNull(read.services).single()
        assertEquals("org.example.pay.CardService", service.name)
        assertEquals("android.permission.BIND_NFC_SERVICE", service.permission)
        assertTrue(service.exported)
        application.sourceDir = apk.path
        application.publicSourceDir = apk.path
        val card = ApduServiceInfo(packages, ResolveInfo().apply { serviceInfo = service }, true)
        val (payment, other) = card.aids.partition { card.getCategoryForAid(it) == CardEmulation.CATEGORY_PAYMENT }
        assertEquals(setOf("325041592E5359532E4444463031", "A0000000031010"), payment.toSet())
        assertEquals(listOf("F048434550415901"), other)
        assertTrue(card.requiresUnlock())
    }

    // ---- the app

    /** The app's own opening, with a server of the test's. */
    private fun opening(owner: Class<*>, name: String, backend: Class<*>): () -> Wallet {
        val server = Proxy.newProxyInstance(backend.classLoader, arrayOf(backend)) { _, method, arguments ->
            if (method.name == "challenge") phone.issuer.ask("challenge").single().hex() else send(arguments[0] as ByteArray)
        }
        val open = owner.getMethod(name, Context::class.java, ByteArray::class.java, backend)
        return { onWorker { open.invoke(null, phone.context, phone.issuer.key, server) as Wallet } }
    }

    /** Who enrols is given a card with one payment key. */
    private fun send(request: ByteArray): List<ByteArray> {
        val envelopes = phone.issuer.ask("request ${request.hex()}").map { it.hex() }
        if (request[1] != ENROLMENT) return envelopes
        enrolments++
        name = request.copyOfRange(2, 18).hex()
        return envelopes + phone.issuer.ask("install $name kernel3-cvn18 1 0")[1].hex()
    }

    private fun service(app: ClassLoader): PaymentService {
        val type = app.loadClass("org.example.pay.CardService").asSubclass(Service::class.java)
        return (Robolectric.buildService(type).create().get() as PaymentService).also { idle() }
    }

    private fun tap(service: PaymentService): String = phone.issuer.purchase { service.processCommandApdu(it, null)!! }.also {
        service.onDeactivated(0)
        repeat(2) { idle() }
    }

    // ---- the project

    /** An empty project with the files of README in it. */
    private class Project(name: String, edit: (String) -> String = { it }) {
        private val folder = File("target/readme/$name").absoluteFile.apply { deleteRecursively() }

        init {
            file("src/main/res/values/strings.xml").writeText("""<resources><string name="app_name">Pay</string></resources>""")
            file("src/main/res/drawable/banner.xml").writeText("""<shape xmlns:android="http://schemas.android.com/apk/res/android"/>""")
            for ((path, text) in snippets) file(path).writeText(edit(text))
        }

        fun file(path: String): File = File(folder, path).apply { parentFile.mkdirs() }

        fun sources(ending: String): Array<String> = snippets.keys.filter { it.endsWith(ending) }.toTypedArray()

        /** What the program has to say; nothing where all is well. */
        fun run(vararg command: String): String {
            val process = ProcessBuilder(*command).directory(folder).redirectErrorStream(true).start()
            val said = process.inputStream.bufferedReader().readText()
            return if (process.waitFor() == 0) said else said.ifEmpty { "refused" }
        }
    }

    private data class Compiled(val app: ClassLoader, val said: String)

    /** With the oldest language that reads the library. */
    private fun compileKotlin(project: Project): Compiled {
        val classes = project.file("kotlin/classes")
        val said = project.run(
            "${System.getProperty("java.home")}/bin/java", "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("hcepay.kotlinc") + "/*",
            "org.jetbrains.kotlin.cli.jvm.K2JVMCompiler", "-no-stdlib", "-no-reflect", "-Werror", "-Xjdk-release=11",
            "-language-version", "2.2", "-api-version", "2.2", "-cp", CLASS_PATH, "-d", classes.path, *project.sources(".kt"),
        )
        return Compiled(loader(classes), said)
    }

    /** Android's own classes name annotations that are not among them: that alone is no warning. */
    private fun compileJava(project: Project): Compiled {
        val classes = project.file("java/classes")
        val said = project.run(
            "${System.getProperty("java.home")}/bin/javac", "-Xlint:all,-classfile", "-Werror", "--release", "11",
            "-cp", CLASS_PATH, "-d", classes.path, *project.sources(".java"),
        )
        return Compiled(loader(classes), said)
    }

    private fun loader(classes: File) = URLClassLoader(arrayOf(classes.toURI().toURL()), javaClass.classLoader)

    /** As Android's build does it: the app's name, and all that the library declares. */
    private fun merge(app: File, library: File, merged: File) {
        val manifest = parse(app)
        manifest.documentElement.setAttribute("package", "org.example.pay")
        val declared = parse(library).documentElement.childNodes
        for (i in 0 until declared.length) {
            (declared.item(i) as? Element)?.let { manifest.documentElement.appendChild(manifest.importNode(it, true)) }
        }
        TransformerFactory.newInstance().newTransformer().transform(DOMSource(manifest), StreamResult(merged))
    }

    private fun parse(file: File): Document = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file)

    private companion object {
        /** What stands in the second byte of such a request. */
        const val ENROLMENT: Byte = 1
        const val AMOUNT = "1250 minor units of currency 978"
        val CLASS_PATH: String = System.getProperty("hcepay.app.classpath")

        /** The files of README, by their paths: each names its own in its first line. */
        val snippets: Map<String, String> = run {
            val section = File("../README.md").readText().substringAfter("\n## Use it in your app\n").substringBefore("\n## ")
            val fence = Regex("^```\\w+\n((?://|<!--) (src/\\S+).*?)^```$", setOf(RegexOption.MULTILINE, RegexOption.DOT_MATCHES_ALL))
            val found = fence.findAll(section).associate { it.groupValues[2] to it.groupValues[1] }
            check(found.size * 2 == section.lines().count { it.startsWith("```") }) { "README has a snippet without a file" }
            found
        }
    }
}
