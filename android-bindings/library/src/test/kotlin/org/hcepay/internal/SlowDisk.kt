package org.hcepay.internal

import org.hcepay.TestIssuer
import java.io.File
import java.util.concurrent.TimeUnit
import java.util.concurrent.locks.LockSupport
import kotlin.concurrent.thread

/** A process that takes an envelope in while the disk does not answer, and pays meanwhile. */
object SlowDisk {
    @JvmStatic
    fun main(arguments: Array<String>) {
        val slow = File(System.getenv("HCEPAY_SLOW_DISK"))
        val issuer = TestIssuer().apply { start() }
        val phone = DesktopPhone(JvmNatives, issuer, DesktopPhone::newDirectory)
        phone.begin("kernel3-no-verification")
        slow.createNewFile()
        val managing = thread { phone.install("kernel3-cvn18") }
        val deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20)
        while (!File("$slow.waits").exists()) {
            check(System.nanoTime() < deadline) { "the disk was not asked" }
            LockSupport.parkNanos(1_000_000)
        }
        println(issuer.purchase(phone::process))
        println(if (managing.isAlive) "the disk still does not answer" else "the envelope was taken in before")
        slow.delete()
        managing.join()
        phone.leave()
        println(issuer.purchase(phone::process))
        issuer.stop()
    }
}
