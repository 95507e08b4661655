package org.hcepay.internal

import org.junit.Assert.assertEquals
import org.junit.Test
import java.io.File

/** The disk does not answer while the wallet takes in what the issuer sent. */
class SlowDiskTest {
    private val folder = File(DesktopPhone.newDirectory())

    private fun disk(): File {
        val (source, library) = File(System.getProperty("hcepay.slow.disk")) to File(folder, "slow_disk.so")
        val cc = ProcessBuilder("cc", "-shared", "-fPIC", "-O1", "-o", library.path, source.path, "-ldl")
        assertEquals(0, cc.inheritIO().start().waitFor())
        return library
    }

    @Test
    fun aTapWaitsForNoDiskThatManagementWaitsFor() {
        val child = childJvm(SlowDisk::class, emptyList())
        child.environment() += mapOf("LD_PRELOAD" to disk().path, "HCEPAY_SLOW_DISK" to File(folder, "slow").path)
        val (_, printed) = child.redirectError(ProcessBuilder.Redirect.INHERIT).ended(withinSeconds = 60)
        val paid = "ok no-verification valid"
        assertEquals(listOf(paid, "the disk still does not answer", paid), printed.trimEnd().lines())
    }
}
