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
