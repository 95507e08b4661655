package org.hcepay

import android.app.Activity
import android.app.NotificationManager
import android.app.Service
import android.content.Context
import android.content.SharedPreferences
import android.content.pm.ApplicationInfo
import android.content.pm.PackageManager
import android.content.pm.ResolveInfo
import android.hardware.biometrics.BiometricPrompt
import android.nfc.cardemulation.ApduServiceInfo
import android.nfc.cardemulation.CardEmulation
import android.os.Bundle
import android.os.Looper
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
import org.robolectric.android.controller.ActivityController
import org.robolectric.annotation.Config
import org.robolectric.annotation.Implementation
import org.robolectric.annotation.Implements
import org.robolectric.annotation.RealObject
import org.robolectric.shadow.api.Shadow
import org.w3c.dom.Document
import org.w3c.dom.Element
import java.io.File
import java.lang.reflect.Proxy
import java.net.URLClassLoader
import java.time.Duration
import javax.xml.parsers.DocumentBuilderFactory
import javax.xml.transform.TransformerFactory
import javax.xml.transform.dom.DOMSource
import javax.xml.transform.stream.StreamResult

/** The app in README, put together in an empty project: it compiles against the library alone, Android reads it, and it pays. */
@RunWith(SandboxRunner::class)
@Config(shadows = [TestPrompt::class, ReadmeTest.PatientDisk::class])
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
        pays(app, opening(app.loadClass("org.example.pay.CardsKt"), "openWallet", app.loadClass("org.example.pay.Backend")))
        println("taps through the app in README: 2, with ${lines(".kt")} lines of Kotlin")
    }

    @Test
    fun theAppInJavaPays() {
        val (app, said) = compileJava(Project("java"))
        assertEquals("", said)
        pays(app, opening(app.loadClass("org.example.pay.Cards"), "open", app.loadClass("org.example.pay.Cards\$Backend")))
    }

    private fun pays(app: ClassLoader, open: () -> Wallet) {
        val wallet = open()
        val service = service(app)

        val unverified = tap(service)
        assertTrue(unverified, unverified.startsWith("ok ") && !unverified.startsWith("ok verified-on-device"))
        assertEquals("org.example.pay.PayActivity", shadowOf(phone.context).nextStartedActivity.component?.className)
        // Android did not let it come up: the notification leads to the same screen.
        shadowOf(Looper.getMainLooper()).idleFor(Duration.ofSeconds(1))
        val notification = shadowOf(notifications).allNotifications.single()
        assertEquals("org.example.pay.PayActivity", shadowOf(notification.contentIntent).savedIntent.component?.className)

        val screen = screen(app).setup()
        assertEquals("the screen is there", 0, shadowOf(notifications).size())
        assertEquals("Pay", screen.get().title)
        pay(screen)
        pay(screen)
        assertEquals("one prompt at a time", 1, TestPrompt.shown.size)
        val turned = turn(screen)
        val cancelled = TestPrompt.shown.map { it.isCancelled }
        assertEquals("the prompt went with the old one, the new one asks again", listOf(true, false), cancelled)
        phone.keyStore.verify()
        TestPrompt.shown.last().succeeds()
        repeat(3) { idle() }
        assertEquals(ARMED, screen.get().title)
        assertEquals("nobody told the one that is gone", "Pay", turned.title)
        val armed = turn(screen)
        assertEquals("what is armed stays so", ARMED, screen.get().title)

        assertEquals("ok verified-on-device valid", tap(service))
        assertEquals("used up", "Pay", screen.get().title)
        assertEquals(ARMED, armed.title)
        assertEquals(
            setOf("VERIFICATION_NEEDED NOT_VERIFIED $AMOUNT", "AUTHORISATION_REQUESTED VERIFIED $AMOUNT"),
            kept(2).values.toSet(),
        )
        aWindowThatEndsIsSeen(screen)
        aRefusalIsSaidInAndroidsWords(screen)
        anArmedScreenThatIsTurnedMeanwhileIsSeenByTheNext(screen)
        screen.pause().stop().destroy()
        itsReportsAreAcknowledgedAndItHearsItsIssuer(wallet, open)
        afterAProcessThatEndedItAsksAgain(app, open)
    }

    private fun aWindowThatEndsIsSeen(screen: ActivityController<out Activity>) {
        pay(screen)
        verify()
        assertEquals(ARMED, screen.get().title)
        shadowOf(Looper.getMainLooper()).idleFor(Duration.ofSeconds(30))
        assertEquals("Pay", screen.get().title)
    }

    private fun aRefusalIsSaidInAndroidsWords(screen: ActivityController<out Activity>) {
        pay(screen)
        TestPrompt.shown.last().fails(BiometricPrompt.BIOMETRIC_ERROR_LOCKOUT, "Too many attempts")
        idle()
        assertEquals("Too many attempts", screen.get().title)
        pay(screen)
        TestPrompt.shown.last().fails(BiometricPrompt.BIOMETRIC_ERROR_CANCELED)
        idle()
        assertEquals("Not verified", screen.get().title)
    }

    /** It is turned between the holder's finger and the wallet's answer. */
    private fun anArmedScreenThatIsTurnedMeanwhileIsSeenByTheNext(screen: ActivityController<out Activity>) {
        pay(screen)
        val shown = TestPrompt.shown.size
        val busy = phone.busyWorker()
        phone.keyStore.verify()
        TestPrompt.shown.last().succeeds()
        shadowOf(Looper.getMainLooper()).idle()
        val former = screen.get()
        val title = former.title
        screen.recreate()
        busy.countDown()
        repeat(3) { idle() }
        assertEquals(title, former.title)
        assertEquals("the old one took it back, the new one asks again", shown + 1, TestPrompt.shown.size)
        assertEquals(null, Wallet.current()!!.armedUntil)
    }

    private fun afterAProcessThatEndedItAsksAgain(app: ClassLoader, open: () -> Wallet) {
        val wallet = open()
        onWorker { wallet.apply(phone.issuer.ask("install $name kernel3-cvn18 1 0")[1].hex()) }
        val before = screen(app).setup()
        pay(before)
        val state = Bundle()
        before.pause().stop().saveInstanceState(state)
        phone.restartProcess()
        TestPrompt.shown.clear()
        val after = screen(app).setup(state)
        idle()
        assertEquals("The wallet is not open yet", after.get().title)
        open()
        pay(after)
        verify()
        assertEquals(1, TestPrompt.shown.size)
        assertEquals(true, Wallet.current()!!.armedUntil != null)
        after.pause().stop().destroy()
    }

    private fun screen(app: ClassLoader): ActivityController<out Activity> =
        Robolectric.buildActivity(app.loadClass("org.example.pay.PayActivity").asSubclass(Activity::class.java))

    private fun pay(screen: ActivityController<out Activity>) {
        screen.get().javaClass.getMethod("pay").invoke(screen.get())
        idle()
    }

    private fun verify() {
        phone.keyStore.verify()
        TestPrompt.shown.last().succeeds()
        repeat(3) { idle() }
    }

    /** Android makes it anew. Gives the one that is gone. */
    private fun turn(screen: ActivityController<out Activity>): Activity {
        val gone: Activity = screen.get()
        screen.recreate()
        repeat(3) { idle() }
        assertTrue(gone.isDestroyed && screen.get() !== gone)
        return gone
    }

    private val notifications get() = phone.context.getSystemService(NotificationManager::class.java)

    /** What the app has kept of its taps, which it does beside the main thread. */
    private fun kept(count: Int): Map<String, *> {
        val kept = phone.context.getSharedPreferences("taps", Context.MODE_PRIVATE)
        val deadline = System.nanoTime() + 10_000_000_000
        while ((kept.all.size < count || Wallet.current()!!.reports.isNotEmpty()) && System.nanoTime() < deadline) Thread.sleep(10)
        return kept.all
    }

    /** Waits for the disk, which the main thread must not. */
    @Implements(className = "android.app.SharedPreferencesImpl\$EditorImpl")
    class PatientDisk {
        @RealObject
        private lateinit var real: SharedPreferences.Editor

        @Implementation
        fun commit(): Boolean {
            check(Looper.myLooper() != Looper.getMainLooper()) { "the main thread waits for the disk" }
            return Shadow.directlyOn(real, "android.app.SharedPreferencesImpl\$EditorImpl", "commit")
        }
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
    fun theKotlinAppIsAsShortAsItSays() = assertTrue("${lines(".kt")} lines", lines(".kt") in 1..109)

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
        val permissions = listOf("NFC", "USE_BIOMETRIC", "POST_NOTIFICATIONS").map { "android.permission.$it" }
        assertEquals(permissions.toSet(), read.requestedPermissions?.toSet())
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
            for ((path, text) in snippets + checkout) file(path).writeText(edit(text))
        }

        fun file(path: String): File = File(folder, path).apply { parentFile.mkdirs() }

        fun sources(ending: String): Array<String> = (snippets + checkout).keys.filter { it.endsWith(ending) }.toTypedArray()

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
        const val ARMED = "Hold the phone to the terminal"
        const val AMOUNT = "1250 minor units of currency 978"
        val CLASS_PATH: String = System.getProperty("hcepay.app.classpath")

        /** The files of README, by their paths: each names its own in its first line. */
        val snippets = snippets("Use it in your app")

        /** Those that pay without a terminal: compiled with the app, which does not need them. */
        val checkout = snippets("Pay online, pay by a QR code")

        private fun snippets(heading: String): Map<String, String> {
            val section = File("../README.md").readText().substringAfter("\n## $heading\n").substringBefore("\n## ")
            val fence = Regex("^```\\w+\n((?://|<!--) (src/\\S+).*?)^```$", setOf(RegexOption.MULTILINE, RegexOption.DOT_MATCHES_ALL))
            val found = fence.findAll(section).associate { it.groupValues[2] to it.groupValues[1] }
            check(found.isNotEmpty() && found.size * 2 == section.lines().count { it.startsWith("```") }) { "a snippet without a file" }
            return found
        }
    }
}
