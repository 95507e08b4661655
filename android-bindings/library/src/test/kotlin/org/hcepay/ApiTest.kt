package org.hcepay

import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import java.io.File
import java.net.URLClassLoader

/** The public API, as Kotlin's own tool lists it. It runs on a class path of its own. */
class ApiTest {
    @Test
    fun thePublicApiIsTheRecordedOne() {
        val dump = dump(File("target/classes"))
        val recorded = File("api/hcepay.api")
        if (System.getProperty("api.update") == "true") {
            recorded.parentFile.mkdirs()
            recorded.writeText(dump)
        }
        assertEquals("the public API has changed; if it was meant to: -Dapi.update=true", recorded.readText(), dump)
    }

    @Test
    fun nothingInternalIsPublic() {
        val dump = dump(File("target/classes"))
        assertTrue(dump.contains("class org/hcepay/Wallet "))
        val internals = listOf("org/hcepay/internal/", "DeviceKeys", "MessageReader", "PlatformFiles", "kotlin/coroutines", "kotlin/time")
        for (internal in internals) assertTrue(internal, internal !in dump)
    }

    /** Dokka, by which scripts/test asks for words about all that is public, does not ask for these. */
    @Test
    fun everyEntryOfAnEnumIsDocumented() {
        val classes = File("target/classes/org/hcepay").walk().maxDepth(1).filter { it.extension == "class" }
        // What hears of NFC events is made of a class of Android 16, which is not here.
        val enums = classes.filter { it.nameWithoutExtension != "NfcEvents" }
            .map { Class.forName("org.hcepay.${it.nameWithoutExtension}", false, javaClass.classLoader) }
            .filter { it.isEnum }.toList()
        assertTrue(Reason::class.java in enums)
        val sources = File("src/main/kotlin/org/hcepay").walk().filter { it.extension == "kt" }.joinToString("\n") { it.readText() }
        val undocumented = enums.flatMap { enum ->
            val body = sources.substringAfter("enum class ${enum.simpleName}").substringBefore("\n}")
            enum.enumConstants.filterNot { Regex("""\*/\n    $it\b""").containsMatchIn(body) }.map { "${enum.simpleName}.$it" }
        }
        assertEquals(emptyList<String>(), undocumented)
    }

    private fun dump(classes: File): String {
        val jars = checkNotNull(File(System.getProperty("hcepay.abi")).listFiles()).map { it.toURI().toURL() }
        URLClassLoader(jars.toTypedArray(), ClassLoader.getPlatformClassLoader()).use { tool ->
            val tools = tool.loadClass("org.jetbrains.kotlin.abi.tools.AbiTools")
            val filters = tool.loadClass("org.jetbrains.kotlin.abi.tools.AbiFilters")
            val instance = companion(tools).run { javaClass.getMethod("getInstance", ClassLoader::class.java).invoke(this, tool) }
            val none = companion(filters).run { javaClass.getMethod("getEMPTY").invoke(this) }
            val files = classes.walk().filter { it.extension == "class" }.sorted().toList()
            val dump = StringBuilder()
            tools.getMethod("printJvmDump", Appendable::class.java, Iterable::class.java, filters).invoke(instance, dump, files, none)
            return dump.toString()
        }
    }

    private fun companion(of: Class<*>): Any = of.getField("Companion").get(null)
}
