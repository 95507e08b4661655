package org.hcepay.internal

import org.hcepay.TestIssuer
import org.junit.Test
import java.io.File

/** How long a process takes to its first answer. Not a test: `scripts/bench` runs it. */
class ColdStartBench {
    @Test
    fun coldStart() {
        val issuer = TestIssuer().apply { start() }
        val directory = ColdStart.prepare(issuer, cards = 8)
        issuer.stop()
        val times = listOf(emptyArray(), arrayOf(directory)).map { mutableListOf<Long>() to it }
        repeat(20) {
            for ((all, arguments) in times) all += run(arguments)
        }
        val (empty, whole) = times.map { (all, _) -> all.sorted()[all.size / 2] }
        println("cold start           ${whole - empty} ms over an empty JVM's $empty ms: load, open 8 cards, first answer (at most 60 ms)")
    }

    private fun run(arguments: Array<String>): Long {
        val java = File(System.getProperty("java.home"), "bin/java").path
        val properties = "-Djava.library.path=${System.getProperty("java.library.path")}"
        val command = listOf(java, "-cp", System.getProperty("java.class.path"), properties, "org.hcepay.internal.ColdStart")
        val began = System.nanoTime()
        check(ProcessBuilder(command + arguments).inheritIO().start().waitFor() == 0)
        return (System.nanoTime() - began) / 1_000_000
    }
}
