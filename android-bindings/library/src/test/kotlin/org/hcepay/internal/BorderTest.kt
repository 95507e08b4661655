package org.hcepay.internal

import org.junit.Assert.assertEquals
import org.junit.Test
import java.io.File
import java.util.concurrent.TimeUnit

/** The border between Java and Rust, without Robolectric: it would print warnings of its own. */
class BorderTest {
    @Test
    fun noNativeThrowsAbortsOrBreaksARuleOfJniWhateverItIsGiven() {
        val output = File.createTempFile("border", ".log")
        val process = childJvm(
            Border::class,
            emptyList(),
            "-Xcheck:jni",
            "-Xmx256m",
        ).redirectErrorStream(true).redirectOutput(output).start()
        check(process.waitFor(10, TimeUnit.MINUTES)) { "it hangs" }
        val lines = output.readLines()
        assertEquals(lines.takeLast(30).joinToString("\n"), 0, process.exitValue())
        assertEquals(emptyList<String>(), lines.filter { it.startsWith("WARNING") || it.contains("FATAL ERROR") })
        println(lines.last())
        assertEquals("24 natives", lines.last().substringAfter("border: ").substringBefore(","))
    }
}
