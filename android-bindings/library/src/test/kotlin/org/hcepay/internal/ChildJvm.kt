package org.hcepay.internal

import java.io.File
import java.util.concurrent.TimeUnit
import kotlin.reflect.KClass

/** What runs this JVM. */
val JAVA: String = File(System.getProperty("java.home"), "bin/java").path

/** Another JVM like this one, for the main method of this object; it hears of the library, the issuer and the transcripts. */
fun childJvm(
    main: KClass<*>,
    arguments: List<String>,
    vararg options: String,
    classPath: String = System.getProperty("java.class.path"),
): ProcessBuilder {
    val properties = listOf("java.library.path", "hcepay.issuer", "hcepay.taps").map { "-D$it=${System.getProperty(it)}" }
    return ProcessBuilder(listOf(JAVA, "-cp", classPath) + properties + options + main.java.name + arguments)
}

/** Runs it to its end, and gives its exit status and what it printed. */
fun ProcessBuilder.ended(withinSeconds: Long = 600): Pair<Int, String> {
    val printed = File.createTempFile("child", ".log")
    val process = redirectOutput(printed).start()
    if (!process.waitFor(withinSeconds, TimeUnit.SECONDS)) {
        process.destroyForcibly()
        error("it hangs: $printed")
    }
    return process.exitValue() to printed.readText()
}
