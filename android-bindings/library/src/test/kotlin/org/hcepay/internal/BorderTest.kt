package org.hcepay.internal

import org.junit.Assert.assertEquals
import org.junit.Test

/** The border between Java and Rust, without Robolectric: it would print warnings of its own. */
class BorderTest {
    @Test
    fun noNativeThrowsAbortsOrBreaksARuleOfJniWhateverItIsGiven() {
        val child = childJvm(Border::class, emptyList(), "-Xcheck:jni", "-Xmx256m").redirectErrorStream(true)
        val (status, printed) = child.ended()
        val lines = printed.trimEnd().lines()
        assertEquals(lines.takeLast(30).joinToString("\n"), 0, status)
        assertEquals(emptyList<String>(), lines.filter { it.startsWith("WARNING") || it.contains("FATAL ERROR") })
        println(lines.last())
        assertEquals("59 natives", lines.last().substringAfter("border: ").substringBefore(","))
    }
}
