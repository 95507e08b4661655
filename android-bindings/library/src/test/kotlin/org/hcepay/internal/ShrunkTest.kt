package org.hcepay.internal

import org.junit.Assert.assertEquals
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.w3c.dom.Element
import java.io.File
import java.lang.reflect.Modifier
import java.net.URLClassLoader
import java.util.jar.JarFile
import javax.xml.parsers.DocumentBuilderFactory

/**
 * The test app as ProGuard leaves it, with shrinking, optimisation and obfuscation on: under the library's consumer rules, what
 * aapt2 writes for the app's manifest, and the name of the object that is started.
 */
class ShrunkTest {
    @Test
    fun aShrunkAppAnswersEveryTranscript() {
        val (status, said) = start(shrunk)
        assertEquals(said, 0, status)
        val transcripts = File(System.getProperty("hcepay.taps")).list { _, name -> name.endsWith(".tap") }!!
        assertTrue(said, said.startsWith("${transcripts.size} transcripts, "))
        println("shrunk app: ${said.trim()}")
    }

    @Test
    fun onlyTheServicesTheNativesAndTheMainClassKeepTheirNames() {
        val classes = JarFile(shrunk).use { jar -> jar.entries().asSequence().map { it.name }.filter { it.endsWith(".class") }.toList() }
        val kept = classes.filter { javaClass.classLoader.getResource(it) != null }.map { it.removeSuffix(".class").replace('/', '.') }
        assertEquals((services() + Native::class.java.name + EveryTranscript::class.java.name).sorted(), kept.sorted())
    }

    @Test
    fun androidCanMakeTheServicesAndCallThem() {
        val jars = (listOf(shrunk) + libraries).map { it.toURI().toURL() }
        URLClassLoader(jars.toTypedArray(), ClassLoader.getPlatformClassLoader()).use { app ->
            for (name in services()) {
                val service = app.loadClass(name)
                service.getConstructor()
                val process = service.getMethod("processCommandApdu", ByteArray::class.java, app.loadClass("android.os.Bundle"))
                val leave = service.getMethod("onDeactivated", Integer.TYPE)
                for (method in listOf(process, leave)) assertTrue("$name: $method", !Modifier.isAbstract(method.modifiers))
            }
        }
    }

    @Test
    fun withoutTheLibrarysRulesAShrunkAppDoesNotFindItsNatives() {
        val (status, said) = start(shrink("without-consumer-rules", MANIFEST_RULES))
        assertNotEquals(said, 0, status)
        assertTrue(said, "java.lang.UnsatisfiedLinkError" in said)
    }

    /** Those of the app's manifest. */
    private fun services(): List<String> {
        val manifest = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(File("src/test/app/AndroidManifest.xml"))
        val services = manifest.getElementsByTagName("service")
        return List(services.length) { (services.item(it) as Element).getAttribute("android:name") }
    }

    private fun start(app: File): Pair<Int, String> {
        val classPath = (listOf(app) + libraries).joinToString(File.pathSeparator)
        return childJvm(EveryTranscript::class, emptyList(), classPath = classPath).redirectErrorStream(true).ended()
    }

    private companion object {
        const val LIBRARY_RULES = "consumer-rules.pro"

        /** What aapt2 has written. */
        const val MANIFEST_RULES = "target/apk/rules.pro"

        /** All classes of the app, and what it finds on its phone or beside it. */
        val program: List<File>
        val libraries: List<File>

        init {
            val classPath = System.getProperty("java.class.path").split(File.pathSeparator).map(::File).filter(File::exists)
            classPath.partition { it.isDirectory || it.name.startsWith("kotlin-stdlib") }.let { (ours, others) ->
                program = ours
                libraries = others
            }
        }

        val shrunk: File by lazy { shrink("app", LIBRARY_RULES, MANIFEST_RULES) }

        fun shrink(name: String, vararg rules: String): File {
            val folder = File("target/shrunk").absoluteFile.apply { mkdirs() }
            val (app, configuration) = File(folder, "$name.jar").apply { delete() } to File(folder, "$name.pro")
            val noTests = "!**Test.class,!**Test$*.class,!**Bench.class,!**Bench$*.class,**.class"
            configuration.writeText(
                buildString {
                    for (file in program) appendLine("-injars '${file.absolutePath}'($noTests)")
                    appendLine("-outjars '$app'")
                    for (file in libraries) appendLine("-libraryjars '$file'")
                    appendLine("-libraryjars <java.home>/jmods/java.base.jmod(!**.jar;!module-info.class)")
                    // Without the library's rules it is shrunk all the same, to see what is missing then.
                    if (LIBRARY_RULES !in rules) appendLine("-dontwarn org.hcepay.NfcEvents,org.hcepay.NfcEvents$*")
                    for (file in rules) appendLine("-include '${File(file).absolutePath}'")
                    appendLine("-keep class ${EveryTranscript::class.java.name} { public static void main(java.lang.String[]); }")
                },
            )
            val proGuard = System.getProperty("hcepay.proguard") + "/*"
            val shrinking = ProcessBuilder(JAVA, "-XX:TieredStopAtLevel=1", "-cp", proGuard, "proguard.ProGuard", "@$configuration")
            val (status, said) = shrinking.redirectErrorStream(true).ended()
            assertEquals(said, 0, status)
            return app
        }
    }
}
