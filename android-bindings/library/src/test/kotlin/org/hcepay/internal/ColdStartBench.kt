package org.hcepay.internal

import org.hcepay.TestIssuer
import org.junit.Test

/** How long a process takes to its first answer. Not a test: `scripts/bench` runs it. */
class ColdStartBench {
    @Test
    fun coldStart() {
        val issuer = TestIssuer().apply { start() }
        val directory = ColdStart.prepare(issuer, cards = 8)
        issuer.stop()
        val times = listOf(emptyList(), listOf(directory)).map { mutableListOf<Long>() to it }
        repeat(20) {
            for ((all, arguments) in times) all += run(arguments)
        }
        val (empty, whole) = times.map { (all, _) -> all.sorted()[all.size / 2] }
        println("cold start           ${whole - empty} ms over an empty JVM's $empty ms: load, open 8 cards, first answer (at most 60 ms)")
    }

    private fun run(arguments: List<String>): Long {
        val began = System.nanoTime()
        check(childJvm(ColdStart::class, arguments).inheritIO().start().waitFor() == 0)
        return (System.nanoTime() - began) / 1_000_000
    }
}
