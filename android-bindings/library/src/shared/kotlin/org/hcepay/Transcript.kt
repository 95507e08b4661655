package org.hcepay

import java.io.File

/** The transcripts of `tests/taps`, as `transcript.rs` describes them: one list for every layer that replays them. */
class Transcript(private val file: String, lines: List<String>) {
    private val lines = lines.map(String::trimEnd)

    val name: String get() = file.removeSuffix(".tap")

    /** The demo card that it is about. */
    val card: String get() = lines.first { it.startsWith("!card ") }.drop(6)

    override fun toString() = name

    /** Plays it. Gives how many commands were answered as they should. */
    fun replay(player: Player): Int {
        var exchanges = 0
        var command: ByteArray? = null
        var report: String? = null
        for ((index, line) in lines.withIndex()) {
            try {
                when {
                    line.isEmpty() || line.startsWith("#") -> Unit
                    line.startsWith("!card ") -> player.begin(line.drop(6))
                    line == "!arm" -> player.arm(null)
                    line.startsWith("!arm ") -> {
                        val (minor, currency) = line.drop(5).split(' ')
                        player.arm(Amount(minor.toLong(), currency.toInt()))
                    }
                    line == "!gates" -> player.passGates()
                    line == "!freeze" -> player.freeze()
                    line == "!unfreeze" -> player.unfreeze()
                    line.startsWith("!taps ") -> player.limitTaps(line.drop(6).toInt())
                    line.startsWith("!clock +") -> player.pass(line.drop(8).toLong())
                    line == "!field lost" || line == "!field deselected" -> report = player.leave(line.endsWith("deselected"))
                    line.startsWith("> ") -> command = line.drop(2).hexWithSpaces()
                    line.startsWith("< ") -> {
                        val answer = player.process(checkNotNull(command) { "an answer without a command" }).hex()
                        check(Regex(line.drop(2).replace(" ", "")).matches(answer)) { "the card answers $answer" }
                        command = null
                        exchanges++
                    }
                    line.startsWith("= ") -> check(line.drop(2) == report) { "the card reports $report" }
                    else -> error("unknown line")
                }
            } catch (failed: Exception) {
                throw IllegalStateException("$file, line ${index + 1}: ${failed.message ?: failed}", failed)
            }
        }
        return exchanges
    }

    private fun String.hexWithSpaces() = replace(" ", "").hex()

    companion object {
        fun all(): List<Transcript> {
            val files = File(System.getProperty("hcepay.taps")).listFiles { file -> file.extension == "tap" }
            return checkNotNull(files).sorted().map { Transcript(it.name, it.readLines()) }
        }
    }
}

/** A layer at which transcripts are played. */
interface Player {
    /** A fresh wallet with this demo card and three keys for each application. */
    fun begin(card: String)

    /** The holder verifies: for any payment, or for one with the card. */
    fun arm(amount: Amount?)

    fun passGates()

    fun freeze()

    fun unfreeze()

    /** The card is used for so many taps. */
    fun limitTaps(taps: Int)

    fun pass(ms: Long)

    fun process(command: ByteArray): ByteArray

    /** The field is gone: outcome and reason as transcripts write them. */
    fun leave(deselected: Boolean): String
}

internal fun TapReport.asInTranscripts(): String {
    fun Enum<*>.words() = name.lowercase().replace('_', '-')
    return "${outcome.words()} ${reason?.words() ?: "-"}"
}
